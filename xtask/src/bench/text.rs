//! Made-up pages: seeded, of natural lengths and word frequencies, the same on every machine.
//!
//! English words are built of syllables, short ones frequent; their frequencies fall by Zipf's law
//! (as Mandelbrot has it, exponent 1.07, shift 2.7), a third of each page's words come from one of
//! 200 subjects, and one word in eighty is a number or a code, so that the vocabulary goes on
//! growing. Chinese is laid out of pieces of 2 to 6 characters cut from real clauses, so pairs of
//! characters are as frequent as they are in life.

use std::collections::HashSet;

use super::random::Random;

const VOCABULARY: usize = 60_000;
const SUBJECTS: usize = 200;
const WORDS_A_SUBJECT: usize = 160;
const EXPONENT: f64 = 1.07;
const SHIFT: f64 = 2.7;
/// The words that bind the others.
const FUNCTION_WORDS: &str = "the of and to in a is that for it as with was on be by at this from or an are which \
    not have has but they one all their can its if more when will other about into than out only some may these";
const ONSETS: [&str; 24] = [
    "b", "c", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "br", "cl",
    "dr", "gr", "pl", "st", "tr", "sh",
];
const VOWELS: [&str; 9] = ["a", "e", "i", "o", "u", "ai", "ea", "io", "ou"];
const CODAS: [&str; 12] = ["", "", "", "n", "r", "s", "t", "l", "m", "nd", "st", "ck"];
const ENDINGS: [&str; 8] = ["", "", "", "s", "ed", "ing", "er", "ation"];

/// A page of a site.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) title: String,
    /// Heading and paragraphs.
    pub(crate) sections: Vec<(String, Vec<String>)>,
}

/// Where pages come from.
pub(crate) enum Writer {
    /// Words, and the running sums of their weights.
    English(Words),
    /// Clauses to cut pieces from.
    Chinese(Vec<Vec<char>>),
}

pub(crate) struct Words {
    by_rank: Vec<String>,
    all: Vec<f64>,
    /// A subject's words by rank.
    subjects: Vec<Vec<usize>>,
    of_subject: Vec<f64>,
}

impl Writer {
    pub(crate) fn english() -> Self {
        let mut random = Random::seeded(0x0077_6f72_6473);
        let words = vocabulary(&mut random);
        let deep = VOCABULARY / 2;
        let mut subject = || (0..WORDS_A_SUBJECT).map(|_| 60 + random.below(deep)).collect();
        let subjects = (0..SUBJECTS).map(|_| subject()).collect();
        let (all, of_subject) = (weights(words.len()), weights(WORDS_A_SUBJECT));
        Self::English(Words { by_rank: words, all, subjects, of_subject })
    }

    /// - `clauses`: real text, cut at its punctuation.
    pub(crate) fn chinese(clauses: &[String]) -> Self {
        let clauses = clauses.iter().map(|clause| clause.chars().collect::<Vec<char>>());
        Self::Chinese(clauses.filter(|clause| clause.len() >= 6).collect())
    }

