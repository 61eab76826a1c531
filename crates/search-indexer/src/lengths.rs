//! Lengths of fields against the mean of documents of the same language and kind: a guide is not
//! held to be long because records are short.

use crate::titles;

/// Lengths of the fields of all documents, in their order.
#[derive(Default)]
pub(crate) struct Lengths {
    /// Where each document's entries end.
    ends: Vec<u32>,
    fields: Vec<u8>,
    /// Words, 65,535 for more.
    lens: Vec<u16>,
    classes: Vec<Class>,
}

/// Documents of one language and kind, which follow each other.
pub(crate) struct Class {
    pub(crate) lang: u32,
    pub(crate) kind: u32,
    first: u32,
    /// Of each field: documents that have it, and the words in them.
    pub(crate) totals: Vec<(u32, u64)>,
    /// How much of a title's weight counts, of 255.
    pub(crate) telling: u8,
    titles: titles::Sample,
}

impl Lengths {
    /// Adds the next document with the words of each field that it has.
    pub(crate) fn add(
        &mut self,
        (lang, kind): (u32, u32),
        lengths: &[(u32, u32)],
        n_fields: usize,
    ) {
        let doc = u32::try_from(self.ends.len()).expect("documents are counted first");
        if self.classes.last().is_none_or(|class| (class.lang, class.kind) != (lang, kind)) {
            let totals = vec![(0, 0); n_fields];
            let titles = titles::Sample::default();
            self.classes.push(Class { lang, kind, first: doc, totals, telling: u8::MAX, titles });
        }
        let class = self.classes.last_mut().expect("there is one now");
        for &(field, len) in lengths {
            let (documents, words) = &mut class.totals[field as usize];
            *documents += 1;
            *words += u64::from(len);
            self.fields.push(u8::try_from(field).expect("fields are counted first"));
            self.lens.push(u16::try_from(len).unwrap_or(u16::MAX));
        }
        self.ends
            .push(u32::try_from(self.fields.len()).expect("at most 2²⁴ documents of 200 fields"));
    }

    /// Looks at the title and the text of the document that was added last.
    pub(crate) fn look(&mut self, title: &str, text: &str) {
        if let Some(class) = self.classes.last_mut() {
            class.titles.add(title, text);
        }
    }

    /// Settles what titles count for, when all documents have been added.
    pub(crate) fn settle(&mut self) {
        for class in &mut self.classes {
            class.telling = std::mem::take(&mut class.titles).telling();
        }
    }

    /// Words of all documents.
    pub(crate) fn words(&self) -> u64 {
        self.classes.iter().flat_map(|class| &class.totals).map(|(_, words)| words).sum()
    }

    /// Documents by language and kind.
    pub(crate) fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// Number of the class of a document.
    pub(crate) fn class_of(&self, doc: u32) -> usize {
        self.classes.partition_point(|class| class.first <= doc) - 1
    }

    /// Documents of a class, of `n_docs` in all.
    pub(crate) fn range(&self, class: usize, n_docs: u32) -> std::ops::Range<u32> {
        self.classes[class].first..self.classes.get(class + 1).map_or(n_docs, |next| next.first)
    }

    /// Words in a field of a document.
    pub(crate) fn of(&self, doc: u32, field: u32) -> u16 {
        let doc = doc as usize;
        let start = if doc == 0 { 0 } else { self.ends[doc - 1] as usize };
        let range = start..self.ends[doc] as usize;
        let at = self.fields[range.clone()].iter().position(|&known| u32::from(known) == field);
        at.map_or(0, |at| self.lens[range.start + at])
    }
}

/// Mean words of a field in the documents that have it, at least 1.
#[expect(clippy::cast_precision_loss, reason = "lengths need no more than 24 bits")]
pub(crate) fn mean((documents, words): (u32, u64)) -> f32 {
    (words as f32 / documents.max(1) as f32).max(1.0)
}
