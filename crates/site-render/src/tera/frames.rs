//! Scopes of a running Tera template: what `set` made, loops, and the variables it was given.
//!
//! A macro sees its own arguments and the given variables, nothing that was `set` around it. A path
//! that a scope cannot follow to its end is looked for in the next one outwards: `item.name` finds the
//! outer `item` when the inner one has no `name`.

use std::collections::BTreeMap;

use minijinja::value::Value;
use unicode_segmentation::UnicodeSegmentation;

use super::data::{self, Kind, kind, walk};
use super::fault::UnitId;

/// What opened a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Entry,
    Macro,
    Loop,
    Include,
}

#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) scope: Scope,
    /// The template whose text is running.
    pub(crate) unit: UnitId,
    variables: Vec<(String, Value)>,
    round: Option<Round>,
}

/// A loop and where it is.
#[derive(Debug)]
pub(crate) struct Round {
    key: Option<String>,
    value: String,
    items: Items,
    pub(crate) len: usize,
    current: usize,
    has_started: bool,
}

#[derive(Debug)]
enum Items {
    List(Value),
    Vec(Vec<Value>),
    Map(Value, Vec<Value>),
}

impl Round {
    /// A loop over a list or the letters of a text; nothing for what has no such items.
    pub(crate) fn over_items(name: &str, container: Value) -> Option<Self> {
        let (items, len) = match (kind(&container), container.len()) {
            (Kind::Text(text), _) => {
                let letters: Vec<Value> = text.graphemes(true).map(Value::from).collect();
                let len = letters.len();
                (Items::Vec(letters), len)
            }
            (Kind::List, Some(len)) if container.kind() == minijinja::value::ValueKind::Seq => {
                (Items::List(container), len)
            }
            (Kind::List, _) => {
                let items = data::items(&container);
                let len = items.len();
                (Items::Vec(items), len)
            }
            _ => return None,
        };
        Some(Self::new(None, name, items, len))
    }

    pub(crate) fn over_pairs(key: &str, name: &str, map: Value) -> Self {
        let keys = data::keys(&map);
        let len = keys.len();
        Self::new(Some(key.to_owned()), name, Items::Map(map, keys), len)
    }

    fn new(key: Option<String>, value: &str, items: Items, len: usize) -> Self {
        let value = value.to_owned();
        Self { key, value, items, len, current: 0, has_started: false }
    }

    fn item(&self) -> Value {
        match &self.items {
            Items::List(list) => list.get_item_by_index(self.current).unwrap_or_default(),
            Items::Vec(items) => items.get(self.current).cloned().unwrap_or_default(),
            Items::Map(map, keys) => {
                let key = keys.get(self.current);
                key.and_then(|key| map.get_item(key).ok()).unwrap_or_default()
            }
        }
    }

    fn item_key(&self) -> Value {
        let Items::Map(_, keys) = &self.items else { return Value::UNDEFINED };
        match keys.get(self.current) {
            Some(key) if key.as_str().is_some() => key.clone(),
            Some(key) => Value::from(key.to_string()),
            None => Value::UNDEFINED,
        }
    }

    fn find(&self, root: &str, keys: &[&str]) -> Option<Value> {
        if keys.is_empty() && self.key.as_deref() == Some(root) {
            return Some(self.item_key());
        }
        if root == "loop" {
            return match keys {
                ["index"] => Some(Value::from(self.current as u64 + 1)),
                ["index0"] => Some(Value::from(self.current as u64)),
                ["first"] => Some(Value::from(self.current == 0)),
                ["last"] => Some(Value::from(self.current + 1 == self.len)),
                _ => None,
            };
        }
        if root == self.value { walk(&self.item(), keys.iter().copied()) } else { None }
    }
}

impl Frame {
    pub(crate) fn new(scope: Scope, unit: UnitId) -> Self {
        Self { scope, unit, variables: Vec::new(), round: None }
    }

    pub(crate) fn of_macro(unit: UnitId, variables: Vec<(String, Value)>) -> Self {
        Self { scope: Scope::Macro, unit, variables, round: None }
    }

    pub(crate) fn of_loop(unit: UnitId, round: Round) -> Self {
        Self { scope: Scope::Loop, unit, variables: Vec::new(), round: Some(round) }
    }

    fn set(&mut self, key: &str, value: Value) {
        match self.variables.iter_mut().find(|(known, _)| known == key) {
            Some((_, slot)) => *slot = value,
            None => self.variables.push((key.to_owned(), value)),
        }
    }

    fn find(&self, root: &str, keys: &[&str]) -> Option<Value> {
        let own = self.variables.iter().find(|(known, _)| known == root);
        own.and_then(|(_, value)| walk(value, keys.iter().copied()))
            .or_else(|| self.round.as_ref()?.find(root, keys))
    }
}

/// All scopes, outermost first.
#[derive(Debug)]
pub(crate) struct Frames(Vec<Frame>);

impl Frames {
    pub(crate) fn new(entry: UnitId) -> Self {
        Self(vec![Frame::new(Scope::Entry, entry)])
    }

    pub(crate) fn push(&mut self, frame: Frame) {
        self.0.push(frame);
    }

    pub(crate) fn pop(&mut self) {
        if self.0.len() > 1 {
            self.0.pop();
        }
    }

    pub(crate) fn depth(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn cut(&mut self, depth: usize) {
        self.0.truncate(depth.max(1));
    }

    pub(crate) fn top(&self) -> &Frame {
        self.0.last().expect("the entry's frame is never popped")
    }

    /// Starts the next round of the innermost loop: what was set in the last one is gone.
    pub(crate) fn next_round(&mut self) {
        let Some(frame) = self.0.last_mut() else { return };
        let Some(round) = &mut frame.round else { return };
        if round.has_started {
            round.current += 1;
            frame.variables.clear();
        }
        round.has_started = true;
    }

    pub(crate) fn rounds(&self) -> usize {
        self.top().round.as_ref().map_or(0, |round| round.len)
    }

    /// `set` in the innermost scope, `set_global` in the innermost that is no loop.
    pub(crate) fn set(&mut self, key: &str, value: Value, is_global: bool) {
        let found = self.0.iter_mut().rev().find(|it| !is_global || it.scope != Scope::Loop);
        if let Some(frame) = found {
            frame.set(key, value);
        }
    }

    /// Follows a path in the scopes that are seen from here, then in the given variables.
    pub(crate) fn find(&self, given: &Value, root: &str, keys: &[&str]) -> Option<Value> {
        for frame in self.0.iter().rev() {
            if let Some(value) = frame.find(root, keys) {
                return Some(value);
            }
            if frame.scope == Scope::Macro {
                break;
            }
        }
        walk(&data::member(given, root)?, keys.iter().copied())
    }

    /// Everything that is seen from here, by name.
    pub(crate) fn all(&self, given: &Value) -> BTreeMap<String, Value> {
        let mut seen = BTreeMap::new();
        for frame in self.0.iter().rev() {
            seen.extend(frame.variables.iter().cloned());
            if let Some(round) = &frame.round {
                seen.insert(round.value.clone(), round.item());
                if let Some(key) = &round.key {
                    seen.insert(key.clone(), round.item_key());
                }
            }
            if frame.scope == Scope::Macro {
                return seen;
            }
        }
        let mut all: BTreeMap<String, Value> = data::pairs(given).into_iter().collect();
        all.extend(seen);
        all
    }
}
