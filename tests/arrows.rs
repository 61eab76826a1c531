//! The arrows between crates are those of the architecture and no others.

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use woodblock_tests::{metadata, root};

/// Crate, and the crates of this workspace that it may use, for tests and build scripts as well.
const ARROWS: [(&str, &[&str]); 12] = [
    (
        "woodblock",
        &[
            "html-pages",
            "records",
            "release",
            "search-engine",
            "search-indexer",
            "site-model",
            "site-render",
        ],
    ),
    ("html-pages", &[]),
    ("site-model", &[]),
    ("site-render", &["site-model", "textmate"]),
    ("textmate", &[]),
    ("records", &[]),
    ("search-engine", &[]),
    ("search-indexer", &["search-engine"]),
    ("release", &[]),
    ("search-wasm", &["search-engine"]),
    ("xtask", &[]),
    ("woodblock-tests", &[]),
];

/// Crates that must not reach the network, and what would let them.
const OFFLINE: [&str; 6] =
    ["records", "search-engine", "search-indexer", "site-model", "site-render", "textmate"];
const NETWORK: [&str; 6] = ["axum", "hyper", "reqwest", "tokio", "tower-http", "ureq"];

/// What the engine must not touch: it runs in a browser's worker, and gives the same answer
/// wherever it runs.
const OUTER_WORLD: [&str; 8] = [
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::time",
    "Instant::now",
    "SystemTime",
];

fn dependencies(package: &Value) -> Vec<String> {
    let listed = package["dependencies"].as_array().into_iter().flatten();
    listed.filter_map(|dependency| dependency["name"].as_str().map(str::to_owned)).collect()
}

fn workspace() -> BTreeMap<String, Vec<String>> {
    let metadata = metadata(&["--no-deps"]);
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages
        .map(|package| (package["name"].as_str().unwrap().to_owned(), dependencies(package)))
        .collect()
}

#[test]
fn crates_use_only_what_the_architecture_lets_them() {
    let workspace = workspace();
    let expected: Vec<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    let mut found: Vec<&str> = workspace.keys().map(String::as_str).collect();
    found.sort_unstable();
    let mut sorted = expected.clone();
    sorted.sort_unstable();
    assert_eq!(found, sorted, "a crate came or went: say in ARROWS what it may use");

    for (name, allowed) in ARROWS {
        for used in workspace[name].iter().filter(|used| expected.contains(&used.as_str())) {
            assert!(allowed.contains(&used.as_str()), "{name} must not use {used}");
        }
    }
}

#[test]
fn only_the_generator_and_releases_reach_the_network() {
    let workspace = workspace();
    for name in OFFLINE {
        for used in &workspace[name] {
            assert!(!NETWORK.contains(&used.as_str()), "{name} must not use {used}");
        }
    }
}

#[test]
fn the_engine_touches_nothing_outside() {
    let mut sources = Vec::new();
    rust_files(&root().join("crates/search-engine/src"), &mut sources);
    assert!(!sources.is_empty());
    for path in sources {
        let text = fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for outer in OUTER_WORLD {
                assert!(!code.contains(outer), "{}:{}: {outer}", path.display(), number + 1);
            }
        }
    }
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}
