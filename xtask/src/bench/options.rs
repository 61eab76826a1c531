//! What the command line of `cargo xtask bench` asks for.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

/// Everything that may be asked for; each measurement takes what concerns it.
#[derive(Debug)]
pub(crate) struct Options {
    /// Folder with collections, records and distributions.
    pub(crate) data: PathBuf,
    /// Corpora by name, such as `pages-en-1000`; none: those of the run's kind.
    pub(crate) corpora: Vec<String>,
    /// Engines by name; none: all.
    pub(crate) peers: Vec<String>,
    /// Only what takes minutes.
    pub(crate) quick: bool,
    /// Queries a corpus is asked, in the browser.
    pub(crate) queries: usize,
    /// What takes part of the measurements: `build`, `browser`, `node`; none: all.
    pub(crate) parts: Vec<String>,
    /// The program to measure instead of one built from this workspace.
    pub(crate) bin: Option<PathBuf>,
    /// Folder with the browser's half of that program.
    pub(crate) bundle: Option<PathBuf>,
}

impl Options {
    /// Reads `--name value` and `--name` arguments.
    pub(crate) fn parse(arguments: &[String]) -> Result<Self> {
        let mut options = Self::default();
        let mut rest = arguments.iter();
        while let Some(name) = rest.next() {
            let mut value =
                || rest.next().with_context(|| format!("`{name}` needs a value after it"));
            match name.as_str() {
                "--quick" => options.quick = true,
                "--data" => options.data = value()?.into(),
                "--corpus" => options.corpora.extend(list(value()?)),
                "--size" => options.corpora.extend(sizes(value()?)?),
                "--peers" => options.peers = list(value()?).collect(),
                "--parts" => options.parts = list(value()?).collect(),
                "--bin" => options.bin = Some(value()?.into()),
                "--bundle" => options.bundle = Some(value()?.into()),
                "--queries" => {
                    options.queries = value()?.parse().context("--queries takes a number")?;
                }
                _ => {
                    bail!("unknown option `{name}`; see `cargo xtask bench` in docs/benchmarks.md")
                }
            }
        }
        Ok(options)
    }

    /// Whether this engine takes part.
    pub(crate) fn wants(&self, engine: &str) -> bool {
        self.peers.is_empty() || self.peers.iter().any(|peer| peer == engine)
    }

    /// Whether this part of the measurements is made.
    pub(crate) fn measures(&self, part: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|one| one == part)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            data: "../shared/data".into(),
            corpora: Vec::new(),
            peers: Vec::new(),
            quick: false,
            queries: 60,
            parts: Vec::new(),
            bin: None,
            bundle: None,
        }
    }
}

fn list(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned)
}

/// Numbers of pages stand for the corpora of pages of that size.
fn sizes(text: &str) -> Result<Vec<String>> {
    let mut corpora = Vec::new();
    for size in list(text) {
        let size: usize = size.replace('_', "").parse().context("--size takes numbers of pages")?;
        corpora.extend([format!("pages-en-{size}"), format!("pages-zh-{size}")]);
    }
    Ok(corpora)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Options::parse(&words)
    }

    #[test]
    fn lists_are_cut_at_commas() {
        let options = parse("--quick --peers ours,pagefind --size 1000").unwrap();
        assert!(options.quick && options.wants("ours") && !options.wants("lunr"));
        assert_eq!(options.corpora, ["pages-en-1000", "pages-zh-1000"]);
    }

    #[test]
    fn what_is_not_known_is_an_error() {
        assert!(parse("--fast").unwrap_err().to_string().contains("--fast"));
        assert!(parse("--peers").unwrap_err().to_string().contains("needs a value"));
    }
}
