//! Faults in `woodblock.toml`: each named with line, column and a way to mend it, all in one run.
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::fs;

use records::{Problem, RecordsError, read_collections};

const GOOD: &str = r#"[[collections]]
name = "docs"
label = { en = "Documents" }
kind = "record"
importer = "csv"
source = ["docs.csv"]
id = "number"
title = ["number"]
section = "docs"
template = "record.html"
url = "/docs/{id}/"
pages_where = "number=A1"
query = "num={number}"
card = ["number"]
date = "filed"
max_rejects = 0.01

[[collections.fields]]
name = "number"
type = "code"
inid = "11"
search = ["pn", "num"]

[[collections.fields]]
name = "page"
type = "code"
label = { en = "Page" }
search = "tx"
weight = 2.0

[[collections.fields]]
name = "filed"
type = "date"
label = { en = "Filed" }
"#;

fn read(text: &[u8]) -> Result<Vec<records::Collection>, RecordsError> {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("woodblock.toml"), text).unwrap();
    read_collections(dir.path())
}

fn problems(text: &str) -> Vec<Problem> {
    match read(text.as_bytes()) {
        Err(RecordsError::Declaration(problems)) => problems,
        other => panic!("{text}: {other:?}"),
    }
}

/// Replaces part of the good file and holds that the one problem is on that line.
fn check(from: &str, to: &str, words: &str) {
    let bad = GOOD.replacen(from, to, 1);
    assert_ne!(bad, GOOD, "{from}");
    let line = GOOD[..GOOD.find(from).unwrap()].matches('\n').count() + 1;
    let found = problems(&bad);
    let [problem] = &found[..] else { panic!("{from} -> {to}: {found:?}") };
    assert!(problem.to_string().contains(words), "{problem}");
    assert_eq!(problem.line as usize, line, "{problem}");
    assert!(problem.column > 0, "{problem}");
}

#[test]
fn the_good_declaration_is_good() {
    let docs = read(GOOD.as_bytes()).unwrap().remove(0);
    assert_eq!(docs.line, 1);
    assert_eq!(docs.fields[0].search, ["pn", "num"]);
    assert_eq!(docs.fields[1].search, ["tx"]);
    assert_eq!(docs.fields[0].label_in("zh"), "公开（公告）号", "the INID code's own label");
}

#[test]
fn no_file_means_no_collections() {
    assert_eq!(read_collections(tempfile::tempdir().unwrap().path()).unwrap(), []);
}

#[test]
fn each_fault_is_named_where_it_stands() {
    check("\"csv\"", "\"excel\"", "unknown importer `excel`");
    check("type = \"code\"", "type = \"coed\"", "unknown field type `coed`");
    check("inid = \"11\"", "inid = \"99\"", "no INID code");
    check("id = \"number\"", "id = \"nmber\"", "no field is named `nmber`");
    check("card = [\"number\"]", "card = [\"nubmer\"]", "no field is named `nubmer`");
    check("/docs/{id}/", "/docs/{nr}/", "no field is named `nr`");
    check("/docs/{id}/", "https://x/{id}", "does not start at the site's root");
    check("number=A1", "number", "no condition");
    check("number=A1", "pg=yes", "no field is named `pg`");
    check("date = \"filed\"", "date = \"number\"", "no field of type date");
    check("max_rejects = 0.01", "max_rejects = 2.0", "is no share");
    check("weight = 2.0", "weight = -1.0", "out of range");
    check("source = [\"docs.csv\"]", "source = [\"../secret.csv\"]", "outside the site");
    check("source = [\"docs.csv\"]", "source = [\"/etc/passwd\"]", "outside the site");
    check("name = \"docs\"", "name = \"My Docs\"", "cannot be a collection's name");
    check("search = \"tx\"", "search = \"T X\"", "cannot be a query field");
    check("weight = 2.0", "wieght = 2.0", "unknown field `wieght`");
    check("weight = 2.0", "weight = \"2\"", "invalid type");
    check("name = \"page\"", "name = \"number\"", "second field is named `number`");
}

#[test]
fn all_faults_of_a_file_are_told_at_once_in_their_order() {
    let bad = GOOD
        .replacen("\"csv\"", "\"excel\"", 1)
        .replacen("inid = \"11\"", "inid = \"xx\"", 1)
        .replacen("label = { en = \"Filed\" }\n", "", 1);
    let lines: Vec<u32> = problems(&bad).iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [5, 21, 32]);
}

#[test]
fn syntax_and_encoding_have_a_place_too() {
    let found = problems("[[collections]]\nname = \n");
    assert_eq!(found[0].line, 2, "{}", found[0]);
    let error = read(b"# caf\xe9\n").unwrap_err().to_string();
    assert!(error.contains("woodblock.toml:1:6: not UTF-8"), "{error}");
}
