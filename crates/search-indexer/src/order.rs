//! Order: documents are numbered so that what is found together stands together.

use search_engine::analysis;

use crate::document::{Document, IndexError};

/// Documents in order of language, kind, collection, class, date and id.
pub(crate) struct Ordered {
    pub(crate) documents: Vec<Document>,
    /// Distance back to the first document that is the same in another language.
    pub(crate) twins: Vec<u32>,
}

/// Sorts documents and finds their translations.
pub(crate) fn order(
    mut documents: Vec<Document>,
    cluster_field: &str,
) -> Result<Ordered, IndexError> {
    documents.sort_by_cached_key(|document| {
        let class = document.fields.iter().find(|(name, _)| name == cluster_field);
        let class = class.and_then(|(_, values)| values.first()).map(|value| analysis::code(value));
        (
            document.lang.clone(),
            document.kind.clone(),
            document.collection.clone(),
            class,
            document.date.clone(),
            document.id.clone(),
        )
    });
    let mut by_identity: Vec<u32> = (0..documents.len()).map(to_u32).collect();
    let identity = |&at: &u32| {
        let document: &Document = &documents[at as usize];
        (document.collection.as_str(), document.id.as_str())
    };
    by_identity.sort_by(|a, b| identity(a).cmp(&identity(b)).then(a.cmp(b)));
    let mut twins = vec![0; documents.len()];
    for same in by_identity.chunk_by(|a, b| identity(a) == identity(b)) {
        for pair in same.windows(2) {
            let (a, b) = (&documents[pair[0] as usize], &documents[pair[1] as usize]);
            if a.lang == b.lang {
                return Err(IndexError::DuplicateDocument {
                    id: a.id.clone(),
                    collection: a.collection.clone(),
                    lang: a.lang.clone(),
                });
            }
        }
        for &at in same {
            twins[at as usize] = at - same[0];
        }
    }
    Ok(Ordered { documents, twins })
}

/// Numbers of documents and lists stay below 2²⁴; [`build`](crate::build) refuses more.
pub(crate) fn to_u32(number: usize) -> u32 {
    u32::try_from(number).expect("counts are checked against the format's limits first")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(id: &str, lang: &str, kind: &str) -> Document {
        Document { id: id.into(), lang: lang.into(), kind: kind.into(), ..Document::default() }
    }

    #[test]
    fn translations_find_each_other() {
        let documents =
            vec![document("a", "zh", "x"), document("b", "zh", "x"), document("a", "en", "x")];
        let ordered = order(documents, "ipc").unwrap();
        let ids: Vec<_> =
            ordered.documents.iter().map(|document| (&*document.id, &*document.lang)).collect();
        assert_eq!(ids, [("a", "en"), ("a", "zh"), ("b", "zh")]);
        assert_eq!(ordered.twins, [0, 1, 0]);
    }

    #[test]
    fn two_documents_of_one_identity_are_refused() {
        let documents = vec![document("a", "zh", "x"), document("a", "zh", "y")];
        assert!(matches!(order(documents, "ipc"), Err(IndexError::DuplicateDocument { .. })));
    }
}
