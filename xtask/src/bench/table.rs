//! docs/benchmarks.md: one page of tables from all that was measured, ratios first.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::measured::{Measured, Results};
use super::options::Options;
use crate::shell::{self, Workspace};

/// What stands before the tables: how everything is measured.
const METHOD: &str = include_str!("method.md");
/// Engines in the order of the tables.
const ENGINES: [&str; 9] = [
    "ours",
    "ours-packs",
    "pagefind",
    "minisearch",
    "flexsearch",
    "bm25",
    "tantivy",
    "lunr",
    "orama",
];

/// Writes the page anew.
pub(crate) fn write(workspace: &Workspace, _options: &Options) -> Result<()> {
    let mut all = Results::all(workspace)?;
    let place = |name: &str| ENGINES.iter().position(|engine| *engine == name);
    all.sort_by_key(|one| (order(&one.corpus), place(&one.engine)));
    let mut page = METHOD.trim_end().to_owned();
    let versions = versions(workspace)?;
    write!(page, "\n\n{versions}\n")?;
    ratios(&mut page, &all)?;
    relevance(&mut page, &all)?;
    build(&mut page, &all)?;
    bytes(&mut page, &all)?;
    times(&mut page, &all)?;
    typing(&mut page, &all)?;
    parity(&mut page, &all)?;
    runs(&mut page, &all)?;
    let path = workspace.root.join("docs/benchmarks.md");
    fs::write(&path, page).with_context(|| format!("cannot write `{}`", path.display()))?;
    shell::say("docs/benchmarks.md is written");
    Ok(())
}

/// Corpora by kind, then size.
fn order(corpus: &str) -> (String, usize) {
    let (kind, size) = corpus.rsplit_once('-').unwrap_or((corpus, ""));
    match size.parse() {
        Ok(size) => (kind.to_owned(), size),
        Err(_) => (kind.to_owned(), 0),
    }
}

fn versions(workspace: &Workspace) -> Result<String> {
    let text = fs::read_to_string(workspace.root.join("benches/peers/package.json"))?;
    let package: Value = serde_json::from_str(&text)?;
    let listed = package["devDependencies"].as_object().into_iter().flatten();
    let peers: Vec<String> = listed
        .map(|(name, version)| format!("{name} {}", version.as_str().unwrap_or_default()))
        .collect();
    let manifest = fs::read_to_string(workspace.root.join("benches/tantivy/Cargo.toml"))?;
    let tantivy = manifest.split("version = \"=").nth(1).and_then(|rest| rest.split('"').next());
    Ok(format!("Versions: {}, tantivy {}.", peers.join(", "), tantivy.unwrap_or("unknown")))
}

fn of<'a>(all: &'a [Measured], kind: &str) -> Vec<&'a Measured> {
    all.iter().filter(|one| one.kind == kind).collect()
}

/// A table's head.
fn head(page: &mut String, title: &str, columns: &[&str]) -> Result<()> {
    let rule: Vec<&str> = columns.iter().map(|_| "---").collect();
    write!(page, "\n## {title}\n\n| {} |\n|{}|\n", columns.join(" | "), rule.join("|"))?;
    Ok(())
}

fn row(page: &mut String, cells: &[String]) -> Result<()> {
    writeln!(page, "| {} |", cells.join(" | "))?;
    Ok(())
}

/// Ours as a share of Pagefind's, where both were measured.
fn ratios(page: &mut String, all: &[Measured]) -> Result<()> {
    let searched = of(all, "search");
    let corpora: BTreeSet<(String, usize, &str)> = searched
        .iter()
        .map(|one| {
            let (kind, size) = order(&one.corpus);
            (kind, size, one.corpus.as_str())
        })
        .collect();
    let columns = [
        "corpus",
        "engine",
        "build CPU",
        "peak memory",
        "bytes on disk",
        "files",
        "cold bytes",
        "warm bytes",
        "cold hops",
        "asked again",
    ];
    head(page, "Ours as a share of Pagefind's", &columns)?;
    let paths = [
        "build/cpu_s",
        "build/peak_bytes",
        "disk/bytes",
        "disk/files",
        "browser/cold_bytes/p50",
        "browser/warm_bytes/p50",
        "browser/cold_hops/p50",
        "browser/again_ms/p50",
    ];
    for (.., corpus) in corpora {
        let find =
            |engine: &str| searched.iter().find(|one| one.corpus == corpus && one.engine == engine);
        let Some(theirs) = find("pagefind") else { continue };
        for ours in ["ours", "ours-packs"].into_iter().filter_map(find) {
            let share = |path: &&str| {
                let both = number(&ours.value, path).zip(number(&theirs.value, path));
                both.filter(|(_, theirs)| *theirs > 0.0).map_or_else(
                    || "–".to_owned(),
                    |(ours, theirs)| format!("{:.0} %", 100.0 * ours / theirs),
                )
            };
            if theirs.value.get("not").is_none() {
                let mut cells = vec![corpus.to_owned(), ours.engine.clone()];
                cells.extend(paths.iter().map(share));
                row(page, &cells)?;
            }
        }
    }
    Ok(())
}

