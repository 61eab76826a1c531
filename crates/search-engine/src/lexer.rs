//! Tokens of a question.
//!
//! Signs are ambiguous in what people type: `what is a mask?` holds no wildcard, nor does `C++`.
//! So a sign counts where it stands in or behind a word of some length, and a `?` behind the words
//! of a sentence is a question mark.

use alloc::string::String;
use alloc::vec::Vec;

use crate::analysis;
use crate::format::root::Field;

/// A piece of a question.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    Open,
    Close,
    And,
    Or,
    Not,
    /// With the word that it is where nothing else makes an expression.
    Near(Distance, Option<String>),
    Field(usize, Relation),
    Phrase(String),
    Word(String, Form),
}

/// How far apart words may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Distance {
    /// From the end of one to the beginning of the other; neighbours: 1.
    pub(crate) most: u32,
    /// Whether the first must stand first.
    pub(crate) ordered: bool,
}

/// How a field and what follows it belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Is,
    Any,
    All,
    None,
    Within,
    AtLeast,
    MoreThan,
    AtMost,
    LessThan,
}

/// What the signs of a word say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Plain,
    /// It may go on.
    Prefix,
    /// It holds `*`, `?` or `#`.
    Pattern,
    /// Words within a distance; 0: one that fits its length.
    Fuzzy(u8),
}

/// Cuts a question into tokens; the flag: whether a quotation mark had no partner.
pub(crate) fn tokens(chars: &[char], fields: &[Field]) -> (Vec<Token>, bool) {
    let mut lexer = Lexer { fields, tokens: Vec::new(), unbalanced: false };
    lexer.lex(chars);
    lexer.join_relations();
    lexer.question_marks();
    lexer.plain_distances();
    (lexer.tokens, lexer.unbalanced)
}

/// The field with this name.
pub(crate) fn field(fields: &[Field], name: &str) -> Option<usize> {
    let same = |other: &String| other.eq_ignore_ascii_case(name);
    fields.iter().position(|field| same(&field.name) || field.aliases.iter().any(same))
}

struct Lexer<'a> {
    fields: &'a [Field],
    tokens: Vec<Token>,
    unbalanced: bool,
}

impl Lexer<'_> {
    fn lex(&mut self, chars: &[char]) {
        let mut at = 0;
        while let Some(&c) = chars.get(at) {
            if is_quote(c) {
                let len = chars[at + 1..].iter().position(|&c| is_quote(c));
                let end = len.map_or(chars.len(), |len| at + 1 + len);
                self.unbalanced |= len.is_none();
                self.tokens.push(Token::Phrase(chars[at + 1..end].iter().collect()));
                at = end + 1;
            } else if is_open(c) {
                self.tokens.push(Token::Open);
                at += 1;
            } else if is_close(c) {
                self.tokens.push(Token::Close);
                at += 1;
            } else if c.is_whitespace() {
                at += 1;
            } else {
                at += self.word(&chars[at..]);
            }
        }
    }

    /// Reads a word, an operator or a field with its relation; returns the characters it took.
    fn word(&mut self, chars: &[char]) -> usize {
        let ends = |&c: &char| c.is_whitespace() || is_quote(c) || is_open(c) || is_close(c);
        let len = chars.iter().position(ends).unwrap_or(chars.len());
        if let Some(sign) = chars[..len].iter().position(|&c| is_relation(c)) {
            let name: String = chars[..sign].iter().collect();
            // `pd >= 2020`: the name is the word before.
            let before = match self.tokens.last() {
                Some(Token::Word(word, Form::Plain)) if name.is_empty() => field(self.fields, word),
                _ => None,
            };
            if let Some(field) = before.or_else(|| field(self.fields, &name)) {
                let (relation, taken) = relation(&chars[sign..]);
                if before.is_some() {
                    self.tokens.pop();
                }
                self.tokens.push(Token::Field(field, relation));
                return sign + taken;
            }
        }
        let text: String = chars[..len].iter().collect();
        self.tokens.push(match text.as_str() {
            "AND" => Token::And,
            "OR" => Token::Or,
            "NOT" => Token::Not,
            _ => match near(&text) {
                Some(distance) => {
                    let is_word = text.starts_with(|c: char| c.is_ascii_digit());
                    Token::Near(distance, is_word.then(|| text.clone()))
                }
                None => word(&text),
            },
        });
        len
    }

    /// `ti any "…"`, `pd within "…"`: a field, a word and a phrase are a field with a relation.
    fn join_relations(&mut self) {
        let mut at = 0;
        while at + 2 < self.tokens.len() {
            if let [
                Token::Word(name, Form::Plain),
                Token::Word(relation, Form::Plain),
                Token::Phrase(_),
            ] = &self.tokens[at..at + 3]
                && let Some(field) = field(self.fields, name)
                && let Some(relation) = relation_word(relation)
            {
                self.tokens.splice(at..at + 2, [Token::Field(field, relation)]);
            }
            at += 1;
        }
    }

    /// `3D printing` asks for no distance: `3D` and `2W` are ones only in what is an expression
    /// anyway.
    fn plain_distances(&mut self) {
        let is_plain = self.tokens.iter().all(|token| match token {
            Token::Near(_, word) => word.is_some(),
            Token::Word(_, form) => *form == Form::Plain,
            Token::Open | Token::Close => true,
            _ => false,
        });
        for token in &mut self.tokens {
            if let Token::Near(_, Some(word)) = token
                && is_plain
            {
                *token = Token::Word(core::mem::take(word), Form::Plain);
            }
        }
    }

    /// Question marks behind the words of a sentence are none of its words.
    fn question_marks(&mut self) {
        let only_marks = |text: &str| !text.trim_matches('?').contains(['?', '*', '#']);
        let is_one = self.tokens.len() == 1;
        let is_plain = self.tokens.iter().all(|token| match token {
            Token::Word(_, Form::Plain) | Token::Open | Token::Close => true,
            // One word alone is a pattern, unless it is a sentence written without spaces.
            Token::Word(text, Form::Pattern) => {
                only_marks(text) && (!is_one || text.chars().any(analysis::is_run))
            }
            _ => false,
        });
        for token in &mut self.tokens {
            if let Token::Word(_, form) = token
                && is_plain
            {
                *form = Form::Plain;
            }
        }
    }
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '＂' | '「' | '」')
}

