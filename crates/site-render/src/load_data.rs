//! `load_data()`: data files for templates.

use std::path::Path;
use std::sync::Arc;

use minijinja::value::Value;
use minijinja::{Error, ErrorKind};
use serde_json::{Map, Value as Json};

use crate::arguments::Arguments;
use crate::files::{self, Found};
use crate::library::Library;
use crate::values::from_json;
use crate::{bibtex, remote_data, xml_data};

/// Data files larger than this are refused.
const MAX_DATA_BYTES: u64 = 64 << 20;

/// What data may be in.
const FORMATS: &[&str] = &["bibtex", "csv", "json", "plain", "toml", "tsv", "xml", "yaml"];

/// Loads and parses a file, or a text given in the call; each file once per form.
///
/// - `path`, `literal` or `url`: where the data is; for the last, see [`remote_data::request`].
/// - `format`: one of [`FORMATS`]; else the file's ending decides.
/// - `required = false`: nothing instead of an error when the file is not there.
/// - `rows = true`: a list of objects instead of headers and records, for CSV and TSV.
pub(crate) fn load_data(library: &Arc<Library>, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let path: Option<String> = arguments.get("path")?;
    let literal: Option<String> = arguments.get("literal")?;
    let format: Option<String> = arguments.get("format")?;
    let required: Option<bool> = arguments.get("required")?;
    let rows: Option<bool> = arguments.get("rows")?;
    let url: Option<String> = arguments.get("url")?;
    if let Some(format) = format.as_deref().filter(|format| !FORMATS.contains(format)) {
        return Err(fault(format!("`{format}` is no format; there are {}", FORMATS.join(", "))));
    }
    let rows = rows.unwrap_or(false);
    match (path, literal, url) {
        (Some(path), None, None) => {
            from_file(library, &path, format.as_deref(), required.unwrap_or(true), rows)
        }
        (None, Some(text), None) => {
            parse(&text, format.as_deref().unwrap_or("plain"), rows).map_err(fault)
        }
        (None, None, Some(url)) => {
            from_elsewhere(library, url, format.as_deref(), required.unwrap_or(true), arguments)
        }
        _ => Err(fault("load_data needs one of `path`, `literal` and `url`".to_owned())),
    }
}

fn fault(message: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, message)
}

fn from_file(
    library: &Library,
    path: &str,
    format: Option<&str>,
    required: bool,
    rows: bool,
) -> Result<Value, Error> {
    let file = match files::find(library, path).map_err(fault)? {
        Some(file) => file,
        None if required => return Err(fault(files::missing(library, "data file", path))),
        None => return Ok(Value::from(())),
    };
    let format = format.map_or_else(|| ending(path), str::to_owned);
    let key = (path.to_owned(), format!("{format}{}", if rows { " rows" } else { "" }));
    let mut known = library.data_files.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(value) = known.get(&key) {
        return Ok(value.clone());
    }
    let text = read(library, &file, path).map_err(fault)?;
    let value =
        parse(&text, &format, rows).map_err(|problem| fault(format!("{path}: {problem}")))?;
    known.insert(key, value.clone());
    Ok(value)
}

/// As in Zola, an answer is plain text unless the call says what it is.
fn from_elsewhere(
    library: &Library,
    url: String,
    format: Option<&str>,
    required: bool,
    arguments: &Arguments<'_>,
) -> Result<Value, Error> {
    let format = format.unwrap_or("plain");
    let shown = url.clone();
    let request = remote_data::request(url, format, arguments).map_err(fault)?;
    match library.remote_data.get(request) {
        Ok(text) => {
            parse(&text, format, false).map_err(|problem| fault(format!("{shown}: {problem}")))
        }
        Err(_) if !required => Ok(Value::from(())),
        Err(problem) => Err(fault(format!("{shown} {problem}"))),
    }
}

fn read(library: &Library, file: &Found, path: &str) -> Result<String, String> {
    let unreadable = |problem: String| format!("cannot read {path}: {problem}");
    let len = file.len_bytes(library).map_err(unreadable)?;
    if len > MAX_DATA_BYTES {
        return Err(format!("{path} has {len} bytes; the limit is 64 MiB"));
    }
    let bytes = file.bytes(library).map_err(unreadable)?;
    String::from_utf8(bytes).map_err(|error| unreadable(error.to_string()))
}

fn ending(path: &str) -> String {
    Path::new(path).extension().and_then(|ending| ending.to_str()).unwrap_or("plain").to_lowercase()
}

fn parse(text: &str, format: &str, rows: bool) -> Result<Value, String> {
    match format {
        "toml" => site_model::parse_toml(text).map(|data| from_json(&by_keys(data))),
        "yaml" | "yml" => site_model::parse_yaml(text).map(|data| from_json(&data)),
        "json" | "geojson" | "topojson" => serde_json::from_str::<Json>(text)
            .map(|data| from_json(&data))
            .map_err(|e| e.to_string()),
        "xml" => xml_data::parse(text).map(|data| from_json(&data)),
        "bibtex" => bibtex::parse(text).map(|data| from_json(&data)),
        "csv" => table(text, b',', rows),
        "tsv" => table(text, b'\t', rows),
        _ => Ok(Value::from(text)),
    }
}

/// Tables of TOML have no order: they come by their keys, as in Zola.
fn by_keys(data: Map<String, Json>) -> Json {
    let mut data = Json::Object(data);
    data.sort_all_objects();
    data
}

fn table(text: &str, delimiter: u8, rows: bool) -> Result<Value, String> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let headers: Vec<String> = reader
        .headers()
        .map_err(|e| e.to_string())?
        .iter()
        .map(|name| name.trim().to_owned())
        .collect();
    let mut records = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let cells = record.iter().map(Value::from);
        records.push(if rows {
            Value::from_pairs(headers.iter().map(String::as_str).zip(cells))
        } else {
            Value::from(cells.collect::<Vec<_>>())
        });
    }
    if rows {
        return Ok(Value::from(records));
    }
    Ok(Value::from_pairs([("headers", Value::from(headers)), ("records", Value::from(records))]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, format: &str, rows: bool) -> String {
        parse(text, format, rows).map_or_else(|problem| problem, |value| value.to_string())
    }

    #[test]
    fn data_is_read_in_every_form() {
        let table = [
            ("b = { d = 1, c = 2 }\na = 1", "toml", false, "{'a': 1, 'b': {'c': 2, 'd': 1}}"),
            ("a: [1, x]", "yaml", false, "{'a': [1, 'x']}"),
            ("- a: 1\n- b", "yaml", false, "[{'a': 1}, 'b']"),
            ("[1, null]", "json", false, "[1, None]"),
            ("a, b\n1,2\n", "csv", false, "{'headers': ['a', 'b'], 'records': [['1', '2']]}"),
            ("\u{feff}a\tb\n1\t2\n", "tsv", true, "[{'a': '1', 'b': '2'}]"),
            ("x", "plain", false, "x"),
        ];
        for (text, format, rows, expected) in table {
            assert_eq!(shown(text, format, rows), expected, "{text}");
        }
    }

    #[test]
    fn broken_data_is_told() {
        assert!(shown("a,b\n1\n", "csv", false).contains("1 fields"));
        assert!(shown("{", "json", false).contains("EOF"));
        assert!(shown("a =", "toml", false).contains("line 1"));
    }
}
