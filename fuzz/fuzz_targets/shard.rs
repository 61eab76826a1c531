#![no_main]
//! A shard of the dictionary: parsing, looking up, walking.

use libfuzzer_sys::fuzz_target;
use search_engine::format::shard::Shard;

fuzz_target!(|data: &[u8]| {
    let Ok(shard) = Shard::parse(data.to_vec()) else { return };
    for term in [&b"wmask"[..], b"", b"w\xe5\x8f\xa3", data] {
        if let Some(entry) = shard.find(&term[..term.len().min(64)]) {
            shard.inline(entry.postings);
            shard.inline(entry.positions);
        }
    }
    if let Some(fst) = shard.fst() {
        fst.each_under(b"w", 5_000, &mut |_, number| {
            shard.entry(number);
            true
        });
    }
});
