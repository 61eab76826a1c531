//! Grammars that are at fault, or made to be: reading ends, and nothing panics.

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use textmate::{Grammars, Memory, Source, Theme, Tokenizer};

/// Reads a text by a grammar, and says how its last line is taken apart.
fn read(grammar: &Json, text: &str) -> Vec<usize> {
    let json = grammar.clone();
    let source = Source { scope: "a".to_owned(), read: Box::new(move || Some(json.clone())) };
    let (grammars, mut memory) = (Grammars::new(vec![source]), Memory::default());
    let mut tokenizer = Tokenizer::new(&grammars, "a", &mut memory).unwrap();
    let mut ends = Vec::new();
    for line in text.lines() {
        ends = tokenizer.line(line, &mut memory).iter().map(|piece| piece.end).collect();
        assert!(ends.is_sorted(), "{grammar}");
        assert_eq!(ends.last().copied().unwrap_or_default(), line.len(), "{grammar}");
    }
    ends
}

#[test]
fn reading_ends_whatever_the_grammar() {
    let repeated: Vec<Json> = vec![json!({"include": "#a"}); 100];
    let grammars = [
        json!({}),
        json!({"patterns": [{"include": "$self"}, {"include": "$base"}, {"include": "a"}]}),
        json!({"patterns": [{"match": "", "name": "x"}]}),
        json!({"patterns": [{"match": "(?=a)", "name": "x"}]}),
        json!({"patterns": [{"begin": "", "end": "", "name": "x"}]}),
        json!({"patterns": [{"begin": "(?=a)", "end": "(?=a)", "name": "x"}]}),
        json!({"patterns": [{"begin": "(?=a)", "end": "$", "patterns": [{"include": "$self"}]}]}),
        json!({"patterns": [{"begin": "^", "while": "^", "patterns": [{"include": "$self"}]}]}),
        json!({"patterns": [{"match": ".*", "captures": {"0": {"patterns": [{"include": "$self"}]}}}]}),
        json!({"patterns": [{"begin": "(a)(?=a)", "end": "\\1\\9(", "patterns": [{"include": "$self"}]}]}),
        json!({"patterns": [{"match": "["}, {"begin": "(", "end": ")"}, {"match": "a", "captures": {"9": {"name": "x"}}}]}),
        json!({"patterns": [{"match": "(a*)*(a*)*(a*)*b", "name": "x"}]}),
        json!({"patterns": repeated, "repository": {"a": {"patterns": repeated}}}),
        json!({"patterns": [{"begin": "a", "end": "b", "patterns": repeated}],
            "repository": {"a": {"begin": "c", "end": "d", "patterns": repeated}}}),
        json!({"injections": {"a": {"patterns": [{"match": ""}]}, "((": {}, "L:a": 1}, "patterns": [{"include": "#a"}]}),
    ];
    for grammar in grammars {
        let start = Instant::now();
        read(&grammar, &"aé a\t\"'\n".repeat(3));
        read(&grammar, &"a".repeat(2_000));
        assert!(start.elapsed() < Duration::from_secs(20), "{grammar}");
    }
}

#[test]
fn themes_at_fault_are_told_or_passed_over() {
    assert!(Theme::from_json(&json!({})).is_err());
    assert!(Theme::from_json(&json!({"tokenColors": 1})).is_err());
    let odd = json!({"colors": [], "tokenColors": [1, {}, {"scope": 1}, {"scope": ",, ,> > ,"},
        {"scope": ["a", 1], "settings": {"foreground": "red", "fontStyle": 1}}]});
    assert!(Theme::from_json(&odd).is_ok());
}

/// Every place of it begins a search through the rest, as of `C++` without line ends.
#[test]
fn a_long_line_of_a_slow_grammar_ends() {
    let packed = textmate::Packed::embedded();
    let (grammars, mut memory) = (Grammars::new(packed.sources().collect()), Memory::default());
    let mut tokenizer = Tokenizer::new(&grammars, "source.cpp", &mut memory).unwrap();
    let line = "std::vector<int> a{1,2}; ".repeat(320);
    let start = Instant::now();
    let pieces = tokenizer.line(&line, &mut memory);
    assert_eq!(pieces.last().map(|piece| piece.end), Some(line.len()));
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}
