//! Anchors: unique ids of headings, and the links to them.

use std::collections::{HashMap, HashSet};

use site_model::{AnchorLinks, SlugifyStrategy, slugify_anchor};

use super::Scope;
use crate::values::Fields;

/// Hands out ids, each once.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    taken: HashSet<String>,
    /// The number last put behind a slug: many headings of one text cost no search each.
    numbers: HashMap<String, usize>,
}

impl Ids {
    /// Keeps an id that an author chose from being handed out.
    pub(crate) fn reserve(&mut self, id: &str) {
        self.taken.insert(id.to_owned());
    }

    /// An id for a heading's text: its slug, with a number if that is taken.
    pub(crate) fn id_for(&mut self, text: &str, strategy: SlugifyStrategy) -> String {
        let slug = slugify_anchor(text, strategy);
        let mut id = slug.clone();
        while !self.taken.insert(id.clone()) {
            let number = self.numbers.entry(slug.clone()).or_insert(0);
            *number += 1;
            id = format!("{slug}-{number}");
        }
        id
    }
}

/// HTML of the link to a heading.
///
/// # Errors
/// Those of the template `anchor-link.html`.
pub(crate) fn link(scope: &Scope<'_>, id: &str, level: u8) -> Result<String, minijinja::Error> {
    let context = Fields::default()
        .with("id", id)
        .with("level", u32::from(level))
        .with("lang", scope.lang.clone())
        .into_value();
    let html = (scope.render)("anchor-link.html", context)?;
    Ok(match scope.anchor_links {
        AnchorLinks::Heading => {
            let html = html.trim_start();
            html.find('>').map_or_else(String::new, |end| html[..=end].to_owned())
        }
        _ => html,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_leave_chosen_ones_alone() {
        let mut ids = Ids::default();
        ids.reserve("b");
        let found: Vec<_> =
            ["a", "a", "b", "a-1"].map(|text| ids.id_for(text, SlugifyStrategy::On)).into();
        assert_eq!(found, ["a", "a-1", "b-1", "a-1-1"]);
    }
}
