//! nDCG@10 and recall@100 on judged collections.
//!
//! ```text
//! cargo run --release -p search-indexer --example relevance -- [folder of collections]
//! ```
//! A collection is a folder with `docs.jsonl` or `docs.jsonl.gz` (`id`, `title`, `text`), `queries.tsv`
//! and `qrels.tsv` (query, document, grade). Figures are given for queries of even and odd place
//! apart: parameters are settled on the even ones and reported on the odd ones.
#![expect(clippy::cast_precision_loss, reason = "counts of a few thousand")]

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::Path;

use search_engine::{Matching, Query};
use search_indexer::{Document, IndexOptions, build, read};

fn main() -> Result<(), Box<dyn Error>> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/relevance");
    let folder = std::env::args().nth(1).unwrap_or_else(|| default.into());
    let mut collections: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    collections.sort_by_key(std::fs::DirEntry::file_name);
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{:<16} {:>9} {:>9} {:>9} {:>10}",
        "collection", "even", "odd", "nDCG@10", "recall@100"
    )?;
    for collection in collections {
        let figures = measure(&collection.path(), &options())?;
        let name = collection.file_name();
        let Figures { even, odd, all, recall } = figures;
        writeln!(out, "{:<16} {even:>9.4} {odd:>9.4} {all:>9.4} {recall:>10.4}", name.display())?;
    }
    Ok(())
}

/// The defaults, with what the environment sets instead (`K1`, `SINGLE`, `TITLE`,
/// `TITLE_DILUTION`, `DILUTION`).
fn options() -> IndexOptions {
    let set = |name: &str, value: &mut f32| {
        if let Some(given) = std::env::var(name).ok().and_then(|given| given.parse().ok()) {
            *value = given;
        }
    };
    let mut options = IndexOptions::default();
    set("K1", &mut options.rank.k1);
    set("SINGLE", &mut options.rank.single_weight);
    for field in &mut options.fields {
        match field.name.as_str() {
            "ti" => {
                set("TITLE", &mut field.weight);
                set("TITLE_DILUTION", &mut field.dilution);
            }
            "tx" => set("DILUTION", &mut field.dilution),
            _ => {}
        }
    }
    options
}

struct Figures {
    even: f64,
    odd: f64,
    all: f64,
    recall: f64,
}

fn measure(folder: &Path, options: &IndexOptions) -> Result<Figures, Box<dyn Error>> {
    let built = build(documents(folder)?, options)?;
    let searcher = read::open(&built.root.bytes)?;
    let judged = judgements(&folder.join("qrels.tsv"))?;
    let (mut gains, mut recalls) = ([Vec::new(), Vec::new()], Vec::new());
    for (i, line) in std::fs::read_to_string(folder.join("queries.tsv"))?.lines().enumerate() {
        let (id, text) = line.split_once('\t').ok_or("a query line has no tab")?;
        let Some(grades) = judged.get(id) else { continue };
        let query = Query { limit: 100, matching: Matching::Any, ..Query::new(text) };
        let results = read::search(&searcher, &built, &query)?;
        let ranked: Vec<u32> =
            results.hits.iter().map(|hit| grades.get(&hit.id).copied().unwrap_or(0)).collect();
        let relevant = grades.values().filter(|grade| **grade > 0).count();
        let mut ideal: Vec<u32> = grades.values().copied().collect();
        ideal.sort_unstable_by(|a, b| b.cmp(a));
        if relevant > 0 {
            gains[i % 2].push(dcg(&ranked) / dcg(&ideal));
            recalls
                .push(ranked.iter().filter(|grade| **grade > 0).count() as f64 / relevant as f64);
        }
    }
    let [even, odd] = gains;
    let all: Vec<f64> = even.iter().chain(&odd).copied().collect();
    Ok(Figures { even: mean(&even), odd: mean(&odd), all: mean(&all), recall: mean(&recalls) })
}

fn documents(folder: &Path) -> Result<Vec<Document>, Box<dyn Error>> {
    let plain = folder.join("docs.jsonl");
    let file: Box<dyn Read> = if plain.exists() {
        Box::new(std::fs::File::open(plain)?)
    } else {
        Box::new(flate2::read::GzDecoder::new(std::fs::File::open(folder.join("docs.jsonl.gz"))?))
    };
    let mut documents = Vec::new();
    for line in BufReader::new(file).lines() {
        let record: serde_json::Value = serde_json::from_str(&line?)?;
        let text = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
        documents.push(Document {
            id: text("id"),
            kind: "page".into(),
            title: text("title"),
            fields: vec![("tx".into(), vec![text("text")])],
            text: text("text"),
            ..Document::default()
        });
    }
    Ok(documents)
}

/// Grades of documents by query.
fn judgements(path: &Path) -> Result<BTreeMap<String, BTreeMap<String, u32>>, Box<dyn Error>> {
    let mut judged: BTreeMap<String, BTreeMap<String, u32>> = BTreeMap::new();
    for line in std::fs::read_to_string(path)?.lines() {
        if let [query, document, grade] = line.split('\t').collect::<Vec<_>>()[..] {
            judged.entry(query.into()).or_default().insert(document.into(), grade.parse()?);
        }
    }
    Ok(judged)
}

/// Discounted cumulative gain of the first ten, linear in the grade.
fn dcg(grades: &[u32]) -> f64 {
    grades
        .iter()
        .take(10)
        .enumerate()
        .map(|(i, &grade)| f64::from(grade) / ((i + 2) as f64).log2())
        .sum()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
