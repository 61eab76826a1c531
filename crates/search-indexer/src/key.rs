//! Keys of documents: bytes that sort as documents are numbered, in the order of language, group,
//! collection, class, date and id, so that what is found together is stored together.

use search_engine::analysis;
use sha2::{Digest as _, Sha256};

use crate::document::Document;

/// Appends the key of a document.
///
/// Each part is closed by `00 01`, a `00` in it written `00 ff`, so that a part that begins
/// another sorts before it. What may be missing has a byte before it: nothing sorts first.
pub(crate) fn write(out: &mut Vec<u8>, document: &Document, cluster_field: &str) {
    let class = document.fields.iter().find(|(name, _)| name == cluster_field);
    let class = class.and_then(|(_, values)| values.first()).map(|value| analysis::code(value));
    part(out, &document.lang);
    part(out, &document.kind);
    part(out, &document.collection);
    optional(out, class.as_deref());
    optional(out, document.date.as_deref());
    part(out, &document.id);
}

fn optional(out: &mut Vec<u8>, text: Option<&str>) {
    out.push(u8::from(text.is_some()));
    part(out, text.unwrap_or_default());
}

fn part(out: &mut Vec<u8>, text: &str) {
    for &byte in text.as_bytes() {
        out.push(byte);
        if byte == 0 {
            out.push(0xff);
        }
    }
    out.extend([0, 1]);
}

/// What translations of one document share: a hash of collection and id.
pub(crate) fn identity(collection: &str, id: &str) -> u128 {
    let mut hash = Sha256::new();
    hash.update((collection.len() as u64).to_le_bytes());
    hash.update(collection);
    hash.update(id);
    let digest: [u8; 32] = hash.finalize().into();
    u128::from_le_bytes(digest[..16].try_into().expect("16 of 32 bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(document: &Document) -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut out, document, "ipc");
        out
    }

    proptest! {
        #[test]
        fn keys_sort_as_their_parts(
            a in ("[\0a]{0,3}", "[\0b]{0,2}", "[\0c]{0,2}", proptest::option::of("[\0-\u{1}2]{0,2}"), ".{0,2}"),
            b in ("[\0a]{0,3}", "[\0b]{0,2}", "[\0c]{0,2}", proptest::option::of("[\0-\u{1}2]{0,2}"), ".{0,2}"),
        ) {
            let document = |(lang, kind, collection, date, id): &(String, String, String, Option<String>, String)| Document {
                lang: lang.clone(), kind: kind.clone(), collection: collection.clone(),
                date: date.clone(), id: id.clone(), ..Document::default()
            };
            prop_assert_eq!(a.cmp(&b), key(&document(&a)).cmp(&key(&document(&b))));
        }
    }
}
