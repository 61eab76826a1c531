//! Sources good and bad: what becomes a record, what a reject, what stops the run.
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::fs;
use std::io::Write;

use proptest::prelude::*;
use records::{
    Collection, Import, RecordsError, Value, export_csv, export_json_lines, import,
    read_collections,
};

const HEAD: &str = r#"
[[collections]]
name = "docs"
label = { zh = "文献", en = "Documents" }
kind = "record"
importer = "IMPORTER"
source = ["SOURCE"]
id = "number"
title = ["title_zh", "title"]
url = "/docs/{id}/"
max_rejects = 1.0
[collections.map]
"Doc No" = "number"
"#;

const FIELDS: &[(&str, &str)] = &[
    ("number", "code"),
    ("title", "text"),
    ("title_zh", "text"),
    ("people", "list"),
    ("filed", "date"),
    ("size", "number"),
    ("link", "url"),
];

const COLUMNS: [&str; 7] = ["number", "title", "title_zh", "people", "filed", "size", "link"];
const COLUMN_LINE: &str = "number,title,title_zh,people,filed,size,link\n";

fn site(importer: &str, source: &str, contents: &[u8]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let head = HEAD.replace("IMPORTER", importer).replace("SOURCE", source);
    let fields = FIELDS.iter().map(|(name, kind)| {
        format!("[[collections.fields]]\nname = \"{name}\"\ntype = \"{kind}\"\nlabel = {{ en = \"x\" }}\n")
    });
    let text: String = std::iter::once(head).chain(fields).collect();
    fs::write(dir.path().join("woodblock.toml"), text).unwrap();
    fs::write(dir.path().join(source), contents).unwrap();
    dir
}

fn read(
    importer: &str,
    source: &str,
    contents: &[u8],
) -> Result<(Collection, Import), RecordsError> {
    let dir = site(importer, source, contents);
    let collection = read_collections(dir.path())?.remove(0);
    let import = import(dir.path(), &collection)?;
    Ok((collection, import))
}

/// Reads CSV rows under the usual columns.
fn csv(rows: &str) -> Import {
    read("csv", "docs.csv", format!("{COLUMN_LINE}{rows}").as_bytes()).unwrap().1
}

/// Holds that one row is rejected at a line, in a field, with words in its message.
fn check_reject(rows: &str, line: u64, field: &str, words: &str) {
    let import = csv(rows);
    let [reject] = &import.rejects[..] else { panic!("{rows:?}: {:?}", import.rejects) };
    assert_eq!((reject.line, reject.field.as_str()), (line, field), "{reject}");
    assert!(reject.message.contains(words), "{reject}");
    assert!(reject.to_string().starts_with(&format!("docs.csv:{line}: ")), "{reject}");
}

#[test]
fn a_good_row_is_typed() {
    let import = csv("A1,Mask,口罩,\"Li, Wei; Zhao Min;\",2020-02-29,12,https://example.org/a?b\n");
    assert_eq!(import.rejects, []);
    let record = &import.records[0];
    assert_eq!((record.id.as_str(), record.line), ("A1", 2));
    let people = Value::List(vec!["Li, Wei".to_owned(), "Zhao Min".to_owned()]);
    assert_eq!(record.get("people"), Some(&people));
    assert_eq!(record.get("size"), Some(&Value::Number(12.into())));
    assert_eq!(record.get("filed").unwrap().to_text(""), "2020-02-29");
}

#[test]
fn bad_values_name_file_line_and_field() {
    check_reject("A1,t,,,2020-02-30,,\n", 2, "filed", "date of the calendar");
    check_reject("A1,t,,,20200229,,\n", 2, "filed", "YYYY-MM-DD");
    check_reject("A1,t,,,,\"1,000\",\n", 2, "size", "expected a number");
    check_reject("A1,t,,,,NaN,\n", 2, "size", "expected a number");
    check_reject("A1,t,,,,,javascript:alert(1)\n", 2, "link", "https://");
    check_reject("A1,t,,,,,https://u@h/\n", 2, "link", "https://");
    check_reject("A1,a\u{7},,,,,\n", 2, "title", "control character U+0007");
    check_reject(",t,,,,,\n", 2, "number", "it is the id");
    check_reject("../x,t,,,,,\n", 2, "number", "cannot be an id");
    check_reject("..,t,,,,,\n", 2, "number", "cannot be an id");
    check_reject("a/b,t,,,,,\n", 2, "number", "cannot be an id");
    check_reject("A1,,,,,,\n", 2, "", "no title");
    check_reject("A1,t,,,,,\nA2,t,,,,,\nA1,u,,,,,\n", 4, "number", "there already");
}

#[test]
fn bad_rows_name_their_line_and_the_rest_goes_on() {
    let import =
        csv("A1,\"two\nlines\",,,,,\nA2,too,few\nA3,t,,,,,,too many\nA4,\"x\"y,,,,,\nA5,t,,,,,\n");
    let lines: Vec<u64> = import.rejects.iter().map(|reject| reject.line).collect();
    assert_eq!(lines, [4, 5, 6]);
    assert!(
        import.rejects[0].message.contains("expected 7 fields, found 3"),
        "{}",
        import.rejects[0]
    );
    let ids: Vec<&str> = import.records.iter().map(|record| record.id.as_str()).collect();
    assert_eq!(ids, ["A1", "A5"]);
}

