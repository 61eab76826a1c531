//! Each construct of the query language against a brute-force reading of the documents.
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::collections::BTreeSet;

use search_engine::analysis::{self, Role};
use search_engine::{Matching, NoticeCode, Query, Results, Searcher};
use search_indexer::{BlockSizes, BuiltIndex, Document, IndexOptions, build, read};

/// A small linear congruential generator: the same documents and questions every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn word(&mut self) -> String {
        let len = 3 + self.roll(5);
        (0..len).map(|_| char::from(b"abxz"[self.roll(4)])).collect()
    }
}

const HAN: [char; 8] = ['口', '罩', '专', '利', '电', '池', '病', '毒'];

fn documents() -> Vec<Document> {
    let mut dice = Dice(21);
    (0..300)
        .map(|i| {
            let words: Vec<String> = (0..2 + dice.roll(12)).map(|_| dice.word()).collect();
            let han: String = (0..3 + dice.roll(12)).map(|_| HAN[dice.roll(8)]).collect();
            let date =
                format!("20{:02}-{:02}-{:02}", dice.roll(25), 1 + dice.roll(12), 1 + dice.roll(31));
            Document {
                id: i.to_string(),
                url: format!("/{i}/"),
                kind: "record".into(),
                title: han,
                fields: vec![("tx".into(), vec![words.join(" ")]), ("pd".into(), vec![date])],
                ..Document::default()
            }
        })
        .collect()
}

struct Held {
    /// Words of the text, as the dictionary holds them.
    words: Vec<String>,
    han: Vec<char>,
    date: String,
}

fn held(document: &Document) -> Held {
    let mut words = Vec::new();
    analysis::tokens(&document.fields[0].1[0], &mut |token| {
        if token.role == Role::Word {
            words.push(token.term.to_owned());
        }
    });
    Held { words, han: document.title.chars().collect(), date: document.fields[1].1[0].clone() }
}

fn open() -> (Searcher, BuiltIndex, Vec<Held>) {
    let documents = documents();
    let built = build(documents.clone(), &IndexOptions::default()).unwrap();
    (read::open(&built.root.bytes).unwrap(), built, documents.iter().map(held).collect())
}

fn ask(searcher: &Searcher, built: &BuiltIndex, text: &str) -> Results {
    let query = Query { limit: 1_000, matching: Matching::All, ..Query::new(text) };
    read::search(searcher, built, &query).unwrap()
}

fn check(
    index: &(Searcher, BuiltIndex, Vec<Held>),
    text: &str,
    holds: impl Fn(&Held) -> bool,
) -> usize {
    let (searcher, built, held) = index;
    let results = ask(searcher, built, text);
    let found: BTreeSet<usize> = results.hits.iter().map(|hit| hit.id.parse().unwrap()).collect();
    let expected: BTreeSet<usize> = (0..held.len()).filter(|&i| holds(&held[i])).collect();
    assert_eq!(found, expected, "{text}, read as {}", results.read_as);
    assert!(results.exact, "{text}: {:?}", results.notices);
    expected.len()
}

fn fits(pattern: &[char], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('*', rest)) => (0..=text.len()).any(|at| fits(rest, &text[at..])),
        Some(('?', rest)) => fits(rest, text) || !text.is_empty() && fits(rest, &text[1..]),
        Some(('#', rest)) => !text.is_empty() && fits(rest, &text[1..]),
        Some((c, rest)) => text.first() == Some(c) && fits(rest, &text[1..]),
    }
}

/// Distance of optimal string alignment by its definition.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            table[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let changed = table[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let mut best = changed.min(table[i - 1][j] + 1).min(table[i][j - 1] + 1);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    best = best.min(table[i - 2][j - 2] + 1);
                }
                best
            };
        }
    }
    table[a.len()][b.len()]
}

fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}

#[test]
fn wildcards_stand_for_what_they_say() {
    let index = open();
    let mut dice = Dice(4);
    let mut found = 0;
    for _ in 0..150 {
        let mut pattern = chars(&dice.word());
        for _ in 0..=dice.roll(2) {
            let at = dice.roll(pattern.len());
            pattern[at] = ['*', '?', '#'][dice.roll(3)];
        }
        let letters = pattern.iter().filter(|c| c.is_alphabetic()).count();
        let text: String = pattern.iter().collect();
        if letters < 2 {
            continue;
        }
        // A cut word also stands for its own stem.
        let is_prefix = text.trim_end_matches('*').chars().all(char::is_alphabetic);
        if is_prefix {
            continue;
        }
        found +=
            check(&index, &text, |held| held.words.iter().any(|word| fits(&pattern, &chars(word))));
    }
    assert!(found > 300, "{found}");
}

