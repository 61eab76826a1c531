//! The query language: text to an expression, and the expression back to text.
//!
//! ```bnf
//! any     ::= all ("OR" all)*
//! all     ::= item (["AND"] item)*
//! item    ::= "NOT" item | "(" any ")" | field ("=" | ":") item | '"' words '"' | word ["*"]
//! ```
//! Nothing that a visitor types fails: what does not fit is completed or dropped with a notice, and
//! the reading is echoed. Text without operators, quotes, fields and truncation is plain language;
//! brackets alone do not make an expression of it.

use crate::analysis::{self, Parts, Segment};
use crate::format::root::Field;
use crate::query::Typing;
use crate::results::{Notice, NoticeCode};

/// Characters of a question that are read.
const MAX_CHARS: usize = 2_000;
/// Words and runs of a question that are read.
const MAX_LEAVES: usize = 64;
/// Depth of brackets.
const MAX_DEPTH: u32 = 24;

/// A question as read.
#[derive(Debug)]
pub(crate) struct Parsed {
    /// The expression; `None` when nothing can be looked for.
    pub(crate) expr: Option<Expr>,
    /// Whether it is plain language.
    pub(crate) is_plain: bool,
    /// What had to be mended.
    pub(crate) notices: Vec<Notice>,
}

/// What documents must satisfy.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expr {
    All(Vec<Expr>),
    Any(Vec<Expr>),
    Not(Box<Expr>),
    Leaf(Leaf),
}

/// Something that is looked up.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Leaf {
    /// Number of the field it must stand in.
    pub(crate) field: Option<usize>,
    /// As typed.
    pub(crate) source: String,
    /// What to look up.
    pub(crate) look: Look,
}

/// What a leaf looks up.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Look {
    /// A word or run.
    Segment(Segment),
    /// A word that may go on.
    Unfinished(Segment),
    /// Words and runs in a row.
    Phrase(Vec<Segment>),
    /// Words that begin so.
    Prefix(String),
    /// Codes that begin so; `open`: even inside a number.
    Code { prefix: String, open: bool },
}

/// Reads a question.
pub(crate) fn parse(text: &str, fields: &[Field], typing: Typing) -> Parsed {
    let mut parser = Parser::new(text, fields);
    let is_plain = parser
        .tokens
        .iter()
        .all(|token| matches!(token, Token::Word { star: false, .. } | Token::Open | Token::Close));
    if is_plain {
        parser.tokens.retain(|token| matches!(token, Token::Word { .. }));
    }
    if typing == Typing::Going && !text.ends_with(char::is_whitespace) {
        parser.unfinished = parser.tokens.len();
    }
    let mut items = Vec::new();
    while parser.at < parser.tokens.len() {
        items.extend(parser.any(None, 0));
        if parser.at < parser.tokens.len() {
            parser.at += 1;
            parser.notice(NoticeCode::UnbalancedBracket, ")");
        }
    }
    let expr = group(Expr::All, items);
    if matches!(&expr, Some(expr) if !expr.has_positive()) {
        parser.notice(NoticeCode::OnlyNot, "");
    }
    Parsed { expr, is_plain, notices: parser.notices }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Open,
    Close,
    And,
    Or,
    Not,
    Field(usize),
    Phrase(String),
    Word { text: String, star: bool },
}

struct Parser<'a> {
    fields: &'a [Field],
    tokens: Vec<Token>,
    at: usize,
    leaves: usize,
    /// Number of tokens when the last one may go on, else 0.
    unfinished: usize,
    notices: Vec<Notice>,
}

impl<'a> Parser<'a> {
    fn new(text: &str, fields: &'a [Field]) -> Self {
        let mut parser = Self {
            fields,
            tokens: Vec::new(),
            at: 0,
            leaves: 0,
            unfinished: 0,
            notices: Vec::new(),
        };
        let chars: Vec<char> = text.chars().take(MAX_CHARS + 1).collect();
        if chars.len() > MAX_CHARS {
            parser.notice(NoticeCode::QueryCut, "");
        }
        parser.lex(&chars[..chars.len().min(MAX_CHARS)]);
        parser
    }

    fn notice(&mut self, code: NoticeCode, detail: &str) {
        let notice = Notice { code, detail: detail.into() };
        if !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
    }

