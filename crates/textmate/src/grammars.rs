//! All grammars there are: read when first met, and the searches that follow from their rules.
//!
//! A rule's *scanner* is the list of expressions that are looked for inside it: its items, with those
//! that stand for others replaced by them. It depends on the grammar that the text began with too,
//! because of `$base`.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use crate::grammar::{Body, Grammar, Item, Rule, RuleIdx, SpanKind};
use crate::pattern::Pattern;
use crate::selector::Selector;

/// Rules within rules that are gone into when it is asked whether a rule has anything in it.
const MAX_ASKED: usize = 500;
/// Ends of spans that name what was captured are kept up to this many.
const MAX_KEPT_ENDS: usize = 10_000;

/// A grammar, by its place among all.
pub(crate) type GrammarIdx = usize;

/// A rule of one of the grammars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct RuleRef {
    pub(crate) grammar: GrammarIdx,
    pub(crate) rule: RuleIdx,
}

/// Where a grammar comes from.
pub struct Source {
    /// Its name among grammars, such as `source.rust`.
    pub scope: String,
    /// Gives its JSON; nothing where that is at fault.
    pub read: Box<dyn Fn() -> Option<serde_json::Value> + Send + Sync>,
}

/// All grammars there are.
pub struct Grammars {
    entries: Vec<Entry>,
    by_scope: HashMap<String, GrammarIdx>,
    /// By the grammar that a text began with, and the rule.
    scanners: RwLock<HashMap<(GrammarIdx, RuleRef), Arc<Scanner>>>,
    ends: RwLock<HashMap<String, Arc<Pattern>>>,
}

struct Entry {
    source: Source,
    grammar: OnceLock<Option<Grammar>>,
    injections: OnceLock<Vec<Injection>>,
}

/// What is looked for inside a rule, first come, first served.
#[derive(Debug, Default)]
pub(crate) struct Scanner {
    pub(crate) candidates: Vec<Candidate>,
    /// Whether the end of the span goes behind all others.
    pub(crate) is_end_last: bool,
}

/// One of the expressions.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) rule: RuleRef,
    pub(crate) pattern: Arc<Pattern>,
}

/// Rules that hold wherever the scopes are right.
#[derive(Debug)]
pub(crate) struct Injection {
    pub(crate) selector: Selector,
    pub(crate) scanner: Arc<Scanner>,
}

impl std::fmt::Debug for Grammars {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.entries.iter().map(|entry| &entry.source.scope)).finish()
    }
}

impl Grammars {
    /// - `sources`: of two with one scope, the later one counts.
    pub fn new(sources: Vec<Source>) -> Self {
        let scopes = sources.iter().enumerate();
        let by_scope = scopes.map(|(at, source)| (source.scope.clone(), at)).collect();
        let entry =
            |source| Entry { source, grammar: OnceLock::new(), injections: OnceLock::new() };
        Self {
            entries: sources.into_iter().map(entry).collect(),
            by_scope,
            scanners: RwLock::default(),
            ends: RwLock::default(),
        }
    }

    pub(crate) fn find(&self, scope: &str) -> Option<GrammarIdx> {
        let idx = *self.by_scope.get(scope)?;
        self.grammar(idx).map(|_| idx)
    }

    fn grammar(&self, idx: GrammarIdx) -> Option<&Grammar> {
        let entry = self.entries.get(idx)?;
        let read = || Some(crate::reader::read(&(entry.source.read)()?));
        entry.grammar.get_or_init(read).as_ref()
    }

    pub(crate) fn rule(&self, at: RuleRef) -> Option<&Rule> {
        self.grammar(at.grammar)?.rules.get(at.rule)
    }

    /// What is looked for inside a rule.
    pub(crate) fn scanner(&self, base: GrammarIdx, at: RuleRef) -> Arc<Scanner> {
        let scanners = self.scanners.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(scanner) = scanners.get(&(base, at)) {
            return scanner.clone();
        }
        drop(scanners);
        let scanner = Arc::new(self.new_scanner(base, at));
        let mut scanners = self.scanners.write().unwrap_or_else(PoisonError::into_inner);
        scanners.entry((base, at)).or_insert(scanner).clone()
    }

    fn new_scanner(&self, base: GrammarIdx, at: RuleRef) -> Scanner {
        let mut collector =
            Collector { grammars: self, base, met: HashSet::new(), candidates: Vec::new() };
        let rule = self.rule(at);
        for item in rule.into_iter().flat_map(|rule| &rule.items) {
            collector.item(at.grammar, item);
        }
        let is_end_last = matches!(
            rule.map(|rule| &rule.body),
            Some(Body::Span(span)) if span.kind == SpanKind::EndLast
        );
        Scanner { candidates: collector.candidates, is_end_last }
    }

