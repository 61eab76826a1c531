//! Real records, as far as made-up ones need them: runs of words, by class.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;

use anyhow::{Context as _, Result};
use flate2::read::GzDecoder;
use serde_json::{Map, Value};

/// Files of records beside the distributions.
const RECORDS: [&str; 6] = [
    "china-titles.jsonl.gz",
    "covid19.jsonl.gz",
    "drones.jsonl.gz",
    "nuclear-abstracts.jsonl.gz",
    "others.jsonl.gz",
    "drones-undated.jsonl.gz",
];
/// Most records taken of one file: no subject may outweigh the rest.
const MOST_OF_A_FILE: usize = 12_000;

/// Texts end to end, with the places where each begins.
#[derive(Default)]
pub(super) struct Run<T> {
    /// Words or characters; `T::default()` after each text.
    pub(super) items: Vec<T>,
    /// Begins of texts by class (an IPC subclass).
    pub(super) by_class: HashMap<String, Vec<u32>>,
}

impl<T: Default> Run<T> {
    fn add(&mut self, items: impl Iterator<Item = T>, class: Option<&str>) {
        let at = u32::try_from(self.items.len()).expect("a few million words at most");
        if let Some(class) = class {
            self.by_class.entry(class.to_owned()).or_default().push(at);
        }
        self.items.extend(items);
        self.items.push(T::default());
    }
}

/// What is known of real records.
#[derive(Default)]
pub(super) struct Source {
    /// Words by number; 0 is the end of a text.
    pub(super) words: Vec<String>,
    numbers: HashMap<String, u32>,
    /// English texts as numbers of words.
    pub(super) english: Run<u32>,
    /// Chinese titles; `\0` is the end of one.
    pub(super) chinese: Run<char>,
    /// Counts by name.
    pub(super) distributions: Map<String, Value>,
}

impl Source {
    /// Reads the records and distributions below `data`.
    pub(super) fn read(data: &Path) -> Result<Self> {
        let folder = data.join("patents");
        let mut source = Self::default();
        let path = folder.join("distributions.json");
        let json = std::fs::read(&path).with_context(|| {
            format!("cannot read {}; say where the data lies with --data", path.display())
        })?;
        source.distributions =
            serde_json::from_slice(&json).with_context(|| format!("in {}", path.display()))?;
        for name in RECORDS {
            let path = folder.join(name);
            let file =
                File::open(&path).with_context(|| format!("cannot read {}", path.display()))?;
            source
                .read_records(GzDecoder::new(file))
                .with_context(|| format!("in {}", path.display()))?;
        }
        Ok(source)
    }

    fn read_records(&mut self, from: impl Read) -> Result<()> {
        for line in BufReader::new(from).lines().take(MOST_OF_A_FILE) {
            let record: Value = serde_json::from_str(&line?)?;
            let text = |key: &str| record[key].as_str().unwrap_or_default();
            let class = ["ipc", "cpc"]
                .iter()
                .find_map(|&key| record[key][0].as_str())
                .and_then(|code| code.get(..4));
            for key in ["title", "abstract"] {
                self.add_english(text(key), class);
            }
            for key in ["title_zh", "abstract_zh"] {
                self.add_chinese(text(key), class);
            }
        }
        Ok(())
    }

    /// Adds an English text of a class.
    pub(super) fn add_english(&mut self, text: &str, class: Option<&str>) {
        if self.words.is_empty() {
            self.words.push(String::new());
        }
        let mut numbers = Vec::new();
        for word in
            text.split(|c: char| !(c.is_alphanumeric() || c == '-')).filter(|word| !word.is_empty())
        {
            let word = word.to_lowercase();
            let next =
                u32::try_from(self.words.len()).expect("a few hundred thousand words at most");
            let number = *self.numbers.entry(word.clone()).or_insert(next);
            if number == next {
                self.words.push(word);
            }
            numbers.push(number);
        }
        if numbers.len() > 1 {
            self.english.add(numbers.into_iter(), class);
        }
    }

    /// Adds a Chinese text of a class.
    pub(super) fn add_chinese(&mut self, text: &str, class: Option<&str>) {
        let chars: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
        if chars.len() > 3 {
            self.chinese.add(chars.into_iter(), class);
        }
    }
}
