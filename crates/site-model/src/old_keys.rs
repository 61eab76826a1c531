//! Keys of older versions of Zola: understood, with a warning that names the new one.

use std::ops::Range;

use crate::data::{Data, Entry, Node};
use crate::fields::{Fields, Reading};
use crate::highlighting;

/// Old name, new name.
const CONFIG: &[(&str, &str)] = &[
    ("generate_feed", "generate_feeds"),
    ("generate_rss", "generate_feeds"),
    ("rss_limit", "feed_limit"),
    ("feed_filename", "feed_filenames"),
];

/// Keys that moved from the top into the table `markdown`.
const MOVED_TO_MARKDOWN: &[&str] = &[
    "render_emoji",
    "external_links_class",
    "external_links_target_blank",
    "external_links_no_follow",
    "external_links_no_referrer",
    "smart_punctuation",
    "insert_anchor_links",
    "highlight_code",
    "highlight_theme",
    highlighting::OLD_STYLE_SHEETS,
    "extra_syntaxes",
    "extra_syntaxes_and_themes",
];

/// Old key of `markdown`, new key of `markdown.highlighting`.
const HIGHLIGHTING: &[(&str, &str)] = &[
    ("highlight_code", "theme"),
    ("highlight_theme", "theme"),
    (highlighting::OLD_STYLE_SHEETS, "style"),
    ("extra_syntaxes", "extra_grammars"),
    ("extra_syntaxes_and_themes", "extra_grammars"),
    ("extra_highlight_themes", "extra_themes"),
];

pub(crate) fn rename_in_config(top: &mut Fields, to: &mut Reading<'_>) {
    rename(top, CONFIG, to);
    list_of_languages(top, to);
    for key in MOVED_TO_MARKDOWN {
        let Some(entry) = top.take_unlisted(key) else { continue };
        if matches!(entry.value.data, Data::Bool(_)) && *key == "insert_anchor_links" {
            warn_removed(&entry, key, "set it to a side under `[markdown]`: `\"left\"`", to);
            continue;
        }
        if !HIGHLIGHTING.iter().any(|(old, _)| old == key) {
            warn(&entry, key, &format!("markdown.{key}"), to);
        }
        put_into_table(top, "markdown", entry);
    }
    for (old, new) in [("slugify_paths", "paths"), ("check_external_links", "")] {
        let Some(entry) = top.take_unlisted(old) else { continue };
        if new.is_empty() {
            warn_removed(&entry, old, "run `check` to look at external links", to);
        } else {
            warn(&entry, old, &format!("slugify.{new}"), to);
            put_into_table(top, "slugify", strategy(entry, new));
        }
    }
}

/// `languages = [{ code = "it" }]` becomes the table `[languages.it]`.
fn list_of_languages(top: &mut Fields, to: &mut Reading<'_>) {
    let Some(mut entry) = top.take_unlisted("languages") else { return };
    if let Data::List(items) = &entry.value.data {
        let tables = items.iter().filter_map(language_of_list).collect();
        warn(&entry, "languages = […]", "[languages.CODE]", to);
        entry.value.data = Data::Table(tables);
    }
    top.put("languages", entry);
}

fn language_of_list(item: &Node) -> Option<Entry> {
    let Data::Table(entries) = &item.data else { return None };
    let code = entries.iter().find(|entry| entry.key == "code")?;
    let Data::Text(key) = &code.value.data else { return None };
    let renamed = |entry: &Entry| match entry.key.as_str() {
        "code" => None,
        "feed" | "rss" => Some(Entry { key: "generate_feeds".to_owned(), ..entry.clone() }),
        "search" => Some(Entry { key: "build_search_index".to_owned(), ..entry.clone() }),
        _ => Some(entry.clone()),
    };
    let data = Data::Table(entries.iter().filter_map(renamed).collect());
    let value = Node { data, span: item.span.clone() };
    Some(Entry { key: key.clone(), key_span: code.value.span.clone(), value })
}

pub(crate) fn rename_in_language(table: &mut Fields, to: &mut Reading<'_>) {
    rename(table, CONFIG, to);
}

pub(crate) fn rename_in_taxonomy(table: &mut Fields, to: &mut Reading<'_>) {
    // Zola passes over it, and the feeds of all terms are no small matter.
    if let Some(entry) = table.take_unlisted("rss") {
        warn_removed(&entry, "rss", "write `feed = true` for feeds of each term", to);
    }
    if let Some(entry) = table.take_unlisted("lang") {
        let help = "declare the taxonomy under `[languages.CODE]`";
        warn_removed(&entry, "lang", help, to);
    }
}

