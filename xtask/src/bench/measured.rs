//! Where measurements are kept: a JSON file each, below `target/bench/`.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::machine;
use crate::shell::Workspace;

/// One measurement as it was kept.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) kind: String,
    pub(crate) corpus: String,
    pub(crate) engine: String,
    /// What was measured.
    pub(crate) value: Value,
    /// When and on what.
    pub(crate) run: Value,
}

/// The folder of all measurements.
pub(crate) struct Results;

impl Results {
    fn folder(workspace: &Workspace) -> Result<PathBuf> {
        let folder = workspace.target()?.join("bench/results");
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// A folder for what measuring needs; kept from run to run.
    pub(crate) fn scratch(workspace: &Workspace, name: &str) -> Result<PathBuf> {
        let folder = workspace.target()?.join("bench").join(name);
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make `{}`", folder.display()))?;
        Ok(folder)
    }

    /// Keeps a measurement in the place of an earlier one of the same kind.
    pub(crate) fn keep(
        workspace: &Workspace,
        kind: &str,
        corpus: &str,
        engine: &str,
        value: &Value,
    ) -> Result<()> {
        let whole = json!({
            "kind": kind, "corpus": corpus, "engine": engine,
            "value": value, "run": machine::now(workspace),
        });
        let path = Self::folder(workspace)?.join(format!("{kind}.{corpus}.{engine}.json"));
        fs::write(&path, format!("{whole:#}\n"))
            .with_context(|| format!("cannot write `{}`", path.display()))
    }

    /// Everything that was kept, in the order of the files' names.
    pub(crate) fn all(workspace: &Workspace) -> Result<Vec<Measured>> {
        let mut paths: Vec<PathBuf> =
            fs::read_dir(Self::folder(workspace)?)?.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        let read = |path: &PathBuf| -> Result<Measured> {
            let text = fs::read_to_string(path)?;
            let value: Value = serde_json::from_str(&text)
                .with_context(|| format!("`{}` is no JSON; delete it", path.display()))?;
            let field = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
            Ok(Measured {
                kind: field("kind"),
                corpus: field("corpus"),
                engine: field("engine"),
                run: value["run"].clone(),
                value: value["value"].clone(),
            })
        };
        paths.iter().map(read).collect()
    }
}
