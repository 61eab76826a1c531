//! `cargo xtask fuzz`: libFuzzer's targets in `fuzz/`, built with the pinned stable compiler.
//!
//! `cargo fuzz` asks for a nightly compiler because of `-Zsanitizer`. Address checks would find
//! little in code without `unsafe`; what counts is coverage, and LLVM's pass for it is switched on
//! with stable flags.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::shell::{self, Workspace};

/// What is fuzzed; `fuzz/README.md` says what each reads.
const TARGETS: [&str; 13] = [
    "root",
    "shard",
    "tables",
    "postings",
    "tiers",
    "positions",
    "stores",
    "columns",
    "frame",
    "fst",
    "session",
    "query",
    "html",
];
/// Counters at each edge, a table of places, and hints from comparisons.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing";
/// Usual length of a run of one target.
const SECONDS: u32 = 60;
/// The same within the tests.
const SHORT_SECONDS: u32 = 2;
/// Longest time that one input may take, and most memory.
const BOUNDS: [&str; 3] = ["-timeout=10", "-rss_limit_mb=2048", "-max_len=16384"];

/// What was asked for.
struct Asked {
    seconds: u32,
    only: Vec<String>,
}

/// Runs `cargo xtask fuzz [--seconds N] [--only NAME,…]`.
pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Result<()> {
    let asked = read(args)?;
    let folder = build(workspace)?;
    run_targets(workspace, &folder, &asked, &[])
}

/// A run short enough for the tests, the same each time.
pub(crate) fn short(workspace: &Workspace) -> Result<()> {
    let folder = build(workspace)?;
    run_targets(
        workspace,
        &folder,
        &Asked { seconds: SHORT_SECONDS, only: Vec::new() },
        &["-seed=1"],
    )
}

fn read(args: &[String]) -> Result<Asked> {
    let mut asked = Asked { seconds: SECONDS, only: Vec::new() };
    for pair in args.chunks(2) {
        match pair {
            [name, value] if name == "--seconds" => {
                asked.seconds = value.parse().context("--seconds takes a whole number")?;
            }
            [name, value] if name == "--only" => {
                asked.only = value.split(',').map(str::to_owned).collect();
            }
            _ => bail!("usage: cargo xtask fuzz [--seconds N] [--only NAME,NAME]"),
        }
    }
    if let Some(unknown) = asked.only.iter().find(|name| !TARGETS.contains(&name.as_str())) {
        bail!("no target `{unknown}`; there are {}", TARGETS.join(", "));
    }
    Ok(asked)
}

/// Builds the targets and the inputs to begin with; returns the folder of the programs.
fn build(workspace: &Workspace) -> Result<PathBuf> {
    let target = workspace.target()?.join("fuzz");
    let host = host()?;
    let mut cargo = workspace.cargo();
    cargo
        .current_dir(workspace.root.join("fuzz"))
        // Naming the host keeps the flags away from build scripts.
        .args(["build", "--release", "--target", &host])
        .env("CARGO_TARGET_DIR", &target)
        .env("RUSTFLAGS", COVERAGE)
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    shell::run(&mut cargo)?;
    let folder = target.join(host).join("release");
    let mut seeds = Command::new(folder.join("session"));
    shell::run(
        seeds.args(["-runs=0", "-verbosity=0"]).env("WOODBLOCK_SEEDS", target.join("corpus")),
    )?;
    Ok(folder)
}

fn host() -> Result<String> {
    let version = shell::output(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc -vV names no host")?.to_owned())
}

/// Runs each target; all are run before the first finding is reported.
fn run_targets(workspace: &Workspace, folder: &Path, asked: &Asked, more: &[&str]) -> Result<()> {
    let own = workspace.target()?.join("fuzz");
    let findings = own.join("findings");
    std::fs::create_dir_all(&findings)?;
    let wanted =
        |name: &&&str| asked.only.is_empty() || asked.only.iter().any(|only| only == **name);
    let mut failed = Vec::new();
    for name in TARGETS.iter().filter(wanted) {
        let corpus = own.join("corpus").join(name);
        std::fs::create_dir_all(&corpus)?;
        let mut command = Command::new(folder.join(name));
        command
            .arg(&corpus)
            .arg(format!("-max_total_time={}", asked.seconds))
            .arg(format!("-artifact_prefix={}/{name}-", findings.display()))
            .args(["-print_final_stats=1", "-verbosity=0"])
            .args(BOUNDS)
            .args(more);
        shell::say(&format!("fuzz {name}: {} s", asked.seconds));
        if let Err(error) = shell::run(&mut command) {
            shell::say(&format!("  {error:#}"));
            failed.push(*name);
        }
    }
    if !failed.is_empty() {
        bail!("findings in {}: see {}", failed.join(", "), findings.display());
    }
    Ok(())
}
