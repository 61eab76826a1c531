//! Reads a grammar's JSON.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::grammar::{
    Body, Capture, Captures, Close, Grammar, Item, Rule, RuleIdx, Span, SpanKind,
};
use crate::names::Name;
use crate::pattern::{NEVER, Pattern, has_back_references};

/// Groups of one expression that have names.
const MAX_CAPTURES: usize = 1_000;

/// Reads a grammar.
pub(crate) fn read(json: &Json) -> Grammar {
    let mut reader = Reader { rules: vec![Rule::default()], scope: Vec::new() };
    let repository = reader.declare(json.get("repository"));
    reader.scope.push(repository.clone());
    reader.define(json.get("repository"), &repository);
    let items = reader.items(json.get("patterns"));
    reader.rules[0].items = items;
    let injections = json.get("injections").and_then(Json::as_object).into_iter().flatten();
    let injections =
        injections.map(|(selector, rule)| (selector.clone(), reader.rule(rule))).collect();
    Grammar { rules: reader.rules, root: 0, repository, injections }
}

struct Reader {
    rules: Vec<Rule>,
    /// Names of rules: the grammar's, and those of rules with a repository of their own.
    scope: Vec<HashMap<String, RuleIdx>>,
}

fn text<'a>(json: &'a Json, key: &str) -> Option<&'a str> {
    json.get(key).and_then(Json::as_str)
}

fn name(json: &Json, key: &str) -> Option<Name> {
    text(json, key).filter(|name| !name.is_empty()).map(Name::new)
}

impl Reader {
    /// Gives each rule of a repository its place, so that all can name all.
    fn declare(&mut self, repository: Option<&Json>) -> HashMap<String, RuleIdx> {
        let rules = repository.and_then(Json::as_object).into_iter().flatten();
        rules.map(|(name, _)| (name.clone(), self.place())).collect()
    }

    fn define(&mut self, repository: Option<&Json>, places: &HashMap<String, RuleIdx>) {
        for (name, json) in repository.and_then(Json::as_object).into_iter().flatten() {
            if let Some(place) = places.get(name) {
                self.rules[*place] = self.read(json);
            }
        }
    }

    fn place(&mut self) -> RuleIdx {
        self.rules.push(Rule::default());
        self.rules.len() - 1
    }

    fn rule(&mut self, json: &Json) -> RuleIdx {
        let place = self.place();
        self.rules[place] = self.read(json);
        place
    }

    fn read(&mut self, json: &Json) -> Rule {
        let expression = |key| text(json, key).filter(|it| !it.is_empty());
        let (name, content_name) = (name(json, "name"), name(json, "contentName"));
        if let Some(source) = expression("match") {
            let captures = self.captures(json.get("captures"));
            let body = Body::Match { pattern: Arc::new(Pattern::new(source)), captures };
            return Rule { name, body, ..Rule::default() };
        }
        let Some(begin) = text(json, "begin") else { return self.group(json) };
        let (close, kind) = match expression("while") {
            Some(source) => (source, SpanKind::While),
            // Without an end it lasts to that of the text.
            None => (expression("end").unwrap_or(NEVER), end_kind(json)),
        };
        let captures_key = if kind == SpanKind::While { "whileCaptures" } else { "endCaptures" };
        let common = json.get("captures");
        let span = Span {
            begin: Arc::new(Pattern::new(begin)),
            begin_captures: self.captures(json.get("beginCaptures").or(common)),
            close: closing(close),
            close_captures: self.captures(json.get(captures_key).or(common)),
            kind,
        };
        let items = self.items(json.get("patterns"));
        Rule { name, content_name, body: Body::Span(Box::new(span)), items }
    }

    /// A rule that stands for others.
    fn group(&mut self, json: &Json) -> Rule {
        let own = self.declare(json.get("repository"));
        self.scope.push(own.clone());
        self.define(json.get("repository"), &own);
        let items = match (json.get("patterns"), json.get("include")) {
            (None, Some(_)) => vec![self.item(json)],
            (patterns, _) => self.items(patterns),
        };
        self.scope.pop();
        Rule {
            name: name(json, "name"),
            content_name: name(json, "contentName"),
            items,
            ..Rule::default()
        }
    }

