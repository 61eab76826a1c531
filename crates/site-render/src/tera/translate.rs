//! A Tera template as MiniJinja source.
//!
//! MiniJinja runs the text, the branches, the loops and the includes; what Tera does otherwise is a
//! call of the object `tera` ([`super::run::Run`]) with the number of a piece:
//!
//! | Tera | MiniJinja |
//! |---|---|
//! | `{{ page.title }}` | `{{ tera.print(1) }}` |
//! | `{% set x = 1 %}` | `{% do tera.set(2) %}` |
//! | `{% if x %}a{% elif y %}b{% endif %}` | `{% if tera.holds(3) %}a{% elif tera.holds(4) %}b{% endif %}` |
//! | `{% for x in y %}a{% else %}b{% endfor %}` | `{% if tera.begin(5) %}{% for _ in tera.rounds() %}{% do tera.next() %}a{% endfor %}{% do tera.end() %}{% else %}b{% endif %}` |
//! | `{% filter upper %}a{% endfilter %}` | `{% filter tera_section(6) %}a{% endfilter %}` |
//! | `{% include "x.html" %}` | `{% do tera.enter(7) %}{% include "x.html" %}{% do tera.leave() %}` |
//! | `{% block a %}…{% endblock %}` | `{% include tera.block(8) %}`, the body a template of its own |
//! | `{{ super() }}` | `{% include tera.above(9) %}{% do tera.below(9) %}` |
//! | `{% macro m() %}…{% endmacro %}` | nothing; the body a template of its own |
//!
//! A loop's `else` stands outside of the loop, so that a `break` in it leaves the loop around both.

use std::collections::BTreeSet;

use super::fault::UnitId;
use super::program::{Macro, Origins, Piece, Placed, Program};
use super::syntax::{For, If, Include, Node, Section, Span};

/// A template for the engine.
#[derive(Debug)]
pub(crate) struct Translated {
    pub(crate) name: String,
    pub(crate) source: String,
    origins: Origins,
}

/// Translates one unit.
pub(crate) struct Translator<'p> {
    program: &'p mut Program,
    unit: UnitId,
    /// Templates of other syntax, which may be included as well.
    native: &'p dyn Fn(&str) -> bool,
    done: Vec<Translated>,
    /// Names given to bodies so far, to tell them apart.
    count: usize,
}

/// A source that is being written.
struct Writer {
    text: String,
    origins: Origins,
    /// Loops around the place that is written.
    loops: usize,
}

/// Translates a template into the one of its name and those of its blocks and macros; its pieces,
/// blocks and macros are entered in the program.
pub(crate) fn translate(
    program: &mut Program,
    unit: UnitId,
    nodes: Vec<Node>,
    native: &dyn Fn(&str) -> bool,
) -> Vec<Translated> {
    let mut translator = Translator { program, unit, native, done: Vec::new(), count: 0 };
    let name = translator.program.unit(unit).name.clone();
    translator.template(name, nodes, true);
    let done = std::mem::take(&mut translator.done);
    let entered = |it: Translated| {
        program.origins.insert(it.name.clone(), it.origins);
        Translated { name: it.name, source: it.source, origins: Origins::default() }
    };
    done.into_iter().map(entered).collect()
}

