//! Records: gathered from the data folder, counted, and asked for.
//!
//! Queries are drawn from the documents themselves, seeded, in equal shares of seven kinds: a word
//! in at least 2 % of all documents, one in 0.02 to 1 %, one in at most five, two words and three
//! words of one title or text, a phrase of two or three neighbours in quotes, a number. Of Chinese
//! documents: two, three and four neighbouring characters, two such pieces, a phrase in quotes.

use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};

use super::bm25::terms;
use super::corpus::lines;
use super::judged::read_text;
use super::random::Random;

/// Documents that queries are drawn from.
const SAMPLE: usize = 6_000;
/// Queries that are drawn; a measurement takes the first of them.
pub(crate) const QUERIES: usize = 2_000;
const KINDS: usize = 7;
/// Text of a document that words are counted in.
const TEXT_CHARS: usize = 4_000;

/// What a corpus holds.
#[derive(Debug)]
pub(crate) struct Stats {
    pub(crate) documents: usize,
    pub(crate) text_bytes: u64,
}

/// Writes all records of a folder as one file that `woodblock index` reads.
pub(crate) fn gather(folder: &Path, docs: &Path) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| {
        format!("no records in `{}`; name their folder with --data", folder.display())
    })?;
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let names: BTreeSet<String> = names
        .filter_map(|name| name.split_once(".jsonl").map(|(stem, _)| stem.to_owned()))
        .collect();
    let mut out = BufWriter::new(File::create(docs)?);
    for name in names {
        for (at, line) in read_text(&folder.join(format!("{name}.jsonl")))?.lines().enumerate() {
            let record: Value = serde_json::from_str(line)?;
            writeln!(out, "{}", flat(&record, &format!("{name}-{at}")))?;
        }
    }
    out.flush().context("cannot write the records")
}

/// A record under the keys of `woodblock index`: title and abstract as text, people and classes beside.
fn flat(record: &Value, id: &str) -> Value {
    let text =
        |keys: [&str; 2]| keys.iter().find_map(|key| record[key].as_str()).unwrap_or_default();
    let title = text(["title", "title_zh"]);
    let is_chinese = title.chars().any(is_han);
    let mut flat = Map::new();
    flat.insert("id".into(), id.into());
    flat.insert("title".into(), title.into());
    flat.insert("text".into(), text(["abstract", "abstract_zh"]).into());
    flat.insert("lang".into(), if is_chinese { "zh" } else { "en" }.into());
    let date = text(["publication_date", "filing_date"]);
    if !date.is_empty() {
        flat.insert("date".into(), date.into());
    }
    for (key, name) in [("applicants", "pa"), ("inventors", "in"), ("ipc", "ic"), ("id", "pn")] {
        let value = &record[key];
        let is_empty = value.as_array().is_some_and(Vec::is_empty) || value.is_null();
        if !is_empty {
            flat.insert(name.into(), value.clone());
        }
    }
    json!(flat)
}

/// Counts a corpus and writes its queries.
pub(crate) fn measure(docs: &Path, queries: &Path, seed: u64) -> Result<Stats> {
    let mut stats = Stats { documents: 0, text_bytes: 0 };
    let mut frequencies: HashMap<String, u32> = HashMap::new();
    let mut sample: Vec<Sampled> = Vec::new();
    let mut random = Random::seeded(seed);
    for line in lines(docs)? {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let record: Value = serde_json::from_str(&line).context("a document is no JSON")?;
        stats.documents += 1;
        stats.text_bytes += text_bytes(&record);
        let document = Sampled::of(&record);
        let distinct: BTreeSet<&String> = document.words.iter().collect();
        for word in distinct {
            count(&mut frequencies, word);
        }
        // Every document has the same chance to stay.
        if sample.len() < SAMPLE {
            sample.push(document);
        } else if let at @ 0..SAMPLE = random.below(stats.documents) {
            sample[at] = document;
        }
    }
    let draw = Draw { sample, frequencies, documents: stats.documents };
    fs::write(queries, draw.lines(&mut random))
        .with_context(|| format!("cannot write `{}`", queries.display()))?;
    Ok(stats)
}

fn count(frequencies: &mut HashMap<String, u32>, word: &str) {
    match frequencies.get_mut(word) {
        Some(count) => *count += 1,
        None => drop(frequencies.insert(word.to_owned(), 1)),
    }
}

/// Bytes of all that is no key and no bookkeeping.
fn text_bytes(record: &Value) -> u64 {
    match record {
        Value::String(text) => text.len() as u64,
        Value::Array(items) => items.iter().map(text_bytes).sum(),
        Value::Object(fields) => {
            let told = fields.iter().filter(|(key, _)| !matches!(key.as_str(), "url" | "lang"));
            told.map(|(_, value)| text_bytes(value)).sum()
        }
        _ => 0,
    }
}

struct Sampled {
    /// Words in order; for Chinese none.
    words: Vec<String>,
    /// Runs of Chinese characters of title and text.
    runs: Vec<Vec<char>>,
}