    fn items(&mut self, patterns: Option<&Json>) -> Vec<Item> {
        let patterns = patterns.and_then(Json::as_array).into_iter().flatten();
        patterns.map(|json| self.item(json)).collect()
    }

    fn item(&mut self, json: &Json) -> Item {
        let Some(include) = text(json, "include") else { return Item::Rule(self.rule(json)) };
        match include.split_once('#') {
            None if include == "$self" => Item::Rule(0),
            None if include == "$base" => Item::Base,
            None => Item::Other { scope: Box::from(include), name: None },
            Some(("", name)) => self.named(name).map_or(Item::Missing, Item::Rule),
            Some((scope, name)) => {
                Item::Other { scope: Box::from(scope), name: Some(Box::from(name)) }
            }
        }
    }

    fn named(&self, name: &str) -> Option<RuleIdx> {
        self.scope.iter().rev().find_map(|names| names.get(name)).copied()
    }

    fn captures(&mut self, json: Option<&Json>) -> Captures {
        let mut captures = Captures::new();
        match json {
            Some(Json::Object(groups)) => {
                for (number, group) in groups {
                    self.capture(number.parse().unwrap_or(usize::MAX), group, &mut captures);
                }
            }
            Some(Json::Array(groups)) => {
                for (number, group) in groups.iter().enumerate() {
                    self.capture(number, group, &mut captures);
                }
            }
            _ => {}
        }
        captures
    }

    fn capture(&mut self, number: usize, json: &Json, captures: &mut Captures) {
        if number > MAX_CAPTURES || !json.is_object() {
            return;
        }
        if captures.len() <= number {
            captures.resize_with(number + 1, || None);
        }
        let rule = json.get("patterns").map(|_| self.rule(json));
        let (name, content_name) = (name(json, "name"), name(json, "contentName"));
        captures[number] = Some(Capture { name, content_name, rule });
    }
}

fn end_kind(json: &Json) -> SpanKind {
    let is_last = match json.get("applyEndPatternLast") {
        Some(Json::Number(number)) => number.as_i64() != Some(0),
        Some(Json::Bool(is_last)) => *is_last,
        _ => false,
    };
    if is_last { SpanKind::EndLast } else { SpanKind::EndFirst }
}

fn closing(source: &str) -> Close {
    if has_back_references(source) {
        Close::Referring(Box::from(source))
    } else {
        Close::Fixed(Arc::new(Pattern::new(source)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_grammars_are_read() {
        for text in [
            "{}",
            "[]",
            "null",
            "{\"patterns\": 1, \"repository\": []}",
            "{\"patterns\": [1, {}, {\"include\": \"#none\"}, {\"begin\": \"\"}, {\"match\": \"\"}]}",
            "{\"patterns\": [{\"match\": \"a\", \"captures\": {\"x\": {}, \"99999999\": {}, \"1\": 2}}]}",
        ] {
            let json: Json = serde_json::from_str(text).unwrap();
            assert!(!read(&json).rules.is_empty(), "{text}");
        }
    }

    #[test]
    fn repositories_of_rules_go_before_the_grammar_s() {
        let json = serde_json::json!({
            "patterns": [{"patterns": [{"include": "#a"}], "repository": {"a": {"match": "inner"}}}],
            "repository": {"a": {"match": "outer"}, "b": {"include": "#a"}},
        });
        let grammar = read(&json);
        let Item::Rule(group) = grammar.rules[0].items[0] else { panic!() };
        let Item::Rule(inner) = grammar.rules[group].items[0] else { panic!() };
        assert_ne!(inner, grammar.repository["a"]);
        let b = &grammar.rules[grammar.repository["b"]];
        assert!(matches!(b.items[0], Item::Rule(rule) if rule == grammar.repository["a"]));
    }
}
