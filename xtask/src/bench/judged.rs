//! Collections with judged queries, and how a run over one is scored.
//!
//! nDCG@10 as `trec_eval` has it: the grade is the gain, the discount is log2(rank + 1), the ideal
//! is over all judged documents. Recall@100 counts documents of a grade above 0.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use flate2::read::GzDecoder;
use serde_json::Value;

/// One collection.
#[derive(Debug)]
pub(crate) struct Collection {
    pub(crate) name: String,
    /// `en` or `zh`, from the name.
    pub(crate) lang: &'static str,
    pub(crate) docs: Vec<Doc>,
    /// Id and text.
    pub(crate) queries: Vec<(String, String)>,
    /// Query → document → grade above 0.
    pub(crate) grades: BTreeMap<String, BTreeMap<String, u32>>,
}

/// A document.
#[derive(Debug)]
pub(crate) struct Doc {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) text: String,
}

/// Mean measures over a set of queries.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Score {
    pub(crate) ndcg_10: f64,
    pub(crate) recall_100: f64,
}

/// Query → document ids, best first.
pub(crate) type Run = HashMap<String, Vec<String>>;

impl Collection {
    /// Reads `docs.jsonl` (or `.jsonl.gz`), `queries.tsv` and `qrels.tsv` of a folder.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let lang = if name.contains("-zh") { "zh" } else { "en" };
        let docs = read_text(&folder.join("docs.jsonl"))?;
        let mut docs = docs.lines().map(doc).collect::<Result<Vec<Doc>>>()?;
        // A file may name the relevant ones first, and most engines break ties by place.
        docs.sort_by(|a, b| a.id.cmp(&b.id));
        let queries = read_text(&folder.join("queries.tsv"))?;
        let queries = queries.lines().filter_map(|line| line.split_once('\t'));
        let queries = queries.map(|(id, text)| (id.to_owned(), text.to_owned())).collect();
        let grades = grades(&read_text(&folder.join("qrels.tsv"))?);
        Ok(Self { name, lang, docs, queries, grades })
    }

    /// Writes the documents as plain JSON Lines, and the queries.
    pub(crate) fn write(&self, folder: &Path) -> Result<(PathBuf, PathBuf)> {
        let (docs, queries) = (folder.join("docs.jsonl"), folder.join("queries.tsv"));
        let mut text = String::new();
        for doc in &self.docs {
            let line = serde_json::json!({
                "id": doc.id, "title": doc.title, "text": doc.text, "lang": self.lang,
            });
            writeln!(text, "{line}")?;
        }
        fs::write(&docs, text).with_context(|| format!("cannot write `{}`", docs.display()))?;
        let mut lines = String::new();
        for (id, text) in &self.queries {
            writeln!(lines, "{id}\t{text}")?;
        }
        fs::write(&queries, lines)
            .with_context(|| format!("cannot write `{}`", queries.display()))?;
        Ok((docs, queries))
    }

    /// Scores a run over the judged queries that `takes` takes, by their place in the file.
    pub(crate) fn score(&self, run: &Run, takes: impl Fn(usize) -> bool) -> Score {
        let judged = self.queries.iter().enumerate().filter(|(at, _)| takes(*at));
        let (mut sum, mut count) = (Score::default(), 0.0);
        for (_, (id, _)) in judged {
            let Some(grades) = self.grades.get(id) else { continue };
            let found = run.get(id).map_or(&[][..], Vec::as_slice);
            sum.ndcg_10 += ndcg(found, grades, 10);
            sum.recall_100 += recall(found, grades, 100);
            count += 1.0;
        }
        Score { ndcg_10: sum.ndcg_10 / count, recall_100: sum.recall_100 / count }
    }
}

fn doc(line: &str) -> Result<Doc> {
    let value: Value = serde_json::from_str(line).context("a document is no JSON")?;
    let field = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    Ok(Doc { id: field("id"), title: field("title"), text: field("text") })
}

fn grades(text: &str) -> BTreeMap<String, BTreeMap<String, u32>> {
    let mut grades: BTreeMap<String, BTreeMap<String, u32>> = BTreeMap::new();
    for line in text.lines() {
        let mut parts = line.split('\t');
        let (Some(query), Some(doc), Some(grade)) = (parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        let grade = grade.trim().parse().unwrap_or(0);
        if grade > 0 {
            grades.entry(query.to_owned()).or_default().insert(doc.to_owned(), grade);
        }
    }
    grades
}

/// The text of a file, or of the same file packed with gzip.
pub(crate) fn read_text(path: &Path) -> Result<String> {
    let packed = PathBuf::from(format!("{}.gz", path.display()));
    let mut text = String::new();
    if path.is_file() {
        text = fs::read_to_string(path)
            .with_context(|| format!("cannot read `{}`", path.display()))?;
    } else {
        let file =
            File::open(&packed).with_context(|| format!("cannot open `{}`", path.display()))?;
        let read = GzDecoder::new(file).read_to_string(&mut text);
        read.with_context(|| format!("cannot read `{}`", packed.display()))?;
    }
    Ok(text)
}

#[expect(clippy::cast_precision_loss, reason = "ranks are small")]
fn gain(grade: u32, rank: usize) -> f64 {
    f64::from(grade) / ((rank + 2) as f64).log2()
}

fn ndcg(found: &[String], grades: &BTreeMap<String, u32>, depth: usize) -> f64 {
    let mut ideal: Vec<u32> = grades.values().copied().collect();
    ideal.sort_unstable_by(|a, b| b.cmp(a));
    let best: f64 = ideal.iter().take(depth).enumerate().map(|(rank, g)| gain(*g, rank)).sum();
    let ranked = found.iter().take(depth).enumerate();
    let got: f64 = ranked.map(|(rank, id)| gain(grades.get(id).copied().unwrap_or(0), rank)).sum();
    if best > 0.0 { got / best } else { 0.0 }
}

#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn recall(found: &[String], grades: &BTreeMap<String, u32>, depth: usize) -> f64 {
    let seen: BTreeSet<&String> = found.iter().take(depth).collect();
    let hits = grades.keys().filter(|id| seen.contains(id)).count();
    hits as f64 / grades.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn a_perfect_run_scores_one_and_order_counts() {
        let grades = BTreeMap::from([("a".to_owned(), 2), ("b".to_owned(), 1)]);
        assert!((ndcg(&ids("a b c"), &grades, 10) - 1.0).abs() < 1e-12);
        let swapped = ndcg(&ids("b a"), &grades, 10);
        let expected = (1.0 + 2.0 / 3_f64.log2()) / (2.0 + 1.0 / 3_f64.log2());
        assert!((swapped - expected).abs() < 1e-12);
        assert_eq!(ndcg(&ids("x y"), &grades, 10).to_bits(), 0_f64.to_bits());
    }

    #[test]
    fn recall_counts_what_is_there_once() {
        let grades = BTreeMap::from([("a".to_owned(), 2), ("b".to_owned(), 1)]);
        assert!((recall(&ids("a a x"), &grades, 100) - 0.5).abs() < 1e-12);
    }
}
