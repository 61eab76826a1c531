//! `cargo xtask bench`: this program and its peers on the same input in the same run.
//!
//! ```text
//! cargo xtask bench site    ours, Zola and Hugo build the same generated site
//! ```

mod machine;
mod process;
mod random;
mod site;

use anyhow::{Result, bail};

use crate::shell::Workspace;

/// Runs the measurement that the arguments name.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let Some((what, rest)) = arguments.split_first() else {
        bail!("say what to measure: site");
    };
    match what.as_str() {
        "site" => site::run(workspace, rest),
        _ => bail!("unknown measurement `{what}`: site"),
    }
}
