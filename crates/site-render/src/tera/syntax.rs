//! The syntax tree of a Tera 1 template.
//!
//! Spans are bytes of the author's file. Names keep Tera's words: an *ident* is a dotted path, a
//! *test* follows `is`, a *call* is of a function or of a filter and takes named arguments only.

use std::ops::Range;

/// Bytes of the author's file.
pub(crate) type Span = Range<usize>;

/// Whether a tag eats the white space before and after it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Trim {
    pub(crate) left: bool,
    pub(crate) right: bool,
}

/// A piece of a template.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    Text(String),
    /// `{% raw %}`: its text, and the trims of both its tags.
    Raw(Trim, String, Trim),
    Comment(Trim),
    Print(Trim, Expr),
    Super(Span),
    Set(Trim, Set),
    Include(Trim, Include),
    If(If),
    For(Box<For>),
    Break(Trim, Span),
    Continue(Trim, Span),
    Filter(Section<Call>),
    Block(Section<Name>),
    Macro(Section<MacroHead>),
    Extends(Trim, Name),
    Import(Trim, Import),
}

/// A name and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// `{% head %} body {% endhead %}`
#[derive(Debug, Clone)]
pub(crate) struct Section<H> {
    pub(crate) open: Trim,
    pub(crate) head: H,
    pub(crate) body: Vec<Node>,
    pub(crate) close: Trim,
}

/// `{% set key = value %}`, or `set_global`.
#[derive(Debug, Clone)]
pub(crate) struct Set {
    pub(crate) key: String,
    pub(crate) value: Expr,
    pub(crate) is_global: bool,
}

/// `{% include [names] ignore missing %}`
#[derive(Debug, Clone)]
pub(crate) struct Include {
    pub(crate) names: Vec<String>,
    pub(crate) ignores_missing: bool,
    pub(crate) span: Span,
}

/// `{% import "file" as namespace %}`
#[derive(Debug, Clone)]
pub(crate) struct Import {
    pub(crate) file: Name,
    pub(crate) namespace: String,
}

/// `{% if %} … {% elif %} … {% else %} … {% endif %}`
#[derive(Debug, Clone)]
pub(crate) struct If {
    pub(crate) conditions: Vec<(Trim, Expr, Vec<Node>)>,
    pub(crate) otherwise: Option<(Trim, Vec<Node>)>,
    pub(crate) close: Trim,
}

/// `{% for key, value in container %} … {% else %} … {% endfor %}`
#[derive(Debug, Clone)]
pub(crate) struct For {
    pub(crate) open: Trim,
    pub(crate) key: Option<String>,
    pub(crate) value: String,
    pub(crate) container: Expr,
    pub(crate) body: Vec<Node>,
    pub(crate) empty: Option<Vec<Node>>,
    pub(crate) close: Trim,
}

/// Name and arguments of a macro, each with its default value.
#[derive(Debug, Clone)]
pub(crate) struct MacroHead {
    pub(crate) name: Name,
    pub(crate) arguments: Vec<(String, Option<Expr>)>,
}

/// A value with filters; `negated` when `not` stands before it.
#[derive(Debug, Clone)]
pub(crate) struct Expr {
    pub(crate) val: Val,
    pub(crate) negated: bool,
    pub(crate) filters: Vec<Call>,
    pub(crate) span: Span,
}

/// What stands before the filters.
#[derive(Debug, Clone)]
pub(crate) enum Val {
    String(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    Ident(Ident),
    Math(Box<Math>),
    Logic(Box<Logic>),
    Test(Test),
    Function(Call),
    Macro(MacroCall),
    Concat(Vec<Val>),
    Array(Vec<Expr>),
    In(Box<In>),
}

#[derive(Debug, Clone)]
pub(crate) struct Math {
    pub(crate) left: Expr,
    pub(crate) operator: MathOperator,
    pub(crate) right: Expr,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MathOperator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

#[derive(Debug, Clone)]
pub(crate) struct Logic {
    pub(crate) left: Expr,
    pub(crate) operator: LogicOperator,
    pub(crate) right: Expr,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogicOperator {
    Or,
    And,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Equal,
    NotEqual,
}

#[derive(Debug, Clone)]
pub(crate) struct In {
    pub(crate) left: Expr,
    pub(crate) right: Expr,
    pub(crate) negated: bool,
}

/// `ident is [not] name(arguments)`
#[derive(Debug, Clone)]
pub(crate) struct Test {
    pub(crate) ident: Ident,
    pub(crate) negated: bool,
    pub(crate) name: Name,
    pub(crate) arguments: Vec<Expr>,
}

/// `name(key = value, …)`
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) name: Name,
    pub(crate) arguments: Arguments,
}

pub(crate) type Arguments = Vec<(String, Expr)>;

/// `namespace::name(key = value, …)`
#[derive(Debug, Clone)]
pub(crate) struct MacroCall {
    pub(crate) namespace: String,
    pub(crate) name: Name,
    pub(crate) arguments: Arguments,
}

/// A path into the variables: `page.extra["a b"][index]`.
#[derive(Debug, Clone)]
pub(crate) struct Ident {
    /// As written.
    pub(crate) text: String,
    pub(crate) root: String,
    pub(crate) steps: Vec<Step>,
    pub(crate) span: Span,
}

/// One step of a path.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// A name, a quoted key or an index.
    Key(String),
    /// A variable whose value is the key.
    Variable(Ident),
    /// A negative or too large index, which nothing has.
    Nowhere(String),
}

impl Expr {
    pub(crate) fn plain(val: Val, span: Span) -> Self {
        Self { val, negated: false, filters: Vec::new(), span }
    }

    /// Whether its first filter is `default`, which alone forgives a missing variable.
    pub(crate) fn default_filter(&self) -> Option<&Call> {
        self.filters.first().filter(|call| call.name.text == "default")
    }

    /// Whether its last filter is `safe`.
    pub(crate) fn is_marked_safe(&self) -> bool {
        self.filters.last().is_some_and(|call| call.name.text == "safe")
    }
}

/// The value of a named argument; the last one of a name counts.
pub(crate) fn argument<'a>(arguments: &'a Arguments, name: &str) -> Option<&'a Expr> {
    arguments.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value)
}