fn relevance(page: &mut String, all: &[Measured]) -> Result<()> {
    let columns = [
        "collection",
        "engine",
        "nDCG@10",
        "train half",
        "held-out half",
        "recall@100",
        "train half",
        "held-out half",
    ];
    head(page, "Relevance", &columns)?;
    for one in of(all, "relevance") {
        let paths = [
            "whole/ndcg_10",
            "train/ndcg_10",
            "held_out/ndcg_10",
            "whole/recall_100",
            "train/recall_100",
            "held_out/recall_100",
        ];
        let mut cells = vec![one.corpus.clone(), one.engine.clone()];
        cells.extend(paths.iter().map(|path| fixed(number(&one.value, path), 3)));
        row(page, &cells)?;
    }
    Ok(())
}

fn build(page: &mut String, all: &[Measured]) -> Result<()> {
    let columns = [
        "corpus",
        "engine",
        "CPU s",
        "wall s",
        "documents a CPU s",
        "peak MB",
        "MB on disk",
        "of the text",
        "files",
    ];
    head(page, "Building, and what lies on disk", &columns)?;
    for one in of(all, "search") {
        let value = &one.value;
        let mut cells = vec![one.corpus.clone(), one.engine.clone()];
        if let Some(reason) = value["not"].as_str() {
            cells.push(format!("not measured: {reason}"));
            cells.resize(columns.len(), String::new());
            row(page, &cells)?;
            continue;
        }
        let at = |path: &str| number(value, path);
        let share = at("disk/bytes").zip(at("text_bytes")).map(|(disk, text)| 100.0 * disk / text);
        let speed = at("documents").zip(at("build/cpu_s")).map(|(count, cpu)| count / cpu);
        cells.extend([
            fixed(at("build/cpu_s"), 1),
            fixed(at("build/wall_s"), 1),
            fixed(speed, 0),
            fixed(at("build/peak_bytes").map(|bytes| bytes / 1e6), 0),
            fixed(at("disk/bytes").map(|bytes| bytes / 1e6), 2),
            format!("{} %", fixed(share, 1)),
            fixed(at("disk/files"), 0),
        ]);
        row(page, &cells)?;
    }
    Ok(())
}

fn bytes(page: &mut String, all: &[Measured]) -> Result<()> {
    let columns = [
        "corpus",
        "engine",
        "cold KB",
        "of that before the query",
        "cold hops",
        "warm KB",
        "warm requests",
        "warm hops",
        "queries with hits",
    ];
    head(page, "Bytes to the first ten results, in Chromium (median / 95th percentile)", &columns)?;
    for one in of(all, "search") {
        let value = &one.value["browser"];
        if value.is_null() {
            continue;
        }
        let kilobytes = |path: &str| pair(value, path, 1e3, 1);
        row(
            page,
            &[
                one.corpus.clone(),
                one.engine.clone(),
                kilobytes("cold_bytes"),
                fixed(number(value, "boot_bytes/p50").map(|bytes| bytes / 1e3), 1),
                pair(value, "cold_hops", 1.0, 0),
                kilobytes("warm_bytes"),
                pair(value, "warm_requests", 1.0, 0),
                pair(value, "warm_hops", 1.0, 0),
                format!("{} of {}", value["answered"], value["asked_cold"]),
            ],
        )?;
    }
    Ok(())
}