fn is_open(c: char) -> bool {
    matches!(c, '(' | '（' | '[')
}

fn is_close(c: char) -> bool {
    matches!(c, ')' | '）' | ']')
}

fn is_relation(c: char) -> bool {
    matches!(c, '=' | ':' | '＝' | '：' | '<' | '>' | '≤' | '≥')
}

/// The relation that signs state, and how many characters they are.
fn relation(chars: &[char]) -> (Relation, usize) {
    match chars {
        ['>', '=', ..] => (Relation::AtLeast, 2),
        ['<', '=', ..] => (Relation::AtMost, 2),
        ['≥', ..] => (Relation::AtLeast, 1),
        ['≤', ..] => (Relation::AtMost, 1),
        ['>', ..] => (Relation::MoreThan, 1),
        ['<', ..] => (Relation::LessThan, 1),
        ['=', '=', ..] => (Relation::Is, 2),
        _ => (Relation::Is, 1),
    }
}

fn relation_word(word: &str) -> Option<Relation> {
    Some(match word {
        "any" => Relation::Any,
        "all" => Relation::All,
        "none" => Relation::None,
        "within" => Relation::Within,
        _ => return None,
    })
}

/// `NEAR`, `NEAR3`, `3W`, `3D`, `prox/distance<3/ordered`.
fn near(text: &str) -> Option<Distance> {
    let number = |digits: &str| digits.parse::<u32>().ok().filter(|&number| number < 1_000);
    if let Some(rest) = text.strip_prefix("NEAR") {
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let most = if rest.is_empty() { 5 } else { number(rest)? };
        return Some(Distance { most: most.max(1), ordered: false });
    }
    // CNIPA counts the words between.
    for (sign, ordered) in [('W', true), ('D', false)] {
        if let Some(digits) = text.strip_suffix(sign)
            && !digits.starts_with('+')
        {
            return number(digits).map(|between| Distance { most: between + 1, ordered });
        }
    }
    let mut distance = Distance { most: 5, ordered: false };
    let mut parts = text.split('/');
    if parts.next() != Some("prox") {
        return None;
    }
    for part in parts {
        if part == "ordered" {
            distance.ordered = true;
        } else if let Some(digits) = part.strip_prefix("distance<=") {
            distance.most = number(digits)?.max(1);
        } else if let Some(digits) = part.strip_prefix("distance<") {
            distance.most = number(digits)?.max(2) - 1;
        } else if !matches!(part, "unordered" | "unit=word") {
            return None;
        }
    }
    Some(distance)
}

/// A word with what its signs say.
fn word(text: &str) -> Token {
    let text = text.replace('＊', "*");
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
    for (sign, distance) in [("~", 0), ("~1", 1), ("~2", 2)] {
        if let Some(body) = text.strip_suffix(sign)
            && letters(body) >= 3
        {
            return Token::Word(body.into(), Form::Fuzzy(distance));
        }
    }
    let stem = text.trim_end_matches(['*', '+']);
    let cut = stem.len() < text.len() && (text.ends_with('*') || letters(stem) >= 3);
    if cut && !stem.is_empty() && !has_signs(stem) {
        return Token::Word(stem.into(), Form::Prefix);
    }
    let body = if cut { [stem, "*"].concat() } else { text };
    let form = if has_signs(&body) && is_pattern(&body) { Form::Pattern } else { Form::Plain };
    Token::Word(body, form)
}

fn has_signs(text: &str) -> bool {
    text.contains(['*', '?', '#'])
}

/// Whether the signs of a word are a pattern's: `C#` and `#1` are none.
fn is_pattern(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
    let only_ends = !text.trim_matches('#').contains(['*', '?', '#']);
    letters > 0
        && !(only_ends && text.contains('#') && letters < 2)
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '*' | '?' | '#' | '/' | '-' | '.'))
}
