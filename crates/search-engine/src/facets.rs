//! Facets: counts of values over the hits, and orders by a value.
//!
//! Values stand in columns, a block for each stretch of documents. Only blocks that hold hits are
//! read; where these are more than the budget allows, evenly spread ones are, and counts are scaled
//! up and said to be about right.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::cache::{Block, Expected};
use crate::format::columns;
use crate::format::root::Values;
use crate::query::{Direction, Sort};
use crate::ranges;
use crate::ranking::Ranked;
use crate::results::{FacetCounts, Notice, NoticeCode};
use crate::session::{Session, Stored};
use crate::sorting;

/// Blocks of one column that are read for counts and for an order.
const MAX_BLOCKS: usize = 24;
/// Bytes of a value by which hits are ordered.
const MAX_SORTED: usize = 60;
const FACETS: fn(u32) -> Expected = Expected::Facets;
/// The key of hits without a value: the greatest that can be sorted by.
const LAST: u64 = 0xff_ffff_ffff;

/// Counts the facets asked for; `hits` gives the documents that one's counts are over.
pub(crate) fn count(session: &mut Session, hits: &dyn Fn(&str) -> Vec<u32>) -> Vec<FacetCounts> {
    let shared = Rc::clone(&session.shared);
    let mut counted = Vec::new();
    for name in session.query.facets.clone() {
        match column(&shared.root.values, &name) {
            Some(column) => counted.push(count_one(session, column, &hits(&name))),
            None => session.notice(NoticeCode::UnknownFacet, &name),
        }
    }
    counted
}

/// The column of a facet.
pub(crate) fn column<'a>(values: &'a [Values], name: &str) -> Option<&'a Values> {
    values.iter().find(|values| values.kind == columns::FACET_KIND && values.name == name)
}

fn count_one(session: &mut Session, column: &Values, docs: &[u32]) -> FacetCounts {
    let (stretches, exact) = stretches(session, column, docs);
    let mut counts: Vec<(String, u32)> = Vec::new();
    let mut seen = 0;
    for (stored, docs) in stretches {
        let Block::Facets(facets) = &*stored.block else { continue };
        let mut own = vec![0_u32; facets.values.len()];
        for doc in docs {
            for &ordinal in facets.of((doc - stored.first) as usize) {
                own[ordinal as usize] += 1;
            }
        }
        seen += docs.len();
        merge(&mut counts, facets.values.iter().zip(own).filter(|(_, count)| *count > 0));
    }
    if !exact && seen > 0 {
        for (_, count) in &mut counts {
            *count = (u64::from(*count) * docs.len() as u64 / seen as u64) as u32;
        }
    }
    // Values stand in their order, which stays among equals.
    let order = sorting::order(counts.iter().map(|(_, count)| u64::from(!count)));
    let values = order.into_iter().take(FacetCounts::MAX_VALUES).map(|at| counts[at].clone());
    FacetCounts { name: column.name.clone(), exact, values: values.collect() }
}

/// Adds counts of values in order to others in order.
fn merge<'a>(counts: &mut Vec<(String, u32)>, own: impl Iterator<Item = (&'a String, u32)>) {
    let mut merged = Vec::with_capacity(counts.len());
    let mut rest = core::mem::take(counts).into_iter().peekable();
    for (value, count) in own {
        while let Some(before) = rest.next_if(|(other, _)| other < value) {
            merged.push(before);
        }
        let same = rest.next_if(|(other, _)| other == value);
        merged.push((value.clone(), count + same.map_or(0, |(_, count)| count)));
    }
    merged.extend(rest);
    *counts = merged;
}

