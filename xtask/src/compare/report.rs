//! What is told of each site.

use serde::Serialize;

use super::build::Built;
use super::outputs::{Comparison, Difference};
use super::sites::SiteFolder;
use crate::shell;

/// One site.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) commit: Option<String>,
    pub(super) has_config: bool,
    /// Our build of the site as it is.
    pub(super) ours: Built,
    /// Zola's build of the site as it is, where keys had to be dropped for the comparison.
    pub(super) zola_unchanged: Option<Built>,
    /// Zola's build of what was compared.
    pub(super) zola: Option<Built>,
    pub(super) dropped_keys: Vec<String>,
    pub(super) comparison: Option<Comparison>,
}

impl Row {
    pub(super) fn new(site: &SiteFolder, ours: Built) -> Self {
        Self {
            name: site.name.clone(),
            commit: site.commit.clone(),
            has_config: site.has_config,
            ours,
            zola_unchanged: None,
            zola: None,
            dropped_keys: Vec::new(),
            comparison: None,
        }
    }

    /// The site in one line, with differences below it.
    pub(super) fn line(&self) -> String {
        let mut parts = vec![format!("{}: ours {}", self.name, self.ours.told())];
        if let Some(zola) = &self.zola {
            parts.push(format!("zola {}", zola.told()));
        }
        if !self.dropped_keys.is_empty() {
            parts.push(format!("without {}", self.dropped_keys.join(", ")));
        }
        parts.extend(self.comparison.as_ref().map(compared));
        parts.join("; ")
    }

    fn cells(&self) -> [String; 6] {
        let word = |built: &Built| if built.is_done() { "built" } else { "failed" }.to_owned();
        let zola = match (&self.zola_unchanged, &self.zola) {
            (Some(_), Some(dropped)) => format!("failed; without removed keys: {}", word(dropped)),
            (None, Some(zola)) => word(zola),
            (_, None) => String::new(),
        };
        let (files, pages) = match &self.comparison {
            None => (String::new(), String::new()),
            Some(it) if it.has_same_files() => (format!("same {}", it.common_files), pages(it)),
            Some(it) => (
                format!(
                    "{} same, +{} −{}",
                    it.common_files,
                    it.only_ours.len(),
                    it.only_zola.len()
                ),
                pages(it),
            ),
        };
        let commit = self.commit.clone().unwrap_or_default();
        [self.name.clone(), commit, word(&self.ours), zola, files, pages]
    }
}

fn pages(comparison: &Comparison) -> String {
    let more = |count: usize, what: &str| match count {
        0 => String::new(),
        count => format!(", {count} {what}"),
    };
    let colours = more(comparison.other_colours(), "but for colours");
    let varying = more(comparison.varying_pages(), "vary in Zola");
    format!("{} of {}{colours}{varying}", comparison.equal_pages(), comparison.pages)
}

fn compared(it: &Comparison) -> String {
    let mut text = format!(
        "{} common files, {} only ours, {} only zola's; {} of {} pages equal, {} more but for the colours of code; Zola differs from itself: {}; {} other files differ",
        it.common_files,
        it.only_ours.len(),
        it.only_zola.len(),
        it.equal_pages(),
        it.pages,
        it.other_colours(),
        it.varying_pages(),
        it.different_files.len(),
    );
    text.extend(it.only_ours.iter().map(|path| format!("\n    + {path}")));
    text.extend(it.only_zola.iter().map(|path| format!("\n    - {path}")));
    text.extend(it.different_pages.iter().chain(&it.different_files).map(difference));
    text
}

fn difference(it: &Difference) -> String {
    let mark = if it.zola_varies { '~' } else { '≠' };
    format!(
        "\n    {mark} {} at {}\n        ours {}\n        zola {}",
        it.path, it.at, it.ours, it.zola
    )
}

/// Prints all sites as a Markdown table, and the sums below it.
pub(super) fn table(rows: &[Row]) {
    shell::print("| site | commit | ours | Zola | files | pages equal |");
    shell::print("|---|---|---|---|---|---|");
    for row in rows {
        shell::print(&format!("| {} |", row.cells().join(" | ")));
    }
    shell::print("");
    shell::print(&sums(rows));
}

fn sums(rows: &[Row]) -> String {
    let ours = rows.iter().filter(|row| row.ours.is_done()).count();
    let with_config = rows.iter().filter(|row| row.has_config).count();
    let zola =
        |row: &&Row| row.zola_unchanged.as_ref().or(row.zola.as_ref()).is_some_and(Built::is_done);
    let compared: Vec<_> = rows.iter().filter_map(|row| row.comparison.as_ref()).collect();
    let pages: usize = compared.iter().map(|it| it.pages).sum();
    let equal: usize = compared.iter().map(|it| it.equal_pages()).sum();
    let colours: usize = compared.iter().map(|it| it.other_colours()).sum();
    let varying: usize = compared.iter().map(|it| it.varying_pages()).sum();
    format!(
        "{} sites, {with_config} with a configuration; ours builds {ours}, Zola {} as they are; {} compared: {} with the same files, {equal} of {pages} pages equal, {colours} more but for the colours of code; Zola differs from itself: {varying}",
        rows.len(),
        rows.iter().filter(zola).count(),
        compared.len(),
        compared.iter().filter(|it| it.has_same_files()).count(),
    )
}
