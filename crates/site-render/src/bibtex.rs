//! Bibliographies in BibTeX's format, as `load_data` hands them to templates.
//!
//! ```text
//! file   ::= (junk | "@" name body)*                ; junk is text without "@", kept as a comment
//! body   ::= "{" … "}" | "(" … ")"
//!            comment:  any text with balanced braces
//!            preamble: value
//!            string:   name "=" value
//!            else:     key ("," (name "=" value)?)*
//! value  ::= piece ("#" piece)*
//! piece  ::= "{" balanced "}" | '"' balanced '"' | word     ; a word of digits stands for itself
//! ```
//!
//! As in Zola, names of tags are lower case, of two tags or strings of one name the last counts, and
//! what uses a string that nobody defines is left out.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Map, Value as Json, json};

/// Most bytes that values may have once their strings are put in: a few lines can ask for any number.
const MAX_EXPANDED_BYTES: usize = 64 << 20;

const MONTHS: [(&str, &str); 12] = [
    ("jan", "January"),
    ("feb", "February"),
    ("mar", "March"),
    ("apr", "April"),
    ("may", "May"),
    ("jun", "June"),
    ("jul", "July"),
    ("aug", "August"),
    ("sep", "September"),
    ("oct", "October"),
    ("nov", "November"),
    ("dec", "December"),
];

/// `preambles`, `comments`, `variables` and `bibliographies` of a text.
///
/// # Errors
/// What is wrong, with the line.
pub(crate) fn parse(text: &str) -> Result<Json, String> {
    let mut file = File::default();
    let mut cursor = Cursor { text, at: 0 };
    while cursor.at < text.len() {
        let junk = cursor.until("@").trim();
        if !junk.is_empty() {
            file.comments.push(junk);
        }
        if cursor.take('@') {
            cursor.entry(&mut file).map_err(|problem| cursor.placed(&problem))?;
        }
    }
    file.into_json()
}

/// A value before its strings are put in.
type Pieces<'t> = Vec<Piece<'t>>;

#[derive(Debug)]
enum Piece<'t> {
    Text(&'t str),
    /// The name of a string.
    Name(&'t str),
}

#[derive(Debug)]
struct Entry<'t> {
    kind: &'t str,
    key: &'t str,
    tags: Vec<(&'t str, Pieces<'t>)>,
}

#[derive(Debug, Default)]
struct File<'t> {
    preambles: Vec<Pieces<'t>>,
    comments: Vec<&'t str>,
    strings: BTreeMap<&'t str, Pieces<'t>>,
    entries: Vec<Entry<'t>>,
}

struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn placed(&self, problem: &str) -> String {
        let line = self.text[..self.at].matches('\n').count() + 1;
        format!("line {line}: {problem}")
    }

    fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Takes a character, with the white space before it.
    fn take(&mut self, wanted: char) -> bool {
        self.skip_space();
        let is_there = self.rest().starts_with(wanted);
        self.at += if is_there { wanted.len_utf8() } else { 0 };
        is_there
    }

    fn expect(&mut self, wanted: char) -> Result<(), String> {
        if self.take(wanted) {
            return Ok(());
        }
        match self.rest().chars().next() {
            Some(found) => Err(format!("expected `{wanted}`, found `{}`", found.escape_debug())),
            None => Err(format!("expected `{wanted}`, found the end")),
        }
    }

    /// Text up to one of these characters, or to the end.
    fn until(&mut self, stops: &str) -> &'t str {
        let rest = self.rest();
        let found = &rest[..rest.find(|letter| stops.contains(letter)).unwrap_or(rest.len())];
        self.at += found.len();
        found
    }

    fn name(&mut self) -> Result<&'t str, String> {
        self.skip_space();
        let rest = self.rest();
        let is_end = |letter: char| letter.is_whitespace() || "{}()\",=#@%".contains(letter);
        let name = &rest[..rest.find(is_end).unwrap_or(rest.len())];
        self.at += name.len();
        if name.is_empty() { Err("a name is missing".to_owned()) } else { Ok(name) }
    }

    fn entry(&mut self, file: &mut File<'t>) -> Result<(), String> {
        let kind = self.name()?;
        let close = if self.take('(') {
            ')'
        } else {
            self.expect('{')?;
            '}'
        };
        match kind.to_ascii_lowercase().as_str() {
            "comment" => {
                let comment = self.balanced(close)?.trim();
                file.comments.push(comment);
                return Ok(());
            }
            "preamble" => file.preambles.push(self.value()?),
            "string" => {
                let (name, value) = self.tag()?;
                file.strings.insert(name, value);
            }
            _ => {
                let entry = self.tags(kind, close)?;
                file.entries.push(entry);
            }
        }
        self.expect(close)
    }

    fn tags(&mut self, kind: &'t str, close: char) -> Result<Entry<'t>, String> {
        self.skip_space();
        let key = self.until(",{}\"=");
        let mut tags = Vec::new();
        self.expect(',')?;
        loop {
            self.skip_space();
            if self.rest().starts_with(close) {
                return Ok(Entry { kind, key, tags });
            }
            tags.push(self.tag()?);
            if !self.take(',') {
                return Ok(Entry { kind, key, tags });
            }
        }
    }

    fn tag(&mut self) -> Result<(&'t str, Pieces<'t>), String> {
        let name = self.name()?;
        self.expect('=')?;
        Ok((name, self.value()?))
    }

    fn value(&mut self) -> Result<Pieces<'t>, String> {
        let mut pieces = Vec::new();
        loop {
            pieces.push(self.piece()?);
            if !self.take('#') {
                return Ok(pieces);
            }
        }
    }

    fn piece(&mut self) -> Result<Piece<'t>, String> {
        if self.take('{') {
            return Ok(Piece::Text(self.balanced('}')?.trim()));
        }
        if self.take('"') {
            return Ok(Piece::Text(self.balanced('"')?));
        }
        let word = self.name()?;
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
        Ok(if is_number { Piece::Text(word) } else { Piece::Name(word) })
    }

    /// Text up to a character outside of all braces, which is taken as well.
    fn balanced(&mut self, close: char) -> Result<&'t str, String> {
        let rest = self.rest();
        let mut depth = 0_usize;
        for (at, letter) in rest.char_indices() {
            if depth == 0 && letter == close {
                self.at += at + close.len_utf8();
                return Ok(&rest[..at]);
            }
            match letter {
                '{' => depth += 1,
                '}' if depth == 0 => return Err("a brace closes that was not opened".to_owned()),
                '}' => depth -= 1,
                _ => {}
            }
        }
        Err(format!("`{close}` is missing"))
    }
}

impl File<'_> {
    fn into_json(self) -> Result<Json, String> {
        let mut strings = Strings::of(&self.strings)?;
        let mut preambles = Vec::new();
        for pieces in &self.preambles {
            let text = strings.expand(pieces)?;
            preambles.push(text.ok_or("`@preamble` uses a string that is not defined")?);
        }
        let mut bibliographies = Vec::new();
        for entry in &self.entries {
            bibliographies.push(strings.entry(entry)?);
        }
        let mut variables = Map::new();
        for name in self.strings.keys() {
            if let Some(Some(value)) = strings.known.get(name) {
                variables.insert((*name).to_owned(), Json::from(value.as_str()));
            }
        }
        Ok(json!({
            "preambles": preambles,
            "comments": self.comments,
            "variables": variables,
            "bibliographies": bibliographies,
        }))
    }
}

/// The strings of a file, put together.
struct Strings<'t> {
    /// Bytes that may still be made.
    left: usize,
    /// Nothing for one that uses another which is not defined.
    known: HashMap<&'t str, Option<String>>,
}

impl<'t> Strings<'t> {
    fn of(defined: &BTreeMap<&'t str, Pieces<'t>>) -> Result<Self, String> {
        let months = MONTHS.iter().filter(|(name, _)| !defined.contains_key(name));
        let known = months.map(|(name, month)| (*name, Some((*month).to_owned()))).collect();
        let mut strings = Self { left: MAX_EXPANDED_BYTES, known };
        for name in defined.keys() {
            strings.define(name, defined)?;
        }
        Ok(strings)
    }

    /// Puts a string together after those that it uses; no recursion, however long the chain.
    fn define(
        &mut self,
        name: &'t str,
        defined: &BTreeMap<&'t str, Pieces<'t>>,
    ) -> Result<(), String> {
        let mut open = vec![(name, 0)];
        let mut is_open = HashSet::from([name]);
        while let Some((name, piece)) = open.last_mut() {
            let pieces = &defined[name];
            match pieces.get(*piece) {
                Some(Piece::Name(used))
                    if !self.known.contains_key(used) && defined.contains_key(used) =>
                {
                    if !is_open.insert(used) {
                        return Err(format!("the string `{used}` is made of itself"));
                    }
                    open.push((used, 0));
                }
                Some(_) => *piece += 1,
                None => {
                    let name = *name;
                    let value = self.expand(pieces)?;
                    self.known.insert(name, value);
                    is_open.remove(name);
                    open.pop();
                }
            }
        }
        Ok(())
    }

