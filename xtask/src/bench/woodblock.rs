//! Ours: the program as it is shipped, and the browser's half of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::options::Options;
use crate::shell::{self, Workspace};
use crate::wasm;

/// A built `woodblock`.
#[derive(Debug)]
pub(crate) struct Woodblock {
    program: PathBuf,
    /// Folder of `search.js`, `worker.js` and `engine.wasm.gz`.
    pub(crate) bundle: PathBuf,
}

impl Woodblock {
    /// Builds program and bundle, unless the options name built ones.
    pub(crate) fn ready(workspace: &Workspace, options: &Options) -> Result<Self> {
        let bundle = options.bundle.clone();
        let bundle = bundle.unwrap_or_else(|| workspace.root.join("generator/embedded"));
        if let Some(program) = &options.bin {
            return Ok(Self { program: program.clone(), bundle });
        }
        if options.bundle.is_none() {
            wasm::run(workspace)?;
        }
        let name = format!("woodblock{}", std::env::consts::EXE_SUFFIX);
        shell::run(workspace.cargo().args(["build", "--release", "--package", "woodblock"]))?;
        Ok(Self { program: workspace.target()?.join("release").join(name), bundle })
    }

    /// `woodblock` itself.
    pub(crate) fn command(&self) -> Command {
        Command::new(&self.program)
    }

    /// The command that indexes JSON Lines or a folder of pages.
    pub(crate) fn index(&self, input: &Path, index: &Path) -> Command {
        let mut command = self.command();
        command.arg("index").arg(input).arg("--output").arg(index).arg("--force");
        command
    }

    /// Asks every query of a file and writes the run.
    pub(crate) fn write_run(
        &self,
        index: &Path,
        queries: &Path,
        run: &Path,
        depth: usize,
    ) -> Result<()> {
        let mut command = self.command();
        command.arg("search").arg(index).arg("--queries").arg(queries).arg("--run").arg(run);
        shell::run(command.arg("--limit").arg(depth.to_string()))
    }
}
