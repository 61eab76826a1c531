//! The two views that a page of somebody else's making asks for: numbers first, then whole texts.

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use search_engine::{Query, Results, View};
use search_indexer::{Document, IndexOptions, build, read};

fn ask(view: View, limit: u32) -> Results {
    let document = |id: &str, text: &str| Document {
        id: id.into(),
        url: format!("/{id}/"),
        lang: "en".into(),
        kind: "page".into(),
        title: id.into(),
        fields: vec![("tx".into(), vec![text.split('\u{1e}').next().unwrap_or_default().into()])],
        text: text.into(),
        ..Document::default()
    };
    let documents = vec![
        document("a", "masks of cloth"),
        document("b", "a mask, another mask\u{1e}{\"notes\":\"mask\"}"),
        document("c", "nothing of the kind"),
    ];
    let built = build(documents, &IndexOptions::default()).unwrap();
    let searcher = read::open(&built.root.bytes).unwrap();
    read::search(&searcher, &built, &Query { view, limit, ..Query::new("mask") }).unwrap()
}

#[test]
fn a_list_names_documents_in_the_order_of_the_hits_and_reads_nothing_to_show_them() {
    let (list, page) = (ask(View::List, 100), ask(View::Page, 100));
    assert!(list.hits.is_empty() && page.listed.is_empty());
    assert_eq!((list.total, list.listed.len()), (page.total, page.hits.len()));
    assert!(
        list.listed
            .iter()
            .zip(&page.hits)
            .all(|(one, hit)| one.score.to_bits() == hit.score.to_bits())
    );
    assert!(list.cost.blocks < page.cost.blocks);
    assert_eq!(ask(View::List, 1).listed, list.listed[..1]);
}

#[test]
fn a_whole_text_comes_with_its_notes_and_marks_in_the_text_alone() {
    let whole = ask(View::Whole, 1).hits.remove(0).snippet;
    assert_eq!(whole.text, "a mask, another mask\u{1e}{\"notes\":\"mask\"}");
    assert_eq!(whole.highlights, [(2, 6), (16, 20)]);
    let snippet = ask(View::Page, 1).hits.remove(0).snippet;
    assert_eq!(snippet.text, "a mask, another mask");
}
