//! Several indexes asked as one: an index with its updates, parts of a collection; and what the
//! rest answers when a part of an index is missing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::site::{ask, run};

/// A number as a word.
fn spelt(n: usize) -> String {
    n.to_string().bytes().map(|digit| char::from(digit - b'0' + b'b')).collect()
}

fn record(n: usize, cloth: &str) -> String {
    let (w, rare) = (spelt(n % 97), spelt(n / 9));
    format!(
        "{{\"id\":\"R{n}\",\"title\":\"Mask number {n}\",\"text\":\"{cloth} w{w} 口罩{} rare{rare}\",\"facets\":{{\"colour\":\"c{}\"}},\"date\":\"20{:02}-01-02\"}}\n",
        ["", "厂", "机", "布"][n % 4],
        n % 7,
        n % 24
    )
}

/// Lines that take records away.
fn deletions(numbers: impl Iterator<Item = usize>) -> String {
    let lines: Vec<String> = numbers.map(|n| format!("{{\"delete\":\"R{n}\"}}\n")).collect();
    lines.concat()
}

struct Indexes {
    folder: tempfile::TempDir,
}

impl Indexes {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, lines: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, lines).unwrap();
        path
    }

    fn index(&self, name: &str, lines: &str) -> String {
        let input = self.write(&format!("{name}.jsonl"), lines);
        let output = self.path(name);
        run(&[Path::new("index"), &input, Path::new("-o"), &output]).expect(0, &[]);
        output.to_str().unwrap().to_owned()
    }

    fn update(&self, index: &str, lines: &str) {
        let input = self.write("changes.jsonl", lines);
        run(&["index", "--update", index, input.to_str().unwrap()]).expect(0, &[]);
    }
}

/// Scores by id.
fn scores(answer: &Value) -> BTreeMap<String, f64> {
    let hits = answer["hits"].as_array().unwrap();
    let score = |hit: &Value| (hit["id"].as_str().unwrap().into(), hit["score"].as_f64().unwrap());
    hits.iter().map(score).collect()
}

fn ids(answer: &Value) -> Vec<&str> {
    let hits = answer["hits"].as_array().unwrap();
    hits.iter().map(|hit| hit["id"].as_str().unwrap()).collect()
}

const QUERIES: [&str; 9] = [
    "linen",
    "cloth wg",
    "rareee",
    "口罩厂",
    OF_TITLES,
    "\"linen we\"",
    "rarec*",
    "mask NOT cloth",
    "wg OR wh",
];

/// Finds words of titles, and what those count for each index settles by its own documents: such
/// scores differ between parts and whole.
const OF_TITLES: &str = "number 100";

/// Answers of several indexes against those of one that holds the same.
fn compare(several: &[&str], whole: &str, most_off: f64) {
    for query in QUERIES {
        let more = ["--limit", "1000", "--everything", "--facets", "colour"];
        let (ours, theirs) = (ask(several, query, &more), ask(&[whole], query, &more));
        for part in ["total", "full", "exact", "groups", "facets", "read_as"] {
            assert_eq!(ours[part], theirs[part], "{query} {part}");
        }
        let (ours, theirs) = (scores(&ours), scores(&theirs));
        // What is past the thousandth hit stands there by chance.
        let beyond = ours.len() == 1_000;
        for (id, score) in &ours {
            let Some(expected) = theirs.get(id) else {
                assert!(beyond, "{query}: {id} is not in the whole");
                continue;
            };
            let off = (score - expected).abs();
            let is_near = off <= most_off * expected.max(0.1);
            assert!(is_near || query == OF_TITLES, "{query} {id}: {score} {expected}");
        }
        let quick = ask(several, query, &[]);
        let scores: Vec<f64> = quick["hits"]
            .as_array()
            .unwrap()
            .iter()
            .map(|hit| hit["score"].as_f64().unwrap())
            .collect();
        assert!(scores.is_sorted_by(|a, b| a >= b), "{query}: {scores:?}");
    }
    let sorted = ["--sort", "newest", "--limit", "40"];
    let dates = |answer: &Value| -> Vec<String> {
        answer["hits"].as_array().unwrap().iter().map(|hit| hit["date"].to_string()).collect()
    };
    let (ours, theirs) = (ask(several, "cloth", &sorted), ask(&[whole], "cloth", &sorted));
    assert_eq!(dates(&ours), dates(&theirs));
    let by_colour =
        ask(several, "wg", &["--sort", "-colour", "--limit", "100", "--facets", "colour"]);
    let colours: Vec<usize> = ids(&by_colour)
        .into_iter()
        .map(|id| id.strip_prefix('R').unwrap().parse::<usize>().unwrap() % 7)
        .collect();
    assert!(colours.is_sorted_by(|a, b| a >= b) && colours.len() > 5, "{colours:?}");
}

