//! Finding a key again in a file, for a complaint that comes up long after it was read.

use std::path::Path;

use crate::data::{Data, Entry};
use crate::diagnostic::Place;
use crate::front_matter::{self, Format};
use crate::{source_file, toml_data, yaml_data};

/// The place of the key, or of the innermost of its tables that is there.
pub(crate) fn place_of_key(root: &Path, file: &Path, keys: &[&str]) -> Option<Place> {
    let text = source_file::read(root, file).ok()?;
    let entries = match file.extension()?.to_str()? {
        "toml" => toml_data::parse(&text, 0..text.len()).ok()?,
        "md" => front_matter_entries(&text)?,
        _ => return None,
    };
    let span = find(&entries, keys)?;
    Some(Place::of(&text, span))
}

fn front_matter_entries(text: &str) -> Option<Vec<Entry>> {
    let split = front_matter::split(text).ok()?;
    match split.format {
        Format::Toml => toml_data::parse(text, split.data).ok(),
        Format::Yaml => yaml_data::parse(text, split.data).ok(),
    }
}

fn find(entries: &[Entry], keys: &[&str]) -> Option<std::ops::Range<usize>> {
    let (key, rest) = keys.split_first()?;
    let entry = entries.iter().find(|entry| entry.key == *key)?;
    match &entry.value.data {
        Data::Table(inner) if !rest.is_empty() => {
            find(inner, rest).or_else(|| Some(entry.key_span.clone()))
        }
        _ => Some(entry.key_span.clone()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::fields::Reading;

    proptest! {
        /// Whatever stands at the head of a file, it is read or complained of.
        #[test]
        fn any_front_matter_is_read_or_complained_of(
            fence in "\\+\\+\\+|---",
            body in "([a-z_]{1,8}( = |: |\\[|\\]|\\{|\\}|\"|'|&a|\\*a|- |!|<<|#|甲|\\n|[0-9.e-]{1,6}|true)){0,24}",
        ) {
            let text = format!("{fence}\n{body}\n{fence}\nrest");
            let mut reading = Reading::new(Path::new("a.md"), &text);
            match front_matter::parse(&mut reading) {
                Some((entries, start)) => {
                    prop_assert!(text.is_char_boundary(start));
                    let _ = front_matter::page_meta(entries.clone(), &mut reading);
                    let _ = front_matter::section_meta(entries, &mut reading);
                }
                None => prop_assert!(!reading.diagnostics.is_empty()),
            }
            for diagnostic in &reading.diagnostics {
                prop_assert!(diagnostic.line >= 1 && diagnostic.column >= 1);
                let line = text.lines().nth(diagnostic.line as usize - 1).unwrap_or("");
                prop_assert_eq!(diagnostic.source.as_deref(), Some(line.trim_end_matches('\r')));
            }
        }
    }
}
