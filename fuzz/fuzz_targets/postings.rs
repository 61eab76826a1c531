#![no_main]
//! A list of postings.

use libfuzzer_sys::fuzz_target;
use search_engine::format::postings::{self, Postings};

fuzz_target!(|data: &[u8]| {
    let Some((len, n_docs, bytes)) = woodblock_fuzz::cut(data) else { return };
    let Ok(list) = postings::read(bytes, len, n_docs) else { return };
    assert_eq!(list.docs.len(), len as usize);
    assert!(list.docs.is_sorted_by(|a, b| a < b) && list.docs.iter().all(|&doc| doc < n_docs));
    let mut again = Vec::new();
    let Postings { docs, impacts } = list.clone();
    postings::write(&mut again, &Postings { docs, impacts });
    assert_eq!(postings::read(&again, len, n_docs), Ok(list));
});
