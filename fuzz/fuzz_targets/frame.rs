#![no_main]
//! The frame around every block, and what inflates from it.

use libfuzzer_sys::fuzz_target;
use search_engine::format::{MAX_INFLATED, frame};
use search_indexer::read;

fuzz_target!(|data: &[u8]| {
    if let Ok((len, _)) = frame::parse(data) {
        assert!(len <= MAX_INFLATED);
    }
    if let Ok(payload) = read::inflate(data, "fuzzed") {
        assert!(payload.len() <= MAX_INFLATED as usize);
    }
});
