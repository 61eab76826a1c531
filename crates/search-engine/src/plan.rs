//! Plans: the terms that an expression needs, and how they make it true.

use alloc::borrow::ToOwned as _;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::analysis::{self, Parts, Segment};
use crate::automaton::{MAX_PATTERN, Pattern, Seek};
use crate::format::root::Root;
use crate::format::shard;
use crate::lexer::Distance;
use crate::query::{Query, Typing};
use crate::ranges::Range;
use crate::results::{Notice, NoticeCode};
use crate::syntax::{self, Expr, Leaf, Look};

/// Terms that a question may look up.
const MAX_KEYS: usize = 256;
/// Walks through the dictionary that a question may ask for.
const MAX_PREFIXES: usize = 48;
/// Runs up to this length have their positions fetched together with their postings; longer ones
/// are seldom found whole, so theirs wait until documents with all pairs are known.
const EAGER_RUN: usize = 8;
/// Weight of a compound's whole and of its parts, which count the same word twice.
const COMPOUND_WEIGHT: f32 = 0.5;

/// Most documents among which single characters beside pairs count. Among more, those that hold one
/// are so many that it tells next to nothing, and its lists would be half of what is read.
const SINGLES_UNTIL: u32 = 1 << 16;

/// What has to be looked up for a question, and what it means.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Distinct terms, namespace first.
    pub(crate) keys: Vec<Key>,
    /// Beginnings of terms.
    pub(crate) prefixes: Vec<Prefix>,
    /// What the leaves of `tree` look up.
    pub(crate) leaves: Vec<LeafPlan>,
    /// How the leaves combine; `None` when nothing is looked for.
    pub(crate) tree: Option<Tree>,
    /// Whether the question is plain language.
    pub(crate) is_plain: bool,
    /// The question read as a number: documents that carry it come first.
    pub(crate) number: Option<Number>,
    /// How the question was read.
    pub(crate) read_as: String,
    /// What had to be mended.
    pub(crate) notices: Vec<Notice>,
    /// The question as it was perhaps meant.
    pub(crate) did_you_mean: Option<String>,
    /// What filters ask for, by facet.
    pub(crate) filters: Vec<(String, Tree)>,
    /// Numbers of the fields of codes.
    code_fields: Vec<u32>,
}

/// A term to look up.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Key {
    /// Namespace and text.
    pub(crate) term: Vec<u8>,
    /// Weight in scores; 0 for terms that only decide what matches.
    pub(crate) weight: f32,
    /// Whether having it makes a document a partial match.
    pub(crate) matches: bool,
    /// Whether its positions are wanted together with its postings.
    pub(crate) eager_positions: bool,
    /// Whether it decides what matches. A single character beside pairs does not: its list is among the
    /// longest and tells the least, so that only the top of it counts.
    pub(crate) is_looked_for: bool,
}

/// Terms to look for with an automaton.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Prefix {
    /// Namespace and literal beginning.
    pub(crate) term: Vec<u8>,
    /// What is looked for under it.
    pub(crate) seek: Seek,
    /// Whether it counts in scores.
    pub(crate) scores: bool,
}

/// The question as a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Number {
    /// Its key.
    pub(crate) key: usize,
    /// Its prefix, while it is being typed.
    pub(crate) prefix: Option<usize>,
}

/// What makes a leaf true: one of the sequences, or a term of one of the walks.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct LeafPlan {
    /// Number of the field it must stand in.
    pub(crate) field: Option<u32>,
    /// Terms with their offsets from the first.
    pub(crate) sequences: Vec<Vec<(u32, usize)>>,
    /// Walks, any of whose terms will do.
    pub(crate) prefixes: Vec<usize>,
    /// Positions that what is looked for takes.
    pub(crate) len: u32,
    /// Instead of all these: leaves near each other.
    pub(crate) near: Option<Near>,
}

/// Leaves near each other.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Near {
    /// For each place, leaves of which one will do.
    pub(crate) places: Vec<Vec<LeafPlan>>,
    pub(crate) distance: Distance,
}