#[test]
fn text_that_is_no_utf8_is_a_reject() {
    let rows = [COLUMN_LINE.as_bytes(), b"A1,caf\xe9,,,,,\nA2,t,,,,,\n"].concat();
    let import = read("csv", "docs.csv", &rows).unwrap().1;
    assert_eq!((import.rejects[0].line, import.rejects[0].field.as_str()), (2, "title"));
    assert!(import.rejects[0].message.contains("not UTF-8 from byte 4"), "{}", import.rejects[0]);
    assert_eq!(import.records.len(), 1);
}

#[test]
fn a_field_without_end_is_a_reject() {
    check_reject(&format!("A1,{},,,,,\n", "x".repeat(70_000)), 2, "title", "at most 65536");
}

#[test]
fn byte_order_mark_windows_line_ends_and_mapped_columns() {
    let text = "\u{feff}Doc No,title,title_zh,people,filed,size,link,more\r\nA1,t,,,,,,z\r\n";
    let import = read("csv", "docs.csv", text.as_bytes()).unwrap().1;
    assert_eq!(import.rejects, []);
    assert_eq!(import.records[0].id, "A1");
    assert_eq!(import.unused_columns, [("docs.csv".into(), "more".to_owned())]);
}

#[test]
fn missing_and_double_columns_stop_with_the_first_line() {
    let error = read("csv", "docs.csv", b"number,title\nA1,t\n").unwrap_err().to_string();
    assert!(error.starts_with("docs.csv:1: no column for title_zh, people"), "{error}");
    let error = read("csv", "docs.csv", b"number,Doc No\n").unwrap_err().to_string();
    assert!(error.contains("`Doc No` is there twice"), "{error}");
    let error = read("csv", "docs.csv", b"").unwrap_err().to_string();
    assert!(error.contains("no column for"), "{error}");
}

#[test]
fn an_unclosed_quote_stops_with_its_line() {
    let text = format!("{COLUMN_LINE}A1,t,,,,,\nA2,\"t,,,,,\nA3,t,,,,,\n");
    let error = read("csv", "docs.csv", text.as_bytes()).unwrap_err();
    assert!(matches!(error, RecordsError::UnclosedQuote { line: 3, .. }), "{error}");
}

