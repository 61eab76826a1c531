//! Hits as they are shown: card, title and snippet with the found words marked.

use alloc::string::String;
use alloc::vec::Vec;

use crate::analysis::{self, Folded, Role, Token};
use crate::automaton::{self, Seek};
use crate::format::columns;
use crate::format::root::Root;
use crate::format::{shard, stores};
use crate::plan;
use crate::query::View;
use crate::ranking::Ranked;
use crate::results::{Hit, Marked};
use crate::session::{Session, Stored};
use crate::snippet;

/// The words of a question, as they are marked in texts.
pub(crate) struct Words {
    terms: Vec<String>,
    walks: Vec<(String, Seek)>,
}

impl Words {
    pub(crate) fn new(session: &Session) -> Self {
        let text = |term: &[u8]| String::from(plan::text_of(term));
        let is_word = |term: &[u8]| term.first() == Some(&shard::WORDS);
        let keys = session.plan.keys.iter().filter(|key| key.matches && is_word(&key.term));
        let prefixes =
            session.plan.prefixes.iter().filter(|prefix| prefix.scores && is_word(&prefix.term));
        Self {
            terms: keys.map(|key| text(&key.term)).collect(),
            walks: prefixes.map(|prefix| (text(&prefix.term), prefix.seek.clone())).collect(),
        }
    }

    /// Whether a stretch of a text has the first two letters of a word, so that it is worth naming
    /// its terms: no stem changes them but that of `dying` and its like, and joints are left out of
    /// compounds.
    pub(crate) fn may_be_in(&self, stretch: &[Folded]) -> bool {
        let beginnings = self.walks.iter().map(|(beginning, _)| beginning);
        self.terms.iter().chain(beginnings).any(|word| {
            let mut chars = word.chars();
            let (first, second) = (chars.next(), chars.next());
            (0..stretch.len()).any(|at| {
                let next = stretch.get(at + 1).map(|folded| folded.c);
                first.is_none_or(|c| c == stretch[at].c)
                    && (second.is_none()
                        || second == next
                        || next.is_some_and(|c| c == 'y' || analysis::is_joint(c)))
            })
        })
    }

    /// The number of the question's word that this token is.
    pub(crate) fn find(&self, token: &Token<'_>) -> Option<usize> {
        let found = self.terms.iter().position(|term| term == token.term);
        if found.is_some() {
            return found;
        }
        if token.role == Role::Pair {
            return None;
        }
        let fits =
            |(beginning, seek): &(String, Seek)| automaton::fits(seek, beginning, token.term);
        Some(self.terms.len() + self.walks.iter().position(fits)?)
    }
}

/// A hit from its card and, when a snippet is wanted, its text.
pub(crate) fn hit(
    root: &Root,
    (words, view): (&Words, View),
    ranked: Ranked,
    card: &Stored,
    text: Option<&Stored>,
) -> Option<Hit> {
    let card = stores::read_card(card.block.bytes(), card.at).ok()?;
    let text = match text {
        Some(text) => stores::read_text(text.block.bytes(), text.at).unwrap_or_default(),
        None => &card.text,
    };
    let snippet = match view {
        View::Whole => snippet::whole(text, words),
        View::Page => snippet::cut(text, words),
        View::Suggest | View::List | View::Terms => Marked::default(),
    };
    let name = |number: u32| {
        root.card_names.get(number as usize).map(|name| name.name.clone()).unwrap_or_default()
    };
    Some(Hit {
        id: card.id,
        url: card.url,
        title: Marked { highlights: snippet::marks(&card.title, words), text: card.title },
        score: ranked.score,
        kind: root
            .groups
            .get(ranked.kind as usize)
            .map(|group| group.name.clone())
            .unwrap_or_default(),
        collection: root
            .collections
            .get(ranked.collection as usize)
            .map(|name| name.name.clone())
            .unwrap_or_default(),
        lang: root
            .langs
            .get(ranked.lang as usize)
            .map(|name| name.name.clone())
            .unwrap_or_default(),
        date: columns::unpack_date(card.date),
        full: ranked.full,
        snippet,
        card: card.fields.into_iter().map(|(field, value)| (name(field), value)).collect(),
    })
}
