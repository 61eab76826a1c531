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
