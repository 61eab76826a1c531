//! Sorting and joining, each in one place: every further kind of sort costs 5 KB of WASM.

use alloc::vec;
use alloc::vec::Vec;

/// The order in which items stand by ascending keys, equal ones as they are; keys have at most 40
/// bits, items are fewer than 2²⁴.
pub(crate) fn order(keys: impl Iterator<Item = u64>) -> Vec<usize> {
    least(keys, usize::MAX)
}

/// The first `n` of that order. Most keys are far above: a bar that falls keeps short what is sorted.
pub(crate) fn least(keys: impl Iterator<Item = u64>, n: usize) -> Vec<usize> {
    let mut packed: Vec<u64> = Vec::new();
    let mut bar = u64::MAX;
    for (at, key) in keys.enumerate() {
        let item = key << 24 | at as u64;
        if item < bar {
            packed.push(item);
            if packed.len() / 2 > n.max(32) {
                sort(&mut packed);
                packed.truncate(n);
                bar = packed.last().copied().unwrap_or(0);
            }
        }
    }
    sort(&mut packed);
    packed.into_iter().take(n).map(|packed| (packed & 0xff_ffff) as usize).collect()
}

/// Merges runs of doubling length. The standard library's sort is faster, and 10 KB larger.
fn sort(values: &mut Vec<u64>) {
    let mut merged = vec![0; values.len()];
    let mut run = 1;
    while run < values.len() {
        for (from, to) in values.chunks(2 * run).zip(merged.chunks_mut(2 * run)) {
            merge(from.split_at(run.min(from.len())), to);
        }
        core::mem::swap(values, &mut merged);
        run *= 2;
    }
}

fn merge((mut a, mut b): (&[u64], &[u64]), to: &mut [u64]) {
    for slot in to {
        let from = match (a, b) {
            ([x, ..], [y, ..]) if y < x => &mut b,
            ([], _) => &mut b,
            _ => &mut a,
        };
        if let [first, rest @ ..] = *from {
            *slot = *first;
            *from = rest;
        }
    }
}

/// The first place from `at` on whose document is not below `doc`; leaps where it is far.
pub(crate) fn leap(docs: &[u32], at: usize, doc: u32) -> usize {
    let docs = &docs[at.min(docs.len())..];
    let mut step = 1;
    while docs.get(step - 1).is_some_and(|&other| other < doc) {
        step *= 2;
    }
    let from = step / 2;
    let window = &docs[from.min(docs.len())..docs.len().min(step)];
    at + from.min(docs.len()) + window.partition_point(|&other| other < doc)
}

/// Members of any of several ascending lists of documents below `n_docs`.
pub(crate) fn union<'a>(lists: impl Iterator<Item = &'a [u32]>, n_docs: u32) -> Vec<u32> {
    let mut seen = vec![0_u64; n_docs as usize / 64 + 1];
    for &doc in lists.flatten() {
        seen[doc as usize / 64] |= 1 << (doc % 64);
    }
    let mut all = Vec::new();
    for (at, mut word) in seen.into_iter().enumerate() {
        while word != 0 {
            all.push(at as u32 * 64 + word.trailing_zeros());
            word &= word - 1;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::{btree_set, vec};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn order_is_that_of_a_stable_sort(keys in vec(0_u64..1 << 40, 0..300)) {
            let mut expected: Vec<usize> = (0..keys.len()).collect();
            expected.sort_by_key(|&at| keys[at]);
            prop_assert_eq!(order(keys.iter().copied()), expected.as_slice());
            for n in [0, 1, 3, 40, 299, 300] {
                let first = &expected[..n.min(expected.len())];
                prop_assert_eq!(least(keys.iter().copied(), n), first);
            }
        }

        #[test]
        fn leaps_land_where_a_search_does(docs in btree_set(0_u32..300, 0..90), doc in 0_u32..310, at in 0_usize..20) {
            let docs: Vec<u32> = docs.into_iter().collect();
            let at = at.min(docs.len());
            let expected = at + docs[at..].partition_point(|&other| other < doc);
            prop_assert_eq!(leap(&docs, at, doc), expected);
        }

        #[test]
        fn union_is_that_of_sets(lists in vec(btree_set(0_u32..500, 0..60), 0..6)) {
            let expected: Vec<u32> = lists.iter().flatten().copied().collect::<std::collections::BTreeSet<_>>().into_iter().collect();
            let lists: Vec<Vec<u32>> = lists.into_iter().map(|list| list.into_iter().collect()).collect();
            prop_assert_eq!(union(lists.iter().map(Vec::as_slice), 500), expected);
        }
    }
}
