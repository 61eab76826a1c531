//! Peers from the npm registry, in versions that `benches/peers/package-lock.json` pins.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::node;
use crate::shell::Workspace;

/// Folder of the peers' scripts, their packages installed.
pub(crate) fn folder(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.root.join("benches/peers");
    node::packages(&folder)?;
    Ok(folder)
}

/// A command that runs one of those scripts.
pub(crate) fn node(workspace: &Workspace, script: &str) -> Result<Command> {
    let folder = folder(workspace)?;
    let mut command = Command::new(node::program()?);
    // The largest single-file indexes pass through one heap.
    command.arg("--max-old-space-size=8192").arg(folder.join(script));
    Ok(command)
}
