//! Build, bytes, hops and times of this search and its peers on the same corpora.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};
use serde_json::{Map, Value, json};

use super::corpus::{Corpus, weigh};
use super::measured::Results;
use super::options::Options;
use super::process::{Cost, measure};
use super::woodblock::Woodblock;
use super::{browser, peers};
use crate::shell::{self, Workspace};

const ENGINES: [&str; 5] = ["ours", "ours-packs", "pagefind", "minisearch", "flexsearch"];
/// Corpora of a run that takes minutes, and those that a whole run adds.
const QUICK: [&str; 3] = ["pages-en-1000", "pages-zh-1000", "pages-en-10000"];
const WHOLE: [&str; 4] = ["pages-zh-10000", "pages-en-100000", "records-real", "records-1000000"];
/// A build that takes longer is stopped and named as such.
const MOST: Duration = Duration::from_mins(30);

/// Measures every wanted engine on every wanted corpus.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let woodblock = Woodblock::ready(workspace, options)?;
    let mut failed = Vec::new();
    for name in corpora(options) {
        let corpus = Corpus::ready(workspace, options, &name)?;
        for engine in ENGINES.into_iter().filter(|engine| options.wants(engine)) {
            if let Some(reason) = too_much(engine, &corpus, options) {
                shell::say(&format!("{engine} on {}: not measured, {reason}", corpus.name));
                Results::keep(
                    workspace,
                    "search",
                    &corpus.name,
                    engine,
                    &json!({ "not": reason }),
                )?;
                continue;
            }
            shell::say(&format!("── {engine} on {}", corpus.name));
            if let Err(error) = one(workspace, options, &woodblock, &corpus, engine) {
                shell::say(&format!("error: {error:#}"));
                failed.push(format!("{engine} on {}", corpus.name));
            }
        }
    }
    clear_asides(workspace)?;
    if !failed.is_empty() {
        bail!("not measured: {}", failed.join(", "));
    }
    Ok(())
}

fn corpora(options: &Options) -> Vec<String> {
    if !options.corpora.is_empty() {
        return options.corpora.clone();
    }
    let more = if options.quick { &[][..] } else { &WHOLE[..] };
    QUICK.iter().chain(more).map(|name| (*name).to_owned()).collect()
}

/// Why an engine is not asked to build this corpus. Naming it with `--peers` overrules.
fn too_much(engine: &str, corpus: &Corpus, options: &Options) -> Option<&'static str> {
    let is_named = !options.peers.is_empty();
    match engine {
        _ if is_named => None,
        "pagefind" if corpus.documents > 20_000 => {
            Some("it keeps about 140 KB of each page in memory while it builds")
        }
        "minisearch" | "flexsearch" if corpus.text_bytes > 400_000_000 => {
            Some("its one file would be over 100 MB, past what a page can load")
        }
        _ => None,
    }
}

fn one(
    workspace: &Workspace,
    options: &Options,
    woodblock: &Woodblock,
    corpus: &Corpus,
    engine: &str,
) -> Result<()> {
    let folder = Results::scratch(workspace, "indexes")?.join(format!("{}.{engine}", corpus.name));
    let mut value = kept(workspace, &corpus.name, engine)?;
    value.insert("documents".into(), corpus.documents.into());
    value.insert("text_bytes".into(), corpus.text_bytes.into());
    let is_built = folder.is_dir() && value.contains_key("build");
    if options.measures("build") || !is_built {
        let cost = build(workspace, woodblock, corpus, engine, &folder)?;
        said(engine, corpus, cost, &folder)?;
        value.insert("build".into(), cost.to_json());
        value.insert("disk".into(), disk(&folder)?);
        keep(workspace, corpus, engine, &value)?;
    }
    if options.measures("browser") {
        let subject = browser::Subject { woodblock, corpus, engine, folder: &folder };
        value.insert("browser".into(), browser::ask(workspace, &subject, options.queries)?);
        keep(workspace, corpus, engine, &value)?;
    }
    if options.measures("node") {
        let subject = browser::Subject { woodblock, corpus, engine, folder: &folder };
        if let Some(node) = browser::ask_in_node(workspace, &subject)? {
            value.insert("node".into(), node);
            keep(workspace, corpus, engine, &value)?;
        }
    }
    Ok(())
}