#[test]
fn past_the_share_the_run_fails_and_lists_every_reject() {
    let text = format!("{COLUMN_LINE}A1,t,,,,,\nA2,t,,,x,,\nA3,t,,,,y,\n");
    let dir = site("csv", "docs.csv", text.as_bytes());
    let mut collection = read_collections(dir.path()).unwrap().remove(0);
    collection.max_rejects = 0.5;
    let error = import(dir.path(), &collection).unwrap_err();
    let RecordsError::TooManyRejects { rows, allowed, rejects, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!((*rows, *allowed, rejects.len()), (3, 1, 2));
    assert!(error.to_string().contains("docs.csv:3: field `filed`"), "{error}");
    collection.max_rejects = 0.7;
    assert_eq!(import(dir.path(), &collection).unwrap().rejects.len(), 2);
}

#[test]
fn a_source_that_is_not_there_is_named() {
    let dir = site("csv", "docs.csv", b"");
    let mut collection = read_collections(dir.path()).unwrap().remove(0);
    collection.source = vec!["gone.csv".into()];
    let error = import(dir.path(), &collection).unwrap_err().to_string();
    assert!(error.contains("gone.csv"), "{error}");
}

#[test]
fn tabs_and_gzip() {
    let text = format!("{}A1\tsay \"hi\"\t\t\t\t\t\n", COLUMN_LINE.replace(',', "\t"));
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(text.as_bytes()).unwrap();
    let import = read("tsv", "docs.tsv.gz", &packed.finish().unwrap()).unwrap().1;
    assert_eq!(import.records[0].get("title").unwrap().to_text(""), "say \"hi\"");
    let error = read("tsv", "docs.tsv.gz", b"not gzip").unwrap_err();
    assert!(matches!(error, RecordsError::Io { .. }), "{error}");
}

#[test]
fn json_lines() {
    let text = concat!(
        "{\"Doc No\":\"A1\",\"title\":\"t\",\"people\":[\"Li\",\"Zhao\"],\"size\":2.5,\"extra\":{}}\n",
        "\n",
        "{\"number\":\"A2\",\"title\":\"t\",\"people\":[\"Li; Co\"]}\n",
        "[1]\n",
        "{\"number\":\"A3\",\n",
        "{\"number\":\"A4\",\"title\":{\"en\":\"t\"}}\n",
        "{\"number\":\"A5\",\"title_zh\":\"五\",\"size\":null}",
    );
    let import = read("jsonl", "docs.jsonl", text.as_bytes()).unwrap().1;
    let ids: Vec<&str> = import.records.iter().map(|record| record.id.as_str()).collect();
    assert_eq!(ids, ["A1", "A5"]);
    let lines: Vec<(u64, &str)> =
        import.rejects.iter().map(|reject| (reject.line, reject.field.as_str())).collect();
    assert_eq!(lines, [(3, "people"), (4, ""), (5, ""), (6, "title")]);
}

#[test]
fn a_formula_is_harmless_in_the_export_and_itself_after_import() {
    let text = format!("{COLUMN_LINE}A1,\"=HYPERLINK(\"\"http://x\"\")\",@zh,-1; 2,,-5,\n");
    let (collection, import) = read("csv", "docs.csv", text.as_bytes()).unwrap();
    let mut out = Vec::new();
    export_csv(&collection, &import.records, &COLUMNS, &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert!(out.contains("\"'=HYPERLINK") && out.contains(",'@zh,'-1; 2,,-5,"), "{out}");
    let again = read("csv", "docs.csv", out.as_bytes()).unwrap().1;
    assert_eq!(values(&again), values(&import));
}

/// Records as JSON text, for comparison.
fn values(import: &Import) -> Vec<Vec<Option<String>>> {
    let cells = |record: &records::Record| {
        COLUMNS
            .iter()
            .map(|name| record.get(name).map(|value| value.to_json().to_string()))
            .collect()
    };
    import.records.iter().map(cells).collect()
}

fn cell() -> impl Strategy<Value = String> {
    "[ -~口罩\n\t\"',;=+@-]{0,12}"
}

fn row() -> impl Strategy<Value = Vec<String>> {
    (
        ("t[ -~\"',=]{0,8}", cell(), proptest::collection::vec("[a-z,\"'=+ -]{0,6}", 0..4)),
        (0i16..9999, 1i8..=12, 1i8..=28, -1000i64..1000),
    )
        .prop_map(|((title, zh, people), (y, m, d, size))| {
            let date = format!("{y:04}-{m:02}-{d:02}");
            let link = "https://example.org/x".to_owned();
            vec![title, zh, people.join("; "), date, size.to_string(), link]
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_exported_reimports_without_loss(rows in proptest::collection::vec(row(), 1..6)) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(COLUMNS).unwrap();
        for (at, row) in rows.iter().enumerate() {
            let id = format!("R{at}");
            writer.write_record(std::iter::once(&id).chain(row)).unwrap();
        }
        let (collection, first) = read("csv", "docs.csv", &writer.into_inner().unwrap()).unwrap();
        prop_assert_eq!(&first.rejects, &[]);

        let mut as_csv = Vec::new();
        export_csv(&collection, &first.records, &COLUMNS, &mut as_csv).unwrap();
        let second = read("csv", "docs.csv", &as_csv).unwrap().1;
        prop_assert_eq!(values(&second), values(&first));
        let mut again = Vec::new();
        export_csv(&collection, &second.records, &COLUMNS, &mut again).unwrap();
        prop_assert_eq!(again, as_csv);

        let mut as_json = Vec::new();
        export_json_lines(&collection, &first.records, &COLUMNS, &mut as_json).unwrap();
        let third = read("jsonl", "docs.jsonl", &as_json).unwrap().1;
        prop_assert_eq!(values(&third), values(&first));
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for (importer, source) in [("csv", "d.csv"), ("tsv", "d.tsv"), ("jsonl", "d.jsonl"), ("csv", "d.gz")] {
            let _ = read(importer, source, &bytes);
            let _ = read(importer, source, &[COLUMN_LINE.as_bytes(), &bytes].concat());
        }
    }

    /// The `csv` crate is the oracle for everything that is well formed.
    #[test]
    fn rows_are_cut_as_the_csv_crate_cuts_them(
        rows in proptest::collection::vec(proptest::collection::vec(cell(), 6), 1..5)
    ) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(COLUMNS).unwrap();
        for (at, cells) in rows.iter().enumerate() {
            let mut cells = cells.clone();
            // The typed columns stay empty: this test is about cutting.
            cells[2..].iter_mut().for_each(String::clear);
            let id = format!("R{at}");
            writer.write_record(std::iter::once(&id).chain(&cells)).unwrap();
        }
        let text = writer.into_inner().unwrap();
        let import = read("csv", "docs.csv", &text).unwrap().1;
        let mut oracle = csv::Reader::from_reader(&text[..]);
        for row in oracle.records() {
            let row = row.unwrap();
            let Some(record) = import.records.iter().find(|record| record.id == row[0]) else {
                // No title in either language.
                prop_assert!(row[1].trim().is_empty() && row[2].trim().is_empty());
                continue;
            };
            let found = record.get("title").map_or(String::new(), |value| value.to_text(""));
            prop_assert!([found.clone(), format!("'{found}")].contains(&row[1].trim().to_owned()), "{:?}", row);
            prop_assert_eq!(record.line, row.position().unwrap().line());
        }
    }
}
