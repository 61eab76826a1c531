//! Altered, missing and lying blocks: an error or an answer, never a panic.

use std::sync::LazyLock;

use proptest::prelude::*;
use search_engine::{BlockId, NoticeCode, Query, Searcher, Sort};
use search_indexer::read::{self, BlockFolder, BlockSource as _, ReadError};
use search_indexer::{BuiltIndex, Document, IndexOptions, build};

const QUESTIONS: [&str; 8] = [
    "口罩",
    "专利申请费",
    "coronavirus antibody",
    "\"face mask\" OR ti=口罩",
    "ipc=A62B18 NOT mask",
    "CN113914087A",
    "vir*",
    "* ~2 \u{1f637} (((\" AND",
];

fn documents() -> Vec<Document> {
    (0..120)
        .map(|i| Document {
            id: format!("{i}"),
            url: format!("/{i}/"),
            lang: if i % 2 == 0 { "zh" } else { "en" }.into(),
            kind: if i % 3 == 0 { "guide" } else { "record" }.into(),
            title: if i % 2 == 0 {
                "外科口罩与专利申请费"
            } else {
                "Coronavirus antibody face mask"
            }
            .into(),
            fields: vec![
                ("tx".into(), vec![format!("virus {} 医用口罩 {i}", "filter ".repeat(i % 17))]),
                ("ipc".into(), vec![format!("A62B18/{:02}", i % 20)]),
            ],
            exact: vec![format!("CN{}A", 113_914_000 + i)],
            date: Some(format!("2020-0{}-01", 1 + i % 9)),
            text: format!("病毒与口罩 virus mask {i}"),
            ..Document::default()
        })
        .collect()
}

/// The index of [`documents`], built once.
fn index() -> &'static BuiltIndex {
    static INDEX: LazyLock<BuiltIndex> = LazyLock::new(|| {
        build(documents(), &IndexOptions::default()).expect("documents make an index")
    });
    &INDEX
}

/// Asks, handing over payloads that `alter` may have changed; errors of blocks give those up.
fn ask(
    searcher: &Searcher,
    built: &BuiltIndex,
    query: &Query,
    alter: &mut dyn FnMut(&mut Vec<u8>),
) {
    let mut session = searcher.plan(query);
    for _ in 0..50 {
        let needs = session.needs();
        if needs.is_empty() {
            session.results().expect("nothing is needed any more").to_json();
            return;
        }
        for id in needs {
            // An altered parent names blocks that are not there or are others.
            let file = built.read(&id);
            let payload = file.and_then(|file| read::unpack(&file, &id));
            let supplied = payload.is_ok_and(|mut payload| {
                alter(&mut payload);
                session.supply(&id.name, &payload).is_ok()
            });
            if !supplied {
                session.give_up(&id.name);
            }
        }
    }
    panic!("the session does not come to an end");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn altered_payloads_never_panic_or_hang(
        flips in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..40), question in 0..QUESTIONS.len(),
    ) {
        let built = index();
        let searcher = read::open(&built.root.bytes).unwrap();
        let mut flips = flips.iter().cycle();
        let query = Query { lang: "zh".into(), sort: Sort::Newest, ..Query::new(QUESTIONS[question]) };
        ask(&searcher, built, &query, &mut |payload| {
            for (at, byte) in flips.by_ref().take(3) {
                // The first byte names the kind of block; the rest is what decoders must doubt.
                let at = 1 + at % (payload.len() - 1);
                payload[at] = *byte;
            }
        });
    }

    #[test]
    fn an_altered_root_never_panics(flips in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..6)) {
        let built = index();
        let mut root = read::inflate(&built.root.bytes, "root").unwrap();
        for (at, byte) in flips {
            let at = at % root.len();
            root[at] = byte;
        }
        if let Ok(searcher) = Searcher::open(&root, 0) {
            for question in QUESTIONS {
                let mut session = searcher.plan(&Query::new(question));
                for id in session.needs() {
                    session.give_up(&id.name);
                }
                session.needs();
            }
        }
    }

    #[test]
    fn any_question_gets_an_answer(text: String, typing: bool) {
        let built = index();
        let searcher = read::open(&built.root.bytes).unwrap();
        let query = if typing { Query::as_you_type(text) } else { Query::new(text) };
        ask(&searcher, built, &query, &mut |_| {});
    }
}

#[test]
fn a_missing_block_is_named_and_the_rest_answers() {
    let built = index();
    let searcher = read::open(&built.root.bytes).unwrap();
    let mut session = searcher.plan(&Query::new("口罩 zzz"));
    let mut given_up = None;
    loop {
        let needs = session.needs();
        if needs.is_empty() {
            break;
        }
        for id in needs {
            let payload = read::unpack(&built.read(&id).unwrap(), &id).unwrap();
            if payload[0] == b'C' && given_up.is_none() {
                session.give_up(&id.name);
                given_up = Some(id.name);
            } else {
                session.supply(&id.name, &payload).unwrap();
            }
        }
    }
    let results = session.results().unwrap();
    assert!(results.total > 0 && !results.exact);
    let notice =
        results.notices.iter().find(|notice| notice.code == NoticeCode::BlockMissing).unwrap();
    assert_eq!(Some(&notice.detail), given_up.as_ref());
}

#[test]
fn files_are_verified_before_they_are_inflated() {
    let built = index();
    let searcher = read::open(&built.root.bytes).unwrap();
    let id = searcher.plan(&Query::new("口罩")).needs().remove(0);
    let mut file = built.read(&id).unwrap();
    let last = file.len() - 1;
    file[last] ^= 1;
    assert!(matches!(read::unpack(&file, &id), Err(ReadError::Digest { .. })));
    let bomb = [b"WBI\x02\xff\xff\x3f\x00".as_slice(), &[0; 30]].concat();
    assert!(matches!(read::inflate(&bomb, "bomb"), Err(ReadError::Format { .. })));
    let id = BlockId { name: "x.wbi".into(), ..id };
    let folder = BlockFolder::new(std::path::Path::new("no such folder"));
    let error = folder.read(&id).unwrap_err().to_string();
    assert!(error.contains("x.wbi"), "{error}");
}

#[test]
fn the_same_documents_in_any_order_give_the_same_bytes() {
    let mut backwards = documents();
    backwards.reverse();
    let options = IndexOptions::default();
    assert_eq!(build(documents(), &options).unwrap(), build(backwards, &options).unwrap());
}

#[test]
fn no_documents_make_an_index_without_answers() {
    let built = build(Vec::new(), &IndexOptions::default()).unwrap();
    let searcher = read::open(&built.root.bytes).unwrap();
    for question in QUESTIONS {
        assert_eq!(read::search(&searcher, &built, &Query::new(question)).unwrap().total, 0);
    }
}
