//! Tags of Tera 1, and whole templates.
//!
//! ```text
//! template ::= comment* imports? (content | macro)*
//! imports  ::= extends import* | import+ extends?         ; with the white space around them
//! content  ::= include | print | comment | set | set_global | block | if | for | filter | raw | text
//! ```
//!
//! Where content stands decides which tags it may hold ([`Place`]).

use super::complaint::{Complaint, explain};
use super::expressions::Reader;
use super::syntax::{
    Call, Expr, For, If, Import, Include, MacroHead, Name, Node, Section, Set, Trim,
};

/// What content is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Top,
    Block,
    Macro,
    For,
    Filter,
}

type TagRule<R> = fn(&mut R, Place) -> Option<Node>;

/// Reads a whole template.
pub(crate) fn parse(source: &str) -> Result<Vec<Node>, Complaint> {
    let mut reader = Reader::new(source);
    let nodes = reader.template();
    match nodes {
        Some(nodes) if reader.cursor.is_at_end() && reader.cursor.fatal.is_none() => Ok(nodes),
        _ => Err(explain(&mut reader.cursor)),
    }
}

impl Reader<'_> {
    fn template(&mut self) -> Option<Vec<Node>> {
        // Comments at the very start are no nodes: their trims have no effect.
        while self.attempt(Self::comment).is_some() {}
        let mut nodes = self.imports();
        while !self.cursor.is_at_end() {
            let node = self.attempt(Self::macro_definition);
            nodes.push(match node {
                Some(node) => node,
                None => self.content(Place::Top)?,
            });
        }
        Some(nodes)
    }

    fn imports(&mut self) -> Vec<Node> {
        let mut nodes: Vec<Node> = self.attempt(Self::extends).into_iter().collect();
        let is_first = !nodes.is_empty();
        while let Some(import) = self.attempt(Self::import) {
            nodes.push(import);
        }
        if !is_first && !nodes.is_empty() {
            nodes.extend(self.attempt(Self::extends));
        }
        nodes
    }

    fn extends(&mut self) -> Option<Node> {
        self.cursor.skip_space();
        let left = self.tag_start()?;
        self.keyword("extends")?;
        let name = self.quoted()?;
        let right = self.tag_end()?;
        self.cursor.skip_space();
        Some(Node::Extends(Trim { left, right }, name))
    }

    fn import(&mut self) -> Option<Node> {
        self.cursor.skip_space();
        let left = self.tag_start()?;
        self.keyword("import")?;
        let file = self.quoted()?;
        self.cursor.space()?;
        self.cursor.eat("as")?;
        self.cursor.space()?;
        let namespace = self.cursor.ident()?.to_owned();
        let right = self.tag_end()?;
        self.cursor.skip_space();
        Some(Node::Import(Trim { left, right }, Import { file, namespace }))
    }

    fn quoted(&mut self) -> Option<Name> {
        let start = self.cursor.at;
        let text = self.cursor.string()?.to_owned();
        Some(Name { text, span: start..self.cursor.at })
    }

    /// `{%` or `{%-`; whether it trims.
    fn tag_start(&mut self) -> Option<bool> {
        self.cursor.eat("{%")?;
        Some(self.cursor.eat("-").is_some())
    }

    /// White space and `%}` or `-%}`; whether it trims.
    fn tag_end(&mut self) -> Option<bool> {
        self.end("%}")
    }

    fn end(&mut self, close: &'static str) -> Option<bool> {
        self.cursor.skip_space();
        let trims =
            self.cursor.rest().strip_prefix('-').is_some_and(|rest| rest.starts_with(close));
        self.cursor.at += usize::from(trims);
        self.cursor.eat(close).map(|()| trims)
    }

    /// White space, the word, white space.
    fn keyword(&mut self, word: &'static str) -> Option<()> {
        self.cursor.token(word)?;
        self.cursor.space()
    }

    /// A tag of one word, such as `{% else %}`.
    fn simple_tag(&mut self, word: &'static str) -> Option<Trim> {
        self.attempt(|reader| {
            let left = reader.tag_start()?;
            reader.cursor.token(word)?;
            Some(Trim { left, right: reader.tag_end()? })
        })
    }

    /// A closing tag that may repeat the name of what it closes.
    fn named_end(&mut self, word: &'static str) -> Option<Trim> {
        self.attempt(|reader| {
            let left = reader.tag_start()?;
            reader.cursor.token(word)?;
            reader.cursor.skip_space();
            let _ = reader.cursor.ident();
            Some(Trim { left, right: reader.tag_end()? })
        })
    }

    fn content(&mut self, place: Place) -> Option<Node> {
        let rest = self.cursor.rest();
        if rest.starts_with("{#") {
            return self.attempt(Self::comment);
        }
        if rest.starts_with("{{") {
            let call = if place == Place::Block { self.attempt(Self::super_call) } else { None };
            return call.or_else(|| self.attempt(Self::print));
        }
        if !rest.starts_with("{%") {
            return self.text();
        }
        self.cursor.descend()?;
        let found = self.tag(place);
        self.cursor.ascend();
        found
    }

    fn tag(&mut self, place: Place) -> Option<Node> {
        let tags: [(&str, TagRule<Self>); 8] = [
            ("include", |reader, _| reader.include()),
            ("set_global", |reader, _| reader.set("set_global")),
            ("set", |reader, _| reader.set("set")),
            ("if", Self::conditional),
            ("for", |reader, _| reader.for_loop()),
            ("filter", |reader, _| reader.filter_section()),
            ("raw", |reader, _| reader.raw()),
            ("block", |reader, _| reader.block()),
        ];
        let word = tag_word(self.cursor.rest());
        for (name, rule) in tags {
            let is_here = name != "block" || !matches!(place, Place::Macro | Place::For);
            if word.starts_with(name)
                && is_here
                && let Some(node) = self.attempt(|reader| rule(reader, place))
            {
                return Some(node);
            }
        }
        if place == Place::For && word.starts_with("break") {
            let start = self.cursor.at;
            let trim = self.simple_tag("break")?;
            return Some(Node::Break(trim, start..self.cursor.at));
        }
        if place == Place::For && word.starts_with("continue") {
            let start = self.cursor.at;
            let trim = self.simple_tag("continue")?;
            return Some(Node::Continue(trim, start..self.cursor.at));
        }
        self.cursor.miss("a tag that may stand here")
    }

    fn text(&mut self) -> Option<Node> {
        let rest = self.cursor.rest();
        let is_start = |at: &usize| matches!(rest.as_bytes().get(at + 1), Some(b'{' | b'%' | b'#'));
        let mut braces = rest.match_indices('{').map(|(at, _)| at);
        let len = braces.find(is_start).unwrap_or(rest.len());
        if len == 0 {
            return None;
        }
        self.cursor.at += len;
        Some(Node::Text(rest[..len].to_owned()))
    }

    /// An empty comment is none, as in Tera.
    fn comment(&mut self) -> Option<Node> {
        self.cursor.eat("{#")?;
        let left = self.cursor.eat("-").is_some();
        let rest = self.cursor.rest();
        let found = rest.find("#}").filter(|found| *found > 0);
        let Some(mut len) = found else { return self.cursor.miss("a comment and `#}`") };
        let right = rest[..len].ends_with('-');
        len -= usize::from(right);
        if len == 0 {
            return self.cursor.miss("a comment and `#}`");
        }
        self.cursor.at += len + usize::from(right) + 2;
        Some(Node::Comment(Trim { left, right }))
    }

    fn print_start(&mut self) -> Option<bool> {
        self.cursor.eat("{{")?;
        Some(self.cursor.eat("-").is_some())
    }

    fn print(&mut self) -> Option<Node> {
        let left = self.print_start()?;
        self.cursor.skip_space();
        let expr = self.logic_or_array()?;
        let right = self.end("}}")?;
        Some(Node::Print(Trim { left, right }, expr))
    }

    fn super_call(&mut self) -> Option<Node> {
        let start = self.cursor.at;
        self.print_start()?;
        self.cursor.token("super()")?;
        self.end("}}")?;
        Some(Node::Super(start..self.cursor.at))
    }

    fn include(&mut self) -> Option<Node> {
        let start = self.cursor.at;
        let left = self.tag_start()?;
        self.keyword("include")?;
        let names = match self.attempt(Self::quoted) {
            Some(name) => vec![name.text],
            None => self.quoted_array()?,
        };
        self.cursor.skip_space();
        let ignores_missing = self.attempt(|reader| {
            reader.cursor.eat("ignore")?;
            reader.cursor.token("missing")
        });
        let right = self.tag_end()?;
        let include = Include {
            names,
            ignores_missing: ignores_missing.is_some(),
            span: start..self.cursor.at,
        };
        Some(Node::Include(Trim { left, right }, include))
    }

    fn quoted_array(&mut self) -> Option<Vec<String>> {
        self.cursor.eat("[")?;
        let mut names = Vec::new();
        while let Some(name) = self.attempt(|reader| {
            if !names.is_empty() {
                reader.cursor.token(",")?;
            }
            reader.cursor.skip_space();
            reader.quoted()
        }) {
            names.push(name.text);
        }
        if !names.is_empty() {
            self.cursor.skip_space();
            let _ = self.cursor.eat(",");
        }
        self.cursor.token("]")?;
        Some(names)
    }

    fn set(&mut self, word: &'static str) -> Option<Node> {
        let left = self.tag_start()?;
        self.keyword(word)?;
        let key = self.cursor.ident()?.to_owned();
        self.cursor.token("=")?;
        self.cursor.skip_space();
        let value = self.logic_or_array()?;
        let right = self.tag_end()?;
        let is_global = word == "set_global";
        Some(Node::Set(Trim { left, right }, Set { key, value, is_global }))
    }

    fn body(&mut self, place: Place) -> Vec<Node> {
        let mut nodes = Vec::new();
        while !self.cursor.is_at_end() {
            let Some(node) = self.content(place) else { break };
            nodes.push(node);
        }
        nodes
    }

    fn conditional(&mut self, place: Place) -> Option<Node> {
        let mut conditions = Vec::new();
        let mut next = self.condition("if");
        next.as_ref()?;
        while let Some((trim, expr)) = next {
            conditions.push((trim, expr, self.body(place)));
            next = self.attempt(|reader| reader.condition("elif"));
        }
        let otherwise = self.simple_tag("else").map(|trim| (trim, self.body(place)));
        let close = self.simple_tag("endif")?;
        Some(Node::If(If { conditions, otherwise, close }))
    }

    fn condition(&mut self, word: &'static str) -> Option<(Trim, Expr)> {
        let left = self.tag_start()?;
        self.keyword(word)?;
        let expr = self.logic()?;
        let right = self.tag_end()?;
        Some((Trim { left, right }, expr))
    }

    fn for_loop(&mut self) -> Option<Node> {
        let left = self.tag_start()?;
        self.keyword("for")?;
        let first = self.cursor.ident()?.to_owned();
        let second = self.attempt(|reader| {
            reader.cursor.eat(",")?;
            reader.cursor.skip_space();
            reader.cursor.ident().map(str::to_owned)
        });
        self.cursor.space()?;
        self.cursor.eat("in")?;
        self.cursor.space()?;
        let container = self.container()?;
        let right = self.tag_end()?;
        let (key, value) = match second {
            Some(value) => (Some(first), value),
            None => (None, first),
        };
        let body = self.body(Place::For);
        let mut empty = None;
        while self.simple_tag("else").is_some() {
            empty = Some(self.body(Place::For));
        }
        let close = self.simple_tag("endfor")?;
        let open = Trim { left, right };
        Some(Node::For(Box::new(For { open, key, value, container, body, empty, close })))
    }

    fn filter_section(&mut self) -> Option<Node> {
        let left = self.tag_start()?;
        self.keyword("filter")?;
        let head: Call = self.call_or_name()?;
        let right = self.tag_end()?;
        let body = self.body(Place::Filter);
        let close = self.simple_tag("endfilter")?;
        Some(Node::Filter(Section { open: Trim { left, right }, head, body, close }))
    }

    fn raw(&mut self) -> Option<Node> {
        let open = self.simple_tag("raw")?;
        let start = self.cursor.at;
        loop {
            let at = self.cursor.at;
            if let Some(close) = self.simple_tag("endraw") {
                return Some(Node::Raw(open, self.cursor.source[start..at].to_owned(), close));
            }
            let rest = &self.cursor.rest().get(1..).unwrap_or_default();
            let Some(found) = rest.find("{%") else {
                self.cursor.at = self.cursor.source.len();
                return self.cursor.miss("{% endraw %}");
            };
            self.cursor.at += found + 1;
        }
    }

    fn block(&mut self) -> Option<Node> {
        Some(Node::Block(self.section(["block", "endblock"], Self::name, Place::Block)?))
    }

    fn macro_definition(&mut self) -> Option<Node> {
        Some(Node::Macro(self.section(["macro", "endmacro"], Self::macro_head, Place::Macro)?))
    }

    /// A named tag, what stands in it, and the tag that closes it.
    fn section<H>(
        &mut self,
        [opens, closes]: [&'static str; 2],
        head: fn(&mut Self) -> Option<H>,
        place: Place,
    ) -> Option<Section<H>> {
        let left = self.tag_start()?;
        self.keyword(opens)?;
        let head = head(self)?;
        let right = self.tag_end()?;
        let body = self.body(place);
        let close = self.named_end(closes)?;
        Some(Section { open: Trim { left, right }, head, body, close })
    }

    fn macro_head(&mut self) -> Option<MacroHead> {
        let name = self.name()?;
        self.cursor.token("(")?;
        let mut arguments: Vec<(String, Option<Expr>)> = Vec::new();
        while let Some(argument) = self.attempt(|reader| {
            if !arguments.is_empty() {
                reader.cursor.token(",")?;
            }
            reader.cursor.skip_space();
            reader.macro_argument()
        }) {
            arguments.retain(|(known, _)| *known != argument.0);
            arguments.push(argument);
        }
        self.cursor.token(")")?;
        Some(MacroHead { name, arguments })
    }

    /// No white space around the `=`, as in Tera.
    fn macro_argument(&mut self) -> Option<(String, Option<Expr>)> {
        let name = self.cursor.ident()?.to_owned();
        let default = self.attempt(|reader| {
            reader.cursor.eat("=")?;
            let start = reader.cursor.at;
            let val = reader.default_value()?;
            Some(Expr::plain(val, start..reader.cursor.at))
        });
        Some((name, default))
    }
}

/// The letters after `{%` or `{%-`.
fn tag_word(tag: &str) -> &str {
    let rest = &tag[2..];
    let rest = rest.strip_prefix('-').unwrap_or(rest).trim_start();
    let len = rest.bytes().take_while(|it| it.is_ascii_alphanumeric() || *it == b'_').count();
    &rest[..len]
}
