//! Matching: which documents satisfy the expression, exactly.

use alloc::rc::Rc;
use alloc::vec::Vec;

use crate::cache::Block;
use crate::format::positions::Positions;
use crate::near;
use crate::plan::Tree;
use crate::session::{LAYOUTS, Session, Stored};
use crate::sorting;

/// Documents of each leaf of the plan, ascending; incomplete while the session waits for blocks.
pub(crate) fn leaves(session: &mut Session) -> Vec<Vec<u32>> {
    (0..session.plan.leaves.len()).map(|i| leaf(session, i)).collect()
}

fn leaf(session: &mut Session, i: usize) -> Vec<u32> {
    let plan = session.plan.leaves[i].clone();
    if let Some(near) = &plan.near {
        return near::docs(session, near);
    }
    let mut lists = Vec::new();
    for sequence in &plan.sequences {
        lists.push(in_sequence(session, sequence, plan.field));
    }
    for prefix in plan.prefixes {
        for term in session.expansions[prefix].clone() {
            lists.push(in_sequence(session, &[(0, term)], plan.field));
        }
    }
    any(lists, session.shared.root.n_docs)
}

/// Members of any of the lists.
pub(crate) fn any(mut lists: Vec<Vec<u32>>, n_docs: u32) -> Vec<u32> {
    match lists.len() {
        0 | 1 => lists.pop().unwrap_or_default(),
        _ => sorting::union(lists.iter().map(Vec::as_slice), n_docs),
    }
}

/// Documents in which terms stand at these offsets from each other, in the field if one is given.
fn in_sequence(session: &mut Session, sequence: &[(u32, usize)], field: Option<u32>) -> Vec<u32> {
    let docs = with_all(session, sequence);
    if docs.is_empty() || sequence.len() == 1 && field.is_none() {
        return docs;
    }
    let Some(places) = Places::read(session, sequence, &docs, field, field.is_some()) else {
        return Vec::new();
    };
    let mut at = 0;
    let mut kept = docs.clone();
    kept.retain(|&doc| {
        let holds = places.hold(at, doc);
        at += 1;
        holds
    });
    kept
}

/// Documents with all terms of a sequence, wherever they stand.
pub(crate) fn with_all(session: &Session, sequence: &[(u32, usize)]) -> Vec<u32> {
    let mut docs: Option<Vec<u32>> = None;
    for &(_, term) in sequence {
        let postings = &session.terms[term].postings.docs;
        docs = Some(match docs {
            None => postings.clone(),
            Some(docs) => intersect(&docs, postings),
        });
    }
    docs.unwrap_or_default()
}

/// Positions of a sequence's terms in some documents.
pub(crate) struct Places {
    offsets: Vec<u32>,
    positions: Vec<Positions>,
    field: Option<u32>,
    /// Blocks of layouts, in order.
    layouts: Vec<Stored>,
}

impl Places {
    /// Reads them, with the layouts of the documents if these are wanted; `None` while blocks are
    /// missing or where one is damaged.
    pub(crate) fn read(
        session: &mut Session,
        sequence: &[(u32, usize)],
        docs: &[u32],
        field: Option<u32>,
        with_layouts: bool,
    ) -> Option<Self> {
        let positions: Vec<_> =
            sequence.iter().map(|&(_, term)| session.positions_in(term, docs)).collect();
        let mut layouts = Vec::new();
        if with_layouts {
            let shared = Rc::clone(&session.shared);
            for &doc in docs {
                if !layouts.last().is_some_and(|last: &Stored| last.holds(doc)) {
                    layouts.extend(session.block_of(&shared.root.layouts, doc, LAYOUTS));
                }
            }
        }
        if session.waits() {
            return None;
        }
        let positions = positions.into_iter().collect::<Option<Vec<_>>>()?;
        Some(Self {
            offsets: sequence.iter().map(|&(offset, _)| offset).collect(),
            positions,
            field,
            layouts,
        })
    }

    /// Whether the `i`th of the documents, `doc`, holds the sequence.
    pub(crate) fn hold(&self, i: usize, doc: u32) -> bool {
        self.starts(i, doc).next().is_some()
    }

