//! The query language: text to an expression, and the expression back to text.
//!
//! ```bnf
//! any     ::= all ("OR" all)*
//! all     ::= near (["AND"] near)*
//! near    ::= item (distance item)*
//! item    ::= "NOT" item | "(" any ")" | field relation item | '"' words '"' | word
//! ```
//! Tokens, signs and relations are those of [`lexer`](crate::lexer); docs/query-language.md is for
//! readers.
//! Nothing that a visitor types fails: what does not fit is completed or dropped with a notice, and
//! the reading is echoed. Text without operators, quotes, fields and truncation is plain language;
//! brackets alone do not make an expression of it.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::analysis::{self, Parts, Segment};
use crate::automaton::Pattern;
use crate::format::root::Field;
use crate::json;
use crate::lexer::{self, Distance, Form, Relation, Token};
use crate::query::Typing;
use crate::ranges::Range;
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
    /// Each a leaf or several of which one will do, near the one before it.
    Near(Vec<Vec<Leaf>>, Distance),
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
    /// Words, or codes, that fit.
    Pattern(Pattern),
    /// Words within a distance.
    Fuzzy(String, u8),
    /// Dates and numbers between bounds.
    Range(Range),
    /// Codes that begin so; `open`: even inside a number.
    Code { prefix: String, open: bool },
}

