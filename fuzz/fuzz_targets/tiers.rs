#![no_main]
//! The head of a long list, and of its positions.

use libfuzzer_sys::fuzz_target;
use search_engine::format::root::{Rank, Version};
use search_engine::format::tiers;

fuzz_target!(|data: &[u8]| {
    let Some((len, n_docs, bytes)) = woodblock_fuzz::cut(data) else { return };
    for (tier, chunk) in [(16, 4), (4_096, 1_024)] {
        let rank = Rank { tier, chunk, ..Rank::default() };
        for version in [Version::Two, Version::Three] {
            let _ = tiers::read(bytes, len, n_docs, (&rank, version));
            let _ = tiers::read_positions(bytes, len, version);
        }
    }
});
