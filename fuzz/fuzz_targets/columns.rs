#![no_main]
//! Columns of values, and layouts.

use libfuzzer_sys::fuzz_target;
use search_engine::format::columns;

fuzz_target!(|data: &[u8]| {
    let Some((len, _, payload)) = woodblock_fuzz::cut(data) else { return };
    for tag in [columns::TWINS, columns::DATES] {
        if let Ok(values) = columns::read_values(payload, tag, len) {
            assert_eq!(values.len(), len as usize);
            values.into_iter().take(100).for_each(|value| drop(columns::unpack_date(value)));
        }
    }
    if let Ok(layouts) = columns::read_layouts(payload, len) {
        assert_eq!(layouts.len(), len as usize);
    }
});
