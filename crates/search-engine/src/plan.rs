//! Plans: the terms that an expression needs, and how they make it true.

use crate::analysis::{self, Parts, Segment};
use crate::format::root::Root;
use crate::format::shard;
use crate::query::{Query, Typing};
use crate::results::{Notice, NoticeCode};
use crate::syntax::{self, Expr, Leaf, Look};

/// Terms that a question may look up.
const MAX_KEYS: usize = 256;
/// Runs up to this length have their positions fetched together with their postings; longer ones
/// are seldom found whole, so theirs wait until documents with all pairs are known.
const EAGER_RUN: usize = 8;
/// Weight of a compound's whole and of its parts, which count the same word twice.
const COMPOUND_WEIGHT: f32 = 0.5;

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
}

/// A beginning to look up.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Prefix {
    /// Namespace and text.
    pub(crate) term: Vec<u8>,
    /// Whether a term may go on with a digit where the beginning ends in one.
    pub(crate) open: bool,
    /// Whether it counts in scores.
    pub(crate) scores: bool,
}

impl Prefix {
    /// Whether it stands for this term, which begins with it. `A62B1` does not stand for
    /// `A62B18`, nor `2020` for `20201`: where it ends in a digit, the term must not go on with one.
    pub(crate) fn takes(&self, term: &[u8]) -> bool {
        let ends_in_digit = self.term.last().is_some_and(u8::is_ascii_digit);
        let goes_on = term.get(self.term.len()).is_some_and(u8::is_ascii_digit);
        self.open || !(ends_in_digit && goes_on)
    }
}

/// The question as a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Number {
    /// Its key.
    pub(crate) key: usize,
    /// Its prefix, while it is being typed.
    pub(crate) prefix: Option<usize>,
}

/// What makes a leaf true: one of the sequences, or one of the beginnings.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct LeafPlan {
    /// Number of the field it must stand in.
    pub(crate) field: Option<u32>,
    /// Terms with their offsets from the first.
    pub(crate) sequences: Vec<Vec<(u32, usize)>>,
    /// A beginning.
    pub(crate) prefix: Option<usize>,
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
    if let Some(expr) = parsed.expr {
        plan.read_as = expr.text(&root.fields);
        if expr.has_positive() {
            let tree = plan.tree(&expr, true, root.rank.single_weight);
            plan.tree = Some(tree);
        }
    }
    if plan.is_plain {
        plan.number(query);
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
                self.leaves.push(leaf);
                Tree::Leaf(self.leaves.len() - 1)
            }
        }
    }

    fn trees(&mut self, items: &[Expr], scores: bool, single_weight: f32) -> Vec<Tree> {
        items.iter().map(|item| self.tree(item, scores, single_weight)).collect()
    }

    fn leaf(&mut self, leaf: &Leaf, scores: bool, single_weight: f32) -> LeafPlan {
        let mut planner = LeafPlanner {
            scale: if scores { 1.0 } else { 0.0 },
            single_weight,
            in_field: leaf.field.is_some(),
            plan: self,
            leaf: LeafPlan { field: leaf.field.map(|field| field as u32), ..LeafPlan::default() },
        };
        match &leaf.look {
            Look::Segment(segment) => planner.segment(segment),
            Look::Unfinished(segment) => {
                planner.segment(segment);
                planner.prefix(shard::WORDS, &analysis::beginning(&leaf.source), true);
            }
            Look::Phrase(segments) => planner.phrase(segments),
            Look::Prefix(word) => {
                let segments = analysis::segments(word);
                if let [segment] = &segments[..] {
                    // `computer*` must find the stem `comput`.
                    planner.segment(segment);
                }
                planner.prefix(shard::WORDS, word, true);
            }
            Look::Code { prefix, open } => {
                let field = leaf.field.unwrap_or(0);
                planner.leaf.field = None;
                planner.prefix(shard::CODES.saturating_add(field as u8), prefix, *open);
            }
        }
        planner.leaf
    }

    /// Documents carry numbers of at least five characters with at least three digits.
    fn number(&mut self, query: &Query) {
        let number = analysis::number(&query.text);
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        if number.len() < 5 || digits < 3 || query.text.len() > 2 * analysis::MAX_TERM {
            return;
        }
        let Some(key) = self.key(shard::NUMBERS, &number) else { return };
        let typing = query.typing == Typing::Going;
        let prefix = typing.then(|| {
            self.prefixes.push(Prefix {
                term: term(shard::NUMBERS, &number),
                open: true,
                scores: false,
            });
            self.prefixes.len() - 1
        });
        self.number = Some(Number { key, prefix });
    }

    /// The number of a term, added when it is new; `None` when there are too many.
    fn key(&mut self, namespace: u8, text: &str) -> Option<usize> {
        let term = term(namespace, text);
        if let Some(known) = self.keys.iter().position(|key| key.term == term) {
            return Some(known);
        }
        if self.keys.len() >= MAX_KEYS {
            let notice = Notice { code: NoticeCode::QueryCut, detail: String::new() };
            if !self.notices.contains(&notice) {
                self.notices.push(notice);
            }
            return None;
        }
        self.keys.push(Key { term, weight: 0.0, matches: false, eager_positions: false });
        Some(self.keys.len() - 1)
    }
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
}

impl LeafPlanner<'_> {
    /// A term of the running text that scores with `weight`.
    fn word(&mut self, text: &str, weight: f32, matches: bool) -> Option<usize> {
        let key = self.plan.key(shard::WORDS, text)?;
        let weight = weight * self.scale;
        let known = &mut self.plan.keys[key];
        known.weight = known.weight.max(weight);
        known.matches |= matches && weight > 0.0;
        Some(key)
    }

    fn segment(&mut self, segment: &Segment) {
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

    fn prefix(&mut self, namespace: u8, text: &str, open: bool) {
        if text.is_empty() {
            return;
        }
        self.plan.prefixes.push(Prefix {
            term: term(namespace, text),
            open,
            scores: self.scale > 0.0,
        });
        self.leaf.prefix = Some(self.plan.prefixes.len() - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::root::{Field, Rank};

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
    fn compounds_are_found_in_one_or_in_parts() {
        check("COVID-19", "covid+ 19+ covid19", &[&[(0, 0), (1, 1)], &[(0, 2)]]);
        check("\"COVID-19 vaccine\"", "covid+ 19+ vaccin+", &[&[(0, 0), (1, 1), (2, 2)]]);
        check("ti=mask", "mask+", &[&[(0, 0)]]);
    }
}
