//! `cargo xtask grammars`: packs the grammars and themes for code into `crates/textmate/data`.
//!
//! They come from the packages that `xtask/grammars/package-lock.json` names with their hashes; after
//! a new version there, this is run once and what it writes is committed.

use std::process::Command;

use anyhow::Result;

use crate::node;
use crate::shell::{self, Workspace};

/// Packs them.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let folder = workspace.root.join("xtask/grammars");
    node::packages(&folder)?;
    let data = workspace.root.join("crates/textmate/data");
    shell::run(Command::new(node::program()?).arg(folder.join("pack.mjs")).arg(data))
}
