//! Node.js and the packages that a folder's lock file names.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::shell;
use crate::stamp::{self, Inputs};

/// Node.js, installed when missing.
pub(crate) fn program() -> Result<PathBuf> {
    if shell::find(&["npm"]).is_none() || shell::find(&["node"]).is_none() {
        shell::apt_install(&["nodejs", "npm"])?;
    }
    shell::find(&["node"]).context("node is still missing; install Node.js 20 or later")
}

/// Installs what `folder`'s package-lock.json names, unless that is there already.
pub(crate) fn packages(folder: &Path) -> Result<()> {
    program()?;
    let mut inputs = Inputs::default();
    inputs.add_file("package-lock.json", &folder.join("package-lock.json"))?;
    let digest = inputs.digest();
    let held = folder.join("node_modules/.woodblock-lock");
    if stamp::is_current(&held, &digest) {
        return Ok(());
    }
    shell::say(&format!("installing node packages of {}", folder.display()));
    shell::run(
        Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"])
            .current_dir(folder),
    )?;
    stamp::leave(&held, &digest)
}