    fn lex(&mut self, chars: &[char]) {
        let mut at = 0;
        while let Some(&c) = chars.get(at) {
            if is_quote(c) {
                let len = chars[at + 1..].iter().position(|&c| is_quote(c));
                let end = len.map_or(chars.len(), |len| at + 1 + len);
                if len.is_none() {
                    self.notice(NoticeCode::UnbalancedQuote, "");
                }
                self.tokens.push(Token::Phrase(chars[at + 1..end].iter().collect()));
                at = end + 1;
            } else if matches!(c, '(' | '（') {
                self.tokens.push(Token::Open);
                at += 1;
            } else if matches!(c, ')' | '）') {
                self.tokens.push(Token::Close);
                at += 1;
            } else if c.is_whitespace() {
                at += 1;
            } else {
                at += self.lex_word(&chars[at..]);
            }
        }
    }

    /// Reads a word, an operator or a field's name; returns the characters it took.
    fn lex_word(&mut self, chars: &[char]) -> usize {
        let ends =
            |c: &char| c.is_whitespace() || is_quote(*c) || matches!(c, '(' | ')' | '（' | '）');
        let len = chars.iter().position(ends).unwrap_or(chars.len());
        if let Some(sign) = chars[..len].iter().position(|c| matches!(c, '=' | ':' | '＝' | '：'))
        {
            let name: String = chars[..sign].iter().collect();
            if let Some(field) = self.field(&name) {
                self.tokens.push(Token::Field(field));
                return sign + 1;
            }
        }
        let mut text: String = chars[..len].iter().collect();
        self.tokens.push(match text.as_str() {
            "AND" => Token::And,
            "OR" => Token::Or,
            "NOT" => Token::Not,
            _ => {
                let stem = text.trim_end_matches(['*', '＊']).len();
                let star = stem < text.len() && stem > 0;
                text.truncate(stem);
                Token::Word { text, star }
            }
        });
        len
    }

    fn field(&self, name: &str) -> Option<usize> {
        let same = |other: &String| other.eq_ignore_ascii_case(name);
        self.fields.iter().position(|field| same(&field.name) || field.aliases.iter().any(same))
    }

    fn any(&mut self, field: Option<usize>, depth: u32) -> Option<Expr> {
        let mut items = Vec::new();
        let mut joined_by_and = false;
        loop {
            let (item, had_and) = self.all(field, depth);
            joined_by_and |= had_and;
            let missing = item.is_none();
            items.extend(item);
            if self.tokens.get(self.at) != Some(&Token::Or) {
                if missing && !items.is_empty() {
                    self.notice(NoticeCode::MissingOperand, "OR");
                }
                break;
            }
            if missing {
                self.notice(NoticeCode::MissingOperand, "OR");
            }
            self.at += 1;
        }
        if joined_by_and && items.len() > 1 {
            self.notice(NoticeCode::MixedOperators, "");
        }
        group(Expr::Any, items)
    }

    /// The items up to the next OR or closing bracket, and whether an AND stood between them.
    fn all(&mut self, field: Option<usize>, depth: u32) -> (Option<Expr>, bool) {
        let mut items = Vec::new();
        let mut had_and = false;
        loop {
            match self.tokens.get(self.at) {
                None | Some(Token::Or | Token::Close) => break,
                Some(Token::And) => {
                    self.at += 1;
                    had_and = true;
                    let next = self.tokens.get(self.at);
                    if items.is_empty()
                        || matches!(next, None | Some(Token::And | Token::Or | Token::Close))
                    {
                        self.notice(NoticeCode::MissingOperand, "AND");
                    }
                }
                Some(_) => match self.item(field, depth) {
                    Some(Expr::All(inner)) => items.extend(inner),
                    item => items.extend(item),
                },
            }
        }
        (group(Expr::All, items), had_and)
    }