impl Sampled {
    fn of(record: &Value) -> Self {
        let text: String = ["title", "text"]
            .iter()
            .filter_map(|key| record[key].as_str())
            .collect::<Vec<_>>()
            .join("\n");
        let text: String = text.chars().take(TEXT_CHARS).collect();
        let runs = text.split(|c: char| !is_han(c)).map(|run| run.chars().collect::<Vec<char>>());
        let words = terms(&text.replace(is_han, " "), "en");
        Self { words, runs: runs.filter(|run| run.len() >= 4).collect() }
    }
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

struct Draw {
    sample: Vec<Sampled>,
    frequencies: HashMap<String, u32>,
    documents: usize,
}

impl Draw {
    /// `id<TAB>text` lines, kinds in turn; ids name the kind.
    fn lines(&self, random: &mut Random) -> String {
        let mut lines = String::new();
        let mut tries = 0;
        let mut drawn = 0;
        while drawn < QUERIES && tries < 400 * QUERIES {
            tries += 1;
            let document = random.pick(&self.sample);
            let query = if document.runs.is_empty() {
                self.words(random, document, drawn % KINDS)
            } else {
                chinese(random, document, drawn % KINDS)
            };
            if let Some((kind, text)) = query {
                drawn += 1;
                lines.extend([&format!("{drawn:04}-{kind}\t"), text.as_str(), "\n"]);
            }
        }
        lines
    }

    #[expect(clippy::cast_precision_loss, reason = "counts are small")]
    fn share(&self, word: &str) -> f64 {
        f64::from(self.frequencies.get(word).copied().unwrap_or(0)) / self.documents as f64
    }

    fn words(
        &self,
        random: &mut Random,
        document: &Sampled,
        kind: usize,
    ) -> Option<(&'static str, String)> {
        if document.words.len() < 3 {
            return None;
        }
        let word = random.pick(&document.words).clone();
        let count = self.frequencies.get(&word).copied().unwrap_or(0);
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
        let is_word = word.chars().all(char::is_alphabetic) && word.len() >= 4;
        let share = self.share(&word);
        match kind {
            0 => (is_word && share >= 0.02).then_some(("frequent", word)),
            1 => (is_word && (0.0002..0.01).contains(&share)).then_some(("middle", word)),
            2 => (count <= 5 && word.len() >= 4).then_some(("rare", word)),
            3 => self.several(random, document, 2).map(|text| ("two", text)),
            4 => self.several(random, document, 3).map(|text| ("three", text)),
            5 => phrase(random, document).map(|text| ("phrase", text)),
            _ => (is_number && word.len() >= 2).then_some(("number", word)).or_else(|| {
                (random.below(300) == 0).then(|| ("code", random.pick(&document.words).clone()))
            }),
        }
    }

    /// Words of one document that bind nothing: in under 3 % of all.
    fn several(&self, random: &mut Random, document: &Sampled, count: usize) -> Option<String> {
        let words: BTreeSet<&String> = (0..count).map(|_| random.pick(&document.words)).collect();
        let fit = words.iter().all(|word| word.len() >= 4 && self.share(word) < 0.03);
        let words: Vec<&str> = words.iter().map(|word| word.as_str()).collect();
        (fit && words.len() == count).then(|| words.join(" "))
    }
}

fn phrase(random: &mut Random, document: &Sampled) -> Option<String> {
    let len = 2 + random.below(2);
    let start = random.below(document.words.len().checked_sub(len)? + 1);
    let words = &document.words[start..start + len];
    let fit = words.iter().any(|word| word.len() >= 4);
    fit.then(|| format!("\"{}\"", words.join(" ")))
}

fn chinese(random: &mut Random, document: &Sampled, kind: usize) -> Option<(&'static str, String)> {
    let piece = |random: &mut Random, len: usize| -> Option<String> {
        let run = random.pick(&document.runs);
        let start = random.below(run.len().checked_sub(len)? + 1);
        Some(run[start..start + len].iter().collect())
    };
    match kind {
        0 | 1 => piece(random, 2).map(|text| ("zh2", text)),
        2 => piece(random, 3).map(|text| ("zh3", text)),
        3 | 4 => piece(random, 4).map(|text| ("zh4", text)),
        5 => Some(("zhtwo", format!("{} {}", piece(random, 2)?, piece(random, 2)?))),
        _ => piece(random, 5).map(|text| ("zhphrase", format!("\"{text}\""))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_come_from_the_documents_and_are_seeded() {
        let folder = std::env::temp_dir().join(format!("woodblock-records-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (docs, queries) = (folder.join("docs.jsonl"), folder.join("queries.tsv"));
        let lines = (0..40).map(|at| {
            format!("{{\"id\":\"{at}\",\"title\":\"Filter housing number {at}\",\"text\":\"口罩生产设备 of 2019\"}}\n")
        });
        fs::write(&docs, lines.collect::<String>()).unwrap();
        let stats = measure(&docs, &queries, 1).unwrap();
        let first = fs::read_to_string(&queries).unwrap();
        measure(&docs, &queries, 1).unwrap();
        assert_eq!(first, fs::read_to_string(&queries).unwrap());
        assert_eq!(stats.documents, 40);
        assert!(first.lines().count() == QUERIES && first.contains("生产"), "{first}");
        fs::remove_dir_all(&folder).unwrap();
    }
}
