//! Searches for expressions in one line, each of which is kept until the line has moved past what
//! it found.

use std::sync::Arc;

use onig::{MatchParam, Region, SearchOptions};

use crate::names::Group;
use crate::pattern::{Anchors, Pattern};

/// Steps back that one expression may take at one place.
const MAX_RETRIES: u32 = 20_000;

/// What was found for each expression, by its number.
#[derive(Debug, Default)]
pub(crate) struct Searches {
    slots: Vec<Slot>,
    /// The text that is searched; what belongs to another one is out of date.
    text: u64,
    last_text: u64,
    /// Bytes that were searched since the line began.
    pub(crate) searched: usize,
}

#[derive(Debug, Default)]
struct Slot {
    text: u64,
    /// Where the search began.
    from: usize,
    /// Where the expression was found.
    at: Option<usize>,
    groups: Vec<Group>,
}

/// One text and what is asked of it.
pub(crate) struct Text<'a> {
    pub(crate) line: &'a str,
    pub(crate) from: usize,
    pub(crate) anchors: Anchors,
}

impl Searches {
    /// Makes room for another text. Returns the one before, for [`Self::go_back`].
    pub(crate) fn begin(&mut self) -> u64 {
        self.last_text += 1;
        std::mem::replace(&mut self.text, self.last_text)
    }

    /// Returns to a text that [`Self::begin`] left.
    pub(crate) fn go_back(&mut self, text: u64) {
        self.text = text;
    }

    /// Where the expression is found first.
    pub(crate) fn find(&mut self, pattern: &Pattern, text: &Text<'_>) -> Option<usize> {
        let compiled = pattern.compiled(text.anchors)?;
        if self.slots.len() <= compiled.number {
            self.slots.resize_with(compiled.number + 1, Slot::default);
        }
        let slot = &mut self.slots[compiled.number];
        let is_fresh = slot.text == self.text
            && slot.from <= text.from
            && slot.at.is_none_or(|at| at >= text.from)
            && (!pattern.has_anchor() || slot.from == text.from);
        if is_fresh {
            return slot.at;
        }
        let mut limits = MatchParam::default();
        limits.set_retry_limit_in_match(MAX_RETRIES);
        let mut region = Region::new();
        let found = compiled.regex.search_with_param(
            text.line,
            text.from,
            text.line.len(),
            SearchOptions::SEARCH_OPTION_NONE,
            Some(&mut region),
            limits,
        );
        // An expression that takes too many steps is not found.
        (slot.text, slot.from, slot.at) = (self.text, text.from, found.unwrap_or(None));
        self.searched += 1 + slot.at.unwrap_or(text.line.len()) - text.from;
        slot.groups.clear();
        if slot.at.is_some() {
            slot.groups.extend((0..region.len()).map(|group| region.pos(group)));
        }
        slot.at
    }

    /// Groups of what was found last for the expression.
    pub(crate) fn groups(&self, pattern: &Pattern, anchors: Anchors) -> Vec<Group> {
        let number = pattern.compiled(anchors).map(|it| it.number);
        number
            .and_then(|number| self.slots.get(number))
            .map(|it| it.groups.clone())
            .unwrap_or_default()
    }

    /// Which of the expressions is found first, and where; of two at one place, the first one.
    pub(crate) fn first<'a, T>(
        &mut self,
        patterns: impl Iterator<Item = (T, &'a Arc<Pattern>)>,
        text: &Text<'_>,
    ) -> Option<(T, &'a Arc<Pattern>, usize)> {
        let mut best: Option<(T, &Arc<Pattern>, usize)> = None;
        for (what, pattern) in patterns {
            let Some(at) = self.find(pattern, text) else { continue };
            if best.as_ref().is_none_or(|(.., first)| at < *first) {
                best = Some((what, pattern, at));
                if at == text.from {
                    break;
                }
            }
        }
        best
    }
}
