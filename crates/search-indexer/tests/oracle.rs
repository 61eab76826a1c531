//! Answers against a brute-force oracle that reads the documents one by one.
//!
//! What matches is decided on the documents' own strings (substrings, words in a row, beginnings of
//! codes); scores by BM25F over counts taken afresh for every document and question.
#![expect(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a test stops at what it does not expect; weights are compared with themselves"
)]

use std::collections::BTreeSet;

use search_engine::analysis::{self, Role};
use search_engine::{Matching, Query, Results, Searcher};
use search_indexer::{BlockSizes, BuiltIndex, Document, FieldKind, IndexOptions, build, read};

/// A small linear congruential generator: the same documents and questions every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.roll(items.len())]
    }
}

const WORDS: [&str; 24] = [
    "mask",
    "masks",
    "respirator",
    "filter",
    "filtering",
    "antibody",
    "antibodies",
    "virus",
    "coronavirus",
    "vaccine",
    "patent",
    "patents",
    "fee",
    "application",
    "applying",
    "cell",
    "battery",
    "electrode",
    "the",
    "of",
    "for",
    "method",
    "apparatus",
    "thereof",
];
const HAN: [&str; 16] = [
    "口罩", "一种", "专利", "申请", "费", "病毒", "抗体", "检测", "方法", "装置", "过滤", "电池",
    "罩", "口", "医用", "外科",
];
const CODES: [&str; 8] = [
    "A62B18/02",
    "A62B18/08",
    "A62B7/10",
    "A62B1/00",
    "A61K39/215",
    "A61K39/42",
    "C07K16/10",
    "H01M10/05",
];

fn english(dice: &mut Dice, len: usize) -> String {
    (0..len).map(|_| *dice.pick(&WORDS)).collect::<Vec<_>>().join(" ")
}

fn chinese(dice: &mut Dice, len: usize) -> String {
    let mut text = String::new();
    for _ in 0..len {
        let word: &str = dice.pick::<&str>(&HAN);
        text.push_str(word);
        match dice.roll(12) {
            0 => text.push('，'),
            1 => text.push_str(" N95 "),
            _ => {}
        }
    }
    text
}

fn documents() -> Vec<Document> {
    let mut dice = Dice(7);
    let mut documents = Vec::new();
    for i in 0..420 {
        let is_record = i % 3 != 0;
        let zh = i % 2 == 0;
        let mut text = |min: usize, spread: usize| {
            let len = min + dice.roll(spread);
            if zh { chinese(&mut dice, len) } else { english(&mut dice, len) }
        };
        let (title, body) = (text(1, 5), text(4, 40));
        let applicants = vec![english(&mut dice, 2), chinese(&mut dice, 2)];
        let codes = (0..dice.roll(3)).map(|_| (*dice.pick(&CODES)).to_owned()).collect();
        documents.push(Document {
            id: format!("doc-{i}"),
            url: format!("/{i}/"),
            lang: if zh { "zh" } else { "en" }.into(),
            kind: if is_record { "record" } else { "guide" }.into(),
            collection: if is_record { "patents" } else { "" }.into(),
            title,
            fields: vec![
                ("tx".into(), vec![body]),
                ("pa".into(), applicants),
                ("ipc".into(), codes),
            ],
            exact: vec![format!("CN{}A", 100_000_000 + i)],
            date: Some(format!("20{:02}-{:02}-11", 10 + dice.roll(12), 1 + dice.roll(12))),
            ..Document::default()
        });
    }
    documents
}

/// A question with the meaning it must have.
#[derive(Clone, Debug)]
enum Ask {
    Word(String),
    Han(String),
    Phrase(String),
    Code(String),
    Field(&'static str, Box<Ask>),
    All(Vec<Ask>),
    Any(Vec<Ask>),
    Without(Box<Ask>, Box<Ask>),
}

impl Ask {
    fn text(&self) -> String {
        let list = |items: &[Ask], word: &str| {
            let items: Vec<_> = items.iter().map(Self::text).collect();
            format!("({})", items.join(word))
        };
        match self {
            Self::Word(text) | Self::Han(text) => text.clone(),
            Self::Phrase(text) => format!("\"{text}\""),
            Self::Code(text) => format!("ipc={text}"),
            Self::Field(field, ask) => format!("{field}={}", ask.text()),
            Self::All(items) => list(items, " AND "),
            Self::Any(items) => list(items, " OR "),
            Self::Without(ask, not) => format!("({} NOT {})", ask.text(), not.text()),
        }
    }