#[test]
fn fuzzy_words_stand_for_words_within_their_distance() {
    let index = open();
    let mut dice = Dice(9);
    let mut found = 0;
    for i in 0..80 {
        let word = dice.word();
        let most = 1 + i % 2;
        if word.len() < 4 {
            continue;
        }
        // No stem among these words has other forms but with an ending: those are looked at too.
        let (searcher, built, held) = &index;
        let results = ask(searcher, built, &format!("{word}~{most}"));
        let hits: BTreeSet<usize> =
            results.hits.iter().map(|hit| hit.id.parse().unwrap()).collect();
        for (i, held) in held.iter().enumerate() {
            let near =
                held.words.iter().any(|other| distance(&chars(&word), &chars(other)) <= most);
            assert!(!near || hits.contains(&i), "{word}~{most} misses {:?}", held.words);
            let far =
                held.words.iter().all(|other| distance(&chars(&word), &chars(other)) > most + 6);
            assert!(!far || !hits.contains(&i), "{word}~{most} finds {:?}", held.words);
            found += usize::from(near);
        }
    }
    assert!(found > 200, "{found}");
}

#[test]
fn distances_count_words_and_characters() {
    let index = open();
    let mut dice = Dice(14);
    let words: Vec<String> = index.2.iter().flat_map(|held| held.words.clone()).collect();
    let mut found = 0;
    for _ in 0..200 {
        let at = dice.roll(words.len() - 4);
        let (a, b) = (words[at].clone(), words[at + 1 + dice.roll(3)].clone());
        let most = 1 + dice.roll(4);
        let (sign, ordered) = [("NEAR", false), ("W", true), ("D", false)][dice.roll(3)];
        let text = match sign {
            "NEAR" => format!("{a} NEAR{most} {b}"),
            _ => format!("tx=({a} {}{sign} {b})", most - 1),
        };
        // Stems ask for themselves.
        let near = |held: &Held| {
            let at = |word: &str| -> Vec<usize> {
                held.words
                    .iter()
                    .enumerate()
                    .filter(|(_, own)| *own == word)
                    .map(|(i, _)| i)
                    .collect()
            };
            at(&a).iter().any(|&i| {
                at(&b)
                    .iter()
                    .any(|&j| (i < j && j - i <= most) || (!ordered && j < i && i - j <= most))
            })
        };
        let mut stems = Vec::new();
        analysis::tokens(&format!("{a} {b}"), &mut |token| stems.push(token.term.to_owned()));
        if stems == [a.clone(), b.clone()] {
            found += check(&index, &text, near);
        }
    }
    for _ in 0..100 {
        let (a, b) = (HAN[dice.roll(8)], HAN[dice.roll(8)]);
        let most = 1 + dice.roll(3);
        let text = format!("{a} prox/distance<={most}/ordered {b}");
        found += check(&index, &text, |held| {
            held.han
                .iter()
                .enumerate()
                .any(|(i, c)| *c == a && held.han[i + 1..].iter().take(most).any(|c| *c == b))
        });
    }
    assert!(found > 400, "{found}");
}

#[test]
fn ranges_hold_the_days_between_their_bounds() {
    let index = open();
    let mut dice = Dice(33);
    for _ in 0..60 {
        let mut day =
            || format!("20{:02}-{:02}-{:02}", dice.roll(25), 1 + dice.roll(12), 1 + dice.roll(31));
        let (a, b) = (day(), day());
        let (low, high) = if a <= b { (a, b) } else { (b, a) };
        let plain = low.replace('-', "");
        check(&index, &format!("pd={low}..{high}"), |held| held.date >= low && held.date <= high);
        check(&index, &format!("pd>={plain}"), |held| held.date >= low);
        check(&index, &format!("pd > {low}"), |held| held.date > low);
        check(&index, &format!("pd<{high}"), |held| held.date < high);
        check(&index, &format!("pd within \"{} {}\"", &low[..4], &high[..7]), |held| {
            held.date[..4] >= low[..4] && held.date[..7] <= high[..7]
        });
        check(&index, &format!("pd={}", &plain[..6]), |held| held.date[..7] == low[..7]);
        check(&index, &format!("pd<={low} NOT pd={}", &low[..4]), |held| held.date[..4] < low[..4]);
    }
}