    /// A value with its strings put in; nothing when one is not defined.
    fn expand(&mut self, pieces: &Pieces<'t>) -> Result<Option<String>, String> {
        let mut value = String::new();
        for piece in pieces {
            let text = match piece {
                Piece::Text(text) => text,
                Piece::Name(name) => match self.known.get(name) {
                    Some(Some(text)) => text.as_str(),
                    _ => return Ok(None),
                },
            };
            self.left = self.left.checked_sub(text.len()).ok_or_else(|| {
                format!("its strings make more than {} MiB", MAX_EXPANDED_BYTES >> 20)
            })?;
            value.push_str(text);
        }
        Ok(Some(value))
    }

    fn entry(&mut self, entry: &Entry<'t>) -> Result<Json, String> {
        let mut tags = BTreeMap::new();
        for (name, pieces) in &entry.tags {
            if let Some(value) = self.expand(pieces)? {
                tags.insert(name.to_lowercase(), value);
            }
        }
        // In Zola too, the kind keeps its letters.
        Ok(json!({ "entry_type": entry.kind, "citation_key": entry.key, "tags": tags }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match parse(text) {
            Ok(json) => json["bibliographies"]
                .as_array()
                .unwrap()
                .iter()
                .map(|entry| format!("{} {}", entry["citation_key"], entry["tags"]))
                .collect::<Vec<_>>()
                .join("; "),
            Err(problem) => problem,
        }
    }

    #[test]
    fn a_file_becomes_what_templates_of_zola_expect() {
        let text = "@preamble{\"Hi \" # \"there\"}\n@Comment{ A {nested} b }\nloose\n\
                    @string{jan = \"January\"}\n@STRING(acm = {Assoc})\n\
                    @article{K, Author = {Doe, {van} F}, month = jan # \" 5\", year = 2020}";
        let expected = json!({
            "preambles": ["Hi there"],
            "comments": ["A {nested} b", "loose"],
            "variables": { "acm": "Assoc", "jan": "January" },
            "bibliographies": [{
                "entry_type": "article",
                "citation_key": "K",
                "tags": { "author": "Doe, {van} F", "month": "January 5", "year": "2020" },
            }],
        });
        assert_eq!(parse(text).unwrap(), expected);
    }

    #[test]
    fn entries_follow_their_table() {
        let table = [
            ("@misc{a, x = jan}", r#""a" {"x":"January"}"#),
            ("@string{jan=\"J\"}@misc{a, x = jan}", r#""a" {"x":"J"}"#),
            ("@misc{a, x = none # \"q\", w = {1}}", r#""a" {"w":"1"}"#),
            ("@string{a = b} @string{b = \"y\"} @misc{k, t = a}", r#""k" {"t":"y"}"#),
            ("@misc{a, x=1, X=2}", r#""a" {"x":"2"}"#),
            ("@misc{k,}", r#""k" {}"#),
            ("@misc{, a=1}", r#""" {"a":"1"}"#),
            ("@ misc (k:1/2, b = {  c } # \" d\",)", r#""k:1/2" {"b":"c d"}"#),
            ("@misc{a,x=1},@misc{b, c=\"{\"}\"}", r#""a" {"x":"1"}; "b" {"c":"{\"}"}"#),
            ("text", ""),
            ("\n@misc{k, a = {x}", "line 2: expected `}`, found the end"),
            ("@misc{k}", "line 1: expected `,`, found `}`"),
            ("@misc{k, x y = 1}", "line 1: expected `=`, found `y`"),
            ("@misc{k, x = \"a}\"}", "line 1: a brace closes that was not opened"),
            ("@misc{k, x = }", "line 1: a name is missing"),
            ("@", "line 1: a name is missing"),
            ("@string{a = b}@string{b = a}", "the string `a` is made of itself"),
        ];
        for (text, expected) in table {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn strings_do_not_grow_without_bound() {
        let doubling: Vec<_> =
            (1..60).map(|n| format!("@string{{a{n} = a{} # a{}}}", n - 1, n - 1)).collect();
        let text = format!("@string{{a0 = {{x}}}}{}", doubling.concat());
        assert_eq!(parse(&text).unwrap_err(), "its strings make more than 64 MiB");
        let chain: Vec<_> = (1..50_000).map(|n| format!("@string{{a{} = a{n}}}", n - 1)).collect();
        assert!(parse(&chain.concat()).is_ok());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(@misc|@string|[@{}()\",=#a1 \n甲]){0,40}") {
            let _ = parse(&text);
        }
    }
}
