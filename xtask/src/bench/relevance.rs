//! Ranking quality on judged collections: ours beside a yardstick and peers.
//!
//! Queries are cut in halves by their place in the file: what is tuned is tuned on the even ones
//! (`train`), and believed on the odd ones (`held out`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::judged::{Collection, Run, Score};
use super::measured::Results;
use super::options::Options;
use super::woodblock::Woodblock;
use super::{bm25, peers, process, run_file};
use crate::shell::{self, Workspace};

const DEPTH: usize = 100;
/// Nothing here takes a minute on an idle machine.
const MOST: Duration = Duration::from_mins(10);
/// Peers that run in Node or Chromium.
const NODE_PEERS: [&str; 5] = ["pagefind", "minisearch", "flexsearch", "lunr", "orama"];

/// Ranks with every engine and keeps the scores.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let woodblock = Woodblock::ready(workspace, options)?;
    let scratch = Results::scratch(workspace, "relevance")?;
    for folder in collections(&options.data.join("relevance"))? {
        let collection = Collection::read(&folder)?;
        let here = scratch.join(&collection.name);
        fs::create_dir_all(&here)?;
        let (docs, queries) = collection.write(&here)?;
        let files = Files { docs, queries, folder: here };
        for engine in engines(&collection).into_iter().filter(|engine| options.wants(engine)) {
            match ranked(workspace, &woodblock, &collection, &files, engine) {
                Ok(run) => keep(workspace, &collection, engine, &run)?,
                Err(error) => {
                    shell::say(&format!("{engine} on {}: {error:#}", collection.name));
                }
            }
        }
    }
    Ok(())
}

struct Files {
    docs: PathBuf,
    queries: PathBuf,
    folder: PathBuf,
}

/// Folders of collections, in name order. The data may lie below the folder itself.
fn collections(folder: &Path) -> Result<Vec<PathBuf>> {
    let folder = if folder.is_dir() { folder } else { folder.parent().unwrap_or(folder) };
    let entries = fs::read_dir(folder).with_context(|| {
        format!("no collections in `{}`; name their folder with --data", folder.display())
    })?;
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    found.retain(|path| path.join("queries.tsv").is_file());
    found.sort();
    if found.is_empty() {
        bail!("`{}` holds no folder with queries.tsv", folder.display());
    }
    Ok(found)
}

fn engines(collection: &Collection) -> Vec<&'static str> {
    let mut engines = vec!["ours", "bm25", "tantivy"];
    // lunr cuts Chinese only with a native module that is no part of it; Orama takes over eight
    // minutes for 300 questions cut into pairs.
    let fits = |peer: &&&str| collection.lang == "en" || !matches!(**peer, "lunr" | "orama");
    engines.extend(NODE_PEERS.iter().filter(|peer| fits(peer)));
    engines
}

fn ranked(
    workspace: &Workspace,
    woodblock: &Woodblock,
    collection: &Collection,
    files: &Files,
    engine: &str,
) -> Result<Run> {
    let out = files.folder.join(format!("{engine}.trec"));
    match engine {
        "ours" => {
            let index = files.folder.join("index");
            let lang = ["--lang", collection.lang];
            shell::run(woodblock.index(&files.docs, &index).args(lang))?;
            woodblock.write_run(&index, &files.queries, &out, DEPTH)?;
        }
        "bm25" => return Ok(bm25::run(collection, DEPTH)),
        "tantivy" => tantivy(workspace, files, &out, collection.lang)?,
        _ => {
            let mut command = peers::node(workspace, "relevance.mjs")?;
            command.arg(engine).args([&files.docs, &files.queries, &out]);
            process::measure(command.arg(collection.lang).arg(&files.folder), MOST)?;
        }
    }
    run_file::read(&out)
}

fn tantivy(workspace: &Workspace, files: &Files, out: &Path, lang: &str) -> Result<()> {
    let manifest = workspace.root.join("benches/tantivy/Cargo.toml");
    let target = workspace.target()?.join("tantivy");
    let mut build = Command::new(&workspace.cargo);
    build.args(["build", "--release", "--quiet", "--manifest-path"]).arg(&manifest);
    shell::run(build.env("CARGO_TARGET_DIR", &target))?;
    let program = target.join("release/woodblock-bench-tantivy");
    let mut command = Command::new(program);
    process::measure(command.args([&files.docs, &files.queries, out]).arg(lang), MOST).map(drop)
}

fn keep(workspace: &Workspace, collection: &Collection, engine: &str, run: &Run) -> Result<()> {
    let whole = collection.score(run, |_| true);
    let train = collection.score(run, |at| at % 2 == 0);
    let held_out = collection.score(run, |at| at % 2 == 1);
    shell::say(&format!(
        "{:<16} {engine:<10} nDCG@10 {:.3} (train {:.3}, held out {:.3})  recall@100 {:.3}",
        collection.name, whole.ndcg_10, train.ndcg_10, held_out.ndcg_10, whole.recall_100
    ));
    Results::keep(
        workspace,
        "relevance",
        &collection.name,
        engine,
        &json!({
            "queries": collection.queries.len(),
            "documents": collection.docs.len(),
            "whole": scores(whole),
            "train": scores(train),
            "held_out": scores(held_out),
        }),
    )
}

fn scores(score: Score) -> Value {
    json!({ "ndcg_10": score.ndcg_10, "recall_100": score.recall_100 })
}
