//! `cargo xtask site`: from a fresh clone to `dist/`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::shell::{self, Workspace};
use crate::wasm;

/// Builds the browser bundle, the generator and the portal, and says how to look at it.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let woodblock = build(workspace)?;
    shell::say("");
    shell::say("the site is in dist/; to look at it:");
    shell::say(&format!("  {} serve", shown(workspace, &woodblock)));
    Ok(())
}

/// Builds everything; returns the path of the generator.
pub(crate) fn build(workspace: &Workspace) -> Result<PathBuf> {
    wasm::run(workspace)?;
    let woodblock = generator(workspace)?;
    shell::run(Command::new(&woodblock).arg("build").current_dir(&workspace.root))?;
    Ok(woodblock)
}

/// Builds the generator with the bundle embedded.
pub(crate) fn generator(workspace: &Workspace) -> Result<PathBuf> {
    shell::run(workspace.cargo().args(["build", "--release", "--package", "woodblock"]))?;
    let name = format!("woodblock{}", std::env::consts::EXE_SUFFIX);
    Ok(workspace.target()?.join("release").join(name))
}

fn shown(workspace: &Workspace, program: &std::path::Path) -> String {
    program.strip_prefix(&workspace.root).unwrap_or(program).display().to_string()
}
