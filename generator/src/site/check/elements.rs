//! The elements that a reader must find in every guide and answer of a portal.

use serde_json::{Map, Value as Json};
use site_model::{Diagnostic, Site};

/// Kind of page, and the keys of `extra` it must have; those of one line may stand for each other.
const REQUIRED: [(&str, &[&[&str]]); 2] = [
    (
        "guide",
        &[
            &["law"],
            &["conditions"],
            &["materials"],
            &["cost"],
            &["time"],
            &["official"],
            &["steps"],
            &["source", "sources"],
            &["checked"],
        ],
    ),
    ("faq", &[&["answer"], &["source", "sources"], &["checked"]]),
];

/// An error for each page that lacks an element of its kind.
pub(super) fn missing(site: &Site) -> Vec<Diagnostic> {
    let pages = site.pages.iter().filter(|page| page.source.record_line == 0);
    let lacking = pages.filter_map(|page| {
        let extra = &page.meta.extra;
        let kind = extra.get("kind").and_then(Json::as_str)?;
        let (_, required) = REQUIRED.iter().find(|(known, _)| *known == kind)?;
        let names: Vec<String> = required
            .iter()
            .filter(|names| !names.iter().any(|name| is_filled(extra, name)))
            .map(|names| format!("`{}`", names[0]))
            .collect();
        (!names.is_empty()).then(|| {
            Diagnostic::error(format!("a page of kind `{kind}` lacks {}", names.join(", ")))
                .at_key(&site.root, &page.source.file, &["extra", "kind"])
                .help(
                    "fill them in under `[extra]`; `woodblock new` starts a page with all of them",
                )
        })
    });
    lacking.collect()
}

fn is_filled(extra: &Map<String, Json>, name: &str) -> bool {
    match extra.get(name) {
        None | Some(Json::Null) => false,
        Some(Json::String(text)) => !text.trim().is_empty(),
        Some(Json::Array(items)) => !items.is_empty(),
        Some(_) => true,
    }
}
