//! Hashes at the end of addresses (`search.js?h=0123…`) and beside them (`integrity`), which follow the
//! bytes of a file.
//!
//! Where a file differs, and is told as such, its hash cannot but differ too: that says nothing of the
//! page, so such a hash is passed over. Hashes of all other files count.

use std::collections::BTreeSet;

/// What stands between an address and the hash of its file.
const MARK: &str = "?h=";

/// Paths of the files whose bytes differ.
#[derive(Debug, Default)]
pub(super) struct UnlikeFiles(BTreeSet<String>);

impl UnlikeFiles {
    #[cfg(test)]
    pub(super) const fn none() -> Self {
        Self(BTreeSet::new())
    }

    /// Whether two texts are equal but for hashes of these files.
    pub(super) fn are_equal_but_hashes(&self, ours: &str, zola: &str) -> bool {
        ours == zola || (!self.0.is_empty() && self.without(ours) == self.without(zola))
    }

    fn without(&self, text: &str) -> String {
        let mut pieces = text.split(MARK);
        let mut kept = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let is_unlike = self.ends(&kept);
            kept.push_str(MARK);
            let hash = piece.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(piece.len());
            kept.push_str(if is_unlike { &piece[hash..] } else { piece });
        }
        kept
    }

    /// Whether an address is that of one of these files, with its hash or without.
    pub(super) fn are_meant_by(&self, address: &str) -> bool {
        self.ends(address.split('?').next().unwrap_or_default())
    }

    /// Whether such an address stands at the end of a text.
    fn ends(&self, text: &str) -> bool {
        let before = |file: &String| text.strip_suffix(file.as_str());
        self.0.iter().filter_map(before).any(|before| before.is_empty() || before.ends_with('/'))
    }
}

impl FromIterator<String> for UnlikeFiles {
    fn from_iter<I: IntoIterator<Item = String>>(paths: I) -> Self {
        Self(paths.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hashes_of_files_that_differ_are_passed_over() {
        let unlike = UnlikeFiles::from_iter(["js/a.js".to_owned()]);
        let table = [
            ("/js/a.js?h=01", "/js/a.js?h=ff", true),
            ("x('https://e.org/js/a.js?h=01')", "x('https://e.org/js/a.js?h=ff')", true),
            ("/js/a.js?h=01&b", "/js/a.js?h=ff&c", false),
            ("/js/b.js?h=01", "/js/b.js?h=ff", false),
            ("/other-js/a.js?h=01", "/other-js/a.js?h=ff", false),
            ("/js/a.js?h=01", "/js/a.js", false),
        ];
        for (ours, zola, expected) in table {
            assert_eq!(unlike.are_equal_but_hashes(ours, zola), expected, "{ours} {zola}");
        }
    }
}
