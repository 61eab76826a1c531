//! wasm-opt over the bound module: for speed and for size, and the smaller download wins.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::node;
use crate::shell::{self, Workspace};

/// What the Rust compiler may emit for wasm32-unknown-unknown, and every supported browser runs.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Returns the module optimised at the level (`-O2`, `-Os` or `-Oz`) that brotli packs smaller.
pub(crate) fn smallest(workspace: &Workspace, bound: &Path, scratch: &Path) -> Result<Vec<u8>> {
    let tools = workspace.root.join("xtask/node");
    node::packages(&tools)?;
    let mut best: Option<(u64, PathBuf)> = None;
    for level in ["-O2", "-Os", "-Oz"] {
        let optimised = scratch.join(format!("engine{level}.wasm"));
        wasm_opt(&tools, level, bound, &optimised)?;
        let len = brotli_len(&[&optimised])?;
        shell::say(&format!("  wasm-opt {level}: {len} bytes in brotli"));
        if best.as_ref().is_none_or(|(least, _)| len < *least) {
            best = Some((len, optimised));
        }
    }
    let (_, path) = best.expect("three levels were tried");
    fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))
}

/// Length of all files together, each packed with brotli at its best, as a CDN would send them.
pub(crate) fn brotli_len(files: &[&Path]) -> Result<u64> {
    const SCRIPT: &str = "const z=require('zlib'),f=require('fs');let n=0;\
        for(const p of process.argv.slice(1))n+=z.brotliCompressSync(f.readFileSync(p)).length;\
        console.log(n)";
    let printed =
        shell::output(Command::new(node::program()?).args(["-e", SCRIPT, "--"]).args(files))?;
    printed.trim().parse().context("node printed no number")
}

/// A function with one caller stays one: put into its caller, it leaves bodies of 50 KB, in which
/// every variable's number takes more bytes and less repeats; 7 KB more in brotli.
const APART: &str = "--one-caller-inline-max-function-size=0";

/// Control flow is laid out anew before anything else: 0.4 KB less in brotli, and no slower.
const ANEW: [&str; 2] = ["--flatten", "--rereloop"];

fn wasm_opt(tools: &Path, level: &str, from: &Path, to: &Path) -> Result<()> {
    let program = tools.join("node_modules/binaryen/bin/wasm-opt");
    shell::run(
        Command::new(node::program()?)
            .arg(program)
            .args(ANEW)
            .args([level, APART])
            .args(FEATURES)
            .args(["--strip-debug", "--strip-producers", "--strip-target-features"])
            .arg(from)
            .arg("-o")
            .arg(to),
    )
}
