//! Pagination: which pages stand on which pager, and where the pagers are.

use std::ops::Range;

/// One pager.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pager {
    /// 1-based number.
    pub number: usize,
    /// Path below the site's address: `blog/` for the first, `blog/page/2/` for the second.
    pub path: String,
    /// Places of its pages in the list that is paginated.
    pub pages: Range<usize>,
}

/// What the pagers of one list have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pagination {
    /// Pages per pager, at least 1.
    pub per_pager: usize,
    /// Path to which a pager's number is added: `blog/page/`.
    pub base: String,
    /// All pagers; at least one.
    pub pagers: Vec<Pager>,
    /// Pages on all pagers together.
    pub total: usize,
}

impl Pagination {
    /// Spreads `total` pages over pagers.
    ///
    /// - `path`: of the section or term, with a slash at its end unless empty.
    /// - `word`: stands before the number; may be empty.
    pub fn new(path: &str, word: &str, per_pager: usize, total: usize) -> Self {
        let per_pager = per_pager.max(1);
        let base = if word.is_empty() { path.to_owned() } else { format!("{path}{word}/") };
        let pagers = (0..total.div_ceil(per_pager).max(1))
            .map(|idx| Pager {
                number: idx + 1,
                path: if idx == 0 { path.to_owned() } else { format!("{base}{}/", idx + 1) },
                pages: idx * per_pager..total.min((idx + 1) * per_pager),
            })
            .collect();
        Self { per_pager, base, pagers, total }
    }

    /// Path of the first pager's second address, which leads to the first: `blog/page/1/`.
    pub fn first_alias(&self) -> String {
        format!("{}1/", self.base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_spread_over_pagers() {
        let table = [
            ("b/", "page", 2, 3, vec![("b/", 0..2), ("b/page/2/", 2..3)]),
            ("", "page", 2, 2, vec![("", 0..2)]),
            ("b/", "", 1, 2, vec![("b/", 0..1), ("b/2/", 1..2)]),
            ("b/", "page", 5, 0, vec![("b/", 0..0)]),
        ];
        for (path, word, per_pager, total, expected) in table {
            let pagination = Pagination::new(path, word, per_pager, total);
            let found: Vec<_> =
                pagination.pagers.iter().map(|p| (p.path.as_str(), p.pages.clone())).collect();
            assert_eq!(found, expected, "{path} {word}");
        }
    }
}
