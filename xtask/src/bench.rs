//! `cargo xtask bench`: this program and its peers on the same input in the same run.
//!
//! ```text
//! cargo xtask bench relevance   ranking quality on judged collections
//! cargo xtask bench search      build, bytes, hops and times on seeded corpora
//! cargo xtask bench typing      keystroke to paint in the built portal
//! cargo xtask bench parity      native and WASM on 2,000 queries; first ten against reading all
//! cargo xtask bench site        ours, Zola and Hugo build the same generated site
//! cargo xtask bench table       only writes docs/benchmarks.md anew from what was measured
//! ```
//!
//! Each measurement leaves a JSON file in `target/bench/results/`; the table is made of all of
//! them, so that one engine can be measured anew without the others.

mod bm25;
mod browser;
mod corpus;
mod judged;
mod machine;
mod measured;
mod options;
mod parity;
mod peers;
mod process;
mod random;
mod records;
mod relevance;
mod run_file;
mod search;
mod site;
mod table;
mod text;
mod typing;
mod woodblock;

use anyhow::{Result, bail};

use crate::shell::Workspace;
use options::Options;

/// Runs the measurement that the arguments name.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let Some((what, rest)) = arguments.split_first() else {
        bail!("say what to measure: relevance, search, typing, parity, site or table");
    };
    if what == "site" {
        return site::run(workspace, rest);
    }
    let options = Options::parse(rest)?;
    match what.as_str() {
        "relevance" => relevance::run(workspace, &options)?,
        "search" => search::run(workspace, &options)?,
        "typing" => typing::run(workspace, &options)?,
        "parity" => return parity::run(workspace, &options),
        "table" => {}
        _ => {
            bail!("unknown measurement `{what}`: relevance, search, typing, parity, site or table")
        }
    }
    table::write(workspace, &options)
}