impl Translator<'_> {
    /// - `is_top`: whether blocks here may be overridden and override others. Tera looks for them at
    ///   the top of a template and in other blocks, not in branches.
    fn template(&mut self, name: String, nodes: Vec<Node>, is_top: bool) {
        let origins = Origins { unit: self.unit.0, places: Vec::new() };
        let mut writer = Writer { text: String::new(), origins, loops: 0 };
        self.nodes(nodes, &mut writer, is_top);
        // The engine drops one newline at the end of a source.
        if writer.text.ends_with('\n') {
            writer.text.push_str("{##}");
        }
        self.done.push(Translated { name, source: writer.text, origins: writer.origins });
    }

    fn nodes(&mut self, nodes: Vec<Node>, writer: &mut Writer, is_top: bool) {
        for node in nodes {
            self.node(node, writer, is_top);
        }
    }

    fn node(&mut self, node: Node, writer: &mut Writer, is_top: bool) {
        match node {
            Node::Text(text) | Node::Raw(_, text, _) => writer.literal(&text),
            Node::Comment(_) | Node::Import(..) => {}
            Node::Print(_, expr) => {
                let span = expr.span.clone();
                let number = self.piece(Piece::Print(expr), &span);
                writer.tag(&span, &format!("{{{{ tera.print({number}) }}}}"));
            }
            Node::Set(_, set) => {
                let span = set.value.span.clone();
                let number = self.piece(Piece::Set(set), &span);
                writer.tag(&span, &format!("{{% do tera.set({number}) %}}"));
            }
            Node::Super(span) => {
                let number = self.piece(Piece::Super, &span);
                let call =
                    format!("{{% include tera.above({number}) %}}{{% do tera.below({number}) %}}");
                writer.tag(&span, &call);
            }
            Node::Include(_, include) => self.include(include, writer),
            Node::If(it) => self.branches(it, writer),
            Node::For(it) => self.for_loop(*it, writer),
            Node::Break(_, span) => self.jump("break", &span, writer),
            Node::Continue(_, span) => self.jump("continue", &span, writer),
            Node::Filter(section) => {
                let span = section.head.name.span.clone();
                let number = self.piece(Piece::Filter(section.head), &span);
                writer.tag(&span, &format!("{{% filter tera_section({number}) %}}"));
                self.nodes(section.body, writer, false);
                writer.end("{% endfilter %}");
            }
            Node::Block(section) => self.block(section, writer, is_top),
            Node::Macro(section) => {
                let body = self.name_for("macro", &section.head.name.text);
                let found = Macro { arguments: section.head.arguments, body: body.clone() };
                self.program.units[self.unit.0].macros.insert(section.head.name.text, found);
                self.template(body, section.body, false);
            }
            Node::Extends(_, name) => self.fault(
                &name.span,
                format!("a template that extends another (`{}`) cannot be included", name.text),
                writer,
            ),
        }
    }

    fn piece(&mut self, piece: Piece, span: &Span) -> usize {
        self.program.pieces.push(Placed { unit: self.unit, span: span.clone(), piece });
        self.program.pieces.len() - 1
    }

    /// A name for a body; no file has one like it.
    fn name_for(&mut self, what: &str, name: &str) -> String {
        self.count += 1;
        format!("{}#{what} {name} {}", self.program.unit(self.unit).name, self.count)
    }

    fn fault(&mut self, span: &Span, message: String, writer: &mut Writer) {
        let number = self.piece(Piece::Fault { message, help: None }, span);
        writer.tag(span, &format!("{{% do tera.fail({number}) %}}"));
    }

    fn jump(&mut self, word: &str, span: &Span, writer: &mut Writer) {
        if writer.loops > 0 {
            writer.tag(span, &format!("{{% {word} %}}"));
        } else {
            self.fault(span, format!("`{word}` stands in no loop"), writer);
        }
    }

    fn include(&mut self, include: Include, writer: &mut Writer) {
        let is_there =
            |name: &&String| self.program.by_name.contains_key(*name) || (self.native)(name);
        let found = include.names.iter().find(is_there).cloned();
        let span = include.span;
        let Some(name) = found else {
            if !include.ignores_missing {
                let names = include.names.join("`, `");
                let known = self.program.by_name.keys();
                let help = include.names.first().and_then(|it| super::program::near(it, known));
                let message = format!("there is no template `{names}`");
                let number = self.piece(Piece::Fault { message, help }, &span);
                writer.tag(&span, &format!("{{% do tera.fail({number}) %}}"));
            }
            return;
        };
        let unit = self.program.find(&name).unwrap_or(self.unit);
        let number = self.piece(Piece::Include(unit), &span);
        let quoted = serde_json::Value::from(name).to_string();
        let call = format!(
            "{{% do tera.enter({number}) %}}{{% include {quoted} %}}{{% do tera.leave() %}}"
        );
        writer.tag(&span, &call);
    }

    fn branches(&mut self, it: If, writer: &mut Writer) {
        let mut word = "if";
        for (_, expr, body) in it.conditions {
            let span = expr.span.clone();
            let number = self.piece(Piece::Condition(expr), &span);
            writer.tag(&span, &format!("{{% {word} tera.holds({number}) %}}"));
            self.nodes(body, writer, false);
            word = "elif";
        }
        if let Some((_, body)) = it.otherwise {
            writer.end("{% else %}");
            self.nodes(body, writer, false);
        }
        writer.end("{% endif %}");
    }

    fn for_loop(&mut self, it: For, writer: &mut Writer) {
        let span = it.container.span.clone();
        let piece = Piece::Loop { key: it.key, value: it.value, container: it.container };
        let number = self.piece(piece, &span);
        let start = format!(
            "{{% if tera.begin({number}) %}}{{% for _ in tera.rounds() %}}{{% do tera.next() %}}"
        );
        writer.tag(&span, &start);
        writer.loops += 1;
        self.nodes(it.body, writer, false);
        writer.loops -= 1;
        writer.end("{% endfor %}{% do tera.end() %}");
        if let Some(empty) = it.empty {
            writer.end("{% else %}");
            self.nodes(empty, writer, false);
        }
        writer.end("{% endif %}");
    }

    fn block(&mut self, section: Section<super::syntax::Name>, writer: &mut Writer, is_top: bool) {
        let super::syntax::Name { text: name, span } = section.head;
        let body = self.name_for("block", &name);
        if is_top {
            self.program.units[self.unit.0].blocks.insert(name.clone(), body.clone());
        }
        let number = self.piece(Piece::Block { name, body: body.clone() }, &span);
        writer.tag(&span, &format!("{{% include tera.block({number}) %}}"));
        self.template(body, section.body, is_top);
    }
}