#[test]
fn lists_are_joined_as_their_word_says() {
    let index = open();
    let has = |held: &Held, c: char| held.han.contains(&c);
    check(&index, "ti any \"口 池\"", |held| has(held, '口') || has(held, '池'));
    check(&index, "ti all \"口 池\"", |held| has(held, '口') && has(held, '池'));
    check(&index, "ti=口 ti none \"池 毒\"", |held| {
        has(held, '口') && !has(held, '池') && !has(held, '毒')
    });
}

#[test]
fn hostile_questions_are_answered_within_their_bounds() {
    let (searcher, built, _) = open();
    let many = "a?b~2 ".repeat(10_000);
    let fuzzy: Vec<String> = (0..80).map(|i| format!("abxz{i}ab~2")).collect();
    let fuzzy = fuzzy.join(" ");
    let questions = [
        many.as_str(),
        &fuzzy,
        "*",
        "?",
        "~2",
        "*a* *b* *x* *z*",
        "\"a \"b\" \"",
        "((((((a",
        "口*罩?利 a\u{200b}b* \u{202e}x*\u{1f637}",
        "NEAR NEAR3 a 3W",
        "pd>",
        "pd>=<2020",
        "ti any any \"\"",
        "a NEAR (b NEAR c)",
    ];
    for question in questions {
        let mut session = searcher.plan(&Query::new(question));
        let (mut waves, mut blocks) = (0, 0);
        loop {
            let needs = session.needs();
            if needs.is_empty() {
                break;
            }
            waves += 1;
            blocks += needs.len();
            for id in needs {
                let payload =
                    read::unpack(&read::BlockSource::read(&built, &id).unwrap(), &id).unwrap();
                session.supply(&id.name, &payload).unwrap();
            }
        }
        let results = session.results().unwrap();
        assert!(waves <= 8 && blocks <= 400, "{waves} {blocks}");
        let cut = results.notices.iter().any(|notice| notice.code == NoticeCode::QueryCut);
        assert_eq!(cut, question.len() > 400, "{question:.40} {:?}", results.notices);
    }
}

#[test]
fn a_mistyped_word_is_answered_as_it_was_perhaps_meant() {
    let document = |(i, text): (usize, &str)| Document {
        id: i.to_string(),
        url: format!("/{i}/"),
        kind: "page".into(),
        title: text.into(),
        ..Document::default()
    };
    let texts = [
        "coronavirus antibodies",
        "vaccine respirator",
        "respirators for patents",
        "computer programs",
        "口罩专利",
        "patent attorney",
    ];
    let documents: Vec<Document> = texts.into_iter().enumerate().map(document).collect();
    let built = build(documents, &IndexOptions::default()).unwrap();
    let searcher = read::open(&built.root.bytes).unwrap();
    for (asked, better, found) in [
        ("coronaviurs", Some("coronavirus"), 1),
        ("xoronavirus", Some("coronavirus"), 1),
        ("vacine", Some("vaccine"), 1),
        ("Respirater", Some("respirator"), 2),
        ("antibdoy", Some("antibody"), 1),
        ("patetn (vacine)", Some("patent (vaccine)"), 3),
        // What is known is left, and still answers.
        ("patent attorny", Some("patent attorney"), 2),
        ("paternity", None, 0),
        ("vax", None, 0),
        ("口罐", None, 0),
    ] {
        let results = read::search(&searcher, &built, &Query::new(asked)).unwrap();
        assert_eq!(results.did_you_mean.as_deref(), better, "{asked}");
        assert_eq!(results.total, found, "{asked}");
        let corrected = results.notices.iter().any(|notice| notice.code == NoticeCode::Corrected);
        assert_eq!(corrected, better.is_some() && asked != "patent attorny", "{asked}");
    }
}

