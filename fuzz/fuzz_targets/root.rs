#![no_main]
//! The root block, and a question to whatever it says.

use libfuzzer_sys::fuzz_target;
use search_engine::{Query, Searcher};

fuzz_target!(|data: &[u8]| {
    let Ok(searcher) = Searcher::open(data, 1_000) else { return };
    for question in woodblock_fuzz::QUESTIONS {
        let mut session = searcher.plan(&Query::new(question));
        for id in session.needs() {
            session.give_up(&id.name);
        }
        session.needs();
    }
});
