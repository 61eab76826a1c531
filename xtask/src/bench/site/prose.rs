//! Made-up Markdown: seeded, about 755 words a page, the same on every machine.
//!
//! Words are built of syllables and drawn by a skewed rank, so that a few are frequent and most are
//! rare. A page has headings, paragraphs with emphasis, code and links, lists, now and then a table
//! or a block of code: what a blog or a manual is made of.

use std::fmt::Write as _;

use super::corpus::Dialect;
use crate::bench::random::Random;

const VOCABULARY: usize = 20_000;
/// Words of a page, on average.
const WORDS: f64 = 755.0;
const ONSETS: [&str; 16] =
    ["b", "c", "d", "f", "g", "h", "l", "m", "n", "p", "r", "s", "t", "st", "pr", "tr"];
const VOWELS: [&str; 7] = ["a", "e", "i", "o", "u", "ai", "ea"];
const CODAS: [&str; 6] = ["", "", "n", "r", "s", "t"];
const CODE: &str = "fn area(width: u32, height: u32) -> u32 {\n    // No overflow below 2^16.\n    \
    let product = width * height;\n    if product == 0 {\n        return 1;\n    }\n    product\n}\n";

/// Where pages come from.
pub(super) struct Writer {
    vocabulary: Vec<String>,
}

impl Writer {
    pub(super) fn new() -> Self {
        let mut random = Random::seeded(0x0070_726f_7365);
        let word = |rank: usize| {
            let syllables = 1 + usize::from(rank > 200) + usize::from(rank > 5_000);
            let mut syllable =
                || [*random.pick(&ONSETS), *random.pick(&VOWELS), *random.pick(&CODAS)].concat();
            (0..syllables).map(|_| syllable()).collect()
        };
        Self { vocabulary: (0..VOCABULARY).map(word).collect() }
    }

    /// A few words, the first with a capital letter.
    pub(super) fn title(&self, random: &mut Random) -> String {
        let count = 3 + random.below(5);
        self.sentence(random, count)
    }

    /// The body of a page.
    ///
    /// - `link`: the path of another page below `content/`, without `.md`.
    pub(super) fn body(&self, random: &mut Random, dialect: Dialect, link: &str) -> String {
        let mut body = self.paragraph(random, 50);
        body.push_str(dialect.more());
        let mut left = WORDS * (1.0 + 0.25 * random.normal()).clamp(0.2, 3.0) - 50.0;
        let address = dialect.link(link);
        // Writing into a string does not fail.
        let _ = write!(body, "See also [{}]({address}).\n\n", self.title(random));
        while left > 0.0 {
            let (text, words) = self.part(random);
            body.push_str(&text);
            left -= words;
        }
        body
    }

    /// A heading with what is below it, and its number of words.
    fn part(&self, random: &mut Random) -> (String, f64) {
        let mut text = format!("## {}\n\n", self.title(random));
        let mut words = 6.0;
        for _ in 0..=random.below(3) {
            text.push_str(&self.paragraph(random, 60));
            words += 60.0;
        }
        match random.below(12) {
            0..3 => {
                for _ in 0..4 {
                    let _ = writeln!(text, "- {}", self.sentence(random, 9));
                }
                words += 36.0;
                text.push('\n');
            }
            3 => {
                text.push_str("| name | value | note |\n|---|--:|---|\n");
                for row in 0..5 {
                    let _ =
                        writeln!(text, "| {} | {row} | {} |", self.word(random), self.word(random));
                }
                words += 18.0;
                text.push('\n');
            }
            4 => {
                let _ = write!(text, "```rust\n{CODE}```\n\n");
                words += 30.0;
            }
            _ => {}
        }
        (text, words)
    }

    fn paragraph(&self, random: &mut Random, words: usize) -> String {
        let mut text = String::new();
        let mut left = words;
        while left > 0 {
            let count = (8 + random.below(14)).min(left);
            left -= count;
            let sentence = self.sentence(random, count);
            match random.below(9) {
                0 => {
                    let _ = write!(text, "**{sentence}**. ");
                }
                1 => {
                    let _ = write!(text, "{sentence} `{}`. ", self.word(random));
                }
                2 => {
                    let (shown, name) = (self.word(random), self.word(random));
                    let _ = write!(text, "{sentence} [{shown}](https://example.org/{name}). ");
                }
                _ => {
                    let _ = write!(text, "{sentence}. ");
                }
            }
        }
        text.truncate(text.trim_end().len());
        text.push_str("\n\n");
        text
    }

    fn sentence(&self, random: &mut Random, words: usize) -> String {
        let words: Vec<&str> = (0..words).map(|_| self.word(random)).collect();
        let mut sentence = words.join(" ");
        if let Some(first) = sentence.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        sentence
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank below the size of the vocabulary"
    )]
    fn word(&self, random: &mut Random) -> &str {
        let rank = random.unit().powi(3) * self.vocabulary.len() as f64;
        &self.vocabulary[(rank as usize).min(self.vocabulary.len() - 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_about_755_words() {
        let writer = Writer::new();
        let mut random = Random::seeded(1);
        let words: usize = (0..200)
            .map(|_| writer.body(&mut random, Dialect::Zola, "a/b").split_whitespace().count())
            .sum();
        assert!((700..850).contains(&(words / 200)), "{}", words / 200);
    }
}
