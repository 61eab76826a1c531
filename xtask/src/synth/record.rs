//! One made-up record as a line of JSON, in the form that `woodblock index` takes.

use std::io::Write as _;

use anyhow::Result;

use super::chance::{Chance, Weighted};
use super::names;
use super::source::Source;
use super::words::{Chinese, English};

/// Makes records.
pub(super) struct Maker<'a> {
    seed: u64,
    /// Mean words of a text.
    words: u32,
    chinese_percent: u32,
    english: English<'a>,
    chinese: Chinese<'a>,
    classes: Weighted<String>,
    pairs: Weighted<String>,
    classes_per_record: Weighted<u32>,
    years: Weighted<u32>,
    months: Weighted<u32>,
    kinds: Weighted<String>,
    applicants: Weighted<u32>,
    inventors: Weighted<u32>,
    title_words: Weighted<u32>,
    title_chars: Weighted<u32>,
    abstract_words: Weighted<u32>,
}

impl<'a> Maker<'a> {
    /// Makes records with texts of about `words` words, so many of a hundred in Chinese.
    pub(super) fn new(
        source: &'a Source,
        seed: u64,
        words: u32,
        chinese_percent: u32,
    ) -> Result<Self> {
        let numbers =
            |name| Weighted::read(&source.distributions, name, |key| key.parse::<u32>().ok());
        let names = |name| Weighted::read(&source.distributions, name, |key| Some(key.to_owned()));
        Ok(Self {
            seed,
            words,
            chinese_percent,
            english: English::new(source),
            chinese: Chinese::new(&source.chinese),
            classes: names("ipc_subclass_first")?,
            pairs: names("ipc_subclass_pair")?,
            classes_per_record: numbers("ipc_per_doc")?,
            years: numbers("pub_year")?,
            months: numbers("pub_month")?,
            kinds: names("cn_kind")?,
            applicants: numbers("n_applicants")?,
            inventors: numbers("n_inventors")?,
            title_words: numbers("title_words")?,
            title_chars: numbers("title_zh_chars")?,
            abstract_words: numbers("abstract_words_10")?,
        })
    }

    /// Appends record `number` and a line feed.
    pub(super) fn line(&self, number: u64, out: &mut Vec<u8>) {
        let chance = &mut Chance::new(self.seed, number);
        let chinese = chance.percent(self.chinese_percent);
        let (year, month) = (self.years.pick(chance), self.months.pick(chance));
        let day = 1 + chance.below(28);
        let kind = self.kinds.pick(chance);
        let symbols = self.symbols(chance);
        let (mut title, mut text) = (String::with_capacity(128), String::with_capacity(1_024));
        let class = &symbols[0][..4];
        self.prose(chinese, number, class, (&mut title, &mut text), chance);
        let lang = if chinese { "zh" } else { "en" };
        let line = write!(
            out,
            "{{\"id\":\"SYN{year}{number:09}{kind}\",\"lang\":\"{lang}\",\"collection\":\"synthetic\""
        );
        line.expect("writing to memory");
        put(out, "title", &title);
        put(out, "text", &text);
        write!(out, ",\"date\":\"{year:04}-{month:02}-{day:02}\"").expect("writing to memory");
        list(out, "ipc", &symbols);
        // Companies grow in number with the square root of the records, a little like words.
        let known = (number + 1).isqrt() * 40;
        let applicants = *self.applicants.pick(chance);
        list(
            out,
            "pa",
            &(0..applicants.min(9))
                .map(|_| names::applicant(chinese, known, chance))
                .collect::<Vec<_>>(),
        );
        let inventors = *self.inventors.pick(chance);
        list(
            out,
            "in",
            &(0..inventors.min(12)).map(|_| names::inventor(chinese, chance)).collect::<Vec<_>>(),
        );
        write!(out, ",\"ap\":\"SYN{}{:08}\"}}", year - 1, number ^ 0x15_5a5a)
            .expect("writing to memory");
        out.push(b'\n');
    }

    /// Classification symbols: the first by its frequency, others those that go with it.
    fn symbols(&self, chance: &mut Chance) -> Vec<String> {
        let count = (*self.classes_per_record.pick(chance)).clamp(1, 8);
        let mut symbols = Vec::new();
        let mut class = self.classes.pick(chance).clone();
        for i in 0..count {
            let group = 1 + chance.rank(99, 2);
            let subgroup = if chance.percent(40) { 0 } else { 2 * (1 + chance.rank(40, 2)) };
            let symbol = format!("{class}{group}/{subgroup:02}");
            if !symbols.contains(&symbol) {
                symbols.push(symbol);
            }
            if i + 1 < count && chance.percent(45) {
                let pair = self.pairs.pick(chance);
                class = pair.split('|').nth(1).unwrap_or(&class).to_owned();
            }
        }
        symbols
    }

    fn prose(
        &self,
        chinese: bool,
        number: u64,
        class: &str,
        (title, text): (&mut String, &mut String),
        chance: &mut Chance,
    ) {
        // The measured texts have 105 words on average.
        let words = (*self.abstract_words.pick(chance) * self.words).div_ceil(105).max(3);
        if chinese {
            if chance.percent(55) {
                title.push_str("一种");
            }
            self.chinese.write(title, (*self.title_chars.pick(chance)).max(4), class, chance);
            text.push_str("本发明公开了");
            text.push_str(title);
            let mut left = words * 2;
            while left > 0 {
                text.push_str(if chance.percent(25) { "。" } else { "，" });
                let clause = (6 + u32::try_from(chance.below(18)).unwrap_or(0)).min(left);
                self.chinese.write(text, clause, class, chance);
                left -= clause;
            }
            text.push('。');
            return;
        }
        self.english.write(title, (*self.title_words.pick(chance)).max(2), class, number, chance);
        let mut left = words;
        while left > 0 {
            let sentence = (8 + u32::try_from(chance.below(22)).unwrap_or(0)).min(left);
            self.english.write(text, sentence, class, number, chance);
            text.push_str(". ");
            left -= sentence;
        }
        text.pop();
        for text in [title, text] {
            if let Some(first) = text.get_mut(..1) {
                first.make_ascii_uppercase();
            }
        }
    }
}

/// A key with a text.
fn put(out: &mut Vec<u8>, key: &str, text: &str) {
    write!(out, ",\"{key}\":").expect("writing to memory");
    serde_json::to_writer(out, text).expect("writing to memory");
}

/// A key with texts, unless there are none.
fn list(out: &mut Vec<u8>, key: &str, texts: &[String]) {
    if texts.is_empty() {
        return;
    }
    write!(out, ",\"{key}\":").expect("writing to memory");
    serde_json::to_writer(out, texts).expect("writing to memory");
}
