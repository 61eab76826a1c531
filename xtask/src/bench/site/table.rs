//! The table of what was measured, and the ratios that matter.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::corpus::Shape;
use super::options::{Navigation, Search};
use crate::bench::process::Cost;

/// All runs of one generator over one site.
pub(super) struct Row {
    pub(super) shape: Shape,
    pub(super) name: &'static str,
    /// None when it failed or was stopped.
    pub(super) costs: Vec<Cost>,
    pub(super) files: u64,
    pub(super) bytes: u64,
}

/// Prints all rows, then how ours compares in each case.
pub(super) fn print(rows: &[Row], machine: &Value) -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "| pages | navigation | search index | generator | user s | wall s | peak MiB | files | MB out | runs |"
    )?;
    writeln!(out, "|--:|---|---|---|--:|--:|--:|--:|--:|--:|")?;
    for row in rows {
        writeln!(out, "{}", row.line())?;
    }
    writeln!(out)?;
    for ours in rows.iter().filter(|row| row.name == "ours" && !row.costs.is_empty()) {
        for peer in rows.iter().filter(|row| row.name != "ours" && row.shape == ours.shape) {
            if !peer.costs.is_empty() {
                writeln!(out, "{}", ratio(ours, peer))?;
            }
        }
    }
    writeln!(out, "\n{machine}")?;
    Ok(())
}

/// Prints milliseconds from the write of a page to the message that reloads browsers.
pub(super) fn print_edits(rows: &[(Shape, Vec<f64>)], machine: &Value) -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "| pages | navigation | edits | median ms | 90 % within ms | longest ms |")?;
    writeln!(out, "|--:|---|--:|--:|--:|--:|")?;
    for (shape, times) in rows {
        let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)];
        writeln!(
            out,
            "| {} | {:?} | {} | {:.0} | {:.0} | {:.0} |",
            shape.pages,
            shape.navigation,
            times.len(),
            at(50),
            at(90),
            at(100)
        )?;
    }
    writeln!(out, "\n{machine}")?;
    Ok(())
}

/// Writes every run as JSON.
pub(super) fn keep(rows: &[Row], machine: &Value, path: &Path) -> Result<()> {
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| {
            let runs: Vec<Value> = row.costs.iter().map(|cost| cost.to_json()).collect();
            json!({
                "generator": row.name, "pages": row.shape.pages,
                "navigation": format!("{:?}", row.shape.navigation),
                "search": format!("{:?}", row.shape.search),
                "files": row.files, "bytes": row.bytes, "runs": runs,
            })
        })
        .collect();
    let text = format!("{:#}\n", json!({ "machine": machine, "rows": rows }));
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    fs::write(path, text).with_context(|| format!("cannot write `{}`", path.display()))
}

impl Row {
    fn line(&self) -> String {
        let navigation = match self.shape.navigation {
            Navigation::Static => "static",
            Navigation::Sections => "get_section",
        };
        let search = if self.shape.search == Search::With { "with" } else { "without" };
        let what = format!("| {} | {navigation} | {search} | {} |", self.shape.pages, self.name);
        if self.costs.is_empty() {
            return format!("{what} – | – | – | – | – | 0 |");
        }
        #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
        let megabytes = self.bytes as f64 / 1e6;
        format!(
            "{what} {:.2} | {:.2} | {:.0} | {} | {megabytes:.1} | {} |",
            self.median(|cost| cost.user_s),
            self.median(|cost| cost.wall_s),
            self.median(peak_mib),
            self.files,
            self.costs.len()
        )
    }

    fn median(&self, of: impl Fn(&Cost) -> f64) -> f64 {
        let mut values: Vec<f64> = self.costs.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    }
}

#[expect(clippy::cast_precision_loss, reason = "shown whole")]
fn peak_mib(cost: &Cost) -> f64 {
    cost.peak_bytes as f64 / f64::from(1 << 20)
}

fn ratio(ours: &Row, peer: &Row) -> String {
    let share = |of: fn(&Cost) -> f64| 100.0 * ours.median(of) / peer.median(of).max(0.001);
    format!(
        "{} pages, {:?} navigation, {:?} search: ours takes {:.0} % of the user time, {:.0} % of the wall time, \
         {:.0} % of the memory of {}",
        ours.shape.pages,
        ours.shape.navigation,
        ours.shape.search,
        share(|cost| cost.user_s),
        share(|cost| cost.wall_s),
        share(peak_mib),
        peer.name
    )
}
