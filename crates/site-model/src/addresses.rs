//! No two things of a site may have one address.

use std::collections::BTreeMap;

use crate::content::Content;
use crate::page::Source;
use crate::pagination::Pagination;
use crate::taxonomy::Taxonomy;
use crate::{Diagnostic, Options};

/// Something that has an address.
struct Claim<'a> {
    /// What it is, for the message.
    what: String,
    source: Option<&'a Source>,
    /// Key of the front matter that sets the address.
    keys: &'static [&'static str],
}

/// Complains of every address that is claimed twice.
pub(crate) fn check(
    content: &Content,
    taxonomies: &[Taxonomy],
    options: &Options,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut claims: BTreeMap<String, Claim<'_>> = BTreeMap::new();
    let mut duplicates = Vec::new();
    let mut claim = |path: String, claim: Claim<'_>| match claims.get(&path) {
        Some(first) => duplicates.push(duplicate(&path, first, &claim, options)),
        None => {
            // The closure's lifetimes keep the claims apart from the site's; the names are enough.
            claims.insert(path, Claim { what: claim.what, source: None, keys: &[] });
        }
    };
    for section in content.sections.iter().filter(|section| section.meta.render) {
        claim(section.source.path.clone(), content_claim(&section.source, &["path"]));
    }
    for page in content.pages.iter().filter(|page| page.meta.render) {
        let keys: &[_] = if page.meta.path.is_some() { &["path"] } else { &["slug"] };
        claim(page.source.path.clone(), content_claim(&page.source, keys));
    }
    for section in &content.sections {
        let Some(per_pager) = section.meta.paginate_by else { continue };
        let source = &section.source;
        let word = &section.meta.paginate_path;
        let pagination = Pagination::new(&source.path, word, per_pager, section.pages.len());
        for pager in pagination.pagers.into_iter().skip(1) {
            let what = format!("pager {} of {}", pager.number, source.file.display());
            claim(pager.path, Claim { what, source: Some(source), keys: &["paginate_path"] });
        }
    }
    for taxonomy in taxonomies.iter().filter(|taxonomy| taxonomy.config.render) {
        let name = &taxonomy.config.name;
        let what = format!("the list of taxonomy `{name}`");
        claim(taxonomy.path.clone(), Claim { what, source: None, keys: &[] });
        for term in &taxonomy.terms {
            let what = format!("term `{}` of taxonomy `{name}`", term.name);
            claim(term.path.clone(), Claim { what, source: None, keys: &[] });
        }
    }
    let of_pages = content.pages.iter().map(|page| (&page.source, &page.meta.aliases));
    let of_sections =
        content.sections.iter().map(|section| (&section.source, &section.meta.aliases));
    for (source, aliases) in of_sections.chain(of_pages) {
        for alias in aliases {
            let what = format!("an alias of {}", source.file.display());
            claim(format!("{alias}/"), Claim { what, source: Some(source), keys: &["aliases"] });
        }
    }
    diagnostics.append(&mut duplicates);
}

fn content_claim<'a>(source: &'a Source, keys: &'static [&'static str]) -> Claim<'a> {
    let mut what = source.file.display().to_string();
    if source.record_line > 0 {
        what = format!("{what}:{}", source.record_line);
    }
    Claim { what, source: Some(source), keys }
}

fn duplicate(path: &str, first: &Claim<'_>, second: &Claim<'_>, options: &Options) -> Diagnostic {
    let message = format!("address `/{path}` is taken already by {}", first.what);
    let diagnostic = Diagnostic::error(message).help("choose another slug, path or name for one");
    match second.source {
        Some(source) if source.record_line > 0 => {
            diagnostic.in_file(&source.file).at_line(source.record_line)
        }
        Some(source) => diagnostic.at_key(&options.root, &source.file, second.keys),
        None => {
            Diagnostic { message: format!("{}: {}", second.what, diagnostic.message), ..diagnostic }
        }
    }
}
