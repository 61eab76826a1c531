#![no_main]
//! Any text as a question: an answer within bounds.

use libfuzzer_sys::fuzz_target;
use search_engine::Query;
use search_indexer::read;
use woodblock_fuzz::index;

fuzz_target!(|data: &[u8]| {
    let [form, ref text @ ..] = *data else { return };
    let text = String::from_utf8_lossy(text).into_owned();
    let built = index();
    let searcher = read::open(&built.root.bytes).expect("the root is as it was built");
    let asked = if form & 1 == 0 { Query::new(text) } else { Query::as_you_type(text) };
    let lang = if form & 2 == 0 { "zh" } else { "" };
    let results = read::search(&searcher, built, &Query { lang: lang.into(), ..asked });
    let json = results.expect("every block is there").to_json();
    assert!(json.len() < 1 << 20);
});
