//! What a site asks for and does not get yet: better said than silently left out.

use site_model::{Diagnostic, Site};

/// A warning for each key of the configuration that has no effect.
pub(crate) fn warnings(site: &Site) -> Vec<Diagnostic> {
    let config = &site.config;
    let asked: [(bool, &[&str], &str); 2] = [
        (config.compile_sass, &["compile_sass"], "compile `sass/` beforehand into `static/`"),
        (config.minify_html, &["minify_html"], "leave it out; pages are written as rendered"),
    ];
    asked
        .into_iter()
        .filter(|(is_asked, ..)| *is_asked)
        .map(|(_, keys, help)| {
            let name = keys.join(".");
            Diagnostic::warning(format!("`{name}` has no effect yet"))
                .at_key(&site.root, &config.file, keys)
                .help(help)
        })
        .collect()
}
