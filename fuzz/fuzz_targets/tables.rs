#![no_main]
//! Tables of tables: which block holds a document or a term.

use libfuzzer_sys::fuzz_target;
use search_engine::format::blocks::Stream;
use search_engine::format::tables::{Dictionary, Store};

fuzz_target!(|data: &[u8]| {
    let Some((n_docs, doc, payload)) = woodblock_fuzz::cut(data) else { return };
    let height = (n_docs % 3) as u8;
    if let Ok(store) = Store::from_block(payload, Stream::Cards, height, n_docs) {
        store.find(doc);
        store.find(n_docs.saturating_sub(1));
    }
    if let Ok(dictionary) = Dictionary::from_block(payload, height) {
        dictionary.find(b"wmask");
        dictionary.under(b"w");
    }
});
