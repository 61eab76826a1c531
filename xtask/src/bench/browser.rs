//! Asks an engine in headless Chromium and in Node, and sums up what it cost.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::corpus::Corpus;
use super::peers;
use super::process::measure;
use super::woodblock::Woodblock;
use crate::shell::{self, Workspace};

const MOST: Duration = Duration::from_mins(15);
/// Queries whose engine time is taken in Node.
const IN_NODE: usize = 400;

/// Which engine is asked about what.
pub(crate) struct Subject<'a> {
    pub(crate) woodblock: &'a Woodblock,
    pub(crate) corpus: &'a Corpus,
    pub(crate) engine: &'a str,
    /// Its index.
    pub(crate) folder: &'a Path,
}

/// Bytes, hops and times in Chromium, as medians and 95th percentiles.
pub(crate) fn ask(workspace: &Workspace, subject: &Subject<'_>, queries: usize) -> Result<Value> {
    let answer = script(workspace, "browse.mjs", subject, queries)?;
    let answers = answer["answers"].as_array().context("the browser gave no answers")?;
    let spread_of = |name: &str| spread(answers.iter().filter_map(|one| one[name].as_f64()));
    let again = answer["again"].as_array().context("the browser gave no times")?;
    let found = answers.iter().filter(|one| one["found"].as_u64() > Some(0)).count();
    let value = json!({
        "queries": again.len(),
        "asked_cold": answers.len(),
        "answered": found,
        "boot_bytes": spread_of("boot_bytes"),
        "cold_bytes": spread_of("cold_bytes"),
        "warm_bytes": spread_of("warm_bytes"),
        "cold_requests": spread_of("cold_requests"),
        "warm_requests": spread_of("warm_requests"),
        "cold_hops": spread_of("cold_hops"),
        "warm_hops": spread_of("warm_hops"),
        "open_ms": answer["open_ms"],
        "again_ms": spread(again.iter().filter_map(|one| one["millis"].as_f64())),
        "by_kind": by_kind(answers),
        "version": answer["browser"],
    });
    shell::say(&format!(
        "{} on {} in Chromium: cold {} B, {} hops; warm {} B, {} hops; again {} ms",
        subject.engine,
        subject.corpus.name,
        value["cold_bytes"],
        value["cold_hops"],
        value["warm_bytes"],
        value["warm_hops"],
        value["again_ms"]
    ));
    Ok(value)
}

/// Time in the engine alone, in Node; none for an engine that only a browser runs.
pub(crate) fn ask_in_node(workspace: &Workspace, subject: &Subject<'_>) -> Result<Option<Value>> {
    if subject.engine == "pagefind" {
        return Ok(None);
    }
    let answer = script(workspace, "ask.mjs", subject, IN_NODE)?;
    let answers = answer["answers"].as_array().context("node gave no answers")?;
    let spread_of = |name: &str| spread(answers.iter().filter_map(|one| one[name].as_f64()));
    let value = json!({
        "queries": answers.len(),
        "engine_ms": spread_of("millis"),
        "again_ms": spread_of("again_millis"),
        "bytes": spread_of("bytes"),
        "hops": spread_of("hops"),
        "version": answer["node"],
    });
    shell::say(&format!(
        "{} on {} in Node: engine {} ms, again {} ms",
        subject.engine, subject.corpus.name, value["engine_ms"], value["again_ms"]
    ));
    Ok(Some(value))
}

fn script(
    workspace: &Workspace,
    name: &str,
    subject: &Subject<'_>,
    queries: usize,
) -> Result<Value> {
    let out = subject.folder.with_file_name(format!(
        "{}.{}.{}.json",
        subject.corpus.name,
        subject.engine,
        name.trim_end_matches(".mjs")
    ));
    let mut command = peers::node(workspace, name)?;
    // Blocks are asked for alike, wherever they lie.
    command
        .arg(subject.engine.trim_end_matches("-packs"))
        .arg(subject.folder)
        .arg(&subject.woodblock.bundle);
    command.arg(&subject.corpus.queries).arg(subject.corpus.lang).arg(&out);
    measure(command.arg(queries.to_string()), MOST)?;
    let text = fs::read_to_string(&out).context("the script wrote no answer")?;
    serde_json::from_str(&text).context("the script's answer is no JSON")
}

/// Median warm bytes of each kind of query, named by the end of its id.
fn by_kind(answers: &[Value]) -> Value {
    let kind = |one: &Value| {
        let id = one["id"].as_str().unwrap_or_default();
        id.split_once('-').map_or_else(String::new, |(_, kind)| kind.to_owned())
    };
    let mut kinds: Vec<String> = answers.iter().map(kind).collect();
    kinds.sort();
    kinds.dedup();
    let median = |name: &String| {
        let same = answers.iter().filter(|one| kind(one) == *name);
        (name.clone(), spread(same.filter_map(|one| one["warm_bytes"].as_f64())))
    };
    Value::Object(kinds.iter().map(median).collect())
}

/// Median, 95th percentile and greatest of some numbers.
pub(crate) fn spread(numbers: impl Iterator<Item = f64>) -> Value {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    if numbers.is_empty() {
        return Value::Null;
    }
    // The smallest number that the share of all does not exceed.
    let at = |percent: usize| numbers[(numbers.len() * percent).div_ceil(100).max(1) - 1];
    json!({ "p50": at(50), "p95": at(95), "max": at(100) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_numbers_that_occurred() {
        let spread = spread((1..=20).map(f64::from));
        assert_eq!(spread, json!({ "p50": 10.0, "p95": 19.0, "max": 20.0 }));
        assert_eq!(super::spread(std::iter::empty()), Value::Null);
    }
}