/// How leaves combine.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tree {
    All(Vec<Tree>),
    Any(Vec<Tree>),
    Not(Box<Tree>),
    Leaf(usize),
}

/// Plans a question.
pub(crate) fn plan(query: &Query, root: &Root) -> Plan {
    let parsed = syntax::parse(&query.text, &root.fields, query.typing);
    let mut plan = Plan { is_plain: parsed.is_plain, notices: parsed.notices, ..Plan::default() };
    let codes = root.fields.iter().enumerate().filter(|(_, field)| field.codes);
    plan.code_fields = codes.map(|(number, _)| number as u32).collect();
    if let Some(expr) = parsed.expr {
        plan.read_as = expr.text(&root.fields);
        if expr.has_positive() {
            let is_small = query.documents(root.n_docs) <= SINGLES_UNTIL;
            let single_weight = if is_small { root.rank.single_weight } else { 0.0 };
            plan.tree = Some(plan.tree(&expr, true, single_weight));
        }
    }
    if plan.is_plain {
        plan.number(query);
    }
    for (name, value) in &query.filters {
        plan.filter(name, value, root);
    }
    if plan.tree.is_none() && plan.number.is_none() && query.text.trim().is_empty() {
        // Nothing but filters: all that pass them.
        let trees: Vec<Tree> = plan.filters.iter().map(|(_, tree)| tree.clone()).collect();
        plan.tree = (!trees.is_empty()).then_some(Tree::All(trees));
    }
    plan
}

impl Plan {
    fn tree(&mut self, expr: &Expr, scores: bool, single_weight: f32) -> Tree {
        match expr {
            Expr::All(items) => Tree::All(self.trees(items, scores, single_weight)),
            Expr::Any(items) => Tree::Any(self.trees(items, scores, single_weight)),
            Expr::Not(item) => Tree::Not(Box::new(self.tree(item, false, single_weight))),
            Expr::Leaf(leaf) => {
                let leaf = self.leaf(leaf, scores, single_weight);
                self.add(leaf)
            }
            Expr::Near(places, distance) => {
                let mut place = |leaves: &Vec<Leaf>| -> Vec<LeafPlan> {
                    leaves.iter().map(|leaf| self.leaf(leaf, scores, single_weight)).collect()
                };
                let places: Vec<Vec<LeafPlan>> = places.iter().map(&mut place).collect();
                for &(_, key) in places.iter().flatten().flat_map(|leaf| &leaf.sequences).flatten()
                {
                    self.keys[key].eager_positions = true;
                }
                let near = Some(Near { places, distance: *distance });
                self.add(LeafPlan { near, ..LeafPlan::default() })
            }
        }
    }

    /// One more value that a facet may have: its code, exactly.
    fn filter(&mut self, name: &str, value: &str, root: &Root) {
        let Some(field) = root.fields.iter().position(|field| field.name == name) else {
            self.notices.push(Notice { code: NoticeCode::UnknownFacet, detail: name.into() });
            return;
        };
        let code = analysis::code(value);
        let key = self.key(shard::CODES.saturating_add(field as u8), &code, true);
        let sequences = key.map(|key| vec![(0, key)]).into_iter().collect();
        let leaf = self.add(LeafPlan { sequences, len: 1, ..LeafPlan::default() });
        match self.filters.iter_mut().find(|(known, _)| known == name) {
            Some((_, Tree::Any(leaves))) => leaves.push(leaf),
            _ => self.filters.push((name.into(), Tree::Any(vec![leaf]))),
        }
    }

    fn add(&mut self, leaf: LeafPlan) -> Tree {
        self.leaves.push(leaf);
        Tree::Leaf(self.leaves.len() - 1)
    }

    fn trees(&mut self, items: &[Expr], scores: bool, single_weight: f32) -> Vec<Tree> {
        items.iter().map(|item| self.tree(item, scores, single_weight)).collect()
    }

