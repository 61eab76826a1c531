//! Regular expressions of templates, compiled once for all the pages that ask them.

use std::cell::RefCell;
use std::collections::HashMap;

use regex::Regex;

/// Patterns that a thread keeps: more than any theme has, and a bound where a template makes them.
const MAX_KEPT: usize = 256;

/// The compiled pattern.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn compiled(pattern: &str) -> Result<Regex, regex::Error> {
    // One set a thread: a shared one would be waited for, and so would the memory of its matches.
    thread_local! {
        static KEPT: RefCell<HashMap<String, Regex>> = RefCell::default();
    }
    KEPT.with_borrow_mut(|kept| {
        if let Some(known) = kept.get(pattern) {
            return Ok(known.clone());
        }
        let made = Regex::new(pattern)?;
        if kept.len() >= MAX_KEPT {
            kept.clear();
        }
        kept.insert(pattern.to_owned(), made.clone());
        Ok(made)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_stays_right_when_many_were_asked() {
        for number in 0..2 * MAX_KEPT {
            let pattern = compiled(&format!("^a{number}$")).unwrap();
            assert!(pattern.is_match(&format!("a{number}")) && !pattern.is_match("a"));
        }
        assert!(compiled("(").is_err());
    }
}
