//! What is answered.

use alloc::string::String;
use alloc::vec::Vec;

use crate::query::Statistics;

/// One page of an answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Results {
    /// Documents that can be paged through.
    pub total: u32,
    /// Those among them that hold all the words of the question (or satisfy the expression).
    pub full: u32,
    /// Whether `total`, `full` and the groups' counts are exact; otherwise show "about".
    pub exact: bool,
    /// Hits per group over the whole answer, not narrowed by [`Query::group`](crate::Query::group);
    /// the group with the best hit first.
    pub groups: Vec<GroupCount>,
    /// Counts of the facets asked for, in that order.
    pub facets: Vec<FacetCounts>,
    /// The hits asked for.
    pub hits: Vec<Hit>,
    /// The documents asked for; empty except in [`View::List`](crate::View::List).
    pub listed: Vec<Listed>,
    /// How frequent the words are, in [`View::Terms`](crate::View::Terms).
    pub statistics: Option<Statistics>,
    /// How the question was read, in canonical syntax.
    pub read_as: String,
    /// The question as it was perhaps meant, where a word of it is unknown.
    pub did_you_mean: Option<String>,
    /// What the reader of the answer should know.
    pub notices: Vec<Notice>,
    /// What it cost.
    pub cost: Cost,
}

/// A document in an answer, by number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Listed {
    /// Its number, stable within one build of an index.
    pub doc: u32,
    /// Its score.
    pub score: f32,
    /// Its place in the order asked for, least first: answers of several indexes are merged by it.
    /// By relevance it is below 2³² for documents that hold all the words.
    pub key: u64,
}

/// How many hits a group has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupCount {
    /// Name of the group (`guide`, `faq` …).
    pub name: String,
    /// Number of hits.
    pub count: u32,
}

/// How many hits have each value of a facet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FacetCounts {
    /// Name of the facet.
    pub name: String,
    /// Whether all hits were looked at; otherwise show "about".
    pub exact: bool,
    /// The values, most frequent first, at most [`FacetCounts::MAX_VALUES`]. A facet's own filters do
    /// not narrow its counts: they say what choosing another value would give.
    pub values: Vec<(String, u32)>,
}

impl FacetCounts {
    /// Most values that are named.
    pub const MAX_VALUES: usize = 100;

    /// Whether there may be more values than are named.
    pub fn is_cut(&self) -> bool {
        self.values.len() >= Self::MAX_VALUES
    }
}

/// One found document.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Stable id, shared by a document's translations.
    pub id: String,
    /// Root-relative address.
    pub url: String,
    /// Title with the found words marked.
    pub title: Marked,
    /// Relevance; comparable within one answer and between indexes built with the same parameters.
    pub score: f32,
    /// Group.
    pub kind: String,
    /// Collection; empty for pages.
    pub collection: String,
    /// Language.
    pub lang: String,
    /// `YYYY-MM-DD`, or empty.
    pub date: String,
    /// Whether it holds all the words.
    pub full: bool,
    /// A passage with the found words marked; empty in [`View::Suggest`](crate::View::Suggest), the
    /// whole text in [`View::Whole`](crate::View::Whole).
    pub snippet: Marked,
    /// Fields for the result list, in the collection's order.
    pub card: Vec<(String, String)>,
}

/// Plain text with marked stretches.
///
/// Offsets count UTF-16 code units, as JavaScript strings do; [`Marked::pieces`] cuts the Rust
/// string at the same places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marked {
    /// The text, without markup.
    pub text: String,
    /// Marked stretches `[start, end)`, ascending, apart from each other.
    pub highlights: Vec<(u32, u32)>,
}

impl Marked {
    /// The text cut at its marks: each piece with whether it is marked.
    ///
    /// ```
    /// let marked = search_engine::Marked { text: "外科口罩".into(), highlights: vec![(2, 4)] };
    /// assert_eq!(marked.pieces(), [("外科", false), ("口罩", true)]);
    /// ```
    pub fn pieces(&self) -> Vec<(&str, bool)> {
        let mut pieces = Vec::new();
        let mut from = 0;
        for &(start, end) in &self.highlights {
            let start = self.byte_at(start).max(from);
            let end = self.byte_at(end).max(start);
            pieces.push((&self.text[from..start], false));
            pieces.push((&self.text[start..end], true));
            from = end;
        }
        pieces.push((&self.text[from..], false));
        pieces.retain(|(piece, _)| !piece.is_empty());
        pieces
    }

    /// Byte offset of a UTF-16 offset; one inside a surrogate pair moves to the pair's end.
    fn byte_at(&self, utf16: u32) -> usize {
        let mut units = 0;
        for (at, c) in self.text.char_indices() {
            if units >= utf16 {
                return at;
            }
            units += u32::try_from(c.len_utf16()).unwrap_or(2);
        }
        self.text.len()
    }
}

/// What reading this answer costs a browser with an empty cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Bytes of all files, the root included.
    pub bytes: u64,
    /// Number of files, the root included.
    pub blocks: u32,
    /// Fetches that had to wait for one another, the root included.
    pub hops: u32,
}

/// Something about the answer that its reader should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it is about.
    pub code: NoticeCode,
    /// The word or part concerned, or empty.
    pub detail: String,
}

/// Kinds of [`Notice`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeCode {
    /// The question was longer than the engine reads; the rest was left out.
    QueryCut,
    /// A quotation mark had no partner; it was closed at the end.
    UnbalancedQuote,
    /// A bracket had no partner; it was completed or dropped.
    UnbalancedBracket,
    /// An operator lacked a side and was dropped.
    MissingOperand,
    /// AND and OR were mixed without brackets; see `read_as`.
    MixedOperators,
    /// A truncation stood for more words than are read; counts are not exact.
    TooManyWords,
    /// A block could not be had; what is in it is missing from the answer.
    BlockMissing,
    /// Only exclusions were asked for.
    OnlyNot,
    /// A bound of a range is neither a date nor a number; the range was dropped.
    BadRange,
    /// Nothing was found for the question as typed; this is the answer to `detail`.
    Corrected,
    /// A filter or facet that the index does not have.
    UnknownFacet,
    /// More values had to be read than the budget allows: counts of facets, or an order, are about
    /// right.
    Estimated,
}

impl NoticeCode {
    /// Name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::QueryCut => "query-cut",
            Self::UnbalancedQuote => "unbalanced-quote",
            Self::UnbalancedBracket => "unbalanced-bracket",
            Self::MissingOperand => "missing-operand",
            Self::MixedOperators => "mixed-operators",
            Self::TooManyWords => "too-many-words",
            Self::BlockMissing => "block-missing",
            Self::OnlyNot => "only-not",
            Self::BadRange => "bad-range",
            Self::Corrected => "corrected",
            Self::UnknownFacet => "unknown-facet",
            Self::Estimated => "estimated",
        }
    }
}
