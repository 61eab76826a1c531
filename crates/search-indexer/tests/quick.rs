//! Quick answers against those of a reader of everything, over made-up documents whose words are as
//! unevenly spread as those of real ones.
//!
//! `cargo test --release -p search-indexer --test quick -- --ignored --nocapture` asks 2,000
//! questions of 100,000 documents and tells what they cost.
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]
#![expect(clippy::cast_precision_loss, reason = "figures for readers")]

use search_engine::{Query, Results, Searcher};
use search_indexer::{BlockSizes, BuiltIndex, Document, IndexOptions, Transport, build, read};

/// A small linear congruential generator: the same documents and questions every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    /// A number below `n`, k times as often as number k times as great: as words occur.
    fn zipf(&mut self, n: usize) -> usize {
        let unit = self.roll(1 << 24) as f64 / f64::from(1 << 24);
        let rank = (n as f64).powf(unit) - 1.0;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below n")]
        let rank = rank as usize;
        rank.min(n - 1)
    }
}

const HAN: &str = "一种用于的方法装置系统及其口罩过滤医用外科病毒抗体检测电池材料制备结构控制";

fn word(number: usize) -> String {
    format!("w{}", char::from(b'a' + u8::try_from(number % 26).unwrap())) + &number.to_string()
}

fn documents(n: usize) -> Vec<Document> {
    let mut dice = Dice(1);
    let han: Vec<char> = HAN.chars().collect();
    let mut documents = Vec::with_capacity(n);
    for i in 0..n {
        // Words that belong together stand together in some documents.
        let topic = dice.zipf(3_000);
        let mut text = String::new();
        for _ in 0..20 + dice.roll(60) {
            let number = if dice.roll(4) == 0 { topic + dice.roll(12) } else { dice.zipf(30_000) };
            text.push_str(&word(number));
            text.push(' ');
        }
        let run: String = (0..4 + dice.roll(8)).map(|_| han[dice.zipf(han.len())]).collect();
        let kind = if i % 97 == 0 { "guide" } else { "record" };
        documents.push(Document {
            id: format!("d{i}"),
            url: format!("/{i}/"),
            lang: if i % 50 == 0 { "zh" } else { "en" }.into(),
            kind: kind.into(),
            collection: if i % 3 == 0 { "a" } else { "b" }.into(),
            title: format!("{} {} {run}", word(topic), word(dice.zipf(30_000))),
            fields: vec![("tx".into(), vec![text])],
            exact: vec![format!("CN{}A", 1_000_000 + i)],
            ..Document::default()
        });
    }
    documents
}

/// Words, pairs and triples, phrases, runs, fields, exclusions, beginnings, numbers and filters.
fn question(dice: &mut Dice, n: usize) -> Query {
    let w = |dice: &mut Dice| word(dice.zipf(4_000));
    let topic = |dice: &mut Dice| {
        let topic = dice.zipf(2_000);
        format!("{} {}", word(topic + dice.roll(6)), word(topic + 6 + dice.roll(6)))
    };
    let han: Vec<char> = HAN.chars().collect();
    let text = match dice.roll(13) {
        0 | 1 => w(dice),
        2 | 3 => format!("{} {}", w(dice), w(dice)),
        4 => topic(dice),
        5 => format!("{} {}", topic(dice), w(dice)),
        6 => format!("{} OR {}", w(dice), w(dice)),
        7 => format!("{} NOT {}", w(dice), w(dice)),
        8 => format!("\"{}\"", topic(dice)),
        9 => {
            let at = dice.roll(han.len() - 4);
            han[at..at + 2 + dice.roll(3)].iter().collect()
        }
        10 => format!("ti={} {}", w(dice), w(dice)),
        11 => format!("{} {}*", w(dice), &word(dice.zipf(900))),
        _ => format!("CN{}A", 1_000_000 + dice.roll(n)),
    };
    let mut query = Query { lang: "en".into(), ..Query::new(text) };
    match dice.roll(8) {
        0 => query.group = "guide".into(),
        1 => query.collection = "a".into(),
        2 => query.lang = String::new(),
        _ => {}
    }
    query
}

/// Whether two answers begin alike: equal scores may stand in any order at the end of the page.
fn agree(quick: &Results, whole: &Results) -> bool {
    let list = |results: &Results| -> Vec<(bool, String)> {
        results.hits.iter().map(|hit| (hit.full, format!("{:.3}", hit.score))).collect()
    };
    list(quick) == list(whole)
}

struct Figures {
    same: usize,
    exact: usize,
    asked: usize,
    bytes: Vec<u64>,
    hops: Vec<u32>,
    micros: Vec<u128>,
}

fn compare(searcher: &Searcher, built: &BuiltIndex, n: usize, asked: usize) -> Figures {
    let mut dice = Dice(9);
    let mut figures = Figures {
        same: 0,
        exact: 0,
        asked,
        bytes: Vec::new(),
        hops: Vec::new(),
        micros: Vec::new(),
    };
    for _ in 0..asked {
        let query = question(&mut dice, n);
        let before = std::time::Instant::now();
        let quick = read::search(searcher, built, &query).unwrap();
        figures.micros.push(before.elapsed().as_micros());
        let everything = Query { exhaustive: true, ..query.clone() };
        let whole = read::search(searcher, built, &everything).unwrap();
        assert!(whole.exact || query.text.contains('*'), "{query:?}");
        if quick.exact {
            assert_eq!((quick.total, quick.full), (whole.total, whole.full), "{query:?}");
            figures.exact += 1;
        }
        let same = agree(&quick, &whole);
        figures.same += usize::from(same);
        figures.bytes.push(quick.cost.bytes);
        figures.hops.push(quick.cost.hops);
    }
    figures.bytes.sort_unstable();
    figures.hops.sort_unstable();
    figures.micros.sort_unstable();
    figures
}

#[test]
fn the_first_page_is_that_of_a_reader_of_everything() {
    let n = 6_000;
    let sizes = BlockSizes { tier: 128, chunk: 32, lists: 512, ..BlockSizes::default() };
    let options = IndexOptions { sizes: Some(sizes), ..IndexOptions::default() };
    let built = build(documents(n), &options).unwrap();
    let searcher = read::open(&built.root.bytes).unwrap();
    let figures = compare(&searcher, &built, n, 300);
    assert!(figures.same * 100 >= figures.asked * 99, "{} of {}", figures.same, figures.asked);
    assert!(figures.exact * 4 >= figures.asked, "{} exact of {}", figures.exact, figures.asked);
}

#[test]
#[ignore = "minutes: 100,000 documents"]
fn at_a_hundred_thousand_documents_too() {
    let n = std::env::var("DOCS").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let options = IndexOptions { transport: Transport::PACKS, ..IndexOptions::default() };
    let built = build(documents(n), &options).unwrap();
    let searcher = read::open(&built.root.bytes).unwrap();
    let figures = compare(&searcher, &built, n, 2_000);
    let at = |percent: usize| figures.asked * percent / 100 - 1;
    let root = built.root.bytes.len();
    println!(
        "{} documents: {} bytes in {} files, root {root}; same page {} of {}, exact {}",
        n, built.stats.bytes, built.stats.files, figures.same, figures.asked, figures.exact
    );
    for percent in [50, 95, 100] {
        let at = at(percent);
        let bytes = figures.bytes[at] - root as u64;
        println!(
            "p{percent}: {bytes} bytes without the root, {} hops, {} µs",
            figures.hops[at], figures.micros[at]
        );
    }
    assert!(figures.same * 100 >= figures.asked * 99, "{} of {}", figures.same, figures.asked);
}
