//! Where a grammar is injected into others.
//!
//! ```text
//! selector ::= part ("," part)*
//! part     ::= ("L:" | "R:")? all                ; left goes before the grammar's own rules
//! all      ::= operand+                          ; each has to hold
//! operand  ::= "-" operand | "(" any ")" | scope+ ; scopes that follow one another in the stack
//! any      ::= all (("|" | ",") all)*
//! ```

/// Brackets and negations deeper than this are passed over.
const MAX_DEPTH: usize = 32;

/// What a stack of scopes has to be like.
#[derive(Debug, PartialEq)]
enum Test {
    /// These scopes, in order, with others between them.
    Path(Vec<String>),
    Not(Option<Box<Test>>),
    All(Vec<Test>),
    Any(Vec<Test>),
}

/// One part of a selector.
#[derive(Debug, PartialEq)]
pub(crate) struct Selector {
    /// -1 before the grammar's own rules, 0, or 1 behind the other injections.
    pub(crate) priority: i8,
    test: Test,
}

impl Selector {
    /// The parts of a selector.
    pub(crate) fn parse(text: &str) -> Vec<Self> {
        let tokens = tokens(text);
        let mut reader = Reader { tokens: &tokens, depth: 0 };
        let mut parts = Vec::new();
        while let Some(token) = reader.peek() {
            let priority = match token {
                "L:" => -1,
                "R:" => 1,
                _ => 0,
            };
            if priority != 0 {
                reader.next();
            }
            parts.push(Self { priority, test: reader.all() });
            if reader.next() != Some(",") {
                break;
            }
        }
        parts
    }

    /// Whether it holds of scopes, the first of which is the outermost.
    pub(crate) fn holds(&self, scopes: &[&str]) -> bool {
        self.test.holds(scopes)
    }
}

impl Test {
    fn holds(&self, scopes: &[&str]) -> bool {
        match self {
            Self::Path(path) => {
                let mut rest = scopes.iter();
                path.iter().all(|wanted| rest.any(|scope| is_within(scope, wanted)))
            }
            Self::Not(test) => test.as_ref().is_some_and(|test| !test.holds(scopes)),
            Self::All(tests) => tests.iter().all(|test| test.holds(scopes)),
            Self::Any(tests) => tests.iter().any(|test| test.holds(scopes)),
        }
    }
}

/// Whether a scope is `wanted` or one of its kinds.
pub(crate) fn is_within(scope: &str, wanted: &str) -> bool {
    scope.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn is_name_letter(letter: char) -> bool {
    letter.is_alphanumeric() || "_.:-".contains(letter)
}

fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let len = if rest.starts_with("L:") || rest.starts_with("R:") {
            2
        } else if is_name_letter(letter) && letter != '-' {
            rest.find(|letter| !is_name_letter(letter)).unwrap_or(rest.len())
        } else {
            letter.len_utf8()
        };
        if is_name_letter(letter) || ",|()".contains(letter) {
            tokens.push(&rest[..len]);
        }
        rest = &rest[len..];
    }
    tokens
}

struct Reader<'a> {
    tokens: &'a [&'a str],
    depth: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.tokens.first().copied()
    }

    fn next(&mut self) -> Option<&'a str> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    fn all(&mut self) -> Test {
        Test::All(std::iter::from_fn(|| self.operand()).collect())
    }

    fn any(&mut self) -> Test {
        let mut tests = vec![self.all()];
        while matches!(self.peek(), Some("," | "|")) {
            self.next();
            tests.push(self.all());
        }
        Test::Any(tests)
    }

    fn operand(&mut self) -> Option<Test> {
        if self.depth == MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let test = match self.peek()? {
            "-" => {
                self.next();
                Some(Test::Not(self.operand().map(Box::new)))
            }
            "(" => {
                self.next();
                let test = self.any();
                if self.peek() == Some(")") {
                    self.next();
                }
                Some(test)
            }
            _ => self.path(),
        };
        self.depth -= 1;
        test
    }

    fn path(&mut self) -> Option<Test> {
        let is_name = |token: &&str| !["-", ",", "|", "(", ")"].contains(token);
        let names = self.tokens.iter().take_while(|token| is_name(token)).count();
        let (path, rest) = self.tokens.split_at(names);
        self.tokens = rest;
        (names > 0).then(|| Test::Path(path.iter().map(|&name| name.to_owned()).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_hold_of_stacks() {
        let scopes = ["text.html.vue", "meta.tag", "source.js"];
        let table = [
            ("text.html", true),
            ("text.htm", false),
            ("text source", true),
            ("source text", false),
            ("L:text.html -source.css", true),
            ("text.html -source.js", false),
            ("text.html - (source.css | source.js)", false),
            ("R:(source.css, meta) source.js", true),
            ("", false),
            ("nothing, L:meta.tag", true),
            ("-", false),
            ("((((", true),
        ];
        for (text, expected) in table {
            let parts = Selector::parse(text);
            assert_eq!(parts.iter().any(|part| part.holds(&scopes)), expected, "{text}");
        }
        let priorities: Vec<i8> =
            Selector::parse("L:a, R:b, c").iter().map(|part| part.priority).collect();
        assert_eq!(priorities, [-1, 1, 0]);
        Selector::parse(&"(".repeat(10_000));
        Selector::parse(&"-".repeat(10_000));
    }
}
