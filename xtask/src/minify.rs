//! esbuild over the browser's scripts: the same modules, without comments and white space.
//!
//! A plain static server sends files as they are, so what the sources spend on readers would be
//! paid by visitors.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::node;
use crate::shell::{self, Workspace};

/// Writes each of `scripts` under its own name into `folder`, minified. Modules stay apart, so
/// that the service worker and the offline page load only what they need.
pub(crate) fn scripts(workspace: &Workspace, scripts: &[PathBuf], folder: &Path) -> Result<()> {
    let mut esbuild = esbuild(workspace)?;
    shell::run(esbuild.args(scripts).arg(format!("--outdir={}", folder.display())))
}

/// Writes the module `entry` with what it imports, and of that only what is used, as one file.
pub(crate) fn bundle(workspace: &Workspace, entry: &Path, file: &Path) -> Result<()> {
    let mut esbuild = esbuild(workspace)?;
    esbuild.arg(entry).args(["--bundle", "--format=esm"]);
    shell::run(esbuild.arg(format!("--outfile={}", file.display())))
}

fn esbuild(workspace: &Workspace) -> Result<Command> {
    let tools = workspace.root.join("xtask/node");
    node::packages(&tools)?;
    let mut command = Command::new(node::program()?);
    command
        .arg(tools.join("node_modules/esbuild/bin/esbuild"))
        .args(["--minify", "--target=es2022", "--legal-comments=none"])
        .args(["--charset=utf8", "--log-level=warning"]);
    Ok(command)
}
