//! What a site asks for and does not get yet: better said than silently left out.

use site_model::{Diagnostic, Site};

/// A warning for each key of the configuration that has no effect.
pub(crate) fn warnings(site: &Site) -> Vec<Diagnostic> {
    let config = &site.config;
    let has_index = config.languages.iter().any(|language| language.build_search_index);
    let asked: [(bool, &[&str], &str); 5] = [
        (config.compile_sass, &["compile_sass"], "compile `sass/` beforehand into `static/`"),
        (config.minify_html, &["minify_html"], "leave it out; pages are written as rendered"),
        (has_index, &["build_search_index"], "declare collections in woodblock.toml to search"),
        (config.markdown.render_emoji, &["markdown", "render_emoji"], "write the emoji themselves"),
        (
            !config.markdown.highlighting.is_empty(),
            &["markdown", "highlighting"],
            "code has the class `language-NAME`, for a script of your own",
        ),
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
