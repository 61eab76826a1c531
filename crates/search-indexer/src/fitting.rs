//! Positions that outgrow a block: of a word that stands in its documents many thousand times each
//! keeps its first places. Phrases further down in such a document are not found by that word.

use search_engine::format::positions;
use search_engine::format::wire::Reader;

/// Most bytes of entries that stand together: with others before them they still fit into a block.
const MOST: usize = 3 << 20;
/// Places of a document that are kept at first; then half of them, until all fit.
const PLACES: usize = 1 << 16;

/// These entries, or as much of each as fits.
pub(crate) fn fitting(entries: Vec<u8>) -> Vec<u8> {
    if entries.len() <= MOST {
        return entries;
    }
    let all = places(&entries);
    let halves = std::iter::successors(Some(PLACES), |places| Some(places / 2));
    halves
        .take_while(|&places| places > 0)
        .map(|places| written(&all, places))
        .find(|written| written.len() <= MOST)
        .expect("one place takes four bytes, and documents of a list are few thousand")
}

fn places(entries: &[u8]) -> Vec<Vec<u32>> {
    let mut reader = Reader::new(entries, 0);
    let mut all = Vec::new();
    while reader.left() > 0 {
        let mut places = Vec::new();
        positions::read_entry(&mut reader, Some(&mut places)).expect("written by this crate");
        all.push(places);
    }
    all
}

fn written(all: &[Vec<u32>], most: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for places in all {
        positions::write(&mut out, &places[..places.len().min(most)]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays_and_of_the_rest_each_document_keeps_its_first_places() {
        let few = written(&[vec![3, 9], vec![1]], 9);
        assert_eq!(fitting(few.clone()), few);
        let long: Vec<u32> = (0..300_000).map(|at| at * 40).collect();
        let fit = fitting(written(&[vec![7], long.clone(), vec![1; 1], long.clone()], usize::MAX));
        assert_eq!(fit.len(), fit.len().min(MOST));
        let kept = places(&fit);
        assert_eq!((&kept[0], &kept[2]), (&vec![7], &vec![1]));
        assert_eq!(kept[1], long[..kept[1].len()]);
    }
}
