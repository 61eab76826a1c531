//! Tombstones: documents of earlier indexes of a set that later ones replace or take away.
//!
//! ```bnf
//! hidden ::= "H" n_indexes:varint (n:varint gap:varint{n}){n_indexes}   ; gap: document - previous - 1
//! ```
//! The indexes of a set stand in the order of their making: the base first, then its updates. A
//! base never changes when its documents do: an update is an index of what is new, and this list
//! says what of the older ones is not to be shown.

use alloc::vec;
use alloc::vec::Vec;

use super::FormatError;
use super::wire::{self, Reader};

/// Tag of a list of tombstones.
pub const TAG: u8 = b'H';
/// Most indexes of a set.
pub const MAX_INDEXES: usize = 64;

/// Writes the hidden documents of each index, which ascend.
pub fn write(indexes: &[Vec<u32>]) -> Vec<u8> {
    let mut out = vec![TAG];
    wire::put_len(&mut out, indexes.len());
    for docs in indexes {
        wire::put_len(&mut out, docs.len());
        let mut next = 0;
        for &doc in docs {
            wire::put_varint(&mut out, doc - next);
            next = doc + 1;
        }
    }
    out
}

/// Reads the hidden documents of each index.
///
/// # Errors
/// When it is no such list; nothing past a payload's length is allocated.
pub fn read(payload: &[u8]) -> Result<Vec<Vec<u32>>, FormatError> {
    let mut reader = Reader::tagged(payload, TAG, "list of hidden documents")?;
    let count = reader.count("number of indexes")?;
    if count > MAX_INDEXES {
        return Err(reader.invalid("number of indexes"));
    }
    let mut indexes = Vec::with_capacity(count);
    for _ in 0..count {
        let len = reader.count("hidden documents")?;
        let mut docs = Vec::with_capacity(len);
        let mut next = 0_u32;
        for _ in 0..len {
            let doc = next.checked_add(reader.varint("hidden document")?);
            let doc = doc.filter(|&doc| doc < u32::MAX);
            let doc = doc.ok_or_else(|| reader.invalid("hidden document"))?;
            docs.push(doc);
            next = doc + 1;
        }
        indexes.push(docs);
    }
    Ok(indexes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::{btree_set, vec};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn hidden_documents_round_trip(indexes in vec(btree_set(0_u32..1 << 24, 0..50), 0..4)) {
            let indexes: Vec<Vec<u32>> =
                indexes.into_iter().map(|docs| docs.into_iter().collect()).collect();
            prop_assert_eq!(read(&write(&indexes)), Ok(indexes));
        }

        #[test]
        fn arbitrary_bytes_never_panic(mut bytes in vec(any::<u8>(), 1..60)) {
            bytes[0] = TAG;
            let _ = read(&bytes);
        }
    }
}