    fn item(&mut self, field: Option<usize>, depth: u32) -> Option<Expr> {
        let token = self.tokens.get(self.at)?.clone();
        if depth > MAX_DEPTH {
            self.at += 1;
            self.notice(NoticeCode::UnbalancedBracket, "(");
            return None;
        }
        match token {
            Token::Open => {
                self.at += 1;
                let expr = self.any(field, depth + 1);
                if self.tokens.get(self.at) == Some(&Token::Close) {
                    self.at += 1;
                } else {
                    self.notice(NoticeCode::UnbalancedBracket, "(");
                }
                expr
            }
            Token::Not => {
                self.at += 1;
                if matches!(
                    self.tokens.get(self.at),
                    None | Some(Token::And | Token::Or | Token::Close)
                ) {
                    self.notice(NoticeCode::MissingOperand, "NOT");
                    return None;
                }
                Some(Expr::Not(Box::new(self.item(field, depth + 1)?)))
            }
            Token::Field(field) => {
                self.at += 1;
                if matches!(
                    self.tokens.get(self.at),
                    None | Some(Token::And | Token::Or | Token::Close)
                ) {
                    let name = self.fields[field].name.clone();
                    self.notice(NoticeCode::MissingOperand, &name);
                    return None;
                }
                self.item(Some(field), depth + 1)
            }
            Token::Phrase(text) => {
                self.at += 1;
                self.phrase(&text, field)
            }
            Token::Word { text, star } => {
                self.at += 1;
                self.words(&text, star, field)
            }
            Token::And | Token::Or | Token::Close => None,
        }
    }

    fn leaf(&mut self, field: Option<usize>, source: &str, look: Look) -> Option<Expr> {
        self.leaves += 1;
        if self.leaves > MAX_LEAVES {
            self.notice(NoticeCode::QueryCut, "");
            return None;
        }
        Some(Expr::Leaf(Leaf { field, source: source.into(), look }))
    }

    fn code(&mut self, text: &str, star: bool, field: usize) -> Option<Expr> {
        let prefix = analysis::code(text);
        if prefix.is_empty() {
            return None;
        }
        self.leaf(Some(field), text, Look::Code { prefix, open: star })
    }

    fn phrase(&mut self, text: &str, field: Option<usize>) -> Option<Expr> {
        if let Some(field) = field.filter(|&field| self.fields[field].codes) {
            return self.code(text, false, field);
        }
        let mut segments = analysis::segments(text);
        segments.truncate(MAX_LEAVES);
        if segments.is_empty() {
            return None;
        }
        self.leaf(field, text, Look::Phrase(segments))
    }

    /// One typed word: one leaf, or several where scripts or punctuation part it.
    fn words(&mut self, text: &str, star: bool, field: Option<usize>) -> Option<Expr> {
        if let Some(field) = field.filter(|&field| self.fields[field].codes) {
            return self.code(text, star, field);
        }
        let unfinished = self.at == self.unfinished;
        let segments = analysis::segments(text);
        let count = segments.len();
        let mut items = Vec::new();
        for (i, segment) in segments.into_iter().enumerate() {
            let source = text.get(segment.start as usize..segment.end as usize).unwrap_or_default();
            let is_last_word = i + 1 == count && matches!(segment.parts, Parts::Word { .. });
            let look = if is_last_word && star {
                Look::Prefix(analysis::beginning(source))
            } else if is_last_word && unfinished {
                Look::Unfinished(segment)
            } else {
                Look::Segment(segment)
            };
            let leaf = self.leaf(field, source, look);
            if leaf.is_none() {
                break;
            }
            items.extend(leaf);
        }
        group(Expr::All, items)
    }
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '＂' | '「' | '」')
}

/// Joins items; one needs no joining.
fn group(join: fn(Vec<Expr>) -> Expr, mut items: Vec<Expr>) -> Option<Expr> {
    match items.len() {
        0 => None,
        1 => items.pop(),
        _ => Some(join(items)),
    }
}

impl Expr {
    /// Whether anything is looked for, rather than only left out.
    pub(crate) fn has_positive(&self) -> bool {
        match self {
            Self::Leaf(_) => true,
            Self::Not(_) => false,
            Self::All(items) => items.iter().any(Self::has_positive),
            // A side that is only left out would stand for nearly everything.
            Self::Any(items) => items.iter().all(Self::has_positive),
        }
    }

    /// The expression in canonical syntax.
    pub(crate) fn text(&self, fields: &[Field]) -> String {
        let mut out = String::new();
        self.write(fields, false, &mut out);
        out
    }