/// The blocks that hold values of these documents with those of them in each, and whether these
/// are all.
fn stretches<'a>(
    session: &mut Session,
    column: &Values,
    docs: &'a [u32],
) -> (Vec<(Stored, &'a [u32])>, bool) {
    // The borders of blocks are not known before their tables are read: documents are cut by the
    // size of the first block, which all but the last have.
    let per_block = column.store.firsts.get(1).copied().filter(|_| column.store.is_data());
    let per_block = per_block.unwrap_or(1 << 14).max(1);
    let parts: Vec<&[u32]> = docs.chunk_by(|a, b| a / per_block == b / per_block).collect();
    let step = if session.query.exhaustive { 1 } else { parts.len().div_ceil(MAX_BLOCKS).max(1) };
    let mut stretches: Vec<(Stored, &[u32])> = Vec::new();
    for mut part in parts.iter().copied().step_by(step) {
        while let Some(&doc) = part.first() {
            let Some(stored) = session.block_of(&column.store, doc, FACETS) else { break };
            let (own, rest) = part.split_at(part.partition_point(|&doc| stored.holds(doc)).max(1));
            stretches.push((stored, own));
            part = rest;
        }
    }
    (stretches, step == 1)
}

/// Puts hits, which stand in document order, in the order of a facet's first value; says so when
/// not all could be looked at.
pub(crate) fn sort(session: &mut Session, hits: &mut Vec<Ranked>) {
    let Sort::By { column: name, direction } = session.query.sort.clone() else { return };
    let shared = Rc::clone(&session.shared);
    let Some(column) = column(&shared.root.values, &name) else {
        return session.notice(NoticeCode::UnknownFacet, &name);
    };
    let docs: Vec<u32> = hits.iter().map(|hit| hit.doc).collect();
    let (stretches, exact) = stretches(session, column, &docs);
    if session.waits() {
        return;
    }
    if !exact {
        session.notice(NoticeCode::Estimated, &name);
    }
    let mut values: Vec<(&str, u32)> = Vec::new();
    let mut keyed = stretches
        .iter()
        .flat_map(|(stored, docs)| docs.iter().map(move |doc| (stored, doc)))
        .peekable();
    let mut without = Vec::new();
    for (at, doc) in docs.iter().enumerate() {
        let own = keyed.next_if(|(_, other)| *other == doc).and_then(|(stored, doc)| {
            let Block::Facets(facets) = &*stored.block else { return None };
            let &first = facets.of((doc - stored.first) as usize).first()?;
            Some(facets.values.get(first as usize)?.as_str())
        });
        match own {
            Some(value) => values.push((value, at as u32)),
            None => without.push(at as u32),
        }
    }
    let without = without.into_iter().map(|at| (LAST, at));
    let ordered = in_order(&values, direction).into_iter().chain(without);
    *hits = ordered.map(|(key, at)| hits[at as usize].at(key)).collect();
}

/// The second parts in the order of the first: of numbers if all are, else of bytes; with the number
/// or the first bytes.
fn in_order(values: &[(&str, u32)], direction: Direction) -> Vec<(u64, u32)> {
    let turn = |key: u64| if direction == Direction::Descending { LAST - key } else { key };
    let numbers: Option<Vec<u32>> =
        values.iter().map(|(value, _)| ranges::ordered_number(value)).collect();
    if let Some(numbers) = numbers {
        let keys: Vec<u64> = numbers.into_iter().map(|number| turn(number.into())).collect();
        let order = sorting::order(keys.iter().copied());
        return order.into_iter().map(|at| (keys[at], values[at].1)).collect();
    }
    // Five bytes at a time, the last first: each pass keeps what the one before it did.
    let mut ordered: Vec<(&str, u32)> = values.to_vec();
    let longest = values.iter().map(|(value, _)| value.len()).max().unwrap_or(0).min(MAX_SORTED);
    let key = |value: &str, from: usize| {
        let bytes = value.as_bytes().get(from..).unwrap_or_default();
        turn((0..5).fold(0, |key, at| key << 8 | u64::from(bytes.get(at).copied().unwrap_or(0))))
    };
    for from in (0..longest.div_ceil(5)).rev().map(|pass| pass * 5) {
        let order = sorting::order(ordered.iter().map(|(value, _)| key(value, from)));
        ordered = order.into_iter().map(|at| ordered[at]).collect();
    }
    ordered.into_iter().map(|(value, at)| (key(value, 0), at)).collect()
}

impl Session {
    /// Tells the reader of the answer, once.
    pub(crate) fn notice(&mut self, code: NoticeCode, detail: &str) {
        let notice = Notice { code, detail: detail.into() };
        if !self.plan.notices.contains(&notice) {
            self.plan.notices.push(notice);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn values_are_ordered_as_bytes_or_numbers(values in proptest::collection::vec("[a-c]{1,12}|[0-9]{1,4}", 0..30)) {
            let given: Vec<(&str, u32)> = values.iter().zip(0..).map(|(value, at)| (value.as_str(), at)).collect();
            let mut expected = given.clone();
            match values.iter().map(|value| value.parse::<u32>().ok()).collect::<Option<Vec<_>>>() {
                Some(_) => expected.sort_by_key(|(value, _)| value.parse::<u32>().unwrap()),
                None => expected.sort_by_key(|(value, _)| *value),
            }
            let expected: Vec<u32> = expected.into_iter().map(|(_, at)| at).collect();
            let (keys, order): (Vec<u64>, Vec<u32>) = in_order(&given, Direction::Ascending).into_iter().unzip();
            prop_assert_eq!(order, expected);
            prop_assert!(keys.is_sorted());
        }
    }
}