    /// Page number `at` of the site with this seed.
    pub(crate) fn page(&self, seed: u64, at: usize) -> Page {
        let mut random = Random::seeded(seed ^ (at as u64).wrapping_mul(0xd134_2543_de82_ef95));
        let random = &mut random;
        let subject = random.below(SUBJECTS);
        let title = self.heading(random, subject, 3, 8);
        // Log-normal: half of the pages have more than 300 words, one in forty over 1,100.
        let words = (5.7 + 0.65 * random.normal()).exp().clamp(30.0, 6000.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let paragraphs = (words / 60.0).ceil() as usize;
        let mut sections = Vec::new();
        let mut left = paragraphs;
        while left > 0 {
            let here = left.min(1 + random.below(4));
            left -= here;
            let heading = self.heading(random, subject, 2, 5);
            sections.push((heading, (0..here).map(|_| self.paragraph(random, subject)).collect()));
        }
        Page { title, sections }
    }

    fn heading(&self, random: &mut Random, subject: usize, least: usize, most: usize) -> String {
        let count = least + random.below(most - least + 1);
        let line = self.words(random, subject, count);
        let mut chars = line.chars();
        let first = chars.next().map(|c| c.to_uppercase().collect::<String>()).unwrap_or_default();
        first + chars.as_str()
    }

    fn paragraph(&self, random: &mut Random, subject: usize) -> String {
        let sentences = 2 + random.below(5);
        let mut text = String::new();
        for _ in 0..sentences {
            let count = 8 + random.below(14);
            text.push_str(&self.heading(random, subject, count, count));
            text.push_str(if matches!(self, Self::English(_)) { ". " } else { "。" });
        }
        text.trim_end().to_owned()
    }

    fn words(&self, random: &mut Random, subject: usize, count: usize) -> String {
        match self {
            Self::English(words) => {
                let line: Vec<String> = (0..count).map(|_| words.one(random, subject)).collect();
                line.join(" ")
            }
            // A piece has about twice the characters that an average word has.
            Self::Chinese(clauses) => {
                (0..count.div_ceil(2)).map(|_| piece(random, clauses)).collect()
            }
        }
    }
}

impl Words {
    fn one(&self, random: &mut Random, subject: usize) -> String {
        let chance = random.below(240);
        if chance < 2 {
            return (1900 + random.below(4000)).to_string();
        }
        if chance == 2 {
            let letter = char::from(b'a' + u8::try_from(random.below(26)).expect("a letter"));
            return format!("{letter}{}", random.below(1_000_000));
        }
        let rank = if chance < 80 {
            self.subjects[subject][drawn(random, &self.of_subject)]
        } else {
            drawn(random, &self.all)
        };
        self.by_rank[rank].clone()
    }
}

/// Running sums of the weights of `count` ranks.
#[expect(clippy::cast_precision_loss, reason = "ranks are small")]
fn weights(count: usize) -> Vec<f64> {
    let weight = |rank: usize| (rank as f64 + SHIFT).powf(-EXPONENT);
    let sums = (1..=count).scan(0.0, |sum, rank| {
        *sum += weight(rank);
        Some(*sum)
    });
    sums.collect()
}

/// A rank, by its weight.
fn drawn(random: &mut Random, sums: &[f64]) -> usize {
    let at = random.unit() * sums.last().copied().unwrap_or_default();
    sums.partition_point(|sum| *sum < at).min(sums.len() - 1)
}

fn vocabulary(random: &mut Random) -> Vec<String> {
    let mut words: Vec<String> = FUNCTION_WORDS.split_whitespace().map(str::to_owned).collect();
    let mut known: HashSet<String> = words.iter().cloned().collect();
    while words.len() < VOCABULARY {
        let syllables = match words.len() {
            ..300 => 1,
            300..6_000 => 2,
            6_000..30_000 => 3,
            _ => 4,
        };
        let syllable = |random: &mut Random| {
            [*random.pick(&ONSETS), *random.pick(&VOWELS), *random.pick(&CODAS)].concat()
        };
        let stem: String = (0..syllables).map(|_| syllable(random)).collect();
        let word = stem + random.pick::<&str>(&ENDINGS);
        if known.insert(word.clone()) {
            words.push(word);
        }
    }
    words
}

fn piece(random: &mut Random, clauses: &[Vec<char>]) -> String {
    let clause = random.pick(clauses);
    let len = (2 + random.below(5)).min(clause.len());
    let start = random.below(clause.len() - len + 1);
    clause[start..start + len].iter().collect()
}

impl Page {
    /// The page as a static site generator would write it.
    pub(crate) fn html(&self, lang: &str) -> String {
        let mut html = format!(
            "<!doctype html>\n<html lang=\"{lang}\"><head><meta charset=\"utf-8\"><title>{0}</title></head>\n\
             <body><nav><a href=\"/\">home</a></nav><main data-pagefind-body><h1>{0}</h1>\n",
            self.title
        );
        for (at, (heading, paragraphs)) in self.sections.iter().enumerate() {
            html.extend([&format!("<h2 id=\"s{at}\">"), heading.as_str(), "</h2>\n"]);
            for text in paragraphs {
                html.extend(["<p>", text, "</p>\n"]);
            }
        }
        html.push_str("</main><footer>made for measuring</footer></body></html>\n");
        html
    }

    /// The same words for engines that read records.
    pub(crate) fn text(&self) -> String {
        let sections = self.sections.iter();
        let lines = sections.flat_map(|(heading, paragraphs)| {
            std::iter::once(heading.as_str()).chain(paragraphs.iter().map(String::as_str))
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_the_same_whenever_it_is_written() {
        let writer = Writer::english();
        let (one, other) = (writer.page(7, 3), Writer::english().page(7, 3));
        assert_eq!(one.html("en"), other.html("en"));
        assert_ne!(one.title, writer.page(7, 4).title);
        assert!(one.html("en").contains(&one.sections[0].1[0]));
    }

    #[test]
    fn frequent_words_are_frequent_and_rare_ones_there() {
        let writer = Writer::english();
        let text: String = (0..200).map(|at| writer.page(1, at).text() + "\n").collect();
        let words: Vec<&str> = text.split_whitespace().collect();
        let frequent = words.iter().filter(|word| **word == "the").count();
        assert!((words.len() / 100..words.len() / 5).contains(&frequent), "{frequent}");
        let distinct: HashSet<&&str> = words.iter().collect();
        assert!(distinct.len() > 8_000, "{} distinct of {}", distinct.len(), words.len());
    }

    #[test]
    fn chinese_pages_hold_pieces_of_the_clauses() {
        let writer = Writer::chinese(&["一种口罩生产设备的控制方法".to_owned()]);
        let page = writer.page(1, 1);
        assert!(page.text().contains('。'));
        assert!(page.title.chars().all(|c| "一种口罩生产设备的控制方法".contains(c)));
    }
}