fn kept(workspace: &Workspace, corpus: &str, engine: &str) -> Result<Map<String, Value>> {
    let all = Results::all(workspace)?;
    let same = all
        .into_iter()
        .find(|one| one.kind == "search" && one.corpus == corpus && one.engine == engine);
    Ok(same.and_then(|one| one.value.as_object().cloned()).unwrap_or_default())
}

fn keep(
    workspace: &Workspace,
    corpus: &Corpus,
    engine: &str,
    value: &Map<String, Value>,
) -> Result<()> {
    Results::keep(workspace, "search", &corpus.name, engine, &json!(value))
}

fn build(
    workspace: &Workspace,
    woodblock: &Woodblock,
    corpus: &Corpus,
    engine: &str,
    folder: &Path,
) -> Result<Cost> {
    let mut command = match (engine, &corpus.site) {
        ("ours-packs", site) => {
            let input = site.as_ref().unwrap_or(&corpus.docs);
            let mut command = woodblock.index(input, folder);
            command.arg("--packs");
            command
        }
        ("ours", site) => woodblock.index(site.as_ref().unwrap_or(&corpus.docs), folder),
        ("pagefind", Some(site)) => pagefind(workspace, site, folder)?,
        ("pagefind", None) => {
            let mut command = peers::node(workspace, "pagefind-records.mjs")?;
            command.arg(&corpus.docs).arg(folder).arg(corpus.lang);
            command
        }
        _ => {
            let mut command = peers::node(workspace, "build.mjs")?;
            command.arg(engine).arg(&corpus.docs).arg(folder).arg(corpus.lang);
            command
        }
    };
    if folder.is_dir() {
        let old = aside(folder);
        if old.is_dir() {
            fs::remove_dir_all(&old)?;
        }
        fs::rename(folder, old)?;
    }
    measure(&mut command, MOST)
}

/// Where the index of an earlier run waits to be deleted, until all is measured: a file system that has just lost
/// ten thousand files takes seconds of processor time to make as many.
fn aside(folder: &Path) -> PathBuf {
    folder.with_added_extension("old")
}

fn clear_asides(workspace: &Workspace) -> Result<()> {
    for entry in fs::read_dir(Results::scratch(workspace, "indexes")?)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "old") {
            fs::remove_dir_all(path)?;
        }
    }
    Ok(())
}

/// Pagefind's own program, from its npm package.
fn pagefind(workspace: &Workspace, site: &Path, folder: &Path) -> Result<Command> {
    let script: PathBuf =
        peers::folder(workspace)?.join("node_modules/pagefind/lib/runner/bin.cjs");
    let mut command = Command::new(crate::node::program()?);
    command.arg(script).arg("--site").arg(site).arg("--output-path").arg(folder).arg("--quiet");
    Ok(command)
}

/// Bytes and files by suffix; of a peer's one file what brotli makes of it stands under `browser`.
fn disk(folder: &Path) -> Result<Value> {
    let kinds = weigh(folder)?;
    let (bytes, files) = kinds.values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let kinds: Map<String, Value> = kinds
        .into_iter()
        .map(|(suffix, (bytes, files))| (suffix, json!({ "bytes": bytes, "files": files })))
        .collect();
    Ok(json!({ "bytes": bytes, "files": files, "kinds": kinds }))
}

fn said(engine: &str, corpus: &Corpus, cost: Cost, folder: &Path) -> Result<()> {
    let disk = disk(folder)?;
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    let megabytes = cost.peak_bytes as f64 / 1e6;
    shell::say(&format!(
        "{engine} on {}: {:.1} s, {:.1} CPU s, peak {megabytes:.0} MB, {} bytes in {} files",
        corpus.name, cost.wall_s, cost.cpu_s, disk["bytes"], disk["files"]
    ));
    Ok(())
}
