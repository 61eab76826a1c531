//! No two pages, sections or pagers of a site may have one address.
//!
//! A taxonomy takes the place of a page, and a page that of an alias, as in Zola: the renderer, which
//! sees every file, warns of those.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::content::Content;
use crate::page::Source;
use crate::pagination::Pagination;
use crate::{Diagnostic, Options};

/// Complains of every address that is claimed twice.
pub(crate) fn check(content: &Content, options: &Options, diagnostics: &mut Vec<Diagnostic>) {
    let mut register = Register { root: &options.root, owners: BTreeMap::new(), diagnostics };
    claim_sections_and_pages(content, &mut register);
    claim_pagers(content, &mut register);
    claim_aliases(content, &mut register);
}

/// Who has which address.
struct Register<'a> {
    root: &'a Path,
    owners: BTreeMap<String, String>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Register<'_> {
    /// Notes an owner, or complains at the key of `file` that sets the address.
    fn claim(&mut self, path: &str, owner: String, file: &Path, keys: &[&str]) {
        if let Some(problem) = self.taken(path, owner) {
            self.diagnostics.push(problem.at_key(self.root, file, keys));
        }
    }

    /// The same for a page or section, which may come from a line of data.
    fn claim_content(&mut self, path: &str, source: &Source, keys: &[&str]) {
        if source.record_line == 0 {
            self.claim(path, source.file.display().to_string(), &source.file, keys);
        } else {
            let owner = format!("{}:{}", source.file.display(), source.record_line);
            if let Some(problem) = self.taken(path, owner) {
                let problem = problem.in_file(&source.file).at_line(source.record_line);
                self.diagnostics.push(problem);
            }
        }
    }

    fn taken(&mut self, path: &str, owner: String) -> Option<Diagnostic> {
        if let Some(first) = self.owners.get(path) {
            let message = format!("address `/{path}` of {owner} is taken already by {first}");
            return Some(
                Diagnostic::error(message).help("choose another slug, path or name for one"),
            );
        }
        self.owners.insert(path.to_owned(), owner);
        None
    }
}

fn claim_sections_and_pages(content: &Content, register: &mut Register<'_>) {
    for section in content.sections.iter().filter(|section| section.meta.render) {
        register.claim_content(&section.source.path, &section.source, &[]);
    }
    for page in content.pages.iter().filter(|page| page.meta.render) {
        let key = if page.meta.path.is_some() { "path" } else { "slug" };
        register.claim_content(&page.source.path, &page.source, &[key]);
    }
}

fn claim_pagers(content: &Content, register: &mut Register<'_>) {
    for section in &content.sections {
        let Some(per_pager) = section.meta.paginate_by else { continue };
        let source = &section.source;
        let word = &section.meta.paginate_path;
        let pagination = Pagination::new(&source.path, word, per_pager, section.pages.len());
        for pager in pagination.pagers.iter().skip(1) {
            let owner = format!("pager {} of {}", pager.number, source.file.display());
            register.claim(&pager.path, owner, &source.file, &["paginate_by"]);
        }
    }
}

/// Two aliases of one address: which page would a visitor be sent to?
fn claim_aliases(content: &Content, register: &mut Register<'_>) {
    let pages = content.pages.iter().map(|page| (&page.source, &page.meta.aliases));
    let sections = content.sections.iter().map(|section| (&section.source, &section.meta.aliases));
    let taken = std::mem::take(&mut register.owners);
    for (source, aliases) in sections.chain(pages) {
        let distinct: BTreeSet<_> = aliases.iter().collect();
        for alias in distinct.into_iter().filter(|alias| !taken.contains_key(&format!("{alias}/")))
        {
            let owner = format!("an alias of {}", source.file.display());
            register.claim(&format!("{alias}/"), owner, &source.file, &["aliases"]);
        }
    }
}