/// Keys of the time before `markdown.highlighting` become that table, unless it is there already.
pub(crate) fn rename_in_markdown(table: &mut Fields, to: &mut Reading<'_>) {
    let mut found = Vec::new();
    for (old, new) in HIGHLIGHTING {
        let Some(entry) = table.take_unlisted(old) else { continue };
        if !matches!(entry.value.data, Data::Bool(false)) {
            warn(&entry, old, &format!("markdown.highlighting.{new}"), to);
        }
        found.push(entry);
    }
    let is_wanted = |entry: &Entry| {
        entry.key == "highlight_code" && matches!(entry.value.data, Data::Bool(true))
    };
    if let Some(switch) = found.iter().position(is_wanted) {
        let switch = found.swap_remove(switch);
        let span = switch.key_span.clone();
        let data = Data::Table(new_highlighting(found, &span));
        table.put("highlighting", Entry { value: Node { data, span }, ..switch });
    }
}

/// Theme of the versions that had `highlight_code` when none was named.
const OLD_THEME: &str = "base16-ocean-dark";

/// The keys of today that say the same.
fn new_highlighting(old: Vec<Entry>, switch: &Range<usize>) -> Vec<Entry> {
    let text = |key: &str, text: &str| Entry {
        key: key.to_owned(),
        key_span: switch.clone(),
        value: Node { data: Data::Text(text.to_owned()), span: switch.clone() },
    };
    let mut table = Vec::new();
    let mut theme = text("theme", OLD_THEME);
    for entry in old {
        match entry.key.as_str() {
            "highlight_theme" if matches!(&entry.value.data, Data::Text(name) if name == "css") => {
                table.push(text("style", "class"));
            }
            "highlight_theme" => theme = Entry { key: "theme".to_owned(), ..entry },
            "extra_syntaxes" | "extra_syntaxes_and_themes" | "extra_highlight_themes" => {
                table.push(Entry { key: "extra_themes".to_owned(), ..entry.clone() });
                table.push(Entry { key: "extra_grammars".to_owned(), ..entry });
            }
            _ => table.push(entry),
        }
    }
    table.push(theme);
    table
}

pub(crate) fn rename_in_section(table: &mut Fields, to: &mut Reading<'_>) {
    rename(
        table,
        &[("generate_feed", "generate_feeds"), ("insert_anchor", "insert_anchor_links")],
        to,
    );
}

fn rename(table: &mut Fields, names: &[(&str, &str)], to: &mut Reading<'_>) {
    for (old, new) in names {
        let Some(mut entry) = table.take_unlisted(old) else { continue };
        warn(&entry, old, new, to);
        if *old == "feed_filename" {
            entry.value = in_list(entry.value);
        }
        table.put(new, entry);
    }
}

fn in_list(value: Node) -> Node {
    let span = value.span.clone();
    Node { data: Data::List(vec![value]), span }
}

fn strategy(entry: Entry, key: &str) -> Entry {
    let word = if matches!(entry.value.data, Data::Bool(false)) { "safe" } else { "on" };
    let value = Node { data: Data::Text(word.to_owned()), span: entry.value.span };
    Entry { key: key.to_owned(), value, ..entry }
}

fn put_into_table(top: &mut Fields, name: &str, entry: Entry) {
    let table = top.take_unlisted(name).unwrap_or_else(|| Entry {
        key: name.to_owned(),
        key_span: entry.key_span.clone(),
        value: Node { data: Data::Table(Vec::new()), span: entry.key_span.clone() },
    });
    let value = match table.value.data {
        Data::Table(mut entries) => {
            if !entries.iter().any(|known| known.key == entry.key) {
                entries.push(entry);
            }
            Node { data: Data::Table(entries), span: table.value.span }
        }
        data => Node { data, span: table.value.span },
    };
    top.put(name, Entry { value, key: table.key, key_span: table.key_span });
}

fn warn(entry: &Entry, old: &str, new: &str, to: &mut Reading<'_>) {
    let message = format!("`{old}` is the name of an older version");
    to.warning(message, &entry.key_span, format!("rename it to `{new}`"));
}

fn warn_removed(entry: &Entry, old: &str, help: &str, to: &mut Reading<'_>) {
    let message = format!("`{old}` of an older version has no effect any more");
    to.warning(message, &entry.key_span, help);
}