#[test]
fn an_updated_index_answers_as_one_built_whole() {
    let indexes = Indexes::new();
    let old: String = (0..2_000).map(|n| record(n, "cloth")).collect();
    let base = indexes.index("base", &old);
    let changed = |n: usize| n.is_multiple_of(50);
    let gone = |n: usize| n % 50 == 7;
    let mut changed_lines: String =
        (0..2_000).filter(|n| changed(*n)).map(|n| record(n, "linen")).collect();
    changed_lines.extend((2_000..2_010).map(|n| record(n, "linen")));
    changed_lines.push_str(&deletions((0..1_000).filter(|n| gone(*n))));
    indexes.update(&base, &changed_lines);
    // What an update brought is replaced and taken away like what was there before.
    let rest = deletions((1_000..2_000).filter(|n| gone(*n)));
    indexes.update(
        &base,
        &format!(
            "{}{}{{\"delete\":\"R2009\"}}\n{rest}",
            record(0, "cloth"),
            record(2_010, "cloth")
        ),
    );
    let kept = (0..2_009).chain([2_010]).filter(|n| !gone(*n) || *n >= 2_000);
    let now: String = kept
        .map(|n| {
            record(
                n,
                if (changed(n) || n >= 2_000) && n != 0 && n != 2_010 { "linen" } else { "cloth" },
            )
        })
        .collect();
    let whole = indexes.index("whole", &now);
    // Hidden documents still count in how frequent words are.
    compare(&[&base], &whole, 0.1);
    let exported = |index: &str| {
        let said = run(&["export", index, "mask", "--format", "jsonl"]).expect(0, &[]);
        let mut lines: Vec<String> = said.out.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(exported(&base), exported(&whole));
}

#[test]
fn parts_of_a_collection_answer_as_the_whole() {
    let indexes = Indexes::new();
    let cloth = |n: usize| if n % 9 == 1 { "linen" } else { "cloth" };
    let part = |of: &dyn Fn(usize) -> bool| -> String {
        (0..900).filter(|n| of(*n)).map(|n| record(n, cloth(n))).collect()
    };
    let whole = indexes.index("whole", &part(&|_| true));
    let many = indexes.index("many", &part(&|n| n % 9 > 1));
    let few = indexes.index("few", &part(&|n| n % 9 == 1));
    let some = indexes.index("some", &part(&|n| n % 9 == 0));
    compare(&[&few, &many, &some], &whole, 0.06);
}

#[test]
fn a_misspelling_is_mended_by_the_index_that_knows_better_and_only_where_none_has_it() {
    let indexes = Indexes::new();
    let page = |id: &str, title: &str| {
        format!("{{\"id\":\"{id}\",\"title\":\"{title}\",\"text\":\"{title}\"}}\n")
    };
    let a = indexes.index("a", &page("1", "Respirator"));
    let b = indexes.index("b", &page("2", "Respirater"));
    let c = indexes.index("c", &page("3", "Glove"));
    let answer = ask(&[&a, &c], "respirater", &[]);
    assert_eq!((ids(&answer), answer["did_you_mean"].as_str()), (vec!["1"], Some("respirator")));
    assert_eq!(answer["notices"][0]["code"], "corrected");
    let answer = ask(&[&a, &b, &c], "respirater", &[]);
    assert_eq!((ids(&answer), &answer["did_you_mean"]), (vec!["2"], &Value::Null));
}

#[test]
fn what_is_missing_is_named_and_the_rest_answers() {
    let indexes = Indexes::new();
    // Texts so long that they stand apart from the cards.
    let cloth = "cloth ".repeat(2_000);
    let index = indexes.index("index", &(0..300).map(|n| record(n, &cloth)).collect::<String>());
    let traced = run(&["search", &index, "rarede", "--trace"]).expect(0, &[]);
    let line = |what: &str| traced.err.lines().find(|line| line.contains(what)).map(str::to_owned);
    let texts = line("texts").unwrap();
    let name = texts.split_whitespace().next().unwrap();
    let file = Path::new(&index).join(name);
    let good = fs::read(&file).unwrap();
    let check = |code: i32, says: &str| {
        let said = run(&["search", &index, "rarede", "--json"]).expect(code, &[name, says]);
        let answer: Value = serde_json::from_str(&said.out).unwrap();
        assert_eq!(answer["notices"][0]["detail"], name);
        assert_eq!(answer["hits"].as_array().unwrap().len(), 9, "cards are there");
    };
    let mut altered = good.clone();
    altered[good.len() / 2] ^= 1;
    fs::write(&file, altered).unwrap();
    check(1, "digest");
    fs::remove_file(&file).unwrap();
    check(3, "No such file");
    let of_several = run(&["search", &index, &index, "rarede"]).expect(3, &[name]);
    assert!(of_several.out.contains("Mask number"), "{}", of_several.out);
}

/// An answer or a clear error, and neither a panic nor a wait.
#[test]
fn queries_of_every_shape_are_answered() {
    let indexes = Indexes::new();
    let index = indexes.index("index", &(0..50).map(|n| record(n, "cloth")).collect::<String>());
    let terms: Vec<String> = (0..10_000).map(|n| format!("w{}", spelt(n))).collect();
    let fuzzy: Vec<String> = (0..200).map(|n| format!("clath{n}~2")).collect();
    let (terms, fuzzy) = (terms.join(" "), fuzzy.join(" "));
    let queries = [
        terms.as_str(),
        &fuzzy,
        "*",
        "**",
        "?",
        "~2",
        "cloth~2 mask~2 numbr~2",
        "\"cloth",
        "\"\"\"",
        "(((cloth",
        "cloth)))",
        "cloth AND",
        "NOT",
        "NOT cloth",
        "OR OR OR",
        "😀",
        "😷 cloth",
        "\u{200b}cl\u{200d}oth\u{feff}",
        "\u{202e}htolc\u{202c}",
        "\u{200f}cloth\u{200e}",
        "口罩cloth",
        "\u{301}\u{301}",
        "",
        " ",
        "date:[",
        "ti=",
        "-",
        "--",
        "\u{ffff}",
    ];
    for query in queries {
        let start = std::time::Instant::now();
        let said = run(&[&["search", &index, "--json", "--", query][..]].concat());
        let shown: String = query.chars().take(40).collect();
        let said = said.expect(0, &[]);
        let answer: Value = serde_json::from_str(&said.out).unwrap();
        assert!(answer["hits"].as_array().unwrap().len() <= 10, "{shown}");
        assert!(start.elapsed().as_secs() < 10, "{shown}: {:?}", start.elapsed());
        if query.len() > 4_000 {
            assert_eq!(answer["notices"][0]["code"], "query-cut", "{shown}");
        }
    }
    for query in [
        "\u{200b}cl\u{200d}oth\u{feff}",
        "\u{200f}cloth\u{200e}",
        "😷 cloth",
        "\"cloth",
        "cloth)))",
        "(((cloth",
    ] {
        assert_eq!(ask(&[&index], query, &[])["full"], 50, "{query:?}");
    }
}

/// An index names its most frequent values: of several, what one leaves out another may name.
#[test]
fn facets_with_more_values_than_are_named_are_about_right_over_several_indexes() {
    let indexes = Indexes::new();
    let line = |n: usize| {
        let (tag, colour) = (n % 150, n % 7);
        format!(
            "{{\"id\":\"R{n}\",\"title\":\"Mask\",\"facets\":{{\"tag\":\"t{tag}\",\"colour\":\"c{colour}\"}}}}\n"
        )
    };
    let a = indexes.index("a", &(0..300).map(line).collect::<String>());
    let b = indexes.index("b", &(300..500).map(line).collect::<String>());
    let exact = |of: &[&str]| {
        let answer = ask(of, "mask", &["--facets", "tag", "--facets", "colour"]);
        [0, 1].map(|at| answer["facets"][at]["exact"].as_bool().unwrap())
    };
    assert_eq!(exact(&[&a]), [true, true]);
    assert_eq!(exact(&[&a, &b]), [false, true]);
}