    /// The rule an item stands for.
    fn resolve(&self, base: GrammarIdx, grammar: GrammarIdx, item: &Item) -> Option<RuleRef> {
        match item {
            Item::Rule(rule) => Some(RuleRef { grammar, rule: *rule }),
            Item::Base => Some(RuleRef { grammar: base, rule: self.grammar(base)?.root }),
            Item::Other { scope, name } => {
                let grammar = self.find(scope)?;
                let other = self.grammar(grammar)?;
                let rule = match name {
                    Some(name) => *other.repository.get(&**name)?,
                    None => other.root,
                };
                Some(RuleRef { grammar, rule })
            }
            Item::Missing => None,
        }
    }

    /// Whether a rule has items, none of which is there: it is passed over then.
    ///
    /// - `asked`: rules gone into, and whether they were hollow; one that names itself is not.
    fn is_hollow(&self, base: GrammarIdx, at: RuleRef, asked: &mut HashMap<RuleRef, bool>) -> bool {
        if let Some(is_hollow) = asked.get(&at) {
            return *is_hollow;
        }
        let Some(rule) = self.rule(at) else { return true };
        if rule.items.is_empty() || asked.len() > MAX_ASKED {
            return false;
        }
        asked.insert(at, false);
        let is_hollow = rule.items.iter().all(|item| {
            let inner = self.resolve(base, at.grammar, item);
            inner.is_none_or(|inner| self.is_hollow(base, inner, asked))
        });
        asked.insert(at, is_hollow);
        is_hollow
    }

    /// Injections into texts that began with a grammar: its own, those that go first in front. That a
    /// grammar asks to be injected into others is passed over, as Zola does.
    pub(crate) fn injections(&self, base: GrammarIdx) -> &[Injection] {
        self.entries[base].injections.get_or_init(|| self.new_injections(base))
    }

    fn new_injections(&self, base: GrammarIdx) -> Vec<Injection> {
        let mut injections = Vec::new();
        for (selector, rule) in self.grammar(base).into_iter().flat_map(|it| &it.injections) {
            let scanner = self.scanner_of_all(base, RuleRef { grammar: base, rule: *rule });
            let parts = Selector::parse(selector).into_iter();
            injections
                .extend(parts.map(|selector| Injection { selector, scanner: scanner.clone() }));
        }
        injections.sort_by_key(|injection| injection.selector.priority);
        injections
    }

    /// A rule as the only item.
    fn scanner_of_all(&self, base: GrammarIdx, at: RuleRef) -> Arc<Scanner> {
        let mut collector =
            Collector { grammars: self, base, met: HashSet::new(), candidates: Vec::new() };
        collector.item(at.grammar, &Item::Rule(at.rule));
        Arc::new(Scanner { candidates: collector.candidates, is_end_last: false })
    }

    /// The end of a span, with what was captured put in.
    pub(crate) fn end(&self, source: String) -> Arc<Pattern> {
        let ends = self.ends.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(end) = ends.get(&source) {
            return end.clone();
        }
        drop(ends);
        let end = Arc::new(Pattern::new(&source));
        let mut ends = self.ends.write().unwrap_or_else(PoisonError::into_inner);
        if ends.len() < MAX_KEPT_ENDS {
            ends.insert(source, end.clone());
        }
        end
    }
}

/// Collects the expressions of items.
struct Collector<'a> {
    grammars: &'a Grammars,
    base: GrammarIdx,
    /// Groups gone into: one that names itself ends there.
    met: HashSet<RuleRef>,
    candidates: Vec<Candidate>,
}

impl Collector<'_> {
    fn item(&mut self, grammar: GrammarIdx, item: &Item) {
        let Some(at) = self.grammars.resolve(self.base, grammar, item) else { return };
        let Some(rule) = self.grammars.rule(at) else { return };
        let pattern = match &rule.body {
            Body::Match { pattern, .. } => pattern,
            Body::Span(span) => {
                if self.grammars.is_hollow(self.base, at, &mut HashMap::new()) {
                    return;
                }
                &span.begin
            }
            Body::Group => {
                if self.met.insert(at) {
                    rule.items.iter().for_each(|item| self.item(at.grammar, item));
                    self.met.remove(&at);
                }
                return;
            }
        };
        self.candidates.push(Candidate { rule: at, pattern: pattern.clone() });
    }
}
