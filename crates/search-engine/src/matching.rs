//! Matching: which documents satisfy the expression, exactly.

use crate::cache::Block;
use crate::format::positions::{self, Positions};
use crate::plan::Tree;
use crate::session::Session;
use crate::sorting;

/// Documents of each leaf of the plan, ascending; incomplete while the session waits for blocks.
pub(crate) fn leaves(session: &mut Session) -> Vec<Vec<u32>> {
    (0..session.plan.leaves.len()).map(|i| leaf(session, i)).collect()
}

fn leaf(session: &mut Session, i: usize) -> Vec<u32> {
    let plan = session.plan.leaves[i].clone();
    let mut lists = Vec::new();
    for sequence in &plan.sequences {
        lists.push(in_sequence(session, sequence, plan.field));
    }
    if let Some(prefix) = plan.prefix {
        for term in session.expansions[prefix].clone() {
            lists.push(in_sequence(session, &[(0, term)], plan.field));
        }
    }
    any(lists, session.shared.root.n_docs)
}

/// Members of any of the lists.
fn any(mut lists: Vec<Vec<u32>>, n_docs: u32) -> Vec<u32> {
    match lists.len() {
        0 | 1 => lists.pop().unwrap_or_default(),
        _ => sorting::union(lists.iter().map(Vec::as_slice), n_docs),
    }
}

/// Documents in which terms stand at these offsets from each other, in the field if one is given.
fn in_sequence(session: &mut Session, sequence: &[(u32, usize)], field: Option<u32>) -> Vec<u32> {
    let mut docs: Option<Vec<u32>> = None;
    for &(_, term) in sequence {
        let postings = &session.terms[term].postings.docs;
        docs = Some(match docs {
            None => postings.clone(),
            Some(docs) => intersect(&docs, postings),
        });
    }
    let docs = docs.unwrap_or_default();
    if docs.is_empty() || sequence.len() == 1 && field.is_none() {
        return docs;
    }
    let Some(places) = Places::read(session, sequence, &docs, field) else { return Vec::new() };
    let mut at = 0;
    let mut kept = docs.clone();
    kept.retain(|&doc| {
        let holds = places.hold(at, doc);
        at += 1;
        holds
    });
    kept
}

/// Positions of a sequence's terms in some documents.
struct Places {
    offsets: Vec<u32>,
    positions: Vec<Positions>,
    field: Option<u32>,
    /// Blocks of layouts with the first document of each.
    layouts: Vec<(u32, std::rc::Rc<Block>)>,
}

impl Places {
    /// Reads them; `None` while blocks are missing or where one is damaged.
    fn read(
        session: &mut Session,
        sequence: &[(u32, usize)],
        docs: &[u32],
        field: Option<u32>,
    ) -> Option<Self> {
        let stretches: Vec<_> = sequence.iter().map(|&(_, term)| session.positions(term)).collect();
        let mut layouts = Vec::new();
        if field.is_some() {
            let per_block = session.shared.root.docs_per_column;
            let mut chunks: Vec<u32> = docs.iter().map(|doc| doc / per_block).collect();
            chunks.dedup();
            for chunk in chunks {
                layouts.extend(session.layouts(chunk).map(|block| (chunk * per_block, block)));
            }
        }
        if session.waits() {
            return None;
        }
        let mut positions = Vec::with_capacity(sequence.len());
        for (&(_, term), stretch) in sequence.iter().zip(stretches) {
            positions.push(
                positions::read(stretch?.get(), &session.terms[term].postings.docs, docs).ok()?,
            );
        }
        Some(Self {
            offsets: sequence.iter().map(|&(offset, _)| offset).collect(),
            positions,
            field,
            layouts,
        })
    }

    /// Whether the `i`th of the documents, `doc`, holds the sequence.
    fn hold(&self, i: usize, doc: u32) -> bool {
        let (Some(first), Some(&base)) = (self.positions.first(), self.offsets.first()) else {
            return false;
        };
        first.of(i).iter().any(|&start| {
            let rest = self.positions.iter().zip(&self.offsets).skip(1);
            let in_row = rest.into_iter().all(|(positions, offset)| {
                positions.of(i).binary_search(&(start + (offset - base))).is_ok()
            });
            in_row && self.field.is_none_or(|field| self.field_at(doc, start) == Some(field))
        })
    }

    /// The field to which a position of a document belongs.
    fn field_at(&self, doc: u32, position: u32) -> Option<u32> {
        let chunk = self.layouts.partition_point(|&(first, _)| first <= doc).checked_sub(1)?;
        let (first, block) = &self.layouts[chunk];
        let Block::Layouts(layouts) = &**block else { return None };
        let mut end = 0_u32;
        for &(field, len) in layouts.get((doc - first) as usize)? {
            end = end.saturating_add(len);
            if position < end {
                return Some(field);
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
fn intersect(a: &[u32], b: &[u32]) -> Vec<u32> {
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
