//! However documents are spread over threads, runs and segments, the index is the same; and what
//! is no whole segment is refused.
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use search_indexer::{
    BlockFile, BuiltIndex, Document, Gathered, IndexError, IndexOptions, Output, Transport, build,
    gather, write,
};

/// Keeps nothing: the root names every block by its digest.
struct Nowhere;

impl Output for Nowhere {
    fn put(&self, _: &BlockFile) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        Ok(())
    }
}

/// A disk that is full.
struct Full;

impl Output for Full {
    fn put(&self, _: &BlockFile) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        Err("no room".into())
    }
}

fn document(i: usize) -> Document {
    let words =
        |from: usize| format!("mask {} filter{} 医用口罩{} 一种", from % 7, from % 31, from % 5);
    Document {
        id: format!("{}", i / 2),
        url: format!("/{i}/"),
        lang: if i.is_multiple_of(2) { "zh" } else { "en" }.into(),
        kind: if i.is_multiple_of(5) { "guide" } else { "record" }.into(),
        collection: format!("c{}", i % 11 / 10),
        title: words(i),
        fields: vec![
            ("tx".into(), vec![words(i / 3).repeat(1 + i % 4)]),
            (format!("own{}", i % 4), vec![words(i)]),
            ("ipc".into(), vec![format!("A{:02}B{}/00", i % 13, i % 9)]),
        ],
        facets: vec![("own1".into(), "x".into()), ("colour".into(), format!("c{}", i % 3))],
        exact: vec![format!("N{i}")],
        card: vec![(format!("name{}", i % 3), words(i + 1))],
        date: (!i.is_multiple_of(6)).then(|| format!("20{:02}-01-0{}", i % 24, 1 + i % 9)),
        text: words(i / 3),
    }
}

/// As even and odd ids are of other collections in part, every identity is there at most once in
/// each language.
fn documents(n: usize) -> Vec<Document> {
    (0..n).map(document).collect()
}

fn segment(documents: Vec<Document>, options: &IndexOptions, path: &Path) {
    let gathered = gather(documents.into_iter(), |document| vec![document], options).unwrap();
    gathered.write_segment(&mut std::fs::File::create(path).unwrap(), path, options).unwrap();
}

fn open(path: &Path) -> Result<Gathered, IndexError> {
    Gathered::open_segment(path, &IndexOptions::default())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn segments_of_any_parts_merge_to_the_whole_index(
        n in 1_usize..160,
        parts in proptest::collection::vec(0_usize..4, 160),
        memory_bytes in 0_u64..200_000,
        threads in 1_usize..4,
        packed: bool,
    ) {
        let transport = if packed { Transport::PACKS } else { Transport::Files };
        let whole = IndexOptions { transport, threads: Some(1), ..IndexOptions::default() };
        let expected = build(documents(n), &whole).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let scratch = Some(folder.path().to_path_buf());
        let options = IndexOptions { memory_bytes, scratch, threads: Some(threads), ..whole };
        let mut paths: Vec<PathBuf> = Vec::new();
        for part in 0..4 {
            let of_part = documents(n).into_iter().zip(&parts).filter(|(_, at)| **at == part);
            let path = folder.path().join(format!("{part}.wbs"));
            segment(of_part.map(|(document, _)| document).rev().collect(), &options, &path);
            paths.push(path);
        }
        let gathered = Gathered::join(paths.iter().map(|path| open(path).unwrap()));
        let written = write(gathered, &options, &Nowhere).unwrap();
        prop_assert_eq!(written.root, expected.root);
        prop_assert_eq!(written.stats, expected.stats);
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        prop_assert_eq!(left, paths.len(), "scratch files are gone");
    }

    #[test]
    fn altered_segments_never_panic(at in 0_usize..20_000, byte: u8, cut in 0_usize..40_000, fix: bool) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wbs");
        segment(documents(12), &IndexOptions::default(), &path);
        let mut bytes = std::fs::read(&path).unwrap();
        let at = at % bytes.len();
        let altered = bytes[at] != byte || cut < bytes.len();
        bytes[at] = byte;
        bytes.truncate(cut.max(1));
        if fix && bytes.len() > 40 {
            // A forger sets the digest right: the parts have to hold on their own.
            use sha2::Digest as _;
            let end = bytes.len() - 32;
            let digest = sha2::Sha256::digest(&bytes[..end]);
            bytes[end..].copy_from_slice(&digest);
        }
        std::fs::write(&path, &bytes).unwrap();
        match open(&path) {
            Ok(gathered) => {
                prop_assert!(fix || !altered);
                let _ = write(gathered, &IndexOptions::default(), &Nowhere);
            }
            Err(error) => prop_assert!(error.to_string().contains("a.wbs"), "{error}"),
        }
    }
}

#[test]
fn a_document_in_two_segments_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let options = IndexOptions::default();
    let paths = ["a", "b"].map(|name| folder.path().join(name));
    segment(vec![document(4), document(6)], &options, &paths[0]);
    segment(vec![document(6), document(8)], &options, &paths[1]);
    let gathered = Gathered::join(paths.iter().map(|path| open(path).unwrap()));
    let error = write(gathered, &options, &Nowhere).unwrap_err();
    assert!(matches!(&error, IndexError::DuplicateDocument { id, .. } if id == "3"), "{error}");
}

#[test]
fn a_segment_of_other_fields_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wbs");
    let mut options = IndexOptions::default();
    options.fields.truncate(3);
    segment(documents(3), &options, &path);
    let error = open(&path).err().unwrap().to_string();
    assert!(error.contains("fields"), "{error}");
}

#[test]
fn what_the_output_does_not_take_ends_the_build() {
    let gathered = gather([document(1)].into_iter(), |one| vec![one], &IndexOptions::default());
    let error = write(gathered.unwrap(), &IndexOptions::default(), &Full).unwrap_err();
    assert!(matches!(error, IndexError::Output(_)), "{error}");
}

#[test]
fn a_scratch_folder_that_is_not_there_is_named() {
    let scratch = Some(PathBuf::from("/nowhere/scratch"));
    let options = IndexOptions { scratch, memory_bytes: 10, ..IndexOptions::default() };
    let error = build(documents(9), &options).unwrap_err();
    assert!(error.to_string().contains("/nowhere/scratch"), "{error}");
}

#[test]
fn a_build_takes_documents_in_any_order() {
    let of = |documents| -> BuiltIndex { build(documents, &IndexOptions::default()).unwrap() };
    let mut turned = documents(90);
    turned.reverse();
    assert_eq!(of(turned), of(documents(90)));
}
