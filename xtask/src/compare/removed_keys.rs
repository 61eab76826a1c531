//! Keys that Zola 0.22 refuses because it removed or renamed them.
//!
//! They are only dropped, not translated: what is left is a site that both programs read alike.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use toml_edit::{DocumentMut, TableLike};

use super::sites;

/// Of the configuration: at the top, below `markdown`, and below each language.
const CONFIG: [&str; 20] = [
    "check_external_links",
    "external_links_class",
    "external_links_no_follow",
    "external_links_no_referrer",
    "external_links_target_blank",
    "extra_highlight_themes",
    "extra_syntaxes",
    "extra_syntaxes_and_themes",
    "feed_filename",
    "generate_feed",
    "generate_rss",
    "highlight_code",
    "highlight_theme",
    "highlight_themes_css",
    "insert_anchor_links",
    "render_emoji",
    "rss_filename",
    "rss_limit",
    "slugify_paths",
    "smart_punctuation",
];

/// Of these, the ones that are still good below `markdown`.
const GOOD_IN_MARKDOWN: [&str; 7] = [
    "external_links_class",
    "external_links_no_follow",
    "external_links_no_referrer",
    "external_links_target_blank",
    "insert_anchor_links",
    "render_emoji",
    "smart_punctuation",
];

/// Of a section's front matter.
const SECTION: [&str; 3] = ["generate_feed", "insert_anchor", "order"];

/// Drops them from a site; returns the names of those that were there, each once.
pub(super) fn drop_from(site: &Path) -> Result<Vec<String>> {
    let mut dropped = Vec::new();
    for name in ["config.toml", "zola.toml"] {
        let file = site.join(name);
        if file.is_file() {
            rewrite(&file, |text| config(text, &mut dropped))?;
        }
    }
    let content = site.join("content");
    if content.is_dir() {
        sections(&content, &mut dropped)?;
    }
    dropped.sort();
    dropped.dedup();
    Ok(dropped)
}

fn rewrite(file: &Path, change: impl FnOnce(&str) -> Option<String>) -> Result<()> {
    let text =
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    if let Some(changed) = change(&text) {
        fs::write(file, changed).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

fn sections(folder: &Path, dropped: &mut Vec<String>) -> Result<()> {
    for path in sites::entries(folder)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_link = path.symlink_metadata()?.file_type().is_symlink();
        if path.is_dir() && !is_link {
            sections(&path, dropped)?;
        } else if name.starts_with("_index.") && name.ends_with(".md") {
            rewrite(&path, |text| section(text, dropped))?;
        }
    }
    Ok(())
}

/// `None` when nothing is to be dropped, or the text is no TOML.
fn config(text: &str, dropped: &mut Vec<String>) -> Option<String> {
    let mut document: DocumentMut = text.parse().ok()?;
    let before = dropped.len();
    drop_keys(document.as_table_mut(), &CONFIG, dropped);
    drop_from_taxonomies(document.as_table_mut(), dropped);
    if let Some(markdown) = document.get_mut("markdown").and_then(|it| it.as_table_like_mut()) {
        let bad: Vec<_> =
            CONFIG.into_iter().filter(|key| !GOOD_IN_MARKDOWN.contains(key)).collect();
        drop_keys(markdown, &bad, dropped);
    }
    if let Some(languages) = document.get_mut("languages").and_then(|it| it.as_table_like_mut()) {
        for (_, language) in languages.iter_mut() {
            if let Some(language) = language.as_table_like_mut() {
                drop_keys(language, &CONFIG, dropped);
                drop_from_taxonomies(language, dropped);
            }
        }
    }
    (dropped.len() > before).then(|| document.to_string())
}

/// Of a taxonomy; Zola passes over it, we understand it.
fn drop_from_taxonomies(table: &mut dyn TableLike, dropped: &mut Vec<String>) {
    let Some(taxonomies) = table.get_mut("taxonomies") else { return };
    if let Some(list) = taxonomies.as_array_mut() {
        for taxonomy in list.iter_mut().filter_map(|it| it.as_inline_table_mut()) {
            drop_keys(taxonomy, &["rss"], dropped);
        }
    }
    if let Some(tables) = taxonomies.as_array_of_tables_mut() {
        tables.iter_mut().for_each(|taxonomy| drop_keys(taxonomy, &["rss"], dropped));
    }
}

/// TOML front matter only; Zola's older versions had no other for long.
fn section(text: &str, dropped: &mut Vec<String>) -> Option<String> {
    let inner = text.trim_start_matches('\u{feff}').strip_prefix("+++")?;
    let (matter, rest) = inner.split_once("\n+++")?;
    let mut document: DocumentMut = matter.parse().ok()?;
    let before = dropped.len();
    drop_keys(document.as_table_mut(), &SECTION, dropped);
    (dropped.len() > before).then(|| format!("+++\n{}\n+++{rest}", document.to_string().trim()))
}

fn drop_keys(table: &mut dyn TableLike, keys: &[&str], dropped: &mut Vec<String>) {
    dropped
        .extend(keys.iter().filter(|key| table.remove(key).is_some()).map(|key| (*key).to_owned()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_removed_is_dropped() {
        let text = "generate_feed = true\ntitle = \"t\"\n[markdown]\nhighlight_code = true\nrender_emoji = true\n[languages.de]\nfeed_filename = \"a\"\n[extra]\ngenerate_feed = 1\n";
        let mut dropped = Vec::new();
        let changed = config(text, &mut dropped).unwrap();
        assert_eq!(
            changed,
            "title = \"t\"\n[markdown]\nrender_emoji = true\n[languages.de]\n[extra]\ngenerate_feed = 1\n"
        );
        assert_eq!(dropped, ["generate_feed", "highlight_code", "feed_filename"]);
        assert_eq!(config("title = \"t\"", &mut dropped), None);
    }

    #[test]
    fn front_matter_keeps_its_text() {
        let text = "+++\ntitle = \"t\"\ninsert_anchor = \"left\"\n+++\nBody\n";
        assert_eq!(section(text, &mut Vec::new()).unwrap(), "+++\ntitle = \"t\"\n+++\nBody\n");
    }
}
