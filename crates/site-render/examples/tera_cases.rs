//! Runs cases of Tera templates and tells how many render as Tera renders them.
//!
//! ```text
//! cargo run --release -p site-render --example tera_cases -- FILE.jsonl [--show]
//! ```
//!
//! A case is a JSON object a line: `name`, `area`, `templates` (name → source), `entry`, `context`, and
//! `expect`: `{"ok": text}` or `{"error": kind}`. Any error agrees with an expected one; where Tera
//! itself crashes (`panic`), anything does. `--show` prints what was expected and found as well.

use std::collections::BTreeMap;
use std::process::ExitCode;

use serde_json::Value as Json;
use site_render::TeraSet;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(file) = arguments.next() else {
        eprintln!("usage: tera_cases FILE.jsonl [--show]");
        return ExitCode::from(2);
    };
    let shows = arguments.any(|argument| argument == "--show");
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) => {
            eprintln!("{file}: {error}");
            return ExitCode::from(3);
        }
    };
    let cases: Result<Vec<Json>, _> =
        text.split('\n').filter(|line| !line.trim().is_empty()).map(serde_json::from_str).collect();
    match cases {
        Ok(cases) => report(&cases, shows),
        Err(error) => {
            eprintln!("{file}: {error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "the report is what this program is for")]
fn report(cases: &[Json], shows: bool) -> ExitCode {
    let mut differing: BTreeMap<&str, Vec<(&str, String)>> = BTreeMap::new();
    for case in cases {
        let found = run(case);
        if !agrees(&case["expect"], &found) {
            let told = format!("expected {}\n       found    {found:?}", case["expect"]);
            let area = case["area"].as_str().unwrap_or("?");
            let name = case["name"].as_str().unwrap_or("?");
            differing.entry(area).or_default().push((name, told));
        }
    }
    let count: usize = differing.values().map(Vec::len).sum();
    println!("{} of {} agree", cases.len() - count, cases.len());
    for (area, names) in &differing {
        println!("{area}:");
        for (name, shown) in names {
            println!("  {name}");
            if shows {
                println!("       {shown}");
            }
        }
    }
    if count == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run(case: &Json) -> Result<String, String> {
    let sources: Vec<(&str, &str)> = case["templates"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, source)| (name.as_str(), source.as_str().unwrap_or_default()))
        .collect();
    let set = TeraSet::new(&sources)?;
    set.render(case["entry"].as_str().unwrap_or_default(), &case["context"])
}

fn agrees(expected: &Json, found: &Result<String, String>) -> bool {
    match (expected["ok"].as_str(), found) {
        (Some(expected), Ok(found)) => expected == found,
        (Some(_), Err(_)) => false,
        (None, Err(_)) => true,
        (None, Ok(_)) => expected["error"] == "panic",
    }
}
