//! TREC run files: `query Q0 document rank score tag`, a line a hit.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::judged::Run;

/// Reads a run; hits stay in the file's order, which is by rank.
pub(crate) fn read(path: &Path) -> Result<Run> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let mut run = Run::new();
    for line in text.lines() {
        let mut parts = line.split_whitespace();
        let (Some(query), Some(_), Some(doc)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        run.entry(query.to_owned()).or_default().push(doc.to_owned());
    }
    Ok(run)
}
