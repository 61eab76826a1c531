//! Everything that is compiled in may be passed on under terms that ask for no more than a notice.

use woodblock_tests::{metadata, root};

/// SPDX identifiers, as in deny.toml.
const ALLOWED: [&str; 14] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Crates under the Mozilla licence, whose terms end at the borders of their own unchanged files;
/// they come with the HTML reader, and with what makes the style sheets of minified pages smaller.
const MOZILLA: [&str; 8] = [
    "cssparser",
    "cssparser-color",
    "cssparser-macros",
    "dtoa-short",
    "lightningcss",
    "lightningcss-derive",
    "parcel_selectors",
    "selectors",
];

/// Named by the AVIF encoder for its own fuzzing alone: never compiled here. Its part of LLVM is under
/// the University of Illinois' licence, which asks for a notice as well.
const FUZZING_ONLY: &str = "libfuzzer-sys";

/// Whether the expression can be met by allowed licences alone: one side of each `OR`, both of
/// each `AND`.
fn is_allowed(expression: &str) -> bool {
    let expression = strip_brackets(expression.trim());
    if let Some((left, right)) = split_outside_brackets(expression, " OR ") {
        return is_allowed(left) || is_allowed(right);
    }
    if let Some((left, right)) = split_outside_brackets(expression, " AND ") {
        return is_allowed(left) && is_allowed(right);
    }
    // Older manifests write alternatives with a slash.
    expression.split('/').any(|licence| ALLOWED.contains(&licence.trim()))
}

fn strip_brackets(expression: &str) -> &str {
    let inner = expression.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    match inner {
        Some(inner) if depth_stays_positive(inner) => inner.trim(),
        _ => expression,
    }
}

fn depth_stays_positive(text: &str) -> bool {
    let mut depth = 0_i32;
    text.chars().all(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth >= 0
    })
}

fn split_outside_brackets<'a>(text: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let at = text.match_indices(word).map(|(at, _)| at).find(|at| {
        let before = &text[..*at];
        before.matches('(').count() == before.matches(')').count()
    })?;
    Some((&text[..at], &text[at + word.len()..]))
}

#[test]
fn every_dependency_is_permissive() {
    let metadata = metadata(&[]);
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 50, "cargo listed no dependencies");
    let refused: Vec<String> = packages
        .iter()
        .filter(|package| {
            let name = package["name"].as_str().unwrap_or_default();
            let licence = package["license"].as_str().unwrap_or_default();
            let excepted = licence == "MPL-2.0" && MOZILLA.contains(&name);
            !excepted && name != FUZZING_ONLY && !is_allowed(licence)
        })
        .map(|package| {
            format!("{} {}: {}", package["name"], package["version"], package["license"])
        })
        .collect();
    assert!(refused.is_empty(), "not allowed:\n{}", refused.join("\n"));
}

/// What the bundles of `TextMate` say of themselves: copy, use, modify, sell and distribute.
const TEXTMATE: &str = "TextMate";

/// Rows of the notice are `name (licence): source`.
#[test]
fn every_grammar_and_theme_is_permissive() {
    let notice = std::fs::read_to_string(root().join("crates/textmate/data/NOTICE")).unwrap();
    let rows: Vec<(&str, &str)> =
        notice.lines().filter_map(|line| line.split_once("): http")?.0.split_once(" (")).collect();
    assert!(rows.len() > 200, "the notice lists no grammars");
    for (name, licence) in rows {
        assert!(licence == TEXTMATE || is_allowed(licence), "{name}: {licence}");
    }
}

#[test]
fn expressions_are_read_as_spdx_means_them() {
    for (expression, expect) in [
        ("MIT", true),
        ("GPL-3.0-only", false),
        ("MIT OR GPL-3.0-only", true),
        ("MIT AND GPL-3.0-only", false),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
        ("(GPL-2.0-only OR EUPL-1.2) AND MIT", false),
        ("Apache-2.0 WITH LLVM-exception OR GPL-2.0-only", true),
        ("MIT/Apache-2.0", true),
        ("", false),
    ] {
        assert_eq!(is_allowed(expression), expect, "{expression}");
    }
}
