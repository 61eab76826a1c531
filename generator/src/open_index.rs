//! An index, or several, open for questions.
//!
//! An index that was updated is a set: its base and what is new since, each with the documents
//! that later ones replaced hidden. Sets and indexes named together are asked as one (`merged`).

use std::rc::Rc;

use search_engine::{BlockId, Query, Results, Searcher};
use search_indexer::read::{self, Event, ReadError};

use crate::block_source::{Source, read_failure};
use crate::failure::{Failure, Outcome};
use crate::merged;
use crate::report;

/// Whether each block read is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trace {
    /// It is, on stderr.
    Blocks,
    /// It is not.
    Off,
}

/// Indexes that answer together.
pub(crate) struct Index {
    members: Vec<Member>,
}

/// One index.
struct Member {
    searcher: Searcher,
    source: Rc<Source>,
    trace: Trace,
}

/// An answer, and why parts of it are missing.
pub(crate) struct Answer {
    /// What the blocks that could be read give.
    pub(crate) results: Results,
    /// The blocks that could not.
    pub(crate) missing: Vec<ReadError>,
}

impl Index {
    /// Opens the indexes at folders or addresses: indexes themselves, or built sites around them.
    pub(crate) fn open(places: &[String], trace: Trace) -> Outcome<Self> {
        let mut members = Vec::new();
        for place in places {
            let source = Rc::new(Source::find(place)?);
            let entry = source.entry()?;
            for (nth, part) in entry.parts()?.iter().enumerate() {
                let unreadable = |error| {
                    let what = format!("index root {} cannot be read", part.root);
                    Failure::Data(anyhow::Error::new(error).context(what))
                };
                let searcher =
                    Searcher::open(&source.payload(part)?, part.len).map_err(unreadable)?;
                if let Some(hidden) = &entry.hidden {
                    searcher.hide(&source.payload(hidden)?, nth).map_err(Failure::data)?;
                }
                members.push(Member { searcher, source: Rc::clone(&source), trace });
            }
        }
        Ok(Self { members })
    }

    /// Answers a query from everything or not at all.
    pub(crate) fn ask(&self, query: &Query) -> Outcome<Results> {
        let Answer { results, mut missing } = self.ask_past(query);
        if missing.is_empty() { Ok(results) } else { Err(read_failure(missing.swap_remove(0))) }
    }

    /// Answers a query from what can be read.
    pub(crate) fn ask_past(&self, query: &Query) -> Answer {
        let mut missing = Vec::new();
        let mut ask = |member: &Member, query: &Query| {
            let (results, errors) = member.ask(query);
            missing.extend(errors);
            results
        };
        let results = match &self.members[..] {
            [only] => ask(only, query),
            members => merged::search(members, query, &mut ask),
        };
        Answer { results, missing }
    }

    /// Names of the facets, those of the first index first.
    pub(crate) fn facets(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in self.members.iter().flat_map(|member| member.searcher.facets()) {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        names
    }
}

impl Member {
    fn ask(&self, query: &Query) -> (Results, Vec<ReadError>) {
        let mut wave = 0;
        let mut watch = |event: Event<'_>| {
            if self.trace == Trace::Blocks {
                wave += u32::from(matches!(event, Event::Wave(_)));
                show(wave, event);
            }
        };
        read::search_past(&self.searcher, &*self.source, query, &mut watch)
    }
}

/// Shows what a search does.
fn show(wave: u32, event: Event<'_>) {
    match event {
        Event::Wave(needs) => {
            let bytes: u64 = needs.iter().map(|id| u64::from(id.len)).sum();
            report::note(format!("wave {wave}: {} blocks, {bytes} bytes", needs.len()));
        }
        Event::Block(id, payload) => report::note(shown(id, payload)),
    }
}

fn shown(id: &BlockId, payload: &[u8]) -> String {
    let place = id.place.as_ref();
    let place =
        place.map_or(String::new(), |slice| format!(" of {} at {}", slice.pack, slice.offset));
    let what = purpose(payload.first().copied().unwrap_or(0));
    format!("  {} {:>7} bytes  {what}{place}", id.name, id.len)
}

/// What a block is for, by the first byte of its payload (`docs/index-format.md`).
fn purpose(tag: u8) -> &'static str {
    match tag {
        b'D' => "dictionary",
        b'K' => "table of the dictionary",
        b'P' => "postings",
        b'X' => "positions",
        b'B' => "table of documents",
        b'V' => "translations",
        b'Y' => "dates",
        b'F' => "facet",
        b'L' => "layouts",
        b'C' => "cards",
        b'T' => "texts",
        _ => "other",
    }
}
