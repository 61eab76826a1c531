//! Which injections hold where, worked out once for each stack of scopes.

use std::collections::HashMap;
use std::sync::Arc;

use crate::grammars::{GrammarIdx, Injection, RuleRef};
use crate::pattern::Pattern;
use crate::scopes::ScopeId;
use crate::search::Text;
use crate::tokenizer::Memory;

/// Places of the injections that hold, by the grammar the text began with and the scopes.
#[derive(Debug, Default)]
pub(crate) struct Injected {
    known: HashMap<(GrammarIdx, ScopeId), Arc<[usize]>>,
}

impl Memory {
    /// What an injection finds first: the rule, its expression, where, and whether it goes before
    /// the grammar's own rules.
    pub(crate) fn injected_first<'a>(
        &mut self,
        (base, injections): (GrammarIdx, &'a [Injection]),
        scopes: ScopeId,
        text: &Text<'_>,
    ) -> Option<(RuleRef, &'a Arc<Pattern>, usize, bool)> {
        let holding = self.holding(base, injections, scopes);
        let mut best: Option<(RuleRef, &Arc<Pattern>, usize, bool)> = None;
        for injection in holding.iter().filter_map(|idx| injections.get(*idx)) {
            let candidates = injection.scanner.candidates.iter().map(|it| (it.rule, &it.pattern));
            let Some((rule, pattern, at)) = self.searches.first(candidates, text) else { continue };
            if best.as_ref().is_none_or(|(_, _, first, _)| at < *first) {
                best = Some((rule, pattern, at, injection.selector.priority < 0));
            }
        }
        best
    }

    fn holding(
        &mut self,
        base: GrammarIdx,
        injections: &[Injection],
        stack: ScopeId,
    ) -> Arc<[usize]> {
        if let Some(known) = self.injected.known.get(&(base, stack)) {
            return known.clone();
        }
        let mut scopes: Vec<&str> = self.scopes.down(stack).collect();
        scopes.reverse();
        let all = injections.iter().enumerate();
        let holding: Arc<[usize]> =
            all.filter(|(_, it)| it.selector.holds(&scopes)).map(|(idx, _)| idx).collect();
        self.injected.known.insert((base, stack), holding.clone());
        holding
    }
}