impl Writer {
    /// A tag, and where it comes from.
    fn tag(&mut self, span: &Span, text: &str) {
        self.origins.places.push((self.text.len(), span.clone()));
        self.end(text);
    }

    /// A tag that needs no place.
    fn end(&mut self, text: &str) {
        self.part_brace();
        self.text.push_str(text);
    }

    /// Keeps a brace of the text before from joining the tag that comes.
    fn part_brace(&mut self) {
        if self.text.ends_with('{') {
            self.text.pop();
            self.text.push_str("{{ '{' }}");
        }
    }

    /// Text that must come out as it is, braces and all.
    fn literal(&mut self, text: &str) {
        for letter in text.chars() {
            if matches!(letter, '{' | '%' | '#') {
                self.part_brace();
            }
            self.text.push(letter);
        }
    }
}

/// Names of blocks and macros that a template defines twice, with the places of the second ones.
pub(crate) fn duplicates(nodes: &[Node]) -> Vec<(&'static str, &super::syntax::Name)> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    collect_blocks(nodes, &mut seen, &mut found);
    let mut macros = BTreeSet::new();
    for node in nodes {
        if let Node::Macro(section) = node
            && !macros.insert(&section.head.name.text)
        {
            found.push(("macro", &section.head.name));
        }
    }
    found
}

fn collect_blocks<'n>(
    nodes: &'n [Node],
    seen: &mut BTreeSet<&'n str>,
    found: &mut Vec<(&'static str, &'n super::syntax::Name)>,
) {
    for node in nodes {
        if let Node::Block(section) = node {
            if !seen.insert(&section.head.text) {
                found.push(("block", &section.head));
            }
            collect_blocks(&section.body, seen, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tera::load::{Source, load};

    fn source(name: &str, text: &str) -> Source {
        Source { name: name.to_owned(), text: text.to_owned() }
    }

    /// The translation of a template, with those of its blocks and macros behind it.
    fn translated(text: &str) -> String {
        let sources = vec![source("a.html", text), source("b.html", "")];
        let loaded = load(sources, &|_| false);
        assert!(loaded.complaints.is_empty(), "{text}: {:?}", loaded.complaints);
        let own = loaded.templates.iter().filter(|it| it.name != "b.html");
        own.map(|it| it.source.as_str()).collect::<Vec<_>>().join(" // ")
    }

    #[test]
    fn tags_become_calls() {
        let table = [
            ("a {{ b }} c", "a {{ tera.print(0) }} c"),
            ("{% set a = 1 %}", "{% do tera.set(0) %}"),
            (
                "{% if a %}1{% elif b %}2{% else %}3{% endif %}",
                "{% if tera.holds(0) %}1{% elif tera.holds(1) %}2{% else %}3{% endif %}",
            ),
            (
                "{% for a in b %}{% break %}{% else %}0{% endfor %}",
                "{% if tera.begin(0) %}{% for _ in tera.rounds() %}{% do tera.next() %}{% break %}\
                 {% endfor %}{% do tera.end() %}{% else %}0{% endif %}",
            ),
            (
                "{% include [\"no.html\", \"b.html\"] %}",
                "{% do tera.enter(0) %}{% include \"b.html\" %}{% do tera.leave() %}",
            ),
            ("{% include \"no.html\" ignore missing %}", ""),
            ("{% filter upper %}a{% endfilter %}", "{% filter tera_section(0) %}a{% endfilter %}"),
            ("{% block a %}1{% endblock %}", "1 // {% include tera.block(0) %}"),
            ("{% macro a() %}1{% endmacro %}", "1 // "),
        ];
        for (text, expected) in table {
            assert_eq!(translated(text), expected, "{text}");
        }
    }

    #[test]
    fn text_comes_out_as_it_is() {
        let table = [
            ("{% raw %}{{ a }}{% endraw %}", "{{ '{' }}{ a }}"),
            ("{% raw %}{%{% endraw %}{{ a }}", "{{ '{' }}%{{ tera.print(0) }}"),
            ("{% raw %}{{% endraw %}{{ a }}", "{{ '{' }}{{ tera.print(0) }}"),
            ("a\n", "a\n{##}"),
        ];
        for (text, expected) in table {
            assert_eq!(translated(text), expected, "{text}");
        }
    }

    #[test]
    fn a_place_in_the_translation_leads_to_the_authors() {
        let text = "甲 {{ a }} {% if b %}{{ c.d }}{% endif %}";
        let loaded = load(vec![source("a.html", text)], &|_| false);
        let at = loaded.templates[0].source.find("tera.print(2)").expect("it is there");
        let (unit, span) = loaded.program.origin("a.html", &(at..at + 1)).expect("it has a place");
        assert_eq!((unit, &text[span]), (UnitId(0), "c.d"));
    }
}
