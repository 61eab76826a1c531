//! "Did you mean": words near to ones that no document holds.
//!
//! Only plain questions are looked at, only when no document holds all their words, and only words
//! of four letters and more: one letter may be wrong, two from eight letters on. Of near words the
//! nearest is taken, rather one that begins with the same letter, rather a frequent one. Characters
//! of scripts without spaces are left alone: a pair that differs in one is another word.

use alloc::string::String;
use alloc::vec::Vec;

use crate::analysis::{self, Parts};
use crate::automaton::{MAX_PATTERN, Seek};
use crate::expand::Budget;
use crate::format::shard;
use crate::query::Typing;
use crate::session::Session;

/// Words of a question that are corrected.
const MAX_WORDS: usize = 3;
/// Shards that are read for a word, those first whose terms begin most like it.
const MAX_SHARDS: usize = 8;
/// Letters of words that one and two letters may be wrong in.
const MIN_LEN: usize = 4;
const MIN_LEN_TWO: usize = 8;

/// A word of a question that no document holds.
struct Unknown {
    start: usize,
    end: usize,
    word: Vec<char>,
}

/// Whether a better question is to be looked for.
pub(crate) fn is_wanted(session: &Session, full: u32) -> bool {
    session.plan.is_plain
        && full == 0
        && session.plan.did_you_mean.is_none()
        && session.query.typing == Typing::Done
}

/// The question with its unknown words replaced by near ones; `None` when there are none, or while
/// the session waits for blocks.
pub(crate) fn better(session: &mut Session) -> Option<String> {
    let mut budget = Budget::default();
    let mut better = String::new();
    let mut at = 0;
    for unknown in unknown(session) {
        if let Some(written) = nearest(session, &unknown.word, &mut budget) {
            better.push_str(session.query.text.get(at..unknown.start)?);
            better.push_str(&written);
            at = unknown.end;
        }
    }
    if at == 0 || session.waits() {
        return None;
    }
    better.push_str(session.query.text.get(at..)?);
    Some(better)
}

fn unknown(session: &Session) -> Vec<Unknown> {
    let is_held = |term: &str| {
        let keys = session.plan.keys.iter().zip(&session.terms);
        keys.into_iter().any(|(key, looked_up)| {
            key.term.split_first() == Some((&shard::WORDS, term.as_bytes()))
                && looked_up.place.is_some()
        })
    };
    let mut unknown = Vec::new();
    for segment in analysis::segments(&session.query.text) {
        let (start, end) = (segment.start as usize, segment.end as usize);
        let Parts::Word { parts, .. } = &segment.parts else { continue };
        let ([part], Some(source)) = (&parts[..], session.query.text.get(start..end)) else {
            continue;
        };
        let word: Vec<char> = analysis::beginning(source).chars().take(MAX_PATTERN).collect();
        let is_name = word.iter().all(|c| c.is_alphabetic());
        if is_name && word.len() >= MIN_LEN && !is_held(&part.term) && unknown.len() < MAX_WORDS {
            unknown.push(Unknown { start, end, word });
        }
    }
    unknown
}

/// The word nearest to an unknown one, as it is written. Few shards are read, those whose terms begin most
/// like it; where its first letters are wrong, a frequent word is found from its end.
fn nearest(session: &mut Session, word: &[char], budget: &mut Budget) -> Option<String> {
    let distance = if word.len() < MIN_LEN_TWO { 1 } else { 2 };
    let ahead = Seek::Fuzzy { word: word.to_vec(), distance };
    let stem = analysis::stem(word.iter().collect());
    let back = Seek::Fuzzy { word: stem.chars().rev().collect(), distance };
    // The nearest; of these rather one that begins with the same letter; of these a frequent one.
    let mut best = (u64::from(distance * 2 + 2) << 32, String::new());
    for (namespace, seek) in [(shard::WORDS, &ahead), (shard::BACKWARDS, &back)] {
        let (shards, _) = session.shards_for(&[namespace], seek, MAX_SHARDS, budget);
        for block in shards {
            session.walk(block, &[namespace], seek, &mut |_, entry, walker| {
                let (cost, written) = walker.form(&ahead, namespace == shard::BACKWARDS);
                let other = u8::from(written.chars().next() != word.first().copied());
                let key =
                    u64::from(cost.saturating_mul(2) | other) << 32 | u64::from(!entry.n_docs);
                if key < best.0 {
                    best = (key, written);
                }
                true
            });
        }
    }
    Some(best.1).filter(|written| !written.is_empty())
}
