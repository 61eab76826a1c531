//! Chinese titles: any piece of two characters or more finds what holds it, and nothing else.
//!
//! `cargo test --release -p search-indexer --test titles -- --ignored --nocapture` asks for every piece of
//! 1,000 titles.
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{BufRead as _, BufReader};

use search_engine::{Matching, Query, Searcher};
use search_indexer::{BuiltIndex, Document, IndexOptions, build, read};

/// Titles of the data folder beside the project, when it is there.
fn china_titles() -> Vec<String> {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/patents/china-titles.jsonl.gz");
    let Ok(file) = File::open(path) else { return Vec::new() };
    BufReader::new(flate2::read::GzDecoder::new(file))
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| {
            let record: serde_json::Value = serde_json::from_str(&line).ok()?;
            Some(record["title_zh"].as_str()?.to_owned())
        })
        .collect()
}

struct Titles {
    all: Vec<String>,
    /// The titles that hold a pair of characters.
    by_pair: HashMap<(char, char), BTreeSet<usize>>,
    searcher: Searcher,
    built: BuiltIndex,
}

impl Titles {
    fn open() -> Self {
        let titles = china_titles();
        let document = |(i, title): (usize, &String)| Document {
            id: i.to_string(),
            url: format!("/{i}/"),
            lang: "zh".into(),
            kind: "record".into(),
            title: title.clone(),
            ..Document::default()
        };
        let documents = titles.iter().enumerate().map(document).collect();
        let built = build(documents, &IndexOptions::default()).unwrap();
        let mut by_pair: HashMap<_, BTreeSet<usize>> = HashMap::new();
        for (i, title) in titles.iter().enumerate() {
            for pair in title.chars().zip(title.chars().skip(1)) {
                by_pair.entry(pair).or_default().insert(i);
            }
        }
        Self { searcher: read::open(&built.root.bytes).unwrap(), all: titles, by_pair, built }
    }

    /// Asks for a piece as the page does, and for all that holds it.
    fn check(&self, piece: &[char]) {
        let text: String = piece.iter().collect();
        let query = Query { limit: 30, matching: Matching::All, ..Query::new(text.as_str()) };
        let quick = read::search(&self.searcher, &self.built, &query).unwrap();
        let whole = Query { exhaustive: true, ..query };
        let whole = read::search(&self.searcher, &self.built, &whole).unwrap();
        let with_pair = self.by_pair.get(&(piece[0], piece[1])).into_iter().flatten();
        let expected = with_pair.filter(|&&i| self.all[i].contains(&text)).count();
        assert_eq!(whole.total as usize, expected, "{text}");
        assert!(!quick.exact || quick.total == whole.total, "{text}");
        for results in [quick, whole] {
            assert_eq!(results.hits.len(), expected.min(30), "{text}");
            assert!(results.hits.iter().all(|hit| hit.title.text.contains(&text)), "{text}");
        }
    }
}

/// Pieces of two characters or more of the runs of Han in a title.
fn pieces(title: &str) -> Vec<Vec<char>> {
    let is_han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    let runs = title.split(|c| !is_han(c)).map(|run| run.chars().collect::<Vec<char>>());
    let lens = |run: Vec<char>| (2..=run.len()).map(move |len| (run.clone(), len));
    let windows = |(run, len): (Vec<char>, usize)| run.windows(len).map(<[char]>::to_vec).collect();
    runs.flat_map(lens).flat_map::<Vec<Vec<char>>, _>(windows).collect()
}

/// Places of a thousand of `n`, evenly spread.
fn thousand(n: usize) -> impl Iterator<Item = usize> {
    (0..n).step_by((n / 1_000).max(1)).take(1_000)
}

#[test]
fn a_piece_of_a_chinese_title_finds_it_and_nothing_else() {
    let titles = Titles::open();
    for i in thousand(titles.all.len()) {
        let pieces = pieces(&titles.all[i]);
        if let Some(piece) = pieces.get(i * 7_919 % pieces.len().max(1)) {
            titles.check(piece);
        }
    }
}

#[test]
#[ignore = "minutes: a hundred thousand questions"]
fn every_piece_of_a_thousand_chinese_titles_finds_it_and_nothing_else() {
    let titles = Titles::open();
    let chosen = thousand(titles.all.len());
    let pieces: BTreeSet<Vec<char>> = chosen.flat_map(|i| pieces(&titles.all[i])).collect();
    for piece in &pieces {
        titles.check(piece);
    }
    println!("{} pieces of two characters or more", pieces.len());
}
