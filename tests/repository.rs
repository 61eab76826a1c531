//! The repository's own rules: pages of bounded length, files of bounded size, and nothing that
//! only makes sense on the machine where it was written.

use std::fs;

use woodblock_tests::{root, tracked};

#[test]
fn pages_for_people_are_short() {
    for (page, limit) in [("README.md", 150), ("ARCHITECTURE.md", 200)] {
        let text = fs::read_to_string(root().join(page)).unwrap();
        let lines = text.lines().count();
        assert!(lines <= limit, "{page} has {lines} lines, at most {limit} are read");
    }
}

#[test]
fn source_files_are_of_a_size_that_can_be_read() {
    for path in tracked() {
        let is_source = path.extension().is_some_and(|ext| ext == "rs" || ext == "js");
        if is_source {
            let lines = fs::read_to_string(root().join(&path)).unwrap().lines().count();
            assert!(lines <= 1_000, "{} has {lines} lines: split it", path.display());
        }
    }
}

#[test]
fn no_file_names_a_place_on_one_machine() {
    // Taken apart, so that this file does not hold what it looks for.
    let homes = ["root", "home", "work", "Users"].map(|name| format!("/{name}/"));
    let starts = ['"', '\'', ' ', '`', '(', '=', ':'];
    for path in tracked() {
        let Ok(text) = fs::read_to_string(root().join(&path)) else { continue };
        for (number, line) in text.lines().enumerate() {
            for home in &homes {
                let found = line.match_indices(home.as_str()).any(|(at, _)| {
                    let before = line[..at].chars().next_back();
                    // A place goes on after it; a pattern in slashes ends here.
                    let after = line[at + home.len()..].chars().next();
                    before.is_none_or(|c| starts.contains(&c))
                        && after.is_some_and(|c| c.is_alphanumeric() || c == '.')
                });
                assert!(!found, "{}:{} names {home}", path.display(), number + 1);
            }
        }
    }
}

#[test]
fn lock_files_name_no_registry_host() {
    let locks = tracked().into_iter().filter(|path| path.ends_with("package-lock.json"));
    for path in locks {
        let text = fs::read_to_string(root().join(&path)).unwrap();
        assert!(
            !text.contains("\"resolved\""),
            "{}: set omit-lockfile-registry-resolved",
            path.display()
        );
    }
}
