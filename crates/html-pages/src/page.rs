//! A page taken apart.

use std::collections::BTreeMap;

/// A heading that a link can lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// 1 to 6.
    pub level: u8,
    /// Fragment of its address.
    pub id: String,
    /// Its text.
    pub text: String,
    /// Number of the word of [`Page::content`] at which it stands.
    pub word: u32,
}

/// A stretch of words with a weight of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightRun {
    /// First word.
    pub start: u32,
    /// Word after the last one.
    pub end: u32,
    /// `data-pagefind-weight`, 0 to 10; 1 for words in no run.
    pub weight: f32,
}

/// What was found on a page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// `lang` of the `html` element, in lower case.
    pub lang: Option<String>,
    /// The text: words parted by blanks, blocks by line ends.
    pub content: String,
    /// Number of words in it.
    pub words: u32,
    /// Texts of the headings below the first level.
    pub headings: Vec<String>,
    /// Headings with an id, in order.
    pub anchors: Vec<Anchor>,
    /// Stretches whose weight is not 1, ascending.
    pub weights: Vec<WeightRun>,
    /// `data-pagefind-meta` over the automatic `title`, `image` and `image_alt` over
    /// `data-pagefind-default-meta`.
    pub metas: BTreeMap<String, String>,
    /// `data-pagefind-filter`, each value once, in the page's order.
    pub filters: BTreeMap<String, Vec<String>>,
    /// `data-pagefind-sort`.
    pub sorts: BTreeMap<String, String>,
    /// Whether the page marks its body.
    pub has_marked_body: bool,
    /// Values of Pagefind's attributes that say nothing, with the attribute's name.
    pub faults: Vec<String>,
}

impl Page {
    /// Title, or nothing where the page has neither a heading nor a title.
    pub fn title(&self) -> &str {
        self.metas.get("title").map_or("", String::as_str)
    }

    /// The words whose weight is `chosen`, in order; runs of them stand on lines of their own.
    pub fn text_where(&self, chosen: impl Fn(f32) -> bool) -> String {
        let mut text = String::new();
        let mut runs = self.weights.iter().peekable();
        let mut follows = false;
        for (at, word) in (0..).zip(self.content.split_whitespace()) {
            while runs.next_if(|run| run.end <= at).is_some() {}
            let weight = runs.peek().filter(|run| run.start <= at).map_or(1.0, |run| run.weight);
            let taken = chosen(weight);
            if taken {
                if !text.is_empty() {
                    text.push(if follows { ' ' } else { '\n' });
                }
                text.push_str(word);
            }
            follows = taken;
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_chosen_by_weight() {
        let run = |start, end, weight| WeightRun { start, end, weight };
        let page = Page {
            content: "a b c d e f".into(),
            weights: vec![run(1, 2, 0.5), run(3, 5, 4.0)],
            ..Page::default()
        };
        assert_eq!(page.text_where(|weight| (1.0..2.0).contains(&weight)), "a\nc\nf");
        assert_eq!(page.text_where(|weight| weight > 3.0), "d e");
        assert_eq!(page.text_where(|weight| weight >= 1.0), "a\nc d e f");
    }
}
