//! Records to files that re-import without loss and that a spreadsheet opens without harm.
//!
//! A spreadsheet runs a cell that starts with `=`, `+`, `-` or `@` as a formula (values are trimmed,
//! so no blank or tab hides one). Such cells get an apostrophe in front; so do cells that already
//! start with apostrophes before one of these, so that taking one away on import is always right.
//! Numbers are left as they are: `-5` is no formula.

use std::borrow::Cow;
use std::io::Write;

use serde_json::{Map, Value as Json};

use crate::collection::{Collection, Field};
use crate::error::RecordsError;
use crate::importer::Record;
use crate::value::Value;

/// Writes CSV: the fields' names, then one row a record.
///
/// - `columns`: names of fields, in the order wanted; unknown names are left out.
pub fn export_csv<'a>(
    collection: &Collection,
    records: impl IntoIterator<Item = &'a Record>,
    columns: &[&str],
    output: impl Write,
) -> Result<(), RecordsError> {
    let fields: Vec<&Field> = columns.iter().filter_map(|name| collection.field(name)).collect();
    let mut writer = csv::Writer::from_writer(output);
    writer.write_record(fields.iter().map(|field| field.name.as_str())).map_err(io_error)?;
    for record in records {
        let cells = fields.iter().map(|field| cell(field, record));
        writer.write_record(cells).map_err(io_error)?;
    }
    writer.flush()?;
    Ok(())
}

/// Writes JSON Lines: one object a record, empty fields left out, lists as arrays.
///
/// - `columns`: names of fields, in the order wanted; unknown names are left out.
pub fn export_json_lines<'a>(
    collection: &Collection,
    records: impl IntoIterator<Item = &'a Record>,
    columns: &[&str],
    mut output: impl Write,
) -> Result<(), RecordsError> {
    let names = || columns.iter().filter(|name| collection.field(name).is_some());
    for record in records {
        let pairs =
            names().filter_map(|name| Some(((*name).to_owned(), record.get(name)?.to_json())));
        let object = Json::Object(pairs.collect::<Map<String, Json>>());
        writeln!(output, "{object}")?;
    }
    output.flush()?;
    Ok(())
}

fn cell(field: &Field, record: &Record) -> String {
    match record.get(&field.name) {
        Some(number @ Value::Number(_)) => number.to_text(""),
        Some(value) => with_guard(&value.to_text(&field.separator)).into_owned(),
        None => String::new(),
    }
}

fn starts_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@'])
}

fn with_guard(text: &str) -> Cow<'_, str> {
    if starts_formula(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// The cell without the apostrophe that an export put before a formula sign.
pub(crate) fn without_guard(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if starts_formula(rest) => rest,
        _ => text,
    }
}

/// The writer's only fault is the output's.
fn io_error(error: csv::Error) -> RecordsError {
    RecordsError::Write(std::io::Error::other(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guards_come_off_as_they_went_on() {
        for text in ["=1+1", "'=1", "''@x", "plain", "'quoted'", "-", "+86 10", "'\t=1", "'", ""] {
            let guarded = with_guard(text);
            assert!(!guarded.starts_with(['=', '+', '-', '@']), "{text:?}");
            assert_eq!(without_guard(&guarded), text);
        }
    }
}