    fn leaf(&mut self, leaf: &Leaf, scores: bool, single_weight: f32) -> LeafPlan {
        let code_fields = self.code_fields.clone();
        let mut planner = LeafPlanner {
            scale: if scores { 1.0 } else { 0.0 },
            single_weight,
            in_field: leaf.field.is_some(),
            code_fields: &code_fields,
            codes_of: 0,
            plan: self,
            leaf: LeafPlan { field: leaf.field.map(|field| field as u32), ..LeafPlan::default() },
        };
        match &leaf.look {
            Look::Segment(segment) => planner.segment(segment),
            Look::Unfinished(segment) => {
                planner.segment(segment);
                planner.beginning(&analysis::beginning(&leaf.source));
            }
            Look::Phrase(segments) => planner.phrase(segments),
            Look::Prefix(word) => {
                let segments = analysis::segments(word);
                if let [segment] = &segments[..] {
                    // `computer*` must find the stem `comput`.
                    planner.segment(segment);
                }
                planner.beginning(word);
            }
            Look::Pattern(pattern) => planner.pattern(pattern),
            Look::Fuzzy(word, distance) => {
                let word: Vec<char> = word.chars().take(MAX_PATTERN).collect();
                let seek = Seek::Fuzzy { word, distance: *distance };
                planner.prefix(shard::WORDS, "", seek);
            }
            Look::Range(range) => planner.range(range),
            Look::Code { prefix, open } => {
                let namespace = planner.codes();
                planner.prefix(namespace, prefix, Seek::Beginning { open: *open });
                let date = Range::between(prefix, prefix);
                // `pd=2020` is a year, `num=2020` a number: both stand in codes.
                if !open && prefix.len() >= 4 {
                    planner.range(&date);
                }
            }
        }
        planner.leaf.len = planner.leaf.len.max(1);
        planner.leaf
    }

    /// Documents carry numbers of at least five characters with at least three digits.
    fn number(&mut self, query: &Query) {
        let number = analysis::number(&query.text);
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        if number.len() < 5 || digits < 3 || query.text.len() > 2 * analysis::MAX_TERM {
            return;
        }
        let Some(key) = self.key(shard::NUMBERS, &number, true) else { return };
        let typing = query.typing == Typing::Going;
        let prefix = typing.then(|| {
            self.prefixes.push(Prefix {
                term: term(shard::NUMBERS, &number),
                seek: Seek::Beginning { open: true },
                scores: false,
            });
            self.prefixes.len() - 1
        });
        self.number = Some(Number { key, prefix });
    }

    fn too_long(&mut self) {
        let notice = Notice { code: NoticeCode::QueryCut, detail: String::new() };
        if !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
    }

    /// The number of a term, added when it is new; `None` when there are too many.
    fn key(&mut self, namespace: u8, text: &str, is_looked_for: bool) -> Option<usize> {
        let term = term(namespace, text);
        if let Some(known) = self.keys.iter().position(|key| key.term == term) {
            self.keys[known].is_looked_for |= is_looked_for;
            return Some(known);
        }
        if self.keys.len() >= MAX_KEYS {
            self.too_long();
            return None;
        }
        self.keys.push(Key {
            term,
            weight: 0.0,
            matches: false,
            eager_positions: false,
            is_looked_for,
        });
        Some(self.keys.len() - 1)
    }
}

/// The text of a term, without its namespace.
pub(crate) fn text_of(term: &[u8]) -> &str {
    term.get(1..).and_then(|text| core::str::from_utf8(text).ok()).unwrap_or_default()
}

fn term(namespace: u8, text: &str) -> Vec<u8> {
    let mut term = Vec::with_capacity(1 + text.len());
    term.push(namespace);
    term.extend_from_slice(text.as_bytes());
    term
}

struct LeafPlanner<'a> {
    plan: &'a mut Plan,
    leaf: LeafPlan,
    /// 1, or 0 for what is left out.
    scale: f32,
    single_weight: f32,
    in_field: bool,
    /// Numbers of the fields of codes.
    code_fields: &'a [u32],
    /// The field of codes that is looked into.
    codes_of: u8,
}

