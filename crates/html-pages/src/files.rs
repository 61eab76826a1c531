//! A folder of pages.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use rayon::prelude::*;
use thiserror::Error;
use walkdir::WalkDir;

use crate::decode;
use crate::page::Page;
use crate::reader::{Region, Rules};

/// Longest page that is read, in bytes, after gzip.
pub const MAX_PAGE_LEN: u64 = 32 << 20;
/// What a page must hold to mark a body; most hold nothing like it and are not read for that.
const BODY_ATTRIBUTE: &[u8] = b"data-pagefind-body";

/// Why a folder cannot be read at all.
#[derive(Debug, Error)]
pub enum SiteError {
    /// The pattern for files is none.
    #[error("`{pattern}` is no pattern for files")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        source: globset::Error,
    },
    /// The folder cannot be listed.
    #[error("cannot list `{}`", path.display())]
    List {
        /// Where it failed.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

/// Something about a file that its author should know.
#[derive(Debug)]
pub struct Notice {
    /// The file, below the site's folder.
    pub file: PathBuf,
    /// What it is.
    pub problem: Problem,
}

/// What is wrong with a file.
#[derive(Debug, Error)]
pub enum Problem {
    /// It cannot be read.
    #[error("cannot be read")]
    Unreadable(#[source] io::Error),
    /// It is too long.
    #[error("is longer than {MAX_PAGE_LEN} bytes")]
    TooLong,
    /// It is no UTF-8; what is not was replaced.
    #[error("is no UTF-8 from byte {0} on, and names no other encoding")]
    NotUtf8(usize),
    /// A link that leads back to a folder around it; not followed.
    #[error("is a link to a folder that it lies in, and was not followed")]
    Loop,
    /// An attribute says nothing that is known.
    #[error("has {0}, which says nothing that is known")]
    Attribute(String),
}

/// A page and where it lies.
#[derive(Debug)]
pub struct SitePage {
    /// Path below the folder, with `/` between its parts: `guide/index.html`.
    pub path: String,
    /// The page.
    pub page: Page,
}

/// A folder of pages.
#[derive(Debug)]
pub struct Site {
    folder: PathBuf,
    files: Vec<PathBuf>,
    rules: Rules,
    region: Region,
    notices: Vec<Notice>,
}

impl Site {
    /// Lists the pages of a folder, in path order.
    ///
    /// - `pattern`: which files, below the folder: `**/*.{html,htm}`.
    ///
    /// Links are followed, each folder once on a path.
    pub fn open(folder: &Path, pattern: &str, rules: Rules) -> Result<Self, SiteError> {
        let glob = GlobBuilder::new(pattern)
            .literal_separator(true)
            .build()
            .map_err(|source| SiteError::Pattern { pattern: pattern.into(), source })?;
        let (files, notices) = list(folder, &glob.compile_matcher())?;
        let mut site =
            Self { folder: folder.into(), files, rules, region: Region::WholeBody, notices };
        if site.files.par_iter().any(|file| site.marks_body(file)) {
            site.region = Region::MarkedBody;
        }
        Ok(site)
    }

    /// Number of files.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no file.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Which part of the pages is their text.
    pub fn region(&self) -> Region {
        self.region
    }

    /// What listing found.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// A word about the attribute in a text does not make a body: the page is taken apart.
    fn marks_body(&self, file: &Path) -> bool {
        let Ok(Some(bytes)) = bytes(&self.folder.join(file)) else { return false };
        let found = memchr::memmem::find(&bytes, BODY_ATTRIBUTE).is_some();
        found && self.rules.read(&decode::decode(bytes).text, Region::MarkedBody).has_marked_body
    }

    /// Reads a page: nothing where it cannot be read; with what its author should know. Several
    /// threads may do so at once.
    pub fn read(&self, number: usize) -> (Option<SitePage>, Vec<Notice>) {
        let file = &self.files[number];
        let notice = |problem| Notice { file: file.clone(), problem };
        let bytes = match bytes(&self.folder.join(file)) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return (None, vec![notice(Problem::TooLong)]),
            Err(error) => return (None, vec![notice(Problem::Unreadable(error))]),
        };
        let decoded = decode::decode(bytes);
        let mut notices: Vec<_> =
            decoded.bad_at.map(|at| notice(Problem::NotUtf8(at))).into_iter().collect();
        let mut page = self.rules.read(&decoded.text, self.region);
        let faults = std::mem::take(&mut page.faults);
        notices.extend(faults.into_iter().map(|fault| notice(Problem::Attribute(fault))));
        let parts: Vec<_> =
            file.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        (Some(SitePage { path: parts.join("/"), page }), notices)
    }
}

/// A page's bytes; nothing where there are too many.
fn bytes(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = File::open(path)?;
    if file.metadata()?.len() > MAX_PAGE_LEN {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.take(MAX_PAGE_LEN + 1).read_to_end(&mut bytes)?;
    decode::unzip(bytes, MAX_PAGE_LEN)
}

fn list(folder: &Path, glob: &GlobMatcher) -> Result<(Vec<PathBuf>, Vec<Notice>), SiteError> {
    let unlisted = |path: &Path, source| SiteError::List { path: path.into(), source };
    fs::read_dir(folder).map_err(|source| unlisted(folder, source))?;
    let below = |path: &Path| path.strip_prefix(folder).unwrap_or(path).to_path_buf();
    let (mut files, mut notices) = (Vec::new(), Vec::new());
    for entry in WalkDir::new(folder).follow_links(true).sort_by_file_name() {
        match entry {
            Ok(entry) => {
                let file = below(entry.path());
                if entry.file_type().is_file() && glob.is_match(&file) {
                    files.push(file);
                }
            }
            Err(error) => {
                let file = below(error.path().unwrap_or(folder));
                if !glob.is_match(&file) && leads_nowhere(&folder.join(&file)) {
                    continue;
                }
                let problem = match error.loop_ancestor() {
                    Some(_) => Problem::Loop,
                    None => Problem::Unreadable(error.into()),
                };
                notices.push(Notice { file, problem });
            }
        }
    }
    Ok((files, notices))
}

/// Whether this is a link to what is not there. Where its name is no page's, nothing is lost with it:
/// packages of documentation link to scripts of other packages.
fn leads_nowhere(path: &Path) -> bool {
    let is_missing = |error: io::Error| error.kind() == io::ErrorKind::NotFound;
    path.is_symlink() && fs::metadata(path).is_err_and(is_missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(files: &[(&str, &[u8])]) -> (tempfile::TempDir, Site) {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let site = Site::open(folder.path(), "**/*.{html,htm}", Rules::default()).unwrap();
        (folder, site)
    }

    fn texts(site: &Site) -> Vec<(String, String)> {
        let pages = (0..site.len()).filter_map(|number| site.read(number).0);
        pages.map(|page| (page.path, page.page.content)).collect()
    }

    #[test]
    fn pages_come_in_path_order() {
        let names: Vec<String> = (0..50).map(|i| format!("d{}/p{i:03}.html", i % 7)).collect();
        let files: Vec<(&str, &[u8])> =
            names.iter().map(|name| (name.as_str(), name.as_bytes())).collect();
        let (_folder, site) = site(&files);
        let found = texts(&site);
        assert_eq!(found.len(), 50);
        assert!(found.is_sorted() && found.iter().all(|(path, text)| path == text));
    }

    #[test]
    fn one_marked_body_rules_the_site_but_a_word_about_it_does_not() {
        let (_folder, plain) =
            site(&[("a.html", b"<code>&lt;main data-pagefind-body></code>"), ("b.html", b"b")]);
        assert_eq!(plain.region(), Region::WholeBody);
        let (_folder, marked) = site(&[("a.html", b"<p data-pagefind-body>a"), ("b.htm", b"b")]);
        assert_eq!(marked.region(), Region::MarkedBody);
        assert_eq!(
            texts(&marked),
            [("a.html".into(), "a".into()), ("b.htm".into(), String::new())]
        );
    }

    #[test]
    fn bad_bytes_and_long_pages_are_told_with_their_file() {
        let (_folder, site) = site(&[("a.html", b"<p>a\xffb"), ("b.html", &vec![b' '; 33 << 20])]);
        let told: Vec<_> = (0..site.len())
            .flat_map(|number| site.read(number).1)
            .map(|notice| format!("{} {}", notice.file.display(), notice.problem))
            .collect();
        assert_eq!(
            told,
            [
                "a.html is no UTF-8 from byte 4 on, and names no other encoding",
                "b.html is longer than 33554432 bytes",
            ]
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_but_not_in_circles() {
        let (folder, _) = site(&[("a/x.html", b"x")]);
        std::os::unix::fs::symlink(folder.path(), folder.path().join("a/up")).unwrap();
        std::os::unix::fs::symlink(folder.path().join("a"), folder.path().join("b")).unwrap();
        std::os::unix::fs::symlink("nowhere.html", folder.path().join("gone.html")).unwrap();
        std::os::unix::fs::symlink("nowhere.js", folder.path().join("a/gone.js")).unwrap();
        let mut site = Site::open(folder.path(), "**/*.html", Rules::default()).unwrap();
        let told: Vec<_> = site.take_notices().iter().map(|n| n.problem.to_string()).collect();
        assert_eq!(
            told.iter().filter(|told| told.contains("link to a folder")).count(),
            2,
            "{told:?}"
        );
        assert_eq!(told.iter().filter(|told| *told == "cannot be read").count(), 1, "{told:?}");
        let paths: Vec<_> = texts(&site).into_iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ["a/x.html", "b/x.html"]);
    }

    #[test]
    fn a_pattern_chooses_the_files() {
        let (folder, _) = site(&[("a.html", b"a"), ("drafts/b.html", b"b")]);
        let chosen = Site::open(folder.path(), "*.html", Rules::default()).unwrap();
        assert_eq!(chosen.len(), 1);
        assert!(Site::open(folder.path(), "{", Rules::default()).is_err());
        assert!(Site::open(Path::new("/nonexistent-folder"), "*", Rules::default()).is_err());
    }
}
