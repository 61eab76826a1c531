//! What is asked: the visitor's text and how the answer is to be cut.

use alloc::string::String;
use alloc::vec::Vec;

/// A question to a [`Searcher`](crate::Searcher).
///
/// ```
/// use search_engine::{Query, Sort};
/// let query = Query { lang: "zh".into(), limit: 20, sort: Sort::Newest, ..Query::new("口罩") };
/// assert_eq!(query.offset, 0);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// What the visitor typed: plain words, or the query language of `docs/query-language.md`.
    pub text: String,
    /// Language of the page that asks (`zh`, `en`); empty: none is preferred.
    pub lang: String,
    /// How `lang` is used.
    pub lang_use: LangUse,
    /// Only documents of this group (`guide`, `faq`, `record` …); empty: all.
    pub group: String,
    /// Only documents of this collection; empty: all.
    pub collection: String,
    /// Hits to leave out at the front.
    pub offset: u32,
    /// Hits to return, at most [`Query::MAX_LIMIT`].
    pub limit: u32,
    /// How the last word is read.
    pub typing: Typing,
    /// Which form the answer takes.
    pub view: View,
    /// Order of the hits.
    pub sort: Sort,
    /// Which documents of a plain-language question count as hits.
    pub matching: Matching,
    /// Facets whose values are to be counted.
    pub facets: Vec<String>,
    /// Facets and values that a hit must have: one of the values of each facet that is named.
    pub filters: Vec<(String, String)>,
    /// Whether everything is read that exact counts need; else what the page shown takes, within a
    /// budget, and counts that are estimates are marked.
    pub exhaustive: bool,
    /// Statistics of several indexes together, so that their scores compare; without, the index's own.
    pub statistics: Option<Statistics>,
}

/// How frequent the words of a question are: what [`View::Terms`] answers, summed over indexes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Number of documents.
    pub documents: u32,
    /// Documents that hold each word; beginnings and patterns stand as `*` and their number.
    pub holding: Vec<(String, u32)>,
}

impl Statistics {
    /// Documents that hold a word, where it is known.
    pub fn of(&self, word: &str) -> Option<u32> {
        self.holding.iter().find(|(known, _)| known == word).map(|&(_, holding)| holding)
    }
}

impl Query {
    /// Largest `limit`; larger ones are cut to it.
    pub const MAX_LIMIT: u32 = 1_000;

    /// Documents that words are counted among: those of a set together, or an index's own.
    pub(crate) fn documents(&self, own: u32) -> u32 {
        self.statistics.as_ref().map_or(own, |given| given.documents)
    }

    /// The first ten hits for `text`, no preferences.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            lang: String::new(),
            lang_use: LangUse::Prefer,
            group: String::new(),
            collection: String::new(),
            offset: 0,
            limit: 10,
            typing: Typing::Done,
            view: View::Page,
            sort: Sort::Relevance,
            matching: Matching::Auto,
            facets: Vec::new(),
            filters: Vec::new(),
            exhaustive: false,
            statistics: None,
        }
    }

    /// Hits while the visitor types: the last word may be unfinished, hits come grouped, without
    /// snippets.
    pub fn as_you_type(text: impl Into<String>) -> Self {
        Self { typing: Typing::Going, view: View::Suggest, ..Self::new(text) }
    }
}

/// How a preferred language acts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LangUse {
    /// Documents in it come first among equals, and hide their translations.
    #[default]
    Prefer,
    /// Only documents in it.
    Only,
}

/// Whether the last word is finished.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Typing {
    /// It is.
    #[default]
    Done,
    /// It may go on: words that begin with it match too.
    Going,
}

/// The form of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// A page of hits with snippets.
    #[default]
    Page,
    /// The best few of each group, best group first, without snippets.
    Suggest,
    /// A page of hits, each with its whole text, and the notes after it, in place of a snippet.
    Whole,
    /// No hits: numbers of documents, their scores and places in
    /// [`Results::listed`](crate::Results::listed). Nothing is read for showing them.
    List,
    /// No answer: how frequent the words are, in [`Results::statistics`](crate::Results::statistics).
    Terms,
}

/// Order of the hits. Equal ones stand in document order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Documents with all the words first, then by score.
    #[default]
    Relevance,
    /// Latest date first; undated last.
    Newest,
    /// Earliest date first; undated last.
    Oldest,
    /// By a facet's first value, as a number where all are numbers; hits without one last.
    By {
        /// Name of the facet.
        column: String,
        /// Which end comes first.
        direction: Direction,
    },
}

impl Sort {
    /// `relevance` or nothing, `newest`, `oldest`; else a facet, with a `-` before it greatest first.
    pub fn named(name: &str) -> Self {
        match name {
            "" | "relevance" => Self::Relevance,
            "newest" => Self::Newest,
            "oldest" => Self::Oldest,
            _ => {
                let (column, direction) = match name.strip_prefix('-') {
                    Some(column) => (column, Direction::Descending),
                    None => (name, Direction::Ascending),
                };
                Self::By { column: column.into(), direction }
            }
        }
    }
}

/// Direction of an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Least first.
    #[default]
    Ascending,
    /// Greatest first.
    Descending,
}

/// Which documents answer a question in plain language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Matching {
    /// Those with all the words; when they are fewer than ten, also those with some.
    #[default]
    Auto,
    /// Only those with all the words.
    All,
    /// Those with any of the words, ones with all of them first.
    Any,
}
