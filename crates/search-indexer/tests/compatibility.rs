//! An index of each published format version, written once, still opens and answers.
//!
//! The index of each version that is still read must answer as on the day it was written.
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::fs;
use std::path::PathBuf;

use search_engine::Query;
use search_indexer::read::{self, BlockFolder};
use search_indexer::{BlockSizes, Document, IndexOptions, Transport, build};

fn fixture(version: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../search-engine/tests/fixtures").join(version)
}

fn documents() -> Vec<Document> {
    let document = |i: usize| Document {
        id: format!("d{i}"),
        url: format!("/d{i}/"),
        lang: if i.is_multiple_of(2) { "zh" } else { "en" }.into(),
        kind: if i.is_multiple_of(3) { "guide" } else { "record" }.into(),
        collection: "patents".into(),
        title: format!("外科口罩 face mask {i}"),
        fields: vec![
            ("tx".into(), vec![format!("a filter of layer {} 过滤材料", i % 9)]),
            ("ipc".into(), vec![format!("A62B18/{:02}", i % 12)]),
        ],
        exact: vec![format!("CN{}A", 101_000_000 + i)],
        date: Some(format!("2020-{:02}-15", 1 + i % 12)),
        card: vec![("pa".into(), format!("applicant {}", i % 5))],
        text: format!("a filter of layer {} for a face mask", i % 9),
        ..Document::default()
    };
    (0..90).map(document).collect()
}

/// Every structure of the format stands in it: packs, tables of tables, tiers and chunks.
#[test]
#[ignore = "writes the fixture, once for each format version"]
fn write_the_fixture() {
    let sizes = BlockSizes {
        shard: 300,
        lists: 200,
        cards: 600,
        column_docs: 20,
        root_blocks: 4,
        preset_from: 1 << 10,
        tier: 32,
        chunk: 16,
        ..BlockSizes::default()
    };
    let transport = Transport::Packs { max_len: 8_000 };
    let options = IndexOptions { sizes: Some(sizes), transport, ..IndexOptions::default() };
    let built = build(documents(), &options).unwrap();
    let folder = fixture("v3");
    assert!(!folder.exists(), "a fixture is never edited");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("root.wbi"), &built.root.bytes).unwrap();
    for file in &built.blocks {
        fs::write(folder.join(&file.name), &file.bytes).unwrap();
    }
}

#[test]
fn version_2_answers() {
    answers("v2");
}

#[test]
fn version_3_answers() {
    answers("v3");
}

fn answers(version: &str) {
    let folder = fixture(version);
    let searcher = read::open(&fs::read(folder.join("root.wbi")).unwrap()).unwrap();
    assert_eq!(searcher.n_docs(), 90);
    let found = |text: &str| {
        let query = Query { limit: 100, exhaustive: true, ..Query::new(text) };
        read::search(&searcher, &BlockFolder::new(&folder), &query).unwrap()
    };
    for (text, total) in [
        ("口罩", 90),
        ("\"face mask\"", 90),
        ("\"layer 3\"", 10),
        ("过滤材料", 90),
        ("ipc=A62B18/07", 7),
        ("ti=filter", 0),
        ("mask NOT \"layer 3\"", 80),
    ] {
        assert_eq!(found(text).total, total, "{text}");
    }
    let hit = &found("CN101000042A").hits[0];
    assert_eq!((hit.id.as_str(), hit.date.as_str()), ("d42", "2020-07-15"));
    assert_eq!(hit.card, [("pa".to_owned(), "applicant 2".to_owned())]);
    assert!(hit.snippet.text.contains("layer 6"));
}
