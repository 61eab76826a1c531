//! A grammar as it stands in its file: rules that name one another.
//!
//! ```text
//! grammar  ::= { scopeName, patterns, repository?, injections? }
//! rule     ::= { match, name?, captures? }
//!            | { begin, end, applyEndPatternLast? … } | { begin, while, … }   ; name?, contentName?, patterns?,
//!                                                     ; captures? or beginCaptures?, endCaptures? …
//!            | { patterns, repository? }
//!            | { include: "$self" | "$base" | "#name" | "scope" | "scope#name" }
//! captures ::= { "0": { name?, patterns? }, … }
//! ```
//!
//! Whatever is not of this form is passed over, as editors do.

use std::collections::HashMap;
use std::sync::Arc;

use crate::names::Name;
use crate::pattern::Pattern;

/// A rule, by its place in the grammar.
pub(crate) type RuleIdx = usize;

/// A grammar made ready.
#[derive(Debug)]
pub(crate) struct Grammar {
    pub(crate) rules: Vec<Rule>,
    /// The rule of the grammar itself.
    pub(crate) root: RuleIdx,
    /// Rules by name, for other grammars.
    pub(crate) repository: HashMap<String, RuleIdx>,
    /// Selectors, and the rules for where they hold.
    pub(crate) injections: Vec<(String, RuleIdx)>,
}

/// One rule.
#[derive(Debug, Default)]
pub(crate) struct Rule {
    pub(crate) name: Option<Name>,
    pub(crate) content_name: Option<Name>,
    pub(crate) body: Body,
    /// What is looked for inside.
    pub(crate) items: Vec<Item>,
}

/// What makes a rule begin and end.
#[derive(Debug, Default)]
pub(crate) enum Body {
    /// Nothing: it stands for its items.
    #[default]
    Group,
    Match {
        pattern: Arc<Pattern>,
        captures: Captures,
    },
    Span(Box<Span>),
}

/// From one expression to another.
#[derive(Debug)]
pub(crate) struct Span {
    pub(crate) begin: Arc<Pattern>,
    pub(crate) begin_captures: Captures,
    pub(crate) close: Close,
    pub(crate) close_captures: Captures,
    pub(crate) kind: SpanKind,
}

/// How a span is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SpanKind {
    /// By an expression that is looked for before the items.
    EndFirst,
    /// By one that is looked for behind them.
    EndLast,
    /// By the first line that does not have the expression.
    While,
}

/// The expression that closes a span.
#[derive(Debug)]
pub(crate) enum Close {
    Fixed(Arc<Pattern>),
    /// Names what the beginning captured.
    Referring(Box<str>),
}

/// What captured groups are called.
pub(crate) type Captures = Vec<Option<Capture>>;

/// What a captured group is called.
#[derive(Debug)]
pub(crate) struct Capture {
    pub(crate) name: Option<Name>,
    pub(crate) content_name: Option<Name>,
    /// The rule for the text of the group, where it has one.
    pub(crate) rule: Option<RuleIdx>,
}

/// What stands in `patterns`.
#[derive(Debug)]
pub(crate) enum Item {
    Rule(RuleIdx),
    /// The grammar that the text began with.
    Base,
    /// Another grammar, or a rule of it.
    Other {
        scope: Box<str>,
        name: Option<Box<str>>,
    },
    /// Names what there is not.
    Missing,
}
