//! Native and WASM give the same bytes; the first ten are those of reading everything.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::corpus::Corpus;
use super::measured::Results;
use super::options::Options;
use super::woodblock::Woodblock;
use super::{peers, process};
use crate::shell::{self, Workspace};

const MOST: Duration = Duration::from_mins(15);
/// Scores closer than this are a tie: which of them is tenth does not matter.
const TIE: f64 = 1e-4;
/// Share of queries whose first ten must be those of reading everything.
const LEAST: f64 = 0.99;

/// Compares both on every corpus that the options name, or on 100,000 records.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let woodblock = Woodblock::ready(workspace, options)?;
    let names = match options.corpora.as_slice() {
        [] if options.quick => vec!["pages-en-1000".to_owned()],
        [] => vec!["records-100000".to_owned()],
        some => some.to_vec(),
    };
    for name in names {
        let corpus = Corpus::ready(workspace, options, &name)?;
        let index = Results::scratch(workspace, "indexes")?.join(format!("{}.ours", corpus.name));
        if options.measures("build") || !index.is_dir() {
            let input = corpus.site.as_ref().unwrap_or(&corpus.docs);
            process::measure(&mut woodblock.index(input, &index), MOST)?;
        }
        let answers = Answers::of(workspace, &woodblock, &corpus, &index)?;
        let oracle = answers.against_everything(&corpus)?;
        shell::say(&format!(
            "{}: native and WASM alike on {} queries, first ten right on {:.2} %",
            corpus.name,
            answers.alike,
            100.0 * oracle.share
        ));
        let value = json!({
            "documents": corpus.documents, "alike": answers.alike, "asked": oracle.asked,
            "top_ten_share": oracle.share, "not_alike": oracle.differing,
        });
        Results::keep(workspace, "parity", &corpus.name, "ours", &value)?;
        if oracle.share < LEAST {
            let differing = oracle.differing.join(" · ");
            bail!("the first ten differ from those of reading everything: {differing}");
        }
    }
    Ok(())
}

/// Answers to every query of a corpus, as JSON, a line each.
struct Answers {
    /// Queries to which native and WASM gave the same bytes: all of them, or it is an error.
    alike: usize,
    planned: String,
    /// With everything read.
    everything: String,
}

impl Answers {
    fn of(
        workspace: &Workspace,
        woodblock: &Woodblock,
        corpus: &Corpus,
        index: &Path,
    ) -> Result<Self> {
        let file = |name: &str| index.with_file_name(format!("{}.{name}.jsonl", corpus.name));
        let (native, everything) = (file("native"), file("everything"));
        let mut search = woodblock.command();
        search.arg("search").arg(index).arg("--queries").arg(&corpus.queries);
        let planned = shell::output(search.args(["--json", "--limit", "10"]))?;
        fs::write(&native, &planned)?;
        let mut command = peers::node(workspace, "parity.mjs")?;
        command.arg(index).arg(&woodblock.bundle).arg(&corpus.queries).arg(&native);
        let printed = shell::output(command.arg(&everything))?;
        let alike = printed.trim().parse().context("the script printed no number")?;
        Ok(Self { alike, planned, everything: fs::read_to_string(&everything)? })
    }

    #[expect(clippy::cast_precision_loss, reason = "queries are few")]
    fn against_everything(&self, corpus: &Corpus) -> Result<Oracle> {
        let queries = fs::read_to_string(&corpus.queries)?;
        let texts = queries.lines().filter_map(|line| line.split_once('\t'));
        let pairs = self.planned.lines().zip(self.everything.lines()).zip(texts);
        let (mut alike, mut asked, mut differing) = (0, 0, Vec::new());
        for ((planned, everything), (_, text)) in pairs {
            asked += 1;
            if agrees(&serde_json::from_str(planned)?, &serde_json::from_str(everything)?) {
                alike += 1;
            } else if differing.len() < 10 {
                differing.push(text.to_owned());
            }
        }
        Ok(Oracle { share: f64::from(alike) / asked.max(1) as f64, asked, differing })
    }
}

/// How answers compare with those of reading everything.
struct Oracle {
    /// Of queries whose first ten are the same.
    share: f64,
    asked: usize,
    /// Some of those that differ.
    differing: Vec<String>,
}

/// Whether both list the same hits, hits of equal score in any order.
fn agrees(planned: &Value, everything: &Value) -> bool {
    let scores = |answer: &Value| -> Vec<(String, f64)> {
        let hits = answer["hits"].as_array().into_iter().flatten();
        let pair = |hit: &Value| {
            let id = format!("{} {}", hit["id"], hit["lang"]);
            (id, hit["score"].as_f64().unwrap_or_default())
        };
        hits.map(pair).collect()
    };
    let (planned, everything) = (scores(planned), scores(everything));
    let known: HashMap<&String, f64> = everything.iter().map(|(id, score)| (id, *score)).collect();
    let last = everything.last().map_or(0.0, |(_, score)| *score);
    planned.len() == everything.len()
        && planned.iter().zip(&everything).all(|((id, score), (_, right))| {
            let is_right = (score - right).abs() <= TIE;
            is_right && (known.contains_key(id) || (score - last).abs() <= TIE)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_may_stand_in_any_order_but_a_lost_hit_shows() {
        let hits = |list: &[(&str, f64)]| {
            let hits: Vec<Value> =
                list.iter().map(|(id, score)| json!({ "id": id, "score": score })).collect();
            json!({ "hits": hits })
        };
        let right = hits(&[("a", 3.0), ("b", 2.0), ("c", 2.0)]);
        assert!(agrees(&right, &right));
        assert!(agrees(&hits(&[("a", 3.0), ("c", 2.0), ("b", 2.0)]), &right));
        assert!(agrees(&hits(&[("a", 3.0), ("b", 2.0), ("d", 2.0)]), &right));
        assert!(!agrees(&hits(&[("b", 2.0), ("c", 2.0), ("d", 1.0)]), &right));
        assert!(!agrees(&hits(&[("a", 3.0)]), &right));
    }
}