    fn write(&self, fields: &[Field], inner: bool, out: &mut String) {
        match self {
            Self::All(items) => write_list(items, " AND ", fields, inner, out),
            Self::Any(items) => write_list(items, " OR ", fields, inner, out),
            Self::Not(item) => {
                out.push_str("NOT ");
                item.write(fields, true, out);
            }
            Self::Leaf(leaf) => {
                if let Some(field) = leaf.field.and_then(|field| fields.get(field)) {
                    out.push_str(&field.name);
                    out.push('=');
                }
                let quote = if matches!(leaf.look, Look::Phrase(_)) { "\"" } else { "" };
                out.push_str(quote);
                out.push_str(&leaf.source);
                out.push_str(quote);
                if matches!(leaf.look, Look::Prefix(_) | Look::Code { open: true, .. }) {
                    out.push('*');
                }
            }
        }
    }
}

fn write_list(items: &[Expr], word: &str, fields: &[Field], inner: bool, out: &mut String) {
    if inner {
        out.push('(');
    }
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(word);
        }
        item.write(fields, true, out);
    }
    if inner {
        out.push(')');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fields() -> Vec<Field> {
        let field = |name: &str, alias: &str, codes| Field {
            name: name.into(),
            aliases: vec![alias.into()],
            codes,
            weight: 1.0,
        };
        vec![field("ti", "发明名称", false), field("ipc", "分类号", true)]
    }

    fn check(text: &str, read_as: &str, notices: &[NoticeCode]) {
        let parsed = parse(text, &fields(), Typing::Done);
        assert_eq!(
            parsed.expr.map(|expr| expr.text(&fields())).unwrap_or_default(),
            read_as,
            "{text}"
        );
        let codes: Vec<_> = parsed.notices.iter().map(|notice| notice.code).collect();
        assert_eq!(codes, notices, "{text}");
    }

    #[test]
    fn questions_are_read_and_echoed() {
        use NoticeCode::*;
        check("patent fee", "patent AND fee", &[]);
        check("COVID-19 (coronavirus) vaccine", "COVID-19 AND coronavirus AND vaccine", &[]);
        check("专利申请费", "专利申请费", &[]);
        check("a OR b AND c", "a OR (b AND c)", &[MixedOperators]);
        check("(a OR b) c", "(a OR b) AND c", &[]);
        check("mask NOT 口罩", "mask AND NOT 口罩", &[]);
        check("ti=口罩 发明名称：(face mask)", "ti=口罩 AND ti=face AND ti=mask", &[]);
        check("ti=\"face mask\" ipc:A62B", "ti=\"face mask\" AND ipc=A62B", &[]);
        check("respir* ipc=A6*", "respir* AND ipc=A6*", &[]);
        check("\"face mask", "\"face mask\"", &[UnbalancedQuote]);
        check("“面罩”", "\"面罩\"", &[]);
        check("(a OR b", "a OR b", &[UnbalancedBracket]);
        check("a) OR b", "a AND b", &[UnbalancedBracket, MissingOperand]);
        check("a AND", "a", &[MissingOperand]);
        check("OR a", "a", &[MissingOperand]);
        check("a NOT", "a", &[MissingOperand]);
        check("ti= ipc=", "", &[MissingOperand]);
        check("NOT a", "NOT a", &[OnlyNot]);
        check("note: unknown=field", "note AND unknown AND field", &[]);
        check("* ** \u{1f637} \u{202e}", "", &[]);
        check("", "", &[]);
    }

    #[test]
    fn long_questions_are_cut_with_a_notice() {
        let parsed = parse(&"word ".repeat(10_000), &fields(), Typing::Done);
        assert_eq!(parsed.notices, [Notice { code: NoticeCode::QueryCut, detail: String::new() }]);
        let nested = parse(&"a OR (".repeat(500), &fields(), Typing::Done);
        assert!(nested.expr.is_some());
    }

    proptest! {
        #[test]
        fn anything_typed_is_read(text in r#"([a-zA-Z口罩*"():= ]|AND |OR |NOT |ti=|ipc=|"){0,60}"#, other: String) {
            parse(&text, &fields(), Typing::Going);
            parse(&other, &fields(), Typing::Done);
        }
    }
}
