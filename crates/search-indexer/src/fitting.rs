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
    let mut places = PLACES;
    loop {
        let fit = first_places(&entries, places);
        if fit.len() <= MOST || places == 1 {
            return fit;
        }
        places /= 2;
    }
}

/// Entries of the first places of each document.
fn first_places(entries: &[u8], most: usize) -> Vec<u8> {
    let mut reader = Reader::new(entries, 0);
    let (mut out, mut places) = (Vec::new(), Vec::new());
    while reader.left() > 0 {
        places.clear();
        positions::read_entry(&mut reader, Some(&mut places)).expect("checked when merged");
        positions::write(&mut out, &places[..places.len().min(most)]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(all: &[Vec<u32>]) -> Vec<u8> {
        let mut out = Vec::new();
        for places in all {
            positions::write(&mut out, places);
        }
        out
    }

    #[test]
    fn what_fits_stays_and_of_the_rest_each_document_keeps_its_first_places() {
        let few = written(&[vec![3, 9], vec![1]]);
        assert_eq!(fitting(few.clone()), few);
        let long: Vec<u32> = (0..300_000).map(|at| at * 40).collect();
        let fit = fitting(written(&[vec![7], long.clone(), vec![1], long.clone()]));
        assert!(fit.len() <= MOST);
        let kept = positions::read(&fit, &[0, 1, 2, 3], &[0, 1, 2, 3]).unwrap();
        assert_eq!((kept.of(0), kept.of(2)), (&[7][..], &[1][..]));
        assert!(!kept.of(1).is_empty());
        assert_eq!(kept.of(1), &long[..kept.of(1).len()]);
    }
}
