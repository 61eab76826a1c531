//! TOML to positioned data.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeFloat, DeInteger, DeTable, DeValue};

use crate::data::{Data, DataProblem, Entry, Node};

/// Reads `text[span]` as a TOML document; all positions count from the start of `text`.
///
/// Tables of TOML have no order. What is a site's own in them, below `extra`, comes by its keys, as
/// templates that loop over it see it in Zola; the rest comes in the file's order.
///
/// The parser recovers after an error, so that one run tells all of them.
pub(crate) fn parse(text: &str, span: Range<usize>) -> Result<Vec<Entry>, Vec<DataProblem>> {
    let base = span.start;
    let (table, errors) = DeTable::parse_recoverable(&text[span.clone()]);
    if !errors.is_empty() {
        return Err(errors.iter().map(|error| problem(error, base, span.end)).collect());
    }
    let mut problems = Vec::new();
    let mut entries = table_entries(table.into_inner(), base, &mut problems);
    for own_data in entries.iter_mut().filter(|entry| entry.key == "extra") {
        sort_within(&mut own_data.value);
    }
    if problems.is_empty() { Ok(entries) } else { Err(problems) }
}

/// Puts the entries by their keys, and those of all tables within them.
fn sort_tables(entries: &mut [Entry]) {
    entries.sort_by(|a, b| a.key.cmp(&b.key));
    for entry in entries {
        sort_within(&mut entry.value);
    }
}

fn sort_within(node: &mut Node) {
    match &mut node.data {
        Data::Table(entries) => sort_tables(entries),
        Data::List(items) => {
            for item in items {
                sort_within(item);
            }
        }
        _ => {}
    }
}

fn problem(error: &toml::de::Error, base: usize, end: usize) -> DataProblem {
    let span = error.span().map_or(end..end, |span| span.start + base..span.end + base);
    let message = error.message().trim().replace('\n', ", ");
    DataProblem { message: format!("invalid TOML: {message}"), span }
}

fn table_entries(table: DeTable<'_>, base: usize, problems: &mut Vec<DataProblem>) -> Vec<Entry> {
    table
        .into_iter()
        .map(|(key, value)| Entry {
            key_span: shift(key.span(), base),
            key: key.into_inner().into_owned(),
            value: node(value, base, problems),
        })
        .collect()
}

fn node(value: Spanned<DeValue<'_>>, base: usize, problems: &mut Vec<DataProblem>) -> Node {
    let span = shift(value.span(), base);
    let data = match value.into_inner() {
        DeValue::String(text) => Data::Text(text.into_owned()),
        DeValue::Integer(number) => integer(&number, &span, problems),
        DeValue::Float(number) => float(&number),
        DeValue::Boolean(flag) => Data::Bool(flag),
        DeValue::Datetime(date) => Data::Date(date.to_string()),
        DeValue::Array(items) => {
            Data::List(items.into_iter().map(|item| node(item, base, problems)).collect())
        }
        DeValue::Table(table) => Data::Table(table_entries(table, base, problems)),
    };
    Node { data, span }
}

fn integer(number: &DeInteger<'_>, span: &Range<usize>, problems: &mut Vec<DataProblem>) -> Data {
    if let Ok(number) = i64::from_str_radix(number.as_str(), number.radix()) {
        return Data::Int(number);
    }
    problems.push(DataProblem {
        message: "integer does not fit into 64 bits".to_owned(),
        span: span.clone(),
    });
    Data::Null
}

fn float(number: &DeFloat<'_>) -> Data {
    Data::Float(number.as_str().parse().unwrap_or(f64::NAN))
}

fn shift(span: Range<usize>, base: usize) -> Range<usize> {
    span.start + base..span.end + base
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::entries_to_json;

    #[test]
    fn values_keep_their_order_and_dates_become_strings() {
        let text = "b = 1\na = 2020-01-02\nc = { x = [true, 0x10, 1_000, 1.5] }";
        let entries = parse(text, 0..text.len()).unwrap();
        let json = serde_json::Value::Object(entries_to_json(entries));
        assert_eq!(json.to_string(), r#"{"b":1,"a":"2020-01-02","c":{"x":[true,16,1000,1.5]}}"#);
    }

    #[test]
    fn own_data_comes_by_its_keys() {
        let text = "b = 1\na = 1\n[extra]\nd = [{ f = 1, e = 2 }]\nc = { h = 1, g = 2 }";
        let entries = parse(text, 0..text.len()).unwrap();
        let json = serde_json::Value::Object(entries_to_json(entries)).to_string();
        let extra = r#"{"c":{"g":2,"h":1},"d":[{"e":2,"f":1}]}"#;
        assert_eq!(json, format!(r#"{{"b":1,"a":1,"extra":{extra}}}"#));
    }

    #[test]
    fn positions_count_from_the_start_of_the_whole_file() {
        let text = "+++\nkey = 1\n+++";
        let entries = parse(text, 4..12).unwrap();
        assert_eq!(&text[entries[0].key_span.clone()], "key");
        assert_eq!(&text[entries[0].value.span.clone()], "1");
    }

    #[test]
    fn every_error_of_a_document_is_told() {
        let text = "a = \nb = 99999999999999999999\nc ! 2\n";
        assert!(parse(text, 0..text.len()).unwrap_err().len() >= 2);
    }

    #[test]
    fn deep_nesting_is_an_error_and_no_overflow() {
        let text = format!("a = {}{}", "[".repeat(50_000), "]".repeat(50_000));
        assert!(parse(&text, 0..text.len()).is_err());
    }
}
