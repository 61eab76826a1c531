//! What the command line of `cargo xtask bench site` asks for.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

/// Everything that may be asked for.
#[derive(Debug)]
pub(super) struct Options {
    /// Numbers of pages.
    pub(super) sizes: Vec<usize>,
    /// Runs of each case; the medians are shown.
    pub(super) runs: usize,
    /// The program to measure instead of one built from this workspace.
    pub(super) bin: Option<PathBuf>,
    /// A Zola binary to measure beside it.
    pub(super) zola: Option<PathBuf>,
    /// A Hugo binary to measure beside it.
    pub(super) hugo: Option<PathBuf>,
    /// What pages are led by; none: both.
    pub(super) navigation: Option<Navigation>,
    /// Whether a search index is built; none: both.
    pub(super) search: Option<Search>,
    /// Measures an edit under `serve` instead of whole builds.
    pub(super) serve: bool,
}

/// The menu on every page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Navigation {
    /// Links that stand in the template.
    Static,
    /// `get_section` of all sections, on every page.
    Sections,
}

/// Whether the site has a search index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Search {
    Without,
    With,
}

impl Options {
    /// Reads `--name value` and `--name` arguments.
    pub(super) fn parse(arguments: &[String]) -> Result<Self> {
        let mut options = Self::default();
        let mut rest = arguments.iter();
        while let Some(name) = rest.next() {
            let mut value =
                || rest.next().with_context(|| format!("`{name}` needs a value after it"));
            match name.as_str() {
                "--size" => options.sizes = sizes(value()?)?,
                "--runs" => options.runs = number(value()?).context("--runs takes a number")?,
                "--bin" => options.bin = Some(value()?.into()),
                "--zola" => options.zola = Some(value()?.into()),
                "--hugo" => options.hugo = Some(value()?.into()),
                "--navigation" => options.navigation = Some(navigation(value()?)?),
                "--search" => options.search = Some(search(value()?)?),
                "--serve" => options.serve = true,
                _ => bail!("unknown option `{name}`; `cargo xtask` lists those of `bench site`"),
            }
        }
        Ok(options)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            sizes: vec![1_000, 10_000, 100_000],
            runs: 3,
            bin: None,
            zola: None,
            hugo: None,
            navigation: None,
            search: None,
            serve: false,
        }
    }
}

fn number(text: &str) -> Result<usize> {
    let number: usize = text.trim().replace('_', "").parse()?;
    if number == 0 {
        bail!("0 is too few");
    }
    Ok(number)
}

fn sizes(text: &str) -> Result<Vec<usize>> {
    text.split(',').map(number).collect::<Result<_>>().context("--size takes numbers of pages")
}

fn navigation(text: &str) -> Result<Navigation> {
    match text {
        "static" => Ok(Navigation::Static),
        "get_section" => Ok(Navigation::Sections),
        _ => bail!("--navigation is static or get_section, not `{text}`"),
    }
}

fn search(text: &str) -> Result<Search> {
    match text {
        "with" => Ok(Search::With),
        "without" => Ok(Search::Without),
        _ => bail!("--search is with or without, not `{text}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Options::parse(&words)
    }

    #[test]
    fn sizes_are_cut_at_commas() {
        let options = parse("--size 1_000,20 --navigation get_section --search without").unwrap();
        assert_eq!(options.sizes, [1_000, 20]);
        assert_eq!(options.navigation, Some(Navigation::Sections));
        assert_eq!(options.search, Some(Search::Without));
    }

    #[test]
    fn what_is_not_known_is_an_error() {
        for line in ["--fast", "--zola", "--size 0", "--runs x", "--search maybe"] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
