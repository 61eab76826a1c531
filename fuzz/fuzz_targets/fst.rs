#![no_main]
//! A transducer of any bytes: no answer is wrong, none takes for ever.

use libfuzzer_sys::fuzz_target;
use search_engine::format::fst::Fst;

fuzz_target!(|data: &[u8]| {
    let Some((len, _, bytes)) = woodblock_fuzz::cut(data) else { return };
    let (key, bytes) = bytes.split_at(bytes.len().min(len as usize % 16));
    let Some(fst) = Fst::new(bytes) else { return };
    fst.get(key);
    fst.floor(key);
    fst.each_under(key, 5_000, &mut |_, _| true);
});
