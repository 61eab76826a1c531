//! The portal's own collections read without a single reject.
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::path::Path;

use records::{Collection, Import, import, read_collections};

fn portal() -> Vec<(Collection, Import)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let collections = read_collections(&root).unwrap_or_else(|error| panic!("{error}"));
    let pairs = collections.into_iter().map(|collection| {
        let import = import(&root, &collection).unwrap_or_else(|error| panic!("{error}"));
        (collection, import)
    });
    pairs.collect()
}

#[test]
fn every_row_is_a_record_and_every_column_a_field() {
    let names: Vec<String> = portal()
        .into_iter()
        .map(|(collection, import)| {
            assert_eq!(import.rejects, [], "{}", collection.name);
            assert_eq!(import.unused_columns, [], "{}", collection.name);
            assert!(import.records.len() >= 50, "{}", collection.name);
            collection.name
        })
        .collect();
    assert_eq!(names, ["patents", "institutions", "ipc"]);
}

#[test]
fn addresses_and_titles_follow_the_declaration() {
    let portal = portal();
    let record = |name: &str, id: &str| {
        let (collection, import) = portal.iter().find(|(c, _)| c.name == name).unwrap();
        let record = import.records.iter().find(|record| record.id == id).unwrap();
        (collection, record)
    };
    let (patents, mask) = record("patents", "CN113876056A");
    assert_eq!(patents.url_of(mask), "/patents/CN113876056A/");
    assert_eq!(patents.title_of(mask, "en"), "口罩", "the only title there is");
    let (ipc, subclass) = record("ipc", "A61L");
    assert!(!ipc.has_page(subclass));
    assert_eq!(ipc.url_of(subclass), "/classification/A61/#A61L");
    let (_, class) = record("ipc", "A61");
    assert!(ipc.has_page(class));
    assert_eq!(ipc.url_of(class), "/classification/A61/");
    assert_eq!(ipc.query_of(class).as_deref(), Some("ipc=A61"));
    assert_eq!(ipc.title_of(class, "en"), "Medical or veterinary science; hygiene");
    let (institutions, office) = record("institutions", "cnipa");
    assert_eq!(institutions.url_of(office), "/map/#cnipa");
    assert!(!institutions.has_page(office));
    let zh: Vec<String> =
        institutions.page_fields(office, "zh").into_iter().map(|f| f.name).collect();
    assert!(zh.contains(&"note".to_owned()) && !zh.contains(&"note_en".to_owned()), "{zh:?}");
}

#[test]
fn every_parent_in_the_classification_exists() {
    let portal = portal();
    let (_, ipc) = portal.iter().find(|(collection, _)| collection.name == "ipc").unwrap();
    for record in &ipc.records {
        let Some(parent) = record.get("parent") else { continue };
        let parent = parent.to_text("");
        assert!(ipc.records.iter().any(|other| other.id == parent), "{} of {}", parent, record.id);
    }
}
