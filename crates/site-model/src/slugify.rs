//! Slugs: names made fit for addresses.

/// How names become parts of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SlugifyStrategy {
    /// ASCII letters, digits and hyphens; other scripts are transliterated (知识 → zhi-shi).
    #[default]
    On,
    /// Characters that some file system refuses are taken out, the rest stays.
    Safe,
    /// Nothing is changed.
    Off,
}

/// Slug of a part of a path or of a taxonomy term.
pub fn slugify_path(name: &str, strategy: SlugifyStrategy) -> String {
    match strategy {
        SlugifyStrategy::On => slug::slugify(name),
        SlugifyStrategy::Safe => keep_safe(name),
        SlugifyStrategy::Off => name.to_owned(),
    }
}

/// Slug of a heading.
pub fn slugify_anchor(text: &str, strategy: SlugifyStrategy) -> String {
    match strategy {
        SlugifyStrategy::On => slug::slugify(text),
        SlugifyStrategy::Safe | SlugifyStrategy::Off => {
            text.replace(|letter: char| letter.is_ascii_whitespace(), "_")
        }
    }
}

/// Takes out what Windows refuses in names, and `#`, which would end the address.
fn keep_safe(name: &str) -> String {
    const REFUSED: &[char] = &['<', '>', ':', '"', '/', '\\', '|', '?', '*', '#'];
    let is_refused = |letter: char| REFUSED.contains(&letter) || letter.is_control();
    name.trim_end_matches([' ', '.']).replace(is_refused, "")
}

/// Why a text cannot be one part of an address and of a file's path.
pub fn segment_fault(segment: &str) -> Option<&'static str> {
    let is_unfit = |letter: char| letter.is_control() || matches!(letter, '/' | '\\');
    if segment.is_empty() {
        Some("it is empty")
    } else if segment == "." || segment == ".." {
        Some("it leads out of its folder")
    } else if segment.contains('\0') {
        Some("it holds a NUL")
    } else if segment.contains(is_unfit) {
        Some("it holds a slash or a control character")
    } else if segment.contains(['?', '#']) {
        Some("it holds `?` or `#`, which end a path")
    } else if segment.len() > MAX_SEGMENT_BYTES {
        Some("it is longer than 240 bytes, more than file systems take")
    } else {
        None
    }
}

/// File systems take 255 bytes; temporary names and `.html` need a few of them.
const MAX_SEGMENT_BYTES: usize = 240;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_slugified_by_strategy() {
        use SlugifyStrategy::{Off, On, Safe};
        let table = [
            ("Hello, World!", On, "hello-world"),
            ("élevage-chèvre", On, "elevage-chevre"),
            ("知识产权", On, "zhi-shi-chan-quan"),
            ("知识产权", Safe, "知识产权"),
            ("a b: c? ", Safe, "a b c"),
            ("a (b) [c]", Safe, "a (b) [c]"),
            ("end...", Safe, "end"),
            ("../x", On, "x"),
            ("../x", Safe, "..x"),
            ("../x", Off, "../x"),
        ];
        for (name, strategy, expected) in table {
            assert_eq!(slugify_path(name, strategy), expected, "{name}");
        }
    }

    #[test]
    fn anchors_keep_their_script_when_asked() {
        assert_eq!(slugify_anchor("办理 流程", SlugifyStrategy::Safe), "办理_流程");
        assert_eq!(slugify_anchor("a  b ", SlugifyStrategy::Off), "a__b_");
        assert_eq!(slugify_anchor("办理 流程", SlugifyStrategy::On), "ban-li-liu-cheng");
    }

    #[test]
    fn unfit_segments_are_told_from_fit_ones() {
        for unfit in ["", ".", "..", "a/b", "a\\b", "a\0b", "a\nb", "a?b", "a#b"] {
            assert!(segment_fault(unfit).is_some(), "{unfit:?}");
        }
        for fit in ["a", "a.b", "..x", "知识", "CN111A", "a b"] {
            assert!(segment_fault(fit).is_none(), "{fit:?}");
        }
    }
}
