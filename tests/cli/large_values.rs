//! Values larger than a block of an index: cut where only excerpts suffer, else refused by name.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::site::{self, Said, run};

/// Records, indexed as `out` beside them.
fn index(folder: &Path, records: &[Value], more: &[&str]) -> Said {
    let (lines, out) = (folder.join("r.jsonl"), folder.join("out"));
    let records: Vec<String> = records.iter().map(Value::to_string).collect();
    fs::write(&lines, records.join("\n")).unwrap();
    let given = ["index", lines.to_str().unwrap(), "-o", out.to_str().unwrap()];
    run(&[&given, more].concat())
}

fn ask(folder: &Path, query: &str, more: &[&str]) -> Value {
    site::ask(&[folder.join("out").to_str().unwrap()], query, more)
}

#[test]
fn a_text_longer_than_a_block_is_searched_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let text = "cloth ".repeat(1_000_000) + "valve";
    let record = json!({"id": "R1", "title": "Long", "text": text});
    index(folder.path(), &[record], &[]).expect(0, &[]);
    assert_eq!(ask(folder.path(), "valve", &[])["hits"][0]["id"], "R1");
}

#[test]
fn what_fits_no_block_names_its_document() {
    let folder = tempfile::tempdir().unwrap();
    let long = "long ".repeat(1_000_000);
    let facet = json!({"id": "R7", "title": "A", "facets": {"colour": long}});
    index(folder.path(), &[facet], &[]).expect(1, &["facets of document `R7` is", "1048576"]);
    let title = json!({"id": "R8", "title": long});
    index(folder.path(), &[title], &[]).expect(1, &["card and facets of document `R8` is"]);
    assert!(!folder.path().join("out").exists(), "nothing half-written");
}

/// Values of two facets, each more than a block holds and more than is compressed at a time: blocks of
/// one facet stand next to each other all the same.
#[test]
fn facets_that_fill_several_blocks_are_counted() {
    let long = |n: usize| format!("{n}{}", "c".repeat(9_000));
    let record = |n: usize| {
        let (colour, shape) = (long(n % 600), long(n % 300));
        json!({"id": format!("R{n}"), "title": "Mask", "facets": {"colour": colour, "shape": shape, "size": n % 3}})
    };
    let records: Vec<Value> = (0..900).map(record).collect();
    for transport in [&[][..], &["--packs"]] {
        let folder = tempfile::tempdir().unwrap();
        index(folder.path(), &records, transport).expect(0, &[]);
        for (facet, count) in [("colour", 2), ("shape", 3), ("size", 300)] {
            let answer = ask(folder.path(), "mask", &["--facets", facet]);
            assert_eq!(
                (&answer["total"], &answer["facets"][0]["exact"]),
                (&json!(900), &json!(true))
            );
            assert_eq!(answer["facets"][0]["values"][0]["count"], count, "{facet}");
        }
    }
}

/// A word that fills more than a block with its places in few documents: all are found, and phrases at
/// their beginnings.
#[test]
fn a_word_with_millions_of_places_is_listed() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("deep valve {} mask", "deep ".repeat(250_000));
    let record = |n| json!({"id": format!("R{n}"), "title": "Mine", "text": text});
    index(folder.path(), &(0..20).map(record).collect::<Vec<_>>(), &[]).expect(0, &[]);
    for query in ["deep", "\"deep valve\"", "mask"] {
        assert_eq!(ask(folder.path(), query, &[])["total"], 20, "{query}");
    }
}