    fn holds(&self, values: &Values, field: Option<&str>) -> bool {
        let mut values_in =
            values.iter().filter(|value| field.is_none_or(|field| field == value.field));
        match self {
            Self::Word(word) => {
                let term = terms(word).remove(0);
                values_in.any(|value| value.terms.contains(&term))
            }
            Self::Han(text) => values_in.any(|value| value.text.contains(text.as_str())),
            Self::Phrase(text) => {
                let wanted = terms(text);
                values_in
                    .any(|value| value.terms.windows(wanted.len()).any(|window| window == wanted))
            }
            Self::Code(prefix) => values_in.any(|value| {
                let rest = value.text.strip_prefix(prefix.as_str());
                let digits = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
                let inside = prefix.ends_with(|c: char| c.is_ascii_digit());
                value.field == "ipc" && rest.is_some_and(|rest| !(inside && digits(rest)))
            }),
            Self::Field(field, ask) => ask.holds(values, Some(field)),
            Self::All(items) => items.iter().all(|item| item.holds(values, field)),
            Self::Any(items) => items.iter().any(|item| item.holds(values, field)),
            Self::Without(ask, not) => ask.holds(values, field) && !not.holds(values, field),
        }
    }
}

/// A searched string of a document.
struct Value {
    field: String,
    text: String,
    terms: Vec<String>,
}

/// All searched strings of a document.
type Values = Vec<Value>;

fn values(document: &Document) -> Values {
    let value =
        |(field, text): (&str, String)| Value { field: field.into(), terms: terms(&text), text };
    strings(document).into_iter().map(value).collect()
}

/// All searched strings of a document with their fields.
fn strings(document: &Document) -> Vec<(&str, String)> {
    let mut strings = vec![("ti", document.title.clone())];
    for (name, values) in &document.fields {
        strings.extend(values.iter().map(|value| (name.as_str(), value.clone())));
    }
    strings.extend(document.exact.iter().map(|number| ("num", number.clone())));
    strings
}

/// Stems of an English text in order.
fn terms(text: &str) -> Vec<String> {
    let mut terms = Vec::new();
    analysis::tokens(text, &mut |token| {
        if token.role == Role::Word {
            terms.push(token.term.to_owned());
        }
    });
    terms
}

fn leaf(dice: &mut Dice, documents: &[Document]) -> Ask {
    match dice.roll(6) {
        0 | 1 => Ask::Word((*dice.pick(&WORDS)).into()),
        2 => Ask::Han(substring(dice, documents)),
        3 => Ask::Phrase(english(dice, 2)),
        4 => Ask::Code(
            (*dice.pick(&["A62B18/02", "A62B18", "A62B1", "A62B", "A6", "A", "A61K39/2", "C07K"]))
                .into(),
        ),
        _ => {
            let field = *dice.pick(&["ti", "tx", "pa"]);
            let ask = match dice.roll(3) {
                0 => Ask::Word((*dice.pick(&WORDS)).into()),
                1 => Ask::Phrase(english(dice, 2)),
                _ => Ask::Han(substring(dice, documents)),
            };
            Ask::Field(field, Box::new(ask))
        }
    }
}

/// Two to seven neighbouring Han characters of some title, or of none.
fn substring(dice: &mut Dice, documents: &[Document]) -> String {
    loop {
        let title = dice.pick(documents).title.clone();
        let runs: Vec<&str> = title
            .split(|c: char| c.is_ascii() || c == '，')
            .filter(|run| run.chars().count() > 1)
            .collect();
        let run: Vec<char> = if dice.roll(8) == 0 || runs.is_empty() {
            chinese(dice, 3).chars().filter(|c| !c.is_ascii() && *c != '，').collect()
        } else {
            dice.pick(&runs).chars().collect()
        };
        let len = 2 + dice.roll(6);
        if run.len() >= len {
            let from = dice.roll(run.len() - len + 1);
            return run[from..from + len].iter().collect();
        }
    }
}

fn ask(dice: &mut Dice, documents: &[Document], depth: u32) -> Ask {
    let form = if depth == 0 { 3 } else { dice.roll(4) };
    let mut item = || ask(dice, documents, depth.saturating_sub(1));
    match form {
        0 => Ask::All(vec![item(), item()]),
        1 => Ask::Any(vec![item(), item(), item()]),
        2 => Ask::Without(Box::new(item()), Box::new(item())),
        _ => leaf(dice, documents),
    }
}

fn open(documents: &[Document], options: &IndexOptions) -> (Searcher, BuiltIndex) {
    let built = build(documents.to_vec(), options).unwrap();
    (read::open(&built.root.bytes).unwrap(), built)
}

/// Sizes of ordinary collections, and ones so small that nearly every list is a long one.
fn sizes() -> [Option<BlockSizes>; 2] {
    let tiny =
        BlockSizes { lists: 300, column_docs: 50, tier: 16, chunk: 8, ..BlockSizes::default() };
    [None, Some(tiny)]
}

fn all_hits(searcher: &Searcher, built: &BuiltIndex, text: &str) -> Results {
    let query =
        Query { limit: 1_000, matching: Matching::All, exhaustive: true, ..Query::new(text) };
    read::search(searcher, built, &query).unwrap()
}

#[test]
fn matches_are_those_of_the_oracle() {
    sizes().into_iter().for_each(matches_are_those_of_the_oracle_at);
}

fn matches_are_those_of_the_oracle_at(sizes: Option<BlockSizes>) {
    let documents = documents();
    let options = IndexOptions { sizes, ..IndexOptions::default() };
    let (searcher, built) = open(&documents, &options);
    let held: Vec<Values> = documents.iter().map(values).collect();
    let mut dice = Dice(11);
    let mut found = 0;
    for i in 0..400 {
        let ask = ask(&mut dice, &documents, i % 4);
        let results = all_hits(&searcher, &built, &ask.text());
        let hits: BTreeSet<String> = results.hits.iter().map(|hit| hit.id.clone()).collect();
        let holding = documents.iter().zip(&held).filter(|(_, values)| ask.holds(values, None));
        let expected: BTreeSet<String> = holding.map(|(document, _)| document.id.clone()).collect();
        assert_eq!(hits, expected, "{} read as {}", ask.text(), results.read_as);
        assert_eq!(results.total as usize, expected.len(), "{}", ask.text());
        assert_eq!(results.groups.iter().map(|group| group.count).sum::<u32>(), results.total);
        assert!(results.exact);
        found += usize::from(!expected.is_empty());
        // What is shown without reading everything is true, if not all.
        let quick = Query { limit: 20, matching: Matching::All, ..Query::new(ask.text()) };
        let quick = read::search(&searcher, &built, &quick).unwrap();
        for hit in &quick.hits {
            assert!(expected.contains(&hit.id), "{}: {}", ask.text(), hit.id);
        }
        if quick.exact {
            assert_eq!(quick.total as usize, expected.len(), "{}", ask.text());
        }
    }
    assert!(found > 200, "only {found} questions had an answer");
}

/// The terms that a plain question scores, with their weights.
fn scored_terms(text: &str, single_weight: f32) -> Vec<(String, f32)> {
    let mut scored: Vec<(String, f32)> = Vec::new();
    for word in text.split(' ') {
        let mut single = Vec::new();
        analysis::tokens(word, &mut |token| match token.role {
            Role::Word | Role::Pair => scored.push((token.term.into(), 1.0)),
            Role::Single => {
                single.push((token.term.to_owned(), single_weight));
            }
            Role::Whole => {}
        });
        scored.extend(single);
    }
    // What is asked twice counts twice.
    let mut summed: Vec<(String, f32)> = Vec::new();
    for (term, weight) in scored {
        match summed.iter_mut().find(|(known, _)| *known == term) {
            Some((_, sum)) => *sum += weight,
            None => summed.push((term, weight)),
        }
    }
    summed
}

/// Counts of one document: each field's terms with their frequencies, and its length.
type Counts = Vec<(&'static str, std::collections::BTreeMap<String, u32>, u32)>;

fn counts(document: &Document) -> Counts {
    let mut fields: Counts = Vec::new();
    for (name, value) in strings(document) {
        let name = *["ti", "tx", "pa", "ipc", "num"].iter().find(|known| **known == name).unwrap();
        if fields.last().is_none_or(|field| field.0 != name) {
            fields.push((name, std::collections::BTreeMap::new(), 0));
        }
        let (_, terms, len) = fields.last_mut().unwrap();
        *len += analysis::tokens(&value, &mut |token| {
            *terms.entry(token.term.into()).or_default() += 1;
        });
    }
    fields
}

#[test]
fn ranking_is_that_of_an_exhaustive_scorer() {
    sizes().into_iter().for_each(ranking_is_that_of_an_exhaustive_scorer_at);
}

/// Mean lengths of fields among documents like each of the first six, which are of all kinds.
fn means<'a>(
    documents: &'a [Document],
    counted: &[Counts],
) -> Vec<(&'a Document, Vec<(&'static str, f64)>)> {
    let mean = |like: &Document, field: &str| {
        let same = documents.iter().zip(counted);
        let same = same.filter(|(one, _)| one.lang == like.lang && one.kind == like.kind);
        let fields = same.flat_map(|(_, fields)| fields);
        let lengths = fields.filter(|(name, _, len)| *name == field && *len > 0);
        let lengths: Vec<u32> = lengths.map(|field| field.2).collect();
        f64::from(lengths.iter().sum::<u32>()) / lengths.len().max(1) as f64
    };
    let fields = ["ti", "tx", "pa", "ipc", "num"];
    let of = |like: &Document| fields.map(|field| (field, mean(like, field).max(1.0))).to_vec();
    documents.iter().take(6).map(|like| (like, of(like))).collect()
}

