//! What a file was made of: the record by which an edit finds the files that it changes.
//!
//! While a job runs, the objects that its templates read note what was asked of them in a list of
//! the thread. Only what an edit can change without changing the site's shape is noted: addresses,
//! orders, terms and dates stay as long as a [`site_model::Site`] is only revised.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use site_model::ContentId;

/// A part of a page or section that may change by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Part {
    /// Title, description, authors, data of its own.
    Meta,
    Content,
    Summary,
    TableOfContents,
    WordCount,
    ReadingTime,
    Backlinks,
}

/// Parts noted one by one; who reads more than these reads all of their kind.
const MAX_PARTS: usize = 1_000;

/// What one piece of work read.
#[derive(Debug, Default)]
pub(crate) struct Dependencies {
    parts: HashSet<(ContentId, Part)>,
    /// Kinds of parts that were read of very many, or of all.
    of_all: BTreeSet<Part>,
    /// Files, as absolute as the site's root is.
    files: BTreeSet<PathBuf>,
}

/// What an edit changed.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    parts: Vec<(ContentId, Part)>,
    files: BTreeSet<PathBuf>,
}

thread_local! {
    /// The list of the work that this thread is at; none where nobody wants to know.
    static OPEN: RefCell<Option<Dependencies>> = const { RefCell::new(None) };
}

/// Does some work and says what it read.
pub(crate) fn noting<T>(work: impl FnOnce() -> T) -> (T, Dependencies) {
    let outer = OPEN.replace(Some(Dependencies::default()));
    let done = work();
    let noted = OPEN.replace(outer);
    (done, noted.unwrap_or_default())
}

/// Takes the list of this thread, for another that goes on with its work.
pub(crate) fn take() -> Option<Dependencies> {
    OPEN.take()
}

/// Gives this thread a list that was taken.
pub(crate) fn put(open: Option<Dependencies>) {
    OPEN.set(open);
}

/// Notes that a part is read.
pub(crate) fn note(id: ContentId, part: Part) {
    OPEN.with_borrow_mut(|open| {
        if let Some(open) = open {
            open.add(id, part);
        }
    });
}

/// Notes that a part is read of all pages and sections.
pub(crate) fn note_all(part: Part) {
    OPEN.with_borrow_mut(|open| {
        if let Some(open) = open {
            open.of_all.insert(part);
        }
    });
}

/// Notes that a file is read.
pub(crate) fn note_file(file: &Path) {
    OPEN.with_borrow_mut(|open| {
        if let Some(open) = open
            && !open.files.contains(file)
        {
            open.files.insert(file.to_path_buf());
        }
    });
}

impl Dependencies {
    fn add(&mut self, id: ContentId, part: Part) {
        if self.of_all.contains(&part) {
            return;
        }
        self.parts.insert((id, part));
        if self.parts.len() > MAX_PARTS {
            self.of_all.extend(self.parts.drain().map(|(_, part)| part));
        }
    }

    /// Whether anything of it was changed.
    pub(crate) fn meets(&self, changes: &Changes) -> bool {
        let is_read = |(id, part): &(ContentId, Part)| {
            self.of_all.contains(part) || self.parts.contains(&(*id, *part))
        };
        changes.parts.iter().any(is_read) || !self.files.is_disjoint(&changes.files)
    }

    /// Whether this file was read.
    pub(crate) fn has_file(&self, file: &Path) -> bool {
        self.files.contains(file)
    }
}

impl Changes {
    pub(crate) fn of_files(files: impl IntoIterator<Item = PathBuf>) -> Self {
        Self { parts: Vec::new(), files: files.into_iter().collect() }
    }

    pub(crate) fn add(&mut self, id: ContentId, part: Part) {
        self.parts.push((id, part));
    }

    pub(crate) fn has_file(&self, file: &Path) -> bool {
        self.files.contains(file)
    }
}

#[cfg(test)]
mod tests {
    use site_model::PageId;

    use super::*;

    fn page(number: u32) -> ContentId {
        ContentId::Page(PageId(number))
    }

    fn changed(id: ContentId, part: Part) -> Changes {
        let mut changes = Changes::default();
        changes.add(id, part);
        changes
    }

    #[test]
    fn only_what_was_read_is_met() {
        let ((), noted) = noting(|| {
            note(page(1), Part::Meta);
            note_file(Path::new("a.toml"));
        });
        assert!(noted.meets(&changed(page(1), Part::Meta)));
        assert!(!noted.meets(&changed(page(1), Part::Content)));
        assert!(!noted.meets(&changed(page(2), Part::Meta)));
        assert!(noted.meets(&Changes::of_files([PathBuf::from("a.toml")])));
    }

    #[test]
    fn who_reads_very_many_reads_all_of_the_kind() {
        let ((), noted) = noting(|| (0..2_000).for_each(|id| note(page(id), Part::Meta)));
        assert!(noted.parts.len() <= MAX_PARTS);
        assert!(noted.meets(&changed(page(9_999), Part::Meta)));
        assert!(!noted.meets(&changed(page(1), Part::Content)));
    }

    #[test]
    fn work_inside_of_other_work_has_a_list_of_its_own() {
        let (inner, outer) = noting(|| {
            note(page(1), Part::Meta);
            noting(|| note(page(2), Part::Meta)).1
        });
        assert!(outer.meets(&changed(page(1), Part::Meta)));
        assert!(!outer.meets(&changed(page(2), Part::Meta)));
        assert!(inner.meets(&changed(page(2), Part::Meta)));
    }

    #[test]
    fn a_thread_beside_goes_on_with_the_list() {
        let (there, noted) = noting(|| {
            let open = take();
            let there = std::thread::spawn(move || {
                put(open);
                note(page(3), Part::Meta);
                take()
            });
            let there = there.join().unwrap();
            let is_some = there.is_some();
            put(there);
            is_some
        });
        assert!(there && noted.meets(&changed(page(3), Part::Meta)));
    }
}
