//! Builds, tests and measures this repository.
//!
//! ```text
//! cargo xtask site     installs what is missing, builds everything, writes dist/
//! cargo xtask test     installs what is missing, runs every test
//! cargo xtask bench    measures this program beside its peers; see docs/benchmarks.md
//! cargo xtask wasm     only the browser bundle, into generator/embedded/
//! cargo xtask fuzz     feeds everything that reads bytes from outside with made-up ones
//! cargo xtask compare-zola  builds sites with ours and with Zola, and compares
//! cargo xtask synth    writes made-up records, for tests of size
//! ```
//!
//! Each step looks whether its work is done already, so a second run takes seconds.

mod bench;
mod characters;
mod compare;
mod fuzz;
mod grammars;
mod minify;
mod node;
mod optimize;
mod shell;
mod site;
mod stamp;
mod synth;
mod test;
mod trim;
mod wasm;

use std::process::ExitCode;

use shell::Workspace;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  site    install what is missing, build everything, write dist/
  test    install what is missing, run every test
  bench   measure this program beside its peers: relevance, search, typing, parity, table, or
          site: builds of the same generated site by ours, Zola and Hugo:
          [--size N,N] [--runs N] [--zola PROGRAM] [--hugo PROGRAM] [--bin PROGRAM]
          [--navigation static|get_section] [--search with|without] [--serve]
  wasm    build the browser bundle into generator/embedded/
  fuzz    run the fuzz targets: [--seconds N] [--only NAME,NAME]
  compare-zola  build sites and themes with ours and with Zola, and compare: DIR… [--zola PROGRAM]
          [--woodblock PROGRAM] [--drop-removed-keys] [--json FILE] [--keep FOLDER]
  grammars  pack the grammars and themes for code into crates/textmate/data
  synth   write made-up records as JSON Lines: --records N [--seed S] [--out FILE] [--data FOLDER]
          [--words N] [--chinese PERCENT]";

fn main() -> ExitCode {
    let command = std::env::args().nth(1);
    let args: Vec<String> = std::env::args().skip(2).collect();
    let workspace = Workspace::here();
    let outcome = match command.as_deref() {
        Some("site") => site::run(&workspace),
        Some("test") => test::run(&workspace),
        Some("bench") => bench::run(&workspace, &args),
        Some("wasm") => wasm::run(&workspace),
        Some("fuzz") => fuzz::run(&workspace, &args),
        Some("grammars") => grammars::run(&workspace),
        Some("compare-zola") => compare::run(&workspace, &args),
        Some("synth") => synth::run(&workspace, &args),
        _ => {
            shell::say(USAGE);
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            shell::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
