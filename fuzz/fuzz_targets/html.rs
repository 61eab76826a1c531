#![no_main]
//! Any bytes as a page.

use std::sync::LazyLock;

use html_pages::{Region, Rules};
use libfuzzer_sys::fuzz_target;

static OWN: LazyLock<Rules> = LazyLock::new(|| {
    Rules::new(Some("main, body"), &["[data-x] > p".into(), ".a".into()])
        .expect("they are selectors")
});

fuzz_target!(|data: &[u8]| {
    let html = String::from_utf8_lossy(data);
    for region in [Region::WholeBody, Region::MarkedBody] {
        for rules in [&Rules::default(), &*OWN] {
            let page = rules.read(&html, region);
            let words = page.content.split_whitespace().count();
            assert_eq!(words, page.words as usize, "{:?}", page.content);
            assert!(page.content.len() <= html.len() * 4 + 16);
            assert!(page.anchors.iter().all(|anchor| anchor.word <= page.words));
            assert!(page.weights.iter().all(|run| run.start < run.end && run.end <= page.words));
            page.text_where(|weight| weight > 0.5);
        }
    }
});
