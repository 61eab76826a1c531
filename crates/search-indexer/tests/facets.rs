//! Facets, filters and orders against a brute-force reading of the documents.
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::collections::{BTreeMap, BTreeSet};

use search_engine::{Direction, NoticeCode, Query, Results, Searcher, Sort};
use search_indexer::{BlockSizes, BuiltIndex, Document, IndexOptions, build, read};

const OFFICES: [&str; 4] = ["China", "Japan", "United States", "Österreich"];

fn documents() -> Vec<Document> {
    let facet = |name: &str, value: String| (name.to_owned(), value);
    (0..500_usize)
        .map(|i| {
            let mut facets = vec![
                facet("office", OFFICES[i * i % 7 % 4].to_owned()),
                facet("pages", (i * 37 % 120).to_string()),
                facet("tag", format!("t{}", i % 5)),
                facet("tag", format!("t{}", i % 3)),
            ];
            if i % 11 == 0 {
                facets.clear();
            }
            Document {
                id: i.to_string(),
                url: format!("/{i}/"),
                kind: "record".into(),
                title: format!("mask {}", if i % 2 == 0 { "filter" } else { "valve" }),
                facets,
                ..Document::default()
            }
        })
        .collect()
}

fn open(column_docs: u32) -> (Searcher, BuiltIndex) {
    let sizes = BlockSizes { column_docs, ..BlockSizes::default() };
    let options = IndexOptions { sizes: Some(sizes), ..IndexOptions::default() };
    let built = build(documents(), &options).unwrap();
    (read::open(&built.root.bytes).unwrap(), built)
}

fn ask(index: &(Searcher, BuiltIndex), query: &Query) -> Results {
    read::search(&index.0, &index.1, query).unwrap()
}

fn values<'a>(document: &'a Document, facet: &str) -> BTreeSet<&'a str> {
    document
        .facets
        .iter()
        .filter(|(name, _)| name == facet)
        .map(|(_, value)| value.as_str())
        .collect()
}

fn passes(document: &Document, filters: &[(&str, &str)], but: &str) -> bool {
    let names: BTreeSet<&str> = filters.iter().map(|(name, _)| *name).collect();
    names.iter().filter(|name| **name != but).all(|name| {
        let own = values(document, name);
        filters.iter().any(|(other, value)| other == name && own.contains(value))
    })
}

#[test]
fn counts_and_filters_are_those_of_the_documents() {
    let documents = documents();
    let cases: [&[(&str, &str)]; 5] = [
        &[],
        &[("office", "China")],
        &[("office", "united states"), ("office", "Österreich")],
        &[("office", "Japan"), ("tag", "t1"), ("tag", "t4")],
        &[("tag", "nobody")],
    ];
    for column_docs in [64, 1 << 14] {
        let index = open(column_docs);
        for text in ["mask", "filter", ""] {
            for filters in cases {
                let query = Query {
                    limit: 1_000,
                    facets: vec!["office".into(), "tag".into()],
                    filters: filters
                        .iter()
                        .map(|(name, value)| ((*name).into(), (*value).into()))
                        .collect(),
                    ..Query::new(text)
                };
                let results = ask(&index, &query);
                if text.is_empty() && filters.is_empty() {
                    assert_eq!(results.total, 0);
                    continue;
                }
                let filters: Vec<(&str, &str)> = filters
                    .iter()
                    .map(|(name, value)| {
                        (*name, if *value == "united states" { "United States" } else { value })
                    })
                    .collect();
                let said = |document: &&Document| document.title.contains(text);
                let expected: BTreeSet<&str> = documents
                    .iter()
                    .filter(said)
                    .filter(|document| passes(document, &filters, ""))
                    .map(|document| document.id.as_str())
                    .collect();
                let found: BTreeSet<&str> =
                    results.hits.iter().map(|hit| hit.id.as_str()).collect();
                assert_eq!(found, expected, "{text} {filters:?}");
                assert_eq!(results.total as usize, expected.len());
                for counted in &results.facets {
                    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
                    // Without a question nothing but the filters says what is found.
                    let but = if text.is_empty() { "" } else { counted.name.as_str() };
                    for document in documents
                        .iter()
                        .filter(said)
                        .filter(|document| passes(document, &filters, but))
                    {
                        for value in values(document, &counted.name) {
                            *counts.entry(value).or_default() += 1;
                        }
                    }
                    let found: BTreeMap<&str, u32> = counted
                        .values
                        .iter()
                        .map(|(value, count)| (value.as_str(), *count))
                        .collect();
                    assert_eq!(found, counts, "{text} {filters:?} {}", counted.name);
                    assert!(counted.exact && counted.values.is_sorted_by(|a, b| a.1 >= b.1));
                }
            }
        }
    }
}

#[test]
fn orders_are_those_of_the_values() {
    let documents = documents();
    let index = open(100);
    for (column, direction) in [
        ("pages", Direction::Ascending),
        ("pages", Direction::Descending),
        ("office", Direction::Ascending),
        ("office", Direction::Descending),
    ] {
        let sort = Sort::By { column: column.into(), direction };
        let results = ask(&index, &Query { limit: 1_000, sort, ..Query::new("mask") });
        let key =
            |id: &str| values(&documents[id.parse::<usize>().unwrap()], column).into_iter().next();
        let keys: Vec<Option<&str>> = results.hits.iter().map(|hit| key(&hit.id)).collect();
        let with = keys.iter().take_while(|key| key.is_some()).count();
        assert!(keys[with..].iter().all(Option::is_none) && with > 400);
        let in_order = |a: Option<&str>, b: Option<&str>| {
            let number = |key: Option<&str>| key.and_then(|key| key.parse::<u32>().ok());
            let order = number(a).cmp(&number(b)).then(a.cmp(&b));
            if direction == Direction::Descending { order.is_ge() } else { order.is_le() }
        };
        let sorted = keys[..with]
            .windows(2)
            .all(|pair| in_order(pair[0], pair[1]) || column == "pages" && pair[0] == pair[1]);
        assert!(sorted, "{column} {direction:?} {keys:?}");
    }
}

#[test]
fn numbers_are_found_by_ranges() {
    let documents = documents();
    let index = open(1 << 14);
    let results = ask(&index, &Query { limit: 1_000, ..Query::new("pages>=20 pages<30.5") });
    let inside = |document: &&Document| {
        values(document, "pages")
            .iter()
            .any(|value| (20..=30).contains(&value.parse::<u32>().unwrap()))
    };
    assert_eq!(
        results.total as usize,
        documents.iter().filter(inside).count(),
        "{}",
        results.read_as
    );
}

#[test]
fn facets_past_the_budget_are_about_right_unless_all_is_asked_for() {
    let index = open(8);
    let query = Query { facets: vec!["tag".into(), "none".into()], ..Query::new("mask") };
    let about = ask(&index, &query);
    let exact = ask(&index, &Query { exhaustive: true, ..query });
    assert!(!about.facets[0].exact && exact.facets[0].exact);
    for (value, count) in &exact.facets[0].values {
        let guess = about.facets[0].values.iter().find(|(other, _)| other == value).unwrap().1;
        assert!(guess.abs_diff(*count) < 60, "{value}: {guess} for {count}");
    }
    assert!(
        exact
            .notices
            .iter()
            .any(|notice| notice.code == NoticeCode::UnknownFacet && notice.detail == "none")
    );
}
