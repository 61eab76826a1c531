//! Proximity: documents in which words stand near each other, in one field.

use alloc::vec;
use alloc::vec::Vec;

use crate::matching::{self, Places};
use crate::plan::Near;
use crate::session::Session;

/// Places of one word in one document that are looked at.
const MAX_SPANS: usize = 512;

/// A place where something stands in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Span {
    start: u32,
    /// Its last position.
    end: u32,
    /// The stretch of the document's layout.
    stretch: usize,
}

/// A sequence of terms, the field it must stand in, and the positions it takes.
type Wanted = (Vec<(u32, usize)>, Option<u32>, u32);

/// Documents that hold one of each place's leaves, each near the one before.
pub(crate) fn docs(session: &mut Session, near: &Near) -> Vec<u32> {
    let n_docs = session.shared.root.n_docs;
    let wanted: Vec<Vec<Wanted>> = near
        .places
        .iter()
        .map(|leaves| {
            let mut wanted: Vec<Wanted> = Vec::new();
            for leaf in leaves {
                let sequences = leaf.sequences.iter().map(|sequence| (sequence.clone(), leaf.len));
                let terms = leaf.prefixes.iter().flat_map(|&prefix| &session.expansions[prefix]);
                let terms = terms.map(|&term| (vec![(0, term)], 1));
                wanted.extend(
                    sequences.chain(terms).map(|(sequence, len)| (sequence, leaf.field, len)),
                );
            }
            wanted
        })
        .collect();
    let mut docs: Option<Vec<u32>> = None;
    for wanted in &wanted {
        let lists = wanted.iter().map(|(sequence, ..)| matching::with_all(session, sequence));
        let found = matching::any(lists.collect(), n_docs);
        docs = Some(match docs {
            None => found,
            Some(docs) => matching::intersect(&docs, &found),
        });
    }
    let mut docs = docs.unwrap_or_default();
    let spans: Vec<Vec<Vec<Span>>> =
        wanted.iter().map(|wanted| spans(session, wanted, &docs)).collect();
    if session.waits() {
        return Vec::new();
    }
    let mut at = 0;
    docs.retain(|_| {
        at += 1;
        let of_doc: Vec<&[Span]> = spans.iter().map(|spans| spans[at - 1].as_slice()).collect();
        stand_near(&of_doc, near)
    });
    docs
}

/// For each document, where one of the sequences stands, in order.
fn spans(session: &mut Session, wanted: &[Wanted], docs: &[u32]) -> Vec<Vec<Span>> {
    let mut spans = vec![Vec::new(); docs.len()];
    for (sequence, field, len) in wanted {
        let own = matching::intersect(&matching::with_all(session, sequence), docs);
        if own.is_empty() {
            continue;
        }
        let Some(places) = Places::read(session, sequence, &own, *field, true) else { continue };
        for (i, &doc) in own.iter().enumerate() {
            let Ok(slot) = docs.binary_search(&doc) else { continue };
            for start in places.starts(i, doc).take(MAX_SPANS) {
                let stretch = places.stretch_at(doc, start).map_or(0, |(stretch, _)| stretch);
                spans[slot].push(Span { start, end: start + len.saturating_sub(1), stretch });
            }
        }
    }
    for spans in &mut spans {
        let order = crate::sorting::order(spans.iter().map(|span| u64::from(span.start)));
        *spans = order.into_iter().map(|at| spans[at]).collect();
    }
    spans
}

/// Whether there is a way from a span of the first place to one of the last, each step near.
fn stand_near(places: &[&[Span]], near: &Near) -> bool {
    let Some((first, rest)) = places.split_first() else { return false };
    let mut reached: Vec<Span> = first.to_vec();
    for next in rest {
        reached = next
            .iter()
            .copied()
            .filter(|span| reached.iter().any(|from| is_near(*from, *span, near)))
            .collect();
    }
    !reached.is_empty()
}

fn is_near(from: Span, to: Span, near: &Near) -> bool {
    let within = |end: u32, start: u32| start > end && start - end <= near.distance.most;
    from.stretch == to.stretch
        && (within(from.end, to.start) || !near.distance.ordered && within(to.end, from.start))
}
