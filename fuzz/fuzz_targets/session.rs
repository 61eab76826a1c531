#![no_main]
//! Whole questions over an index whose blocks are altered, exchanged or missing.

use libfuzzer_sys::fuzz_target;
use search_engine::{Direction, LangUse, Matching, Query, Sort, View};
use search_indexer::read::{self, BlockSource as _};
use woodblock_fuzz::{MAX_WAVES, QUESTIONS, index};

fuzz_target!(init: woodblock_fuzz::write_seeds(), |data: &[u8]| {
    let [question, form, ref rest @ ..] = *data else { return };
    let built = index();
    let searcher = read::open(&built.root.bytes).expect("the root is as it was built");
    let mut session = searcher.plan(&Query {
        lang: if form & 1 == 0 { "zh" } else { "en" }.into(),
        lang_use: if form & 2 == 0 { LangUse::Prefer } else { LangUse::Only },
        sort: match (form >> 2) % 4 {
            0 => Sort::Relevance,
            1 => Sort::Newest,
            2 => Sort::Oldest,
            _ => Sort::By { column: "kind".into(), direction: Direction::Ascending },
        },
        facets: vec!["kind".into(), "none".into()],
        exhaustive: form & 128 != 0,
        matching: if form & 16 == 0 { Matching::Auto } else { Matching::Any },
        view: [View::Page, View::Suggest, View::Whole, View::List][usize::from(form >> 5) % 4],
        ..Query::new(QUESTIONS[usize::from(question) % QUESTIONS.len()])
    });
    let mut changes = rest.chunks_exact(4);
    for _ in 0..MAX_WAVES {
        let needs = session.needs();
        if needs.is_empty() {
            session.results().expect("nothing is needed any more").to_json();
            return;
        }
        for id in needs {
            let file = built.read(&id).and_then(|file| read::unpack(&file, &id));
            let supplied = file.is_ok_and(|mut payload| {
                // No more changes: the rest is as it was built.
                for change in changes.by_ref().take(3) {
                    let at = usize::from(u16::from_le_bytes([change[0], change[1]]));
                    let at = at % payload.len();
                    match change[2] {
                        0..200 => payload[at] = change[3],
                        200..230 => payload.truncate(at.max(1)),
                        _ => payload.insert(at, change[3]),
                    }
                }
                session.supply(&id.name, &payload).is_ok()
            });
            if !supplied {
                session.give_up(&id.name);
            }
        }
    }
    panic!("the session does not come to an end");
});