fn ranking_is_that_of_an_exhaustive_scorer_at(sizes: Option<BlockSizes>) {
    let documents = documents();
    let mut options = IndexOptions { sizes, ..IndexOptions::default() };
    if sizes.is_some() {
        // Of single characters beside pairs only the tops of long lists count, and here all are long.
        options.rank.single_weight = 0.0;
    }
    let (searcher, built) = open(&documents, &options);
    let counted: Vec<Counts> = documents.iter().map(counts).collect();
    let held: Vec<Values> = documents.iter().map(values).collect();
    let means = means(&documents, &counted);
    let part = |at: usize, term: &str| {
        let document = &documents[at];
        let means = &means
            .iter()
            .find(|(like, _)| like.lang == document.lang && like.kind == document.kind)
            .unwrap()
            .1;
        let mut combined = 0.0;
        for (name, terms, len) in &counted[at] {
            let field = options.fields.iter().find(|field| field.name == *name).unwrap();
            let mean = means.iter().find(|(known, _)| known == name).unwrap().1;
            let dilution = f64::from(field.dilution);
            let frequency = f64::from(terms.get(term).copied().unwrap_or(0));
            assert!(field.kind == FieldKind::Text || frequency == 0.0);
            combined += f64::from(field.weight) * frequency
                / (1.0 - dilution + dilution * f64::from(*len) / mean);
        }
        let part = combined / (f64::from(options.rank.k1) + combined);
        let steps = f64::from(options.rank.steps);
        if combined > 0.0 { (part * steps).round().max(1.0) / steps } else { 0.0 }
    };
    let mut dice = Dice(5);
    for i in 0..200 {
        let len = 1 + dice.roll(4);
        let text =
            if i % 2 == 0 { english(&mut dice, len) } else { substring(&mut dice, &documents) };
        let query = Query {
            limit: 100,
            matching: Matching::Any,
            exhaustive: true,
            ..Query::new(text.as_str())
        };
        let results = read::search(&searcher, &built, &query).unwrap();
        let mut scores = vec![0.0; documents.len()];
        for (term, weight) in scored_terms(&text, options.rank.single_weight) {
            let parts: Vec<f64> = (0..documents.len()).map(|at| part(at, &term)).collect();
            let holding = parts.iter().filter(|part| **part > 0.0).count() as f64;
            let idf = (1.0 + (documents.len() as f64 - holding + 0.5) / (holding + 0.5)).ln();
            for (score, part) in scores.iter_mut().zip(parts) {
                *score += f64::from(weight) * idf * part * f64::from(options.rank.k1 + 1.0);
            }
        }
        for (score, document) in scores.iter_mut().zip(&documents) {
            *score *= if document.kind == "guide" { 1.25 } else { 1.0 };
        }
        let mut last = (true, f64::MAX);
        for hit in &results.hits {
            let at: usize = hit.id.strip_prefix("doc-").unwrap().parse().unwrap();
            let found = f64::from(hit.score);
            assert!(
                (found - scores[at]).abs() < 0.01 * scores[at].max(0.1),
                "{text}: {} {found} {}",
                hit.id,
                scores[at]
            );
            assert!((hit.full, found) <= last, "{text}: {} stands too low", hit.id);
            let all = text.split(' ').all(|word| {
                let ask =
                    if word.is_ascii() { Ask::Word(word.into()) } else { Ask::Han(word.into()) };
                ask.holds(&held[at], None)
            });
            assert_eq!(hit.full, all, "{text}: {}", hit.id);
            last = (hit.full, found);
        }
        let some = scored_terms(&text, options.rank.single_weight)
            .into_iter()
            .filter(|(term, _)| term.is_ascii() || term.chars().count() > 1)
            .map(|(term, _)| term);
        let some: Vec<String> = some.collect();
        let matching =
            (0..documents.len()).filter(|&at| some.iter().any(|term| part(at, term) > 0.0)).count();
        assert_eq!(results.total as usize, matching, "{text}");
    }
}