impl LeafPlanner<'_> {
    /// A term of the running text that scores with `weight`.
    fn word(&mut self, text: &str, weight: f32, matches: bool) -> Option<usize> {
        let key = self.plan.key(shard::WORDS, text, matches)?;
        let weight = weight * self.scale;
        let known = &mut self.plan.keys[key];
        known.weight += weight;
        known.matches |= matches && weight > 0.0;
        Some(key)
    }

    fn segment(&mut self, segment: &Segment) {
        self.leaf.len = segment.len();
        match &segment.parts {
            Parts::Run(_) => {
                let sequence = self.run(segment, 0);
                self.sequence(sequence);
            }
            Parts::Word { parts, whole, .. } => {
                let weight = if whole.is_some() { COMPOUND_WEIGHT } else { 1.0 };
                let mut sequence = Vec::new();
                for (i, part) in parts.iter().enumerate() {
                    sequence.push((i as u32, self.word(&part.term, weight, true)));
                }
                self.sequence(sequence);
                if let Some(whole) = whole {
                    let key = self.word(whole, COMPOUND_WEIGHT, true);
                    self.sequence(vec![(0, key)]);
                }
            }
        }
    }

    fn phrase(&mut self, segments: &[Segment]) {
        let first = segments.first().map_or(0, |segment| segment.position);
        let mut sequence = Vec::new();
        for segment in segments {
            let offset = segment.position - first;
            match &segment.parts {
                Parts::Run(_) => sequence.extend(self.run(segment, offset)),
                Parts::Word { parts, .. } => {
                    for (i, part) in parts.iter().enumerate() {
                        sequence.push((offset + i as u32, self.word(&part.term, 1.0, true)));
                    }
                }
            }
        }
        let last = segments.last().map_or(0, |segment| segment.position + segment.len());
        self.leaf.len = last - first;
        self.sequence(sequence);
    }

    /// The pairs that cover a run, at its offset. All its pairs and characters score, but no more
    /// than every other pair is needed to know that they stand in a row.
    fn run(&mut self, segment: &Segment, offset: u32) -> Vec<(u32, Option<usize>)> {
        let Parts::Run(parts) = &segment.parts else { return Vec::new() };
        if let [only] = &parts[..] {
            return vec![(offset, self.word(&only.term, 1.0, true))];
        }
        let single_weight = self.single_weight;
        let last = parts.len() - 2;
        let mut sequence = Vec::new();
        for (i, two) in parts.windows(2).enumerate() {
            let key = self.word(&analysis::pair(&two[0], &two[1]), 1.0, true);
            if i % 2 == 0 || i == last {
                sequence.push((offset + i as u32, key));
            }
        }
        if single_weight > 0.0 {
            for part in parts {
                self.word(&part.term, single_weight, false);
            }
        }
        sequence
    }

    /// Adds a sequence; one with a term too many cannot be checked and is left out.
    fn sequence(&mut self, sequence: Vec<(u32, Option<usize>)>) {
        let sequence: Option<Vec<(u32, usize)>> =
            sequence.into_iter().map(|(offset, key)| Some((offset, key?))).collect();
        let Some(sequence) = sequence.filter(|sequence| !sequence.is_empty()) else { return };
        if self.in_field || sequence.len() > 1 && sequence.len() <= EAGER_RUN / 2 + 1 {
            for &(_, key) in &sequence {
                self.plan.keys[key].eager_positions = true;
            }
        }
        self.leaf.sequences.push(sequence);
    }

    /// Words that begin so, and stems one of whose forms does: `examinat*` is also `examin`.
    fn beginning(&mut self, word: &str) {
        for stem in analysis::stems_within(word) {
            let key = self.word(stem, COMPOUND_WEIGHT, true);
            self.sequence(vec![(0, key)]);
        }
        if !word.is_empty() {
            self.prefix(shard::WORDS, word, Seek::Beginning { open: true });
        }
    }

    fn pattern(&mut self, pattern: &Pattern) {
        let is_code = self.leaf.field.is_some_and(|field| self.code_fields.contains(&field));
        let namespace = if is_code { self.codes() } else { shard::WORDS };
        let endings = if is_code { Vec::new() } else { pattern.without_endings() };
        for mut pattern in endings.into_iter().chain([pattern.clone()]) {
            let beginning = pattern.take_beginning();
            self.prefix(namespace, &beginning, Seek::Pattern(pattern));
        }
    }

    fn range(&mut self, range: &Range) {
        let namespace = self.codes();
        for (low, high) in range.terms().unwrap_or_default() {
            let shared = low.bytes().zip(high.bytes()).take_while(|(a, b)| a == b).count();
            let beginning = low[..shared].to_owned();
            let (low, high) = (term(namespace, &low), term(namespace, &high));
            self.prefix(namespace, &beginning, Seek::Between { low, high });
        }
    }

    /// The namespace of the field's codes, which have no places in the text.
    fn codes(&mut self) -> u8 {
        if let Some(field) = self.leaf.field.take() {
            self.codes_of = field as u8;
        }
        shard::CODES.saturating_add(self.codes_of)
    }

    fn prefix(&mut self, namespace: u8, text: &str, seek: Seek) {
        if self.plan.prefixes.len() >= MAX_PREFIXES {
            return self.plan.too_long();
        }
        self.plan.prefixes.push(Prefix {
            term: term(namespace, text),
            seek,
            scores: self.scale > 0.0 && namespace == shard::WORDS,
        });
        self.leaf.prefixes.push(self.plan.prefixes.len() - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::root::{Field, Rank};
    use crate::query::Statistics;

    fn check(text: &str, keys: &str, sequences: &[&[(u32, usize)]]) {
        let field = Field { name: "ti".into(), ..Field::default() };
        let rank = Rank { single_weight: 0.5, ..Rank::default() };
        let root = Root { fields: vec![field], rank, ..Root::default() };
        let plan = plan(&Query::new(text), &root);
        let named: Vec<_> = plan
            .keys
            .iter()
            .map(|key| {
                format!(
                    "{}{}",
                    String::from_utf8_lossy(&key.term[1..]),
                    if key.eager_positions { "+" } else { "" }
                )
            })
            .collect();
        assert_eq!(named.join(" "), keys);
        let planned: Vec<_> = plan.leaves.iter().flat_map(|leaf| leaf.sequences.clone()).collect();
        assert_eq!(planned, sequences);
    }

    #[test]
    fn runs_are_covered_by_every_other_pair() {
        check("口罩", "口罩 口 罩", &[&[(0, 0)]]);
        check("专利申请费", "专利+ 利申 申请+ 请费+ 专 利 申 请 费", &[&[(0, 0), (2, 2), (3, 3)]]);
    }

    #[test]
    fn single_characters_count_among_few_documents_alone() {
        let rank = Rank { single_weight: 1.0, ..Rank::default() };
        let root = Root { rank, n_docs: SINGLES_UNTIL, ..Root::default() };
        let keys = |query: &Query, root: &Root| plan(query, root).keys.len();
        assert_eq!(keys(&Query::new("口罩"), &root), 3);
        let of_a_set = Statistics { documents: SINGLES_UNTIL + 1, ..Statistics::default() };
        assert_eq!(keys(&Query { statistics: Some(of_a_set), ..Query::new("口罩") }, &root), 1);
        let large = Root { n_docs: SINGLES_UNTIL + 1, ..root };
        assert_eq!(keys(&Query::new("口罩"), &large), 1);
        assert_eq!(keys(&Query::new("罩"), &large), 1, "alone it is what is looked for");
    }

    #[test]
    fn compounds_are_found_in_one_or_in_parts() {
        check("COVID-19", "covid+ 19+ covid19", &[&[(0, 0), (1, 1)], &[(0, 2)]]);
        check("\"COVID-19 vaccine\"", "covid+ 19+ vaccin+", &[&[(0, 0), (1, 1), (2, 2)]]);
        check("ti=mask", "mask+", &[&[(0, 0)]]);
    }
}
