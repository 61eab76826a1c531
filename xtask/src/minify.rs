//! esbuild over the browser's scripts: without comments and white space, each with the modules that
//! nothing else needs. Then terser, which leaves 2 % less.
//!
//! A plain static server sends files as they are, so what the sources spend on readers would be
//! paid by visitors.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::node;
use crate::shell::{self, Workspace};

/// The scripts that are files of their own: pages, workers and other scripts load them when they are
/// needed. What these import otherwise goes into them.
const FILES: [&str; 12] = [
    "facets.js",
    "merge.js",
    "offline.js",
    "packs.js",
    "pagefind.js",
    "results.js",
    "search.js",
    "sha256.js",
    "sw.js",
    "words.en.js",
    "words.zh.js",
    "worker.js",
];

/// Writes the scripts of `sources` into `folder`.
///
/// - `glue`: the module that wasm-bindgen wrote, which `woodblock-engine` stands for.
pub(crate) fn scripts(
    workspace: &Workspace,
    sources: &Path,
    glue: &Path,
    folder: &Path,
) -> Result<()> {
    let tools = workspace.root.join("xtask/node");
    node::packages(&tools)?;
    let mut esbuild = Command::new(node::program()?);
    esbuild
        .arg(tools.join("node_modules/esbuild/bin/esbuild"))
        .args(FILES.map(|name| sources.join(name)))
        .args(FILES.map(|name| format!("--external:./{name}")))
        .arg(format!("--alias:woodblock-engine={}", glue.display()))
        .args(["--bundle", "--format=esm", "--minify", "--target=es2022", "--legal-comments=none"])
        .args(["--charset=utf8", "--log-level=warning"])
        // Sessions are freed by hand and engines stay: the glue's other ways to free are left out.
        .args(["--define:FinalizationRegistry=undefined", "--define:Symbol.dispose=undefined"])
        .arg(format!("--outdir={}", folder.display()))
        // Where no script lies: `--external` means the texts of imports, not these files.
        .current_dir(&workspace.root);
    shell::run(&mut esbuild)?;
    FILES.iter().try_for_each(|name| shorten(workspace, &tools, &folder.join(name)))
}

fn shorten(workspace: &Workspace, tools: &Path, script: &Path) -> Result<()> {
    // Of the glue alone: it warns of calls that the worker does not make.
    let is_glued = script.ends_with("worker.js");
    let compress = if is_glued { "passes=3,drop_console" } else { "passes=3" };
    let mut terser = Command::new(node::program()?);
    terser
        .arg(tools.join("node_modules/terser/bin/terser"))
        .arg(script)
        .args(["--module", "--ecma", "2022", "--compress", compress, "--mangle", "--output"])
        .arg(script)
        .current_dir(&workspace.root);
    shell::run(&mut terser)
}
