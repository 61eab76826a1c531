//! What each kind of rule gives: a grammar, a text, and its pieces with the scopes above the root's.

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use serde_json::{Value as Json, json};
use textmate::{Grammars, Memory, Source, Tokenizer};

fn grammars(all: &[Json]) -> Grammars {
    let source = |json: &Json| {
        let json = json.clone();
        Source {
            scope: json["scopeName"].as_str().unwrap().to_owned(),
            read: Box::new(move || Some(json.clone())),
        }
    };
    Grammars::new(all.iter().map(source).collect())
}

/// Pieces of all lines, as `text:scope scope`, lines parted by `/`.
fn pieces(all: &[Json], text: &str) -> String {
    let (grammars, mut memory) = (grammars(all), Memory::default());
    let mut tokenizer = Tokenizer::new(&grammars, "a", &mut memory).unwrap();
    let mut lines = Vec::new();
    for line in text.split('\n') {
        let mut start = 0;
        let mut shown = Vec::new();
        for piece in tokenizer.line(line, &mut memory) {
            let mut scopes: Vec<&str> = memory.scopes.down(piece.scopes).collect();
            scopes.pop();
            scopes.reverse();
            shown.push(format!("{}:{}", &line[start..piece.end], scopes.join(" ")));
            start = piece.end;
        }
        lines.push(shown.join(" | "));
    }
    lines.join(" / ")
}

fn check(patterns: &Json, text: &str, expected: &str) {
    let grammar = json!({"scopeName": "a", "patterns": patterns});
    assert_eq!(pieces(&[grammar], text), expected, "{text}");
}

#[test]
fn matches_have_names_and_captures() {
    check(&json!([{"match": "b+", "name": "n"}]), "abba", "a: | bb:n | a:");
    let captures = json!([{"match": "(b(c))d", "name": "n", "captures": {
        "1": {"name": "one.$2"}, "2": {"name": "two"},
    }}]);
    check(&captures, "abcd", "a: | b:n one.c | c:n one.c two | d:n");
    let inner = json!([{"match": "<(.*)>", "captures": {
        "1": {"name": "in", "patterns": [{"match": "b", "name": "b"}]},
    }}]);
    check(&inner, "<ab>b", "<: | a:in | b:in b | >: | b:");
    check(&json!([{"match": "x", "name": "p q"}]), "é x", "é : | x:p q");
}

#[test]
fn spans_go_over_lines() {
    let span = json!([{"begin": "\\[", "end": "\\]", "name": "s", "contentName": "c",
        "beginCaptures": {"0": {"name": "b"}}, "endCaptures": {"0": {"name": "e"}},
        "patterns": [{"match": "x", "name": "x"}]}]);
    check(&span, "[x\ny]z", "[:s b | x:s c x / y:s c | ]:s e | z:");
    let referring = json!([{"begin": "(<+)", "end": "\\1>", "name": "s"}]);
    check(&referring, "<<a<>b<<>c", "<<:s | a<>b:s | <<>:s | c:");
    let last = json!([{"begin": "'", "end": "'", "applyEndPatternLast": 1, "name": "s",
        "patterns": [{"match": "''", "name": "e"}]}]);
    check(&last, "'a''b'c", "':s | a:s | '':s e | b:s | ':s | c:");
    let endless = json!([{"begin": "#", "end": "", "name": "s"}]);
    check(&endless, "a#b\nc", "a: | #:s | b:s / c:s");
}

#[test]
fn spans_last_while_lines_begin_alike() {
    let quoted = json!([{"begin": "^> ", "while": "^> ", "name": "q",
        "whileCaptures": {"0": {"name": "w"}}, "patterns": [{"match": "x", "name": "x"}]}]);
    check(&quoted, "> x\n> x\nx", "> :q | x:q x / > :q w | x:q x / x:");
}

#[test]
fn anchors_hold_where_rules_begin() {
    check(&json!([{"match": "\\Aa", "name": "n"}]), "aa\na", "a:n | a: / a:");
    let next = json!([{"begin": "b", "end": "e", "patterns": [{"match": "\\Gx", "name": "x"}]}]);
    check(&next, "bxx", "b: | x:x | x:");
}

#[test]
fn grammars_are_included() {
    let outer = json!({"scopeName": "a", "patterns": [
        {"begin": "\\(", "end": "\\)", "patterns": [{"include": "b"}]},
        {"match": "x", "name": "outer"},
    ], "repository": {"none": {}}});
    let inner = json!({"scopeName": "b", "patterns": [
        {"match": "y", "name": "inner"}, {"begin": "\\[", "end": "\\]", "patterns": [{"include": "$base"}]},
    ]});
    let expected = "(: | x: | y:inner | [: | x:outer | y: | ]: | ):";
    assert_eq!(pieces(&[outer, inner], "(xy[xy])"), expected);
}

#[test]
fn rules_with_nothing_in_them_are_passed_over() {
    let hollow = json!([{"begin": "x", "end": "z", "name": "h",
        "patterns": [{"begin": "y", "end": "y", "patterns": [{"include": "none"}]}]}]);
    check(&hollow, "xyz", "xyz:");
}

#[test]
fn injections_go_before_or_behind() {
    let grammar = |selector: &str| {
        let mut grammar = json!({"scopeName": "a", "injections": {},
            "patterns": [{"begin": "\"", "end": "\"", "name": "s",
                "patterns": [{"match": "x", "name": "own"}]}]});
        grammar["injections"][selector] = json!({"patterns": [{"match": "x", "name": "in"}]});
        grammar
    };
    let table = [
        ("s", "x: | \":s | x:s own | \":s"),
        ("L:s", "x: | \":s | x:s in | \":s"),
        ("L:a - s", "x:in | \":s | x:s own | \":s"),
    ];
    for (selector, expected) in table {
        assert_eq!(pieces(&[grammar(selector)], "x\"x\""), expected, "{selector}");
    }
}