    /// Where the `i`th of the documents, `doc`, holds the sequence.
    pub(crate) fn starts(&self, i: usize, doc: u32) -> impl Iterator<Item = u32> {
        let base = self.offsets.first().copied().unwrap_or(0);
        let first = self.positions.first().map_or(&[][..], |positions| positions.of(i));
        first.iter().copied().filter(move |&start| {
            let rest = self.positions.iter().zip(&self.offsets).skip(1);
            let in_row = rest.into_iter().all(|(positions, offset)| {
                positions.of(i).binary_search(&(start + (offset - base))).is_ok()
            });
            let in_field = |field| self.stretch_at(doc, start).is_some_and(|at| at.1 == field);
            in_row && self.field.is_none_or(in_field)
        })
    }

    /// The stretch of a document's layout to which a position belongs, and its field.
    pub(crate) fn stretch_at(&self, doc: u32, position: u32) -> Option<(usize, u32)> {
        let block = self.layouts.partition_point(|block| block.first <= doc).checked_sub(1)?;
        let block = &self.layouts[block];
        let Block::Layouts(layouts) = &*block.block else { return None };
        let mut end = 0_u32;
        for (at, &(field, len)) in layouts.get((doc - block.first) as usize)?.iter().enumerate() {
            end = end.saturating_add(len);
            if position < end {
                return Some((at, field));
            }
        }
        None
    }
}

/// Documents that satisfy an expression, given those of its leaves.
pub(crate) fn matches(tree: &Tree, leaves: &[Vec<u32>], n_docs: u32) -> Vec<u32> {
    match tree {
        Tree::Leaf(leaf) => leaves[*leaf].clone(),
        // Only reached where nothing but exclusions stand beside it; plans refuse that at the top.
        Tree::Not(_) => Vec::new(),
        Tree::Any(items) => {
            any(items.iter().map(|item| matches(item, leaves, n_docs)).collect(), n_docs)
        }
        Tree::All(items) => {
            let mut docs: Option<Vec<u32>> = None;
            for item in items.iter().filter(|item| !matches!(item, Tree::Not(_))) {
                let found = matches(item, leaves, n_docs);
                docs = Some(match docs {
                    None => found,
                    Some(docs) => intersect(&docs, &found),
                });
            }
            let mut docs = docs.unwrap_or_default();
            for item in items {
                if let Tree::Not(item) = item {
                    let left_out = matches(item, leaves, n_docs);
                    docs.retain(|doc| left_out.binary_search(doc).is_err());
                }
            }
            docs
        }
    }
}

/// Members of both of two ascending lists; walks the shorter, leaps through the longer.
pub(crate) fn intersect(a: &[u32], b: &[u32]) -> Vec<u32> {
    let (short, mut long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let mut both = Vec::new();
    for &doc in short {
        let mut step = 1;
        while long.get(step).is_some_and(|&other| other < doc) {
            step *= 2;
        }
        let window = &long[..long.len().min(step + 1)];
        long = &long[window.partition_point(|&other| other < doc)..];
        if long.first() == Some(&doc) {
            both.push(doc);
        }
    }
    both
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::btree_set;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_lists_share_what_sets_share(a in btree_set(0_u32..900, 0..200), b in btree_set(0_u32..300, 0..300)) {
            let lists = [a.iter().copied().collect::<Vec<_>>(), b.iter().copied().collect()];
            let expected: Vec<u32> = a.intersection(&b).copied().collect();
            prop_assert_eq!(intersect(&lists[0], &lists[1]), expected);
        }
    }

    #[test]
    fn exclusions_take_away() {
        let leaves = [vec![1, 2, 3, 9], vec![2, 3, 4], vec![3]];
        let leaf = Tree::Leaf;
        let tree = Tree::All(vec![
            leaf(0),
            Tree::Not(Box::new(leaf(2))),
            Tree::Any(vec![leaf(1), leaf(2)]),
        ]);
        assert_eq!(matches(&tree, &leaves, 10), [2]);
    }
}
