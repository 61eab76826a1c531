//! Which paths a release may hold: those every server, file system and browser reads alike.
//!
//! A path is relative, its parts joined by `/`, in UTF-8 and Unicode's composed form (NFC). What
//! one system would read differently from another is refused: `..`, backslashes, percent signs,
//! names reserved by Windows, names that differ only in case or composition.

use std::collections::HashMap;

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// The longest path, in bytes.
const MAX_PATH_BYTES: usize = 1024;
/// The longest part of a path, in bytes: what common file systems hold.
const MAX_PART_BYTES: usize = 255;
/// The most parts.
const MAX_DEPTH: usize = 32;
/// Characters that some file system or URL parser gives a meaning of its own.
const FORBIDDEN: &str = "\\:*?\"<>|%#";
/// Device names of Windows, with or without an ending.
const RESERVED: [&str; 4] = ["con", "prn", "aux", "nul"];
const RESERVED_NUMBERED: [&str; 2] = ["com", "lpt"];

/// Checks one path by itself.
///
/// # Errors
/// Why it is refused.
pub fn check_path(path: &str) -> Result<(), String> {
    if path.is_empty() || path.len() > MAX_PATH_BYTES {
        return Err(format!("must have 1 to {MAX_PATH_BYTES} bytes, has {}", path.len()));
    }
    if path.starts_with('/') {
        return Err("is absolute".to_owned());
    }
    if let Some(c) = path.chars().find(|c| c.is_control() || FORBIDDEN.contains(*c)) {
        return Err(format!("holds `{}`", c.escape_default()));
    }
    if !is_nfc(path) {
        return Err("is not in Unicode's composed form (NFC)".to_owned());
    }
    let parts: Vec<&str> = path.split('/').collect();
    if parts.len() > MAX_DEPTH {
        return Err(format!("has {} parts, at most {MAX_DEPTH} allowed", parts.len()));
    }
    parts.iter().try_for_each(|part| check_part(part))
}

fn check_part(part: &str) -> Result<(), String> {
    if part.is_empty() || part == "." || part == ".." {
        return Err(format!("has the part `{part}`"));
    }
    if part.len() > MAX_PART_BYTES {
        return Err(format!("has a part of {} bytes, at most {MAX_PART_BYTES}", part.len()));
    }
    if part.ends_with(['.', ' ']) || part.starts_with(' ') {
        return Err(format!("has the part `{part}` with a dot or blank at an end"));
    }
    if is_reserved(part) {
        return Err(format!("has the part `{part}`, a device name on Windows"));
    }
    Ok(())
}

fn is_reserved(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or(part).trim_end().to_ascii_lowercase();
    let numbered = |name: &str| {
        let rest = stem.strip_prefix(name);
        rest.is_some_and(|rest| rest.len() == 1 && matches!(rest.as_bytes()[0], b'1'..=b'9'))
    };
    RESERVED.contains(&stem.as_str()) || RESERVED_NUMBERED.iter().any(|name| numbered(name))
}

/// What a file system that folds case and composition makes of a path.
fn folded(path: &str) -> String {
    path.chars().flat_map(char::to_lowercase).nfc().collect()
}

/// Finds paths that would fall together, or a file where another path needs a folder.
#[derive(Default)]
pub(crate) struct Collisions {
    /// Folded path → the spelling met first, and whether it is a file.
    seen: HashMap<String, (String, bool)>,
}

impl Collisions {
    /// Adds a file's path.
    ///
    /// # Errors
    /// The path it collides with.
    pub(crate) fn add(&mut self, path: &str) -> Result<(), String> {
        for (at, _) in path.match_indices('/') {
            self.note(&path[..at], false)?;
        }
        self.note(path, true)
    }

    fn note(&mut self, path: &str, is_file: bool) -> Result<(), String> {
        let key = folded(path);
        match self.seen.get(&key) {
            Some((known, known_file)) if known == path && !is_file && !known_file => Ok(()),
            Some((known, _)) => Err(known.clone()),
            None => {
                self.seen.insert(key, (path.to_owned(), is_file));
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_paths() {
        for path in ["index.html", "a/b/c.css", "faq/口罩/index.html", ".well-known/x", "com/com10"]
        {
            assert_eq!(check_path(path), Ok(()), "{path}");
        }
    }

    #[test]
    fn bad_paths() {
        let long_part = "a".repeat(256);
        let deep = ["a"; 33].join("/");
        for path in [
            "",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a/./b",
            "a//b",
            "a/",
            "a\\b",
            "a\0b",
            "%2e%2e/x",
            "c:/x",
            "a?b",
            "a#b",
            "con",
            "NUL.txt",
            "x/com1.html",
            "LPT9",
            "end.",
            "end ",
            " start",
            "cafe\u{301}",
            "tab\tx",
            &long_part,
            &deep,
        ] {
            assert!(check_path(path).is_err(), "{path:?}");
        }
    }

    #[test]
    fn collisions() {
        let check = |paths: &[&str], good: bool| {
            let mut collisions = Collisions::default();
            let all = paths.iter().try_for_each(|path| collisions.add(path));
            assert_eq!(all.is_ok(), good, "{paths:?}");
        };
        check(&["a/b", "a/c", "ab"], true);
        check(&["a", "a"], false);
        check(&["Index.html", "index.html"], false);
        check(&["A/x", "a/y"], false);
        check(&["a", "a/b"], false);
        check(&["a/b", "a"], false);
        check(&["É", "é"], false);
    }
}