/// Reads a question.
pub(crate) fn parse(text: &str, fields: &[Field], typing: Typing) -> Parsed {
    let mut parser = Parser::new(text, fields);
    let is_plain = parser
        .tokens
        .iter()
        .all(|token| matches!(token, Token::Word(_, Form::Plain) | Token::Open | Token::Close));
    if is_plain {
        parser.tokens.retain(|token| matches!(token, Token::Word(..)));
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
        let (tokens, unbalanced) = lexer::tokens(&chars[..chars.len().min(MAX_CHARS)], fields);
        parser.tokens = tokens;
        if unbalanced {
            parser.notice(NoticeCode::UnbalancedQuote, "");
        }
        parser
    }

    fn notice(&mut self, code: NoticeCode, detail: &str) {
        let notice = Notice { code, detail: detail.into() };
        if !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
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
                Some(_) => match self.near(field, depth) {
                    Some(Expr::All(inner)) => items.extend(inner),
                    item => items.extend(item),
                },
            }
        }
        (group(Expr::All, items), had_and)
    }

    /// An item, or several with a distance between them.
    fn near(&mut self, field: Option<usize>, depth: u32) -> Option<Expr> {
        let mut items: Vec<Expr> = self.item(field, depth).into_iter().collect();
        let mut distance = None;
        while let Some(&Token::Near(next, _)) = self.tokens.get(self.at) {
            self.at += 1;
            let item = if self.ends() { None } else { self.item(field, depth) };
            if item.is_none() || items.is_empty() {
                self.notice(NoticeCode::MissingOperand, "NEAR");
            }
            items.extend(item);
            distance = distance.or(Some(next));
        }
        let Some(distance) = distance.filter(|_| items.len() > 1) else {
            return group(Expr::All, items);
        };
        let places: Option<Vec<Vec<Vec<Leaf>>>> = items.iter().map(places).collect();
        if let Some(places) = places {
            return Some(Expr::Near(places.concat(), distance));
        }
        self.notice(NoticeCode::MissingOperand, "NEAR");
        group(Expr::All, items)
    }

    /// Whether nothing follows that could be an operand.
    fn ends(&self) -> bool {
        matches!(
            self.tokens.get(self.at),
            None | Some(Token::And | Token::Or | Token::Close | Token::Near(..))
        )
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
                if self.ends() {
                    self.notice(NoticeCode::MissingOperand, "NOT");
                    return None;
                }
                Some(Expr::Not(Box::new(self.item(field, depth + 1)?)))
            }
            Token::Field(field, relation) => {
                self.at += 1;
                if self.ends() {
                    let name = self.fields[field].name.clone();
                    self.notice(NoticeCode::MissingOperand, &name);
                    return None;
                }
                self.related(field, relation, depth)
            }
            Token::Phrase(text) => {
                self.at += 1;
                self.phrase(&text, field)
            }
            Token::Word(text, form) => {
                self.at += 1;
                // `pd:[2019 TO 2020]`.
                if let (Some(field), Some([Token::Word(word, _), Token::Word(to, _)])) =
                    (field, self.tokens.get(self.at..self.at + 2))
                    && word == "TO"
                {
                    let range = Range::between(&text, to);
                    self.at += 2;
                    return self.range(field, range);
                }
                self.words(&text, form, field)
            }
            Token::Near(..) => {
                self.at += 1;
                self.notice(NoticeCode::MissingOperand, "NEAR");
                None
            }
            Token::And | Token::Or | Token::Close => None,
        }
    }

    /// What stands behind a field and its relation.
    fn related(&mut self, field: usize, relation: Relation, depth: u32) -> Option<Expr> {
        let text = match self.tokens.get(self.at) {
            Some(Token::Word(text, _) | Token::Phrase(text)) => text.clone(),
            _ => return self.item(Some(field), depth + 1),
        };
        let range = |from: &str, to: &str| Range {
            from: from.trim().into(),
            to: to.trim().into(),
            from_open: relation == Relation::MoreThan,
            to_open: relation == Relation::LessThan,
        };
        let range = match relation {
            Relation::Is => {
                let Some((from, to)) = bounds(&text) else {
                    return self.item(Some(field), depth + 1);
                };
                range(from, to)
            }
            Relation::Within => {
                let mut bounds = text.split([' ', ',']).filter(|bound| !bound.is_empty());
                let from = bounds.next().unwrap_or_default();
                range(from, bounds.next().unwrap_or(from))
            }
            Relation::AtLeast | Relation::MoreThan => range(&text, ""),
            Relation::AtMost | Relation::LessThan => range("", &text),
            Relation::Any | Relation::All | Relation::None => {
                self.at += 1;
                let words = text.split_whitespace().take(MAX_LEAVES);
                let items: Vec<Expr> =
                    words.filter_map(|word| self.words(word, Form::Plain, Some(field))).collect();
                return match relation {
                    Relation::All => group(Expr::All, items),
                    Relation::Any => group(Expr::Any, items),
                    _ => group(Expr::Any, items).map(|items| Expr::Not(Box::new(items))),
                };
            }
        };
        self.at += 1;
        self.range(field, range)
    }

    fn range(&mut self, field: usize, range: Range) -> Option<Expr> {
        let source = range.text();
        if range.terms().is_none() {
            self.notice(NoticeCode::BadRange, &source);
            return None;
        }
        self.leaf(Some(field), &source, Look::Range(range))
    }

    fn leaf(&mut self, field: Option<usize>, source: &str, look: Look) -> Option<Expr> {
        self.leaves += 1;
        if self.leaves > MAX_LEAVES {
            self.notice(NoticeCode::QueryCut, "");
            return None;
        }
        Some(Expr::Leaf(Leaf { field, source: source.into(), look }))
    }

    fn code(&mut self, text: &str, form: Form, field: usize) -> Option<Expr> {
        if form == Form::Pattern {
            let pattern = Pattern::parse(&analysis::pattern(text));
            return self.leaf(Some(field), text, Look::Pattern(pattern));
        }
        // In brackets: `pd=(20070101:20181231)`.
        let range = bounds(text).map(|(from, to)| Range::between(from, to));
        if let Some(range) = range.filter(|range| range.terms().is_some()) {
            return self.range(field, range);
        }
        let prefix = analysis::code(text);
        if prefix.is_empty() {
            return None;
        }
        self.leaf(Some(field), text, Look::Code { prefix, open: form == Form::Prefix })
    }

    fn phrase(&mut self, text: &str, field: Option<usize>) -> Option<Expr> {
        if let Some(field) = field.filter(|&field| self.fields[field].codes) {
            return self.code(text, Form::Plain, field);
        }
        let mut segments = analysis::segments(text);
        segments.truncate(MAX_LEAVES);
        if segments.is_empty() {
            return None;
        }
        self.leaf(field, text, Look::Phrase(segments))
    }

    /// One typed word: one leaf, or several where scripts or punctuation part it.
    fn words(&mut self, text: &str, form: Form, field: Option<usize>) -> Option<Expr> {
        if let Some(field) = field.filter(|&field| self.fields[field].codes) {
            return self.code(text, form, field);
        }
        if form == Form::Pattern {
            let pattern = analysis::pattern(text);
            if !pattern.chars().any(analysis::is_run) {
                return self.leaf(field, text, Look::Pattern(Pattern::parse(&pattern)));
            }
        }
        let unfinished = self.at == self.unfinished;
        let segments = analysis::segments(text);
        let count = segments.len();
        let mut items = Vec::new();
        for (i, segment) in segments.into_iter().enumerate() {
            let source = text.get(segment.start as usize..segment.end as usize).unwrap_or_default();
            let is_last_word = i + 1 == count && matches!(segment.parts, Parts::Word { .. });
            let look = if is_last_word && form == Form::Prefix {
                Look::Prefix(analysis::beginning(source))
            } else if let (true, Form::Fuzzy(distance)) = (is_last_word, form) {
                let word = analysis::beginning(source);
                let fit = if word.chars().count() < 8 { 1 } else { 2 };
                Look::Fuzzy(word, if distance == 0 { fit } else { distance })
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

/// What may stand at the places of an expression of distances: a leaf, one of several, or leaves in
/// a row, as a word that scripts part is.
fn places(expr: &Expr) -> Option<Vec<Vec<Leaf>>> {
    let leaf = |expr: &Expr| if let Expr::Leaf(leaf) = expr { Some(leaf.clone()) } else { None };
    match expr {
        Expr::Leaf(leaf) => Some(vec![vec![leaf.clone()]]),
        Expr::Any(items) => Some(vec![items.iter().map(leaf).collect::<Option<_>>()?]),
        Expr::All(items) => items.iter().map(|item| Some(vec![leaf(item)?])).collect(),
        Expr::Not(_) | Expr::Near(..) => None,
    }
}

/// The bounds of `2019..2020` and `20190101:20201231`.
fn bounds(text: &str) -> Option<(&str, &str)> {
    let dots = text.as_bytes().windows(2).position(|two| two == b"..");
    dots.map(|at| (&text[..at], &text[at + 2..])).or_else(|| text.split_once(':'))
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
            Self::Leaf(_) | Self::Near(..) => true,
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
            Self::Leaf(leaf) => leaf.write(fields, out),
            Self::Near(places, distance) => {
                let order = if distance.ordered { "/ordered" } else { "" };
                let mut near = String::from(" prox/distance<=");
                json::put_number(&mut near, distance.most.into());
                near.push_str(order);
                near.push(' ');
                for (i, leaves) in places.iter().enumerate() {
                    if i > 0 {
                        out.push_str(&near);
                    }
                    let items: Vec<Expr> = leaves.iter().cloned().map(Expr::Leaf).collect();
                    write_list(&items, " OR ", fields, items.len() > 1, out);
                }
            }
        }
    }
}

impl Leaf {
    fn write(&self, fields: &[Field], out: &mut String) {
        if let Some(field) = self.field.and_then(|field| fields.get(field)) {
            out.push_str(&field.name);
            out.push('=');
        }
        let quote = if matches!(self.look, Look::Phrase(_)) { "\"" } else { "" };
        out.push_str(quote);
        out.push_str(&self.source);
        out.push_str(quote);
        match self.look {
            Look::Prefix(_) | Look::Code { open: true, .. } => out.push('*'),
            Look::Fuzzy(_, 1) => out.push_str("~1"),
            Look::Fuzzy(..) => out.push_str("~2"),
            _ => {}
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
        check("wo*d wor? w##d", "wo*d AND wor? AND w##d", &[]);
        check("what is a mask?", "what AND is AND a AND mask", &[]);
        check(
            "C++ C# #1 a+b electr+ *mask",
            "C AND C AND 1 AND a AND b AND electr* AND *mask",
            &[],
        );
        check(
            "virus~ virus~2 coronavirus~ ~2 ~",
            "virus~1 AND virus~2 AND coronavirus~2 AND 2",
            &[],
        );
        check("ti any \"mask 口罩\"", "ti=mask OR ti=口罩", &[]);
        check("a ti none \"mask 口罩\"", "a AND NOT (ti=mask OR ti=口罩)", &[]);
        check("ti all \"a b\" any b", "ti=a AND ti=b AND any AND b", &[]);
        check("face NEAR3 mask", "face prox/distance<=3 mask", &[]);
        check("ti=(a 2W b)", "ti=a prox/distance<=3/ordered ti=b", &[]);
        check("a prox/distance<3/ordered (b OR c)", "a prox/distance<=2/ordered (b OR c)", &[]);
        check("flow (the ?slip? effect)?", "flow AND the AND slip AND effect", &[]);
        check("可以起诉学校吗?", "可以起诉学校吗", &[]);
        check("cheap 3D printing", "cheap AND 3D AND printing", &[]);
        check("\"a\" 2D b", "\"a\" prox/distance<=3 b", &[]);
        check("a NEAR", "a", &[MissingOperand]);
        check("NEAR3 a", "a", &[MissingOperand]);
        check("a NEAR (b OR (c d))", "a AND (b OR (c AND d))", &[MissingOperand]);
        check("ipc>=2019 ipc < 2020", "ipc=2019.. AND ipc=..2020)", &[]);
        check("ipc within \"2019 2021\"", "ipc=2019..2021", &[]);
        check(
            "ipc=2019..2020 ipc=(20070101:20181231)",
            "ipc=2019..2020 AND ipc=20070101..20181231",
            &[],
        );
        check("ipc:[2019 TO 2020]", "ipc=2019..2020", &[]);
        check("mask ipc>soon", "mask", &[BadRange]);
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
        fn anything_typed_is_read(text in r#"([a-zA-Z0-9口罩*?\#~+"():=<>. \[\]/-]|AND |OR |NOT |NEAR3 |2W |any "|within "|prox/distance<2 |ti=|ipc=|ipc>|"){0,60}"#, other: String) {
            parse(&text, &fields(), Typing::Going);
            parse(&other, &fields(), Typing::Done);
        }
    }
}
