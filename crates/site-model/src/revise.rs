//! A loaded site brought up to date with a few edited files, without reading the others again.
//!
//! Only edits that leave the site's shape are taken: text, title, description, authors and data of
//! pages and sections that there are. What changes addresses, orders, terms or the set of pages is
//! for [`crate::load`].

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::Diagnostic;
use crate::content::{self, Loaded};
use crate::content_files::FoundFile;
use crate::front_matter::{PageMeta, SectionMeta, SortBy};
use crate::page::{ContentId, Page, PageId, Section, SectionId};
use crate::site::Site;

/// What became of an edit.
#[derive(Debug)]
pub enum Revision {
    /// The site with the edited files read again, and what they are.
    Done(Box<Site>, Vec<ContentId>),
    /// Files are at fault.
    Faulty(Vec<Diagnostic>),
    /// The site has to be loaded as a whole.
    OutOfReach,
}

impl Site {
    /// Reads edited files again; they are relative to the root.
    pub fn revised(&self, files: &[PathBuf]) -> Revision {
        let mut pages: Vec<Arc<Page>> = self.pages.to_vec();
        let mut sections: Vec<Section> = self.sections.to_vec();
        let (mut edited, mut problems) = (Vec::new(), Vec::new());
        for file in files {
            let Some((id, relative)) = self.known(file) else { return Revision::OutOfReach };
            let found = FoundFile { relative };
            let (loaded, told) = content::load_file(&self.root, &self.config, &found);
            let is_faulty = told.iter().any(Diagnostic::is_error);
            problems.extend(told);
            let is_taken = match (loaded, id) {
                _ if is_faulty => true,
                (Some(Loaded::Page(new)), ContentId::Page(id)) => {
                    self.take_page(id, *new, &mut pages)
                }
                (Some(Loaded::Section(new)), ContentId::Section(id)) => {
                    self.take_section(id, *new, &mut sections)
                }
                _ => false,
            };
            if !is_taken {
                return Revision::OutOfReach;
            }
            edited.push(id);
        }
        if problems.iter().any(Diagnostic::is_error) {
            return Revision::Faulty(problems);
        }
        let mut site = self.clone();
        site.pages = pages.into();
        site.sections = sections.into();
        site.warnings = problems;
        Revision::Done(Box::new(site), edited)
    }

    /// What a file of `content/` is, and its path below that.
    fn known(&self, file: &Path) -> Option<(ContentId, String)> {
        let relative = file.strip_prefix("content").ok()?;
        let parts: Option<Vec<&str>> =
            relative.components().map(|part| part.as_os_str().to_str()).collect();
        let relative = parts?.join("/");
        let id = self.content(&relative)?;
        // A page made from a record has a path too, and no such file.
        (self.source(id).file == file).then_some((id, relative))
    }

    /// Puts an edited page in its place; not one that stands elsewhere now.
    fn take_page(&self, id: PageId, new: Page, pages: &mut [Arc<Page>]) -> bool {
        let old = self.page(id);
        let is_retitled = old.meta.title != new.meta.title;
        let stays = shape_of_page(&old.meta) == shape_of_page(&new.meta)
            && (old.slug.as_str(), &old.source.path) == (&new.slug, &new.source.path)
            && old.meta.title.is_some() == new.meta.title.is_some()
            && !(is_retitled && self.sorts_by_title());
        if stays {
            let source = content::reread(&old.source, new.source);
            pages[id.idx()] = Arc::new(Page { source, meta: new.meta, ..old.clone() });
        }
        stays
    }

    fn take_section(&self, id: SectionId, new: Section, sections: &mut [Section]) -> bool {
        let old = self.section(id);
        let stays = shape_of_section(&old.meta) == shape_of_section(&new.meta);
        if stays {
            let source = content::reread(&old.source, new.source);
            sections[id.idx()] = Section { source, meta: new.meta, ..old.clone() };
        }
        stays
    }

    fn sorts_by_title(&self) -> bool {
        let orders = self.sections.iter().map(|section| section.meta.sort_by);
        orders.into_iter().any(|order| matches!(order, SortBy::Title | SortBy::TitleBytes))
    }
}

/// The front matter without what may change.
fn shape_of_page(meta: &PageMeta) -> PageMeta {
    PageMeta {
        title: None,
        description: None,
        authors: Vec::new(),
        extra: serde_json::Map::new(),
        ..meta.clone()
    }
}

fn shape_of_section(meta: &SectionMeta) -> SectionMeta {
    SectionMeta { title: None, description: None, extra: serde_json::Map::new(), ..meta.clone() }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{Options, load, load_config};

    const PAGE: &str = "+++\ntitle = \"One\"\ndate = 2026-01-01\n+++\nText.\n";

    /// What a site of one page makes of the page's new text.
    fn revision(text: &str) -> Revision {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("content/a")).unwrap();
        fs::write(folder.path().join("config.toml"), "base_url = \"/\"\n").unwrap();
        fs::write(folder.path().join("content/a/_index.md"), "+++\nsort_by = \"date\"\n+++\n")
            .unwrap();
        let file = folder.path().join("content/a/one.md");
        fs::write(&file, PAGE).unwrap();
        let options = Options {
            root: folder.path().to_path_buf(),
            config: None,
            base_url: None,
            drafts: false,
            today: jiff::civil::date(2026, 1, 1),
        };
        let site = load(&options, load_config(&options).unwrap(), Vec::new()).unwrap();
        fs::write(&file, text).unwrap();
        site.revised(&[PathBuf::from("content/a/one.md")])
    }

    #[test]
    fn text_and_title_are_taken() {
        let text = PAGE.replace("One", "Other").replace("Text", "Words");
        let Revision::Done(site, edited) = revision(&text) else { panic!("not taken") };
        let id = site.content("a/one.md").unwrap();
        assert_eq!(edited, [id]);
        assert_eq!(site.title(id), Some("Other"));
        assert_eq!(&*site.source(id).body, "Words.\n");
        assert_eq!(site.source(id).ancestors.len(), 2);
    }

    #[test]
    fn what_moves_a_page_is_out_of_reach() {
        for text in [
            PAGE.replace("2026", "2025"),
            PAGE.replace("date", "slug = \"two\"\ndate"),
            PAGE.replace("date", "draft = true\ndate"),
            PAGE.replace("date", "aliases = [\"b\"]\ndate"),
            PAGE.replace("title = \"One\"\n", ""),
        ] {
            assert!(matches!(revision(&text), Revision::OutOfReach), "{text}");
        }
    }

    #[test]
    fn faults_are_told() {
        let Revision::Faulty(problems) = revision("+++\ntitle = 1\n+++\n") else {
            panic!("no fault was found")
        };
        assert_eq!(problems[0].line, 2);
    }
}