#[test]
fn a_mistyped_word_is_found_in_a_dictionary_of_many_shards() {
    let mut texts = vec!["vaccine patents coronavirus respirator".to_owned(); 8];
    // Words all over the alphabet that are no other's neighbours.
    texts.extend((0..6_000_u32).map(|i| {
        let letter = |n: u32| char::from(b'a' + u8::try_from(n % 26).unwrap());
        format!("{}{}{}qz{i}", letter(i), letter(i / 26), letter(i / 676))
    }));
    let document = |(i, text): (usize, &String)| Document {
        id: i.to_string(),
        url: format!("/{i}/"),
        kind: "page".into(),
        title: text.clone(),
        ..Document::default()
    };
    let documents: Vec<Document> = texts.iter().enumerate().map(document).collect();
    let sizes = BlockSizes { shard: 500, ..BlockSizes::default() };
    let options = IndexOptions { sizes: Some(sizes), ..IndexOptions::default() };
    let built = build(documents, &options).unwrap();
    let searcher = read::open(&built.root.bytes).unwrap();
    for (asked, better) in [
        ("vacine", "vaccine"),
        ("patnet", "patent"),
        ("coronaviurs", "coronavirus"),
        ("respirater", "respirator"),
        // Frequent words also where the first letters are wrong.
        ("baccine", "vaccine"),
        ("avccines", "vaccines"),
        ("atent", "patent"),
        ("xpatents", "patents"),
        ("aptent", "patent"),
        ("ptent", "patent"),
        ("voronavirus", "coronavirus"),
        ("rsepirators", "respirators"),
    ] {
        let results = read::search(&searcher, &built, &Query::new(asked)).unwrap();
        assert_eq!(results.did_you_mean.as_deref(), Some(better), "{asked}");
    }
}

#[test]
fn words_inside_of_names_are_found_and_names_are_found_whole() {
    let texts = ["map.computeIfAbsent(key)", "the HTMLParser of parsers", "nothing absent here"];
    let document = |(i, text): (usize, &str)| Document {
        id: i.to_string(),
        fields: vec![("tx".into(), vec![text.into()])],
        text: text.into(),
        ..Document::default()
    };
    let documents = texts.into_iter().enumerate().map(document).collect();
    let built = build(documents, &IndexOptions::default()).unwrap();
    let searcher = read::open(&built.root.bytes).unwrap();
    for (asked, found) in [
        ("absent", "0 2"),
        ("compute absent", "0"),
        ("computeifabsent", "0"),
        ("computeIfAbsent", "0"),
        ("html parsers", "1"),
        // Inner words take no positions of their own.
        ("\"compute if absent\"", ""),
        ("\"map computeIfAbsent\"", "0"),
    ] {
        let results = read::search(&searcher, &built, &Query::new(asked)).unwrap();
        let full = results.hits.iter().take(results.full as usize);
        let mut ids: Vec<&str> = full.map(|hit| hit.id.as_str()).collect();
        ids.sort_unstable();
        assert_eq!(ids.join(" "), found, "{asked}");
    }
}

#[test]
fn every_form_of_a_word_is_marked_in_snippets() {
    let text = "Dying, dies, died: e-mail, EMAIL and Emails; examining n95 at cafés, 電池与电池, part covid19";
    let document = Document {
        id: "forms".into(),
        title: "forms".into(),
        fields: vec![("tx".into(), vec![text.into()])],
        text: text.into(),
        ..Document::default()
    };
    let built = build(vec![document], &IndexOptions::default()).unwrap();
    let searcher = read::open(&built.root.bytes).unwrap();
    for (asked, marked) in [
        ("die", "Dying dies died"),
        ("email", "e-mail EMAIL Emails"),
        ("examination", "examining"),
        ("N95", "n95"),
        ("cafe", "cafés"),
        ("电池", "電池 电池"),
        ("exam*", "examining"),
        ("covid", "covid"),
        ("19", "19"),
    ] {
        let results = read::search(&searcher, &built, &Query::new(asked)).unwrap();
        let pieces = results.hits[0].snippet.pieces();
        let found: Vec<&str> =
            pieces.iter().filter(|(_, is)| *is).map(|(piece, _)| *piece).collect();
        assert_eq!(found.join(" "), marked, "{asked}");
    }
}
