//! Comparing two built sites: their files, then what is in them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::{dom, sites};

/// How two outputs compare.
#[derive(Debug, Default, Serialize)]
pub(super) struct Comparison {
    /// Files that both have.
    pub(super) common_files: usize,
    pub(super) only_ours: Vec<String>,
    pub(super) only_zola: Vec<String>,
    /// Pages (`.html`) that both have.
    pub(super) pages: usize,
    pub(super) different_pages: Vec<Difference>,
    /// Those of them that are equal but for the colours of code.
    pub(super) other_colours: usize,
    /// Pages whose template is the program's own: each writes its own words there.
    pub(super) own_templates: usize,
    /// Other files whose bytes differ.
    pub(super) different_files: Vec<Difference>,
}

/// Where two files part.
#[derive(Debug, Serialize)]
pub(super) struct Difference {
    pub(super) path: String,
    /// Element or line of the first difference.
    pub(super) at: String,
    pub(super) ours: String,
    pub(super) zola: String,
}

impl Comparison {
    /// Compares two folders.
    ///
    /// - `site`: what they were built from.
    pub(super) fn of(site: &Path, ours: &Path, zola: &Path) -> Result<Self> {
        let (our_files, their_files) = (files(ours)?, files(zola)?);
        let mut comparison = Self {
            only_ours: our_files.difference(&their_files).cloned().collect(),
            only_zola: their_files.difference(&our_files).cloned().collect(),
            ..Self::default()
        };
        let has_own_404 = has_template(site, "404.html")?;
        for path in our_files.intersection(&their_files) {
            comparison.common_files += 1;
            if path == "404.html" && !has_own_404 {
                comparison.own_templates += 1;
                continue;
            }
            comparison.add(path, &read(&ours.join(path))?, &read(&zola.join(path))?);
        }
        Ok(comparison)
    }

    /// Whether both have the same files.
    pub(super) fn has_same_files(&self) -> bool {
        self.only_ours.is_empty() && self.only_zola.is_empty()
    }

    /// Pages whose trees are equal.
    pub(super) fn equal_pages(&self) -> usize {
        self.pages - self.different_pages.len()
    }

    fn add(&mut self, path: &str, ours: &[u8], zola: &[u8]) {
        let is_page = Path::new(path).extension().is_some_and(|ending| ending == "html");
        self.pages += usize::from(is_page);
        if ours == zola {
            return;
        }
        let (ours, zola) = (String::from_utf8_lossy(ours), String::from_utf8_lossy(zola));
        if !is_page {
            let is_xml = Path::new(path).extension().is_some_and(|ending| ending == "xml");
            if !is_xml || without_indents(&ours) != without_indents(&zola) {
                self.different_files.push(first_line(path, &ours, &zola));
            }
        } else if dom::redirect(&ours).is_some() && dom::redirect(&ours) == dom::redirect(&zola) {
            self.own_templates += 1;
            self.pages -= 1;
        } else {
            self.add_page(path, &dom::Pages::parse(&ours, &zola));
        }
    }

    fn add_page(&mut self, path: &str, pages: &dom::Pages) {
        if let Some((at, ours, zola)) = pages.first_difference() {
            self.other_colours += usize::from(pages.are_equal_but_colours());
            self.different_pages.push(Difference { path: path.to_owned(), at, ours, zola });
        }
    }
}

/// Whether the site or its theme brings this template.
fn has_template(site: &Path, name: &str) -> Result<bool> {
    let themes = site.join("themes");
    let mut folders = if themes.is_dir() { sites::entries(&themes)? } else { Vec::new() };
    folders.push(site.to_path_buf());
    Ok(folders.iter().any(|folder| folder.join("templates").join(name).is_file()))
}

/// XML without what only sets it out for people.
fn without_indents(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

fn first_line(path: &str, ours: &str, zola: &str) -> Difference {
    let mut number = 1;
    let (mut our_lines, mut their_lines) = (ours.split('\n'), zola.split('\n'));
    let (ours, zola) = loop {
        let pair = (our_lines.next(), their_lines.next());
        if pair.0 != pair.1 || pair.0.is_none() {
            break pair;
        }
        number += 1;
    };
    let (ours, zola) = dom::around_difference(ours.unwrap_or_default(), zola.unwrap_or_default());
    Difference { path: path.to_owned(), at: format!("line {number}"), ours, zola }
}

/// Paths of all files, with `/`.
fn files(folder: &Path) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(sites::entries(&path)?);
            continue;
        }
        let below = path.strip_prefix(folder).unwrap_or(&path);
        let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
        found.insert(parts.join("/"));
    }
    Ok(found)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
