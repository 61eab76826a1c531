//! Comparing two built sites: their files, then what is in them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::hashes::UnlikeFiles;
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
    /// The pages are equal but for the colours of code.
    pub(super) is_of_colours: bool,
    /// Zola writes the file otherwise at each build, and never as ours.
    pub(super) zola_varies: bool,
}

/// What two files of one path are to each other.
enum Judged {
    Same,
    /// Each program's own template, saying the same.
    OwnTemplates,
    Different(Difference),
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
        let common: Vec<_> = our_files.intersection(&their_files).collect();
        comparison.common_files = common.len();
        let (pages, others): (Vec<_>, Vec<_>) = common.into_iter().partition(|it| is_page(it));
        for path in others {
            let (ours, zola) = (read(&ours.join(path))?, read(&zola.join(path))?);
            comparison.different_files.extend(judged_file(path, &ours, &zola));
        }
        let unlike = comparison.unlike_files();
        for path in pages {
            if path == "404.html" && !has_own_404 {
                comparison.own_templates += 1;
                continue;
            }
            let (ours, zola) = (read(&ours.join(path))?, read(&zola.join(path))?);
            comparison.add_page(judged_page(path, &ours, &zola, &unlike));
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

    /// Unequal pages that are equal but for the colours of code.
    pub(super) fn other_colours(&self) -> usize {
        let only_colours = |it: &&Difference| it.is_of_colours && !it.zola_varies;
        self.different_pages.iter().filter(only_colours).count()
    }

    /// Unequal pages that Zola itself writes otherwise at each build.
    pub(super) fn varying_pages(&self) -> usize {
        self.different_pages.iter().filter(|it| it.zola_varies).count()
    }

    /// Whether another build of Zola's may still tell something.
    pub(super) fn is_open(&self) -> bool {
        self.different_pages.iter().chain(&self.different_files).any(|it| !it.zola_varies)
    }

    /// Takes another build of Zola's into account: a file is equal if it is so in any of them.
    pub(super) fn add_build(&mut self, ours: &Path, zola: &Path, again: &Path) -> Result<()> {
        let unlike = self.unlike_files();
        for list in [&mut self.different_pages, &mut self.different_files] {
            let mut kept = Vec::new();
            for mut difference in std::mem::take(list) {
                let path = difference.path.clone();
                let (first, second) = (read(&zola.join(&path))?, read(&again.join(&path))?);
                if first != second {
                    if judged(&path, &read(&ours.join(&path))?, &second, &unlike).is_same() {
                        continue;
                    }
                    difference.zola_varies |= !judged(&path, &first, &second, &unlike).is_same();
                }
                kept.push(difference);
            }
            *list = kept;
        }
        Ok(())
    }

    fn unlike_files(&self) -> UnlikeFiles {
        self.different_files.iter().map(|it| it.path.clone()).collect()
    }

    fn add_page(&mut self, judged: Judged) {
        if matches!(judged, Judged::OwnTemplates) {
            self.own_templates += 1;
            return;
        }
        self.pages += 1;
        if let Judged::Different(difference) = judged {
            self.different_pages.push(difference);
        }
    }
}

impl Judged {
    fn is_same(&self) -> bool {
        !matches!(self, Self::Different(_))
    }
}

fn is_page(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|ending| ending == "html")
}

fn judged(path: &str, ours: &[u8], zola: &[u8], unlike: &UnlikeFiles) -> Judged {
    if is_page(path) {
        return judged_page(path, ours, zola, unlike);
    }
    judged_file(path, ours, zola).map_or(Judged::Same, Judged::Different)
}

/// What differs in a file that is no page.
fn judged_file(path: &str, ours: &[u8], zola: &[u8]) -> Option<Difference> {
    if ours == zola {
        return None;
    }
    let (ours, zola) = (String::from_utf8_lossy(ours), String::from_utf8_lossy(zola));
    if Path::new(path).extension().is_none_or(|ending| ending != "xml") {
        return Some(first_line(path, &ours, &zola));
    }
    let (ours, zola) = (without_indents(&ours), without_indents(&zola));
    (ours.concat() != zola.concat()).then(|| first_line(path, &ours.join("\n"), &zola.join("\n")))
}

fn judged_page(path: &str, ours: &[u8], zola: &[u8], unlike: &UnlikeFiles) -> Judged {
    if ours == zola {
        return Judged::Same;
    }
    let (ours, zola) = (String::from_utf8_lossy(ours), String::from_utf8_lossy(zola));
    let leads_alike = || dom::redirect(&ours) == dom::redirect(&zola);
    if dom::is_without_template(&zola) || (dom::redirect(&ours).is_some() && leads_alike()) {
        return Judged::OwnTemplates;
    }
    let pages = dom::Pages::parse(&ours, &zola, unlike);
    let Some((at, ours, zola)) = pages.first_difference() else { return Judged::Same };
    Judged::Different(Difference {
        path: path.to_owned(),
        at,
        ours,
        zola,
        is_of_colours: pages.are_equal_but_colours(),
        zola_varies: false,
    })
}

/// Whether the site or its theme brings this template.
fn has_template(site: &Path, name: &str) -> Result<bool> {
    let themes = site.join("themes");
    let mut folders = if themes.is_dir() { sites::entries(&themes)? } else { Vec::new() };
    folders.push(site.to_path_buf());
    Ok(folders.iter().any(|folder| folder.join("templates").join(name).is_file()))
}

/// XML without what only sets it out for people.
fn without_indents(text: &str) -> Vec<&str> {
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
    Difference {
        path: path.to_owned(),
        at: format!("line {number}"),
        ours,
        zola,
        is_of_colours: false,
        zola_varies: false,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn built(place: &Path, name: &str, pages: &[(&str, &str)]) -> std::path::PathBuf {
        let folder = place.join(name);
        fs::create_dir_all(&folder).expect("a temporary folder can be written");
        for (path, text) in pages {
            fs::write(folder.join(path), text).expect("a temporary folder can be written");
        }
        folder
    }

    #[test]
    fn what_zola_writes_otherwise_each_time_is_counted_apart() {
        let place = tempfile::tempdir().expect("a temporary folder can be made");
        let build = |name, pages: &[_]| built(place.path(), name, pages);
        let ours = build("ours", &[("a.html", "1 2"), ("b.html", "1 2"), ("c.html", "x")]);
        let zola = build("zola", &[("a.html", "2 1"), ("b.html", "2 1"), ("c.html", "y")]);
        let again = build("again", &[("a.html", "1 2"), ("b.html", "1 1"), ("c.html", "y")]);
        let mut it = Comparison::of(place.path(), &ours, &zola).expect("the folders are there");
        assert_eq!((it.equal_pages(), it.varying_pages()), (0, 0));
        it.add_build(&ours, &zola, &again).expect("the folders are there");
        assert_eq!((it.pages, it.equal_pages(), it.varying_pages()), (3, 1, 1));
        assert!(it.is_open(), "c.html is unequal");
    }

    #[test]
    fn pages_are_equal_whose_scripts_alone_differ() {
        let place = tempfile::tempdir().expect("a temporary folder can be made");
        let build = |name, pages: &[_]| built(place.path(), name, pages);
        let (ours, zola) = ("<script src=/s.js?h=1></script>", "<script src=/s.js?h=2></script>");
        let ours = build("ours", &[("a.html", ours), ("s.js", "1")]);
        let zola = build("zola", &[("a.html", zola), ("s.js", "2")]);
        let it = Comparison::of(place.path(), &ours, &zola).expect("the folders are there");
        assert_eq!((it.pages, it.equal_pages(), it.different_files.len()), (1, 1, 1));
    }
}
