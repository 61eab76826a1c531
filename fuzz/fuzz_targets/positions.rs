#![no_main]
//! Positions of a list's documents.

use libfuzzer_sys::fuzz_target;
use search_engine::format::positions;

fuzz_target!(|data: &[u8]| {
    let Some((len, step, bytes)) = woodblock_fuzz::cut(data) else { return };
    let docs: Vec<u32> = (0..len % 4_096).collect();
    let wanted: Vec<u32> = docs.iter().copied().step_by(step as usize % 7 + 1).collect();
    if let Ok(found) = positions::read(bytes, &docs, &wanted) {
        for i in 0..wanted.len() {
            assert!(found.of(i).is_sorted());
        }
    }
    let _ = positions::entries(bytes);
});
