//! However its blocks become files and tables, an index gives the same answers.
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use search_engine::{Query, Results, Sort};
use search_indexer::read::{self, BlockFolder};
use search_indexer::{BlockSizes, BuiltIndex, Document, IndexOptions, Transport, build};

fn documents() -> Vec<Document> {
    let text = |i: usize| format!("mask {} filter{} 医用口罩{}", i % 7, i % 31, i % 5);
    let document = |i: usize| Document {
        id: format!("{}", i / 2),
        url: format!("/{i}/"),
        lang: if i.is_multiple_of(2) { "zh" } else { "en" }.into(),
        kind: if i.is_multiple_of(5) { "guide" } else { "record" }.into(),
        collection: format!("c{}", i / 2),
        title: text(i),
        fields: vec![("tx".into(), vec![text(i / 3).repeat(1 + i % 4)])],
        date: Some(format!("20{:02}-01-01", i % 24)),
        text: text(i),
        ..Document::default()
    };
    (0..300).map(document).collect()
}

/// Large blocks, the texts with the cards, and tiers like those of [`tiny`].
fn large() -> BlockSizes {
    BlockSizes { tier: tiny().tier, chunk: tiny().chunk, ..BlockSizes::default() }
}

/// Blocks so small that tables stand on tables, cards and texts apart and with presets.
fn tiny() -> BlockSizes {
    BlockSizes {
        shard: 150,
        lists: 50,
        parts: 30,
        cards: 200,
        texts: 100,
        short_text: 0,
        inline: 8,
        column_docs: 7,
        root_blocks: 2,
        tier: 16,
        chunk: 8,
        preset_from: 0,
    }
}

fn built(sizes: BlockSizes, transport: Transport) -> BuiltIndex {
    let options = IndexOptions { sizes: Some(sizes), transport, ..IndexOptions::default() };
    build(documents(), &options).unwrap()
}

fn answers(index: &BuiltIndex, source: &impl read::BlockSource) -> Vec<Results> {
    let searcher = read::open(&index.root.bytes).unwrap();
    let asked =
        ["mask", "口罩 filter3", "\"filter30 医用\"", "filt*", "ti=口罩4", "mask NOT 口罩1"];
    let mut answers = Vec::new();
    for (lang, sort) in [("", Sort::Relevance), ("zh", Sort::Relevance), ("en", Sort::Newest)] {
        for text in asked {
            let query = Query {
                lang: lang.into(),
                sort: sort.clone(),
                limit: 40,
                exhaustive: true,
                ..Query::new(text)
            };
            let mut results = read::search(&searcher, source, &query).unwrap();
            results.cost = search_engine::Cost::default();
            answers.push(results);
        }
    }
    answers
}

#[test]
fn files_and_packs_and_tables_of_tables_answer_alike() {
    let plain = built(large(), Transport::Files);
    let expected = answers(&plain, &plain);
    assert!(expected.iter().all(|results| results.total > 0));
    for transport in [Transport::Files, Transport::PACKS, Transport::Packs { max_len: 3_000 }] {
        for sizes in [tiny(), large(), BlockSizes { short_text: 1 << 10, ..tiny() }] {
            let index = built(sizes, transport);
            assert_eq!(answers(&index, &index), expected, "{transport:?} {sizes:?}");
        }
    }
}

#[test]
fn packs_are_read_from_a_folder_by_the_slice() {
    let index = built(tiny(), Transport::Packs { max_len: 5_000 });
    assert!(index.blocks.len() > 3);
    assert!(index.blocks.iter().all(|file| file.name.contains(".wbp")));
    let folder = tempfile::tempdir().unwrap();
    for file in &index.blocks {
        std::fs::write(folder.path().join(&file.name), &file.bytes).unwrap();
    }
    assert_eq!(answers(&index, &BlockFolder::new(folder.path())), answers(&index, &index));
}

#[test]
fn a_small_site_in_packs_is_two_files() {
    let index = built(BlockSizes::default(), Transport::PACKS);
    assert_eq!(index.blocks.len(), 1);
    assert!(index.blocks[0].bytes.len() <= search_engine::format::WHOLE_PACK as usize);
}
