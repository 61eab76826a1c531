//! Addresses of records, below the site's path and the language's prefix.

use site_model::Config;

/// The root-relative address of `path` (which starts with `/`) in a language.
pub(super) fn in_language(config: &Config, lang: &str, path: &str) -> String {
    let base = &config.base_path;
    if lang == config.default_language {
        return format!("{base}{path}");
    }
    format!("{base}/{lang}{path}")
}
