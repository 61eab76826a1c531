#![no_main]
//! Cards and texts.

use libfuzzer_sys::fuzz_target;
use search_engine::format::stores;

fuzz_target!(|data: &[u8]| {
    let Some((i, _, payload)) = woodblock_fuzz::cut(data) else { return };
    let _ = stores::read_card(payload, i as usize);
    let _ = stores::read_text(payload, i as usize);
    let _ = stores::read_card(payload, 0);
    let _ = stores::read_text(payload, 0);
});
