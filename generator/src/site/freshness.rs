//! Facts that are due for another look.

use std::fs;

use jiff::civil::Date;
use serde_json::{Map, Value as Json};
use site_model::{Diagnostic, Site, Source};

/// `extra` of every section and page, sections first, each in path order.
pub(super) fn extras(site: &Site) -> impl Iterator<Item = (&Source, &Map<String, Json>)> {
    let sections = site.sections.iter().map(|section| (&section.source, &section.meta.extra));
    let pages = site.pages.iter().map(|page| (&page.source, &page.meta.extra));
    sections.chain(pages)
}

/// A warning for each page whose `extra.next_check` lies before the day of the build, and for each
/// whose `next_check` is no date.
pub(super) fn overdue(site: &Site, today: Date) -> Vec<Diagnostic> {
    let checked = extras(site).filter_map(|(source, extra)| {
        let stated = extra.get("next_check")?;
        let text = stated.as_str().unwrap_or_default();
        // Front matter dates may carry a time; the day is what counts.
        let day = text.get(..10).unwrap_or(text);
        let message = match day.parse::<Date>() {
            Ok(day) if day >= today => return None,
            Ok(day) => format!("facts were due for a check on {day}"),
            Err(_) => format!("`next_check` is `{stated}`, not a date such as 2027-05-22"),
        };
        Some(at_key(site, source, Diagnostic::warning(message)))
    });
    checked.collect()
}

fn at_key(site: &Site, source: &Source, diagnostic: Diagnostic) -> Diagnostic {
    const HELP: &str = "compare them with their source, then set `checked` and `next_check`";
    let diagnostic = diagnostic.in_file(&source.file).help(HELP);
    let text = fs::read_to_string(site.root.join(&source.file)).unwrap_or_default();
    match text.find("next_check") {
        Some(at) => diagnostic.at(&text, at..at + "next_check".len()),
        None => diagnostic,
    }
}
