//! From a keystroke to the paint of its suggestions, in the built portal.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::browser::spread;
use super::measured::Results;
use super::options::Options;
use super::{peers, process};
use crate::shell::{self, Workspace};

const MOST: Duration = Duration::from_mins(5);

/// Types into the portal's search box and keeps how long each answer took to be seen.
pub(crate) fn run(workspace: &Workspace, _options: &Options) -> Result<()> {
    let dist = workspace.root.join("dist");
    if !dist.join("woodblock").is_dir() {
        bail!("there is no dist/; `cargo xtask site` makes it");
    }
    let out = Results::scratch(workspace, "typing")?.join("typing.json");
    let mut command = peers::node(workspace, "typing.mjs")?;
    process::measure(command.arg(&dist).arg(&out), MOST)?;
    let mut value: Value = serde_json::from_str(&fs::read_to_string(&out)?)?;
    let numbers = |name: &str| -> Result<Value> {
        let numbers = value[name].as_array().context("the script gave no numbers")?;
        Ok(spread(numbers.iter().filter_map(Value::as_f64)))
    };
    let (paint, frames) = (numbers("paint_ms")?, numbers("frame_ms")?);
    value["paint_ms"] = paint;
    value["frame_ms"] = frames;
    shell::say(&format!(
        "typing: keystroke to paint {} ms, frames {} ms, {} long tasks",
        value["paint_ms"], value["frame_ms"], value["long_tasks"]
    ));
    Results::keep(workspace, "typing", "portal", "ours", &value)
}