fn times(page: &mut String, all: &[Measured]) -> Result<()> {
    let columns = [
        "corpus",
        "engine",
        "asked again in Chromium, ms",
        "engine in Node, first time, ms",
        "again, ms",
    ];
    head(page, "Times (median / 95th percentile)", &columns)?;
    for one in of(all, "search") {
        if one.value["browser"].is_null() {
            continue;
        }
        row(
            page,
            &[
                one.corpus.clone(),
                one.engine.clone(),
                pair(&one.value["browser"], "again_ms", 1.0, 1),
                pair(&one.value["node"], "engine_ms", 1.0, 2),
                pair(&one.value["node"], "again_ms", 1.0, 2),
            ],
        )?;
    }
    Ok(())
}

fn typing(page: &mut String, all: &[Measured]) -> Result<()> {
    for one in of(all, "typing") {
        let value = &one.value;
        write!(
            page,
            "\n## Typing in the portal\n\nKeystroke to paint, blocks cached: {} ms (median / 95th percentile), target 100 ms. \
             {} of {} keys were painted before the next key. Animation frames {} ms, {} of them over 25 ms; {} long tasks.\n",
            pair(value, "paint_ms", 1.0, 0),
            value["shown"],
            value["keys"],
            pair(value, "frame_ms", 1.0, 1),
            value["late_frames"],
            value["long_tasks"],
        )?;
    }
    Ok(())
}

fn parity(page: &mut String, all: &[Measured]) -> Result<()> {
    let columns =
        ["corpus", "native and WASM alike, queries", "first ten as when everything is read"];
    head(page, "Same answers", &columns)?;
    for one in of(all, "parity") {
        let share = number(&one.value, "top_ten_share").map(|share| 100.0 * share);
        row(
            page,
            &[
                one.corpus.clone(),
                one.value["alike"].to_string(),
                match share {
                    Some(share) => format!("{share:.2} % of {}", one.value["asked"]),
                    None => "not compared".to_owned(),
                },
            ],
        )?;
    }
    Ok(())
}

/// When and on what each row was measured.
fn runs(page: &mut String, all: &[Measured]) -> Result<()> {
    let machines: BTreeSet<String> = all
        .iter()
        .map(|one| {
            let run = &one.run;
            let name = run["processor"].as_str().unwrap_or_default();
            format!("{name}, {} cores, {} GiB", run["cores"], run["memory_gib"])
        })
        .collect();
    let machines: Vec<String> = machines.into_iter().collect();
    head(
        page,
        &format!("Runs ({})", machines.join("; ")),
        &["what", "corpus", "engine", "time, UTC", "commit", "load"],
    )?;
    for one in all {
        let field = |name: &str| one.run[name].as_str().unwrap_or_default().to_owned();
        row(
            page,
            &[
                one.kind.clone(),
                one.corpus.clone(),
                one.engine.clone(),
                field("time"),
                field("commit"),
                field("load"),
            ],
        )?;
    }
    Ok(())
}

/// The number at a path of keys.
fn number(value: &Value, path: &str) -> Option<f64> {
    path.split('/').try_fold(value, |value, key| value.get(key)).and_then(Value::as_f64)
}

fn fixed(number: Option<f64>, digits: usize) -> String {
    number.map_or_else(|| "–".to_owned(), |number| format!("{number:.digits$}"))
}

/// `median / 95th percentile`.
fn pair(value: &Value, path: &str, unit: f64, digits: usize) -> String {
    let at =
        |which: &str| fixed(number(value, &format!("{path}/{which}")).map(|n| n / unit), digits);
    format!("{} / {}", at("p50"), at("p95"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn corpora_stand_by_size() {
        let mut names = ["pages-en-10000", "records-real", "pages-en-1000"];
        names.sort_by_key(|name| order(name));
        assert_eq!(names, ["pages-en-1000", "pages-en-10000", "records-real"]);
    }

    #[test]
    fn what_was_not_measured_is_a_dash() {
        let value = json!({ "a": { "p50": 1500.0, "p95": 2500.0 } });
        assert_eq!(pair(&value, "a", 1e3, 1), "1.5 / 2.5");
        assert_eq!(pair(&Value::Null, "a", 1.0, 1), "– / –");
    }
}
