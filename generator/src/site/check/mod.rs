//! What `woodblock check` looks at beyond what a build does: links out of the site, translations,
//! the elements that guides must have, and what hosts take.

mod budget;
mod elements;
mod links;
mod translations;

use site_model::{Diagnostic, Site};
use site_render::{OutputFile, OutwardLink};

pub(crate) use links::Outward;

/// All that is wrong, in the order of the files.
///
/// - `has_collections`: whether the site is a portal, with records beside its pages.
pub(super) fn problems(
    site: &Site,
    files: &[OutputFile],
    outward_links: &[OutwardLink],
    outward: Outward,
    has_collections: bool,
) -> Vec<Diagnostic> {
    let mut problems = translations::missing(site);
    problems.extend(elements::missing(site));
    if has_collections {
        problems.extend(budget::exceeded(files));
    }
    if outward == Outward::Fetch {
        problems.extend(links::broken(site, files, outward_links));
    }
    Diagnostic::sort(&mut problems);
    problems
}
