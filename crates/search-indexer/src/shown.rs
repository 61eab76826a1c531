//! What is kept of each document beside terms: traits, dates, layouts, cards, texts, written as
//! documents come in.

use search_engine::format::blocks::{BlockRef, Stream};
use search_engine::format::columns::{self, Layout};
use search_engine::format::root::{self, MAX_COLUMN_DOCS, Name, Root, Run, Values};
use search_engine::format::stores::{self, Card};
use search_engine::format::tables::Store;

use crate::document::{BlockSizes, IndexError, IndexOptions};
use crate::merge::to_u32;
use crate::pack::Blocks;
use crate::run::Record;
use crate::scratch::{Cursor, Scratch};

/// Payload bytes that are gathered before they are compressed, on all processors.
const FLUSH_LEN: usize = 4 << 20;

/// Bytes of values or layouts, about, from which their block is closed before it has all its
/// documents: with one more document it still is a block.
const FULL: usize = 2 << 20;
/// Bytes that a facet value takes beside its own, at most: its length and its ordinal.
const VALUE_LEN: usize = 5;
/// Bytes of a field of a layout, at most.
const LAID_LEN: usize = 6;

/// Where texts are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Texts {
    /// In blocks of their own.
    Apart,
    /// With the cards.
    InCards,
}

/// Writes columns and stores while documents come in.
pub(crate) struct Shown<'a, 'b> {
    blocks: &'a mut Blocks<'b>,
    sizes: BlockSizes,
    kept: Texts,
    runs: Vec<Run>,
    dates: Vec<u32>,
    facets: Vec<Facet>,
    layouts: Vec<Layout>,
    layouts_len: usize,
    layout_blocks: Stretched,
    cards: Vec<Card>,
    cards_len: usize,
    card_blocks: Stretched,
    texts: Vec<String>,
    texts_len: usize,
    text_blocks: Stretched,
}

/// A facet: the values of the documents of the open stretch, and the payloads of those before it. All
/// wait until documents have ended, since blocks of a facet stand next to each other.
struct Facet {
    name: String,
    open: Vec<Vec<String>>,
    open_len: usize,
    closed: Scratch,
    /// Bytes and documents of each closed stretch.
    lens: Vec<(usize, usize)>,
}

impl Facet {
    fn new(name: &str, closed: Scratch) -> Self {
        Self { name: name.into(), open: Vec::new(), open_len: 0, closed, lens: Vec::new() }
    }

    /// Adds a value of the last document, once.
    fn add(&mut self, value: &str) {
        let Some(values) = self.open.last_mut() else { return };
        if !values.iter().any(|own| own == value) {
            self.open_len += value.len() + VALUE_LEN;
            values.push(value.into());
        }
    }

    fn close(&mut self) -> Result<(), IndexError> {
        let open = std::mem::take(&mut self.open);
        self.open_len = 0;
        let payload = columns::write_facets(&open);
        self.lens.push((payload.len(), open.len()));
        self.closed.append(vec![payload])?;
        Ok(())
    }

    fn finish(mut self, blocks: &mut Blocks<'_>, most: usize) -> Result<Values, IndexError> {
        if !self.open.is_empty() {
            self.close()?;
        }
        let len = self.lens.iter().map(|&(len, _)| len as u64).sum();
        let mut payloads = Cursor::new(&self.closed.finish(), 0..len, FLUSH_LEN);
        let mut stretched = Stretched::new(Stream::Values);
        for (len, n_docs) in self.lens {
            let payload = payloads.bytes(len, "values of a facet")?.to_vec();
            stretched.add(payload, n_docs, blocks)?;
        }
        let store = stretched.finish(blocks, most)?;
        Ok(Values { name: self.name, kind: columns::FACET_KIND, meta: Vec::new(), store })
    }
}

/// Blocks of stretches of documents.
struct Stretched {
    stream: Stream,
    waiting: Vec<Vec<u8>>,
    waiting_len: usize,
    refs: Vec<BlockRef>,
    /// Documents of each.
    counts: Vec<u32>,
}

impl Stretched {
    fn new(stream: Stream) -> Self {
        Self { stream, waiting: Vec::new(), waiting_len: 0, refs: Vec::new(), counts: Vec::new() }
    }

    fn add(
        &mut self,
        payload: Vec<u8>,
        n_docs: usize,
        blocks: &mut Blocks<'_>,
    ) -> Result<(), IndexError> {
        self.waiting_len += payload.len();
        self.waiting.push(payload);
        self.counts.push(to_u32(n_docs));
        if self.waiting_len >= FLUSH_LEN { self.flush(blocks) } else { Ok(()) }
    }

    fn flush(&mut self, blocks: &mut Blocks<'_>) -> Result<(), IndexError> {
        let waiting = std::mem::take(&mut self.waiting);
        self.waiting_len = 0;
        self.refs.extend(blocks.add(self.stream, &waiting, "a block of documents")?);
        Ok(())
    }

    fn finish(mut self, blocks: &mut Blocks<'_>, most: usize) -> Result<Store, IndexError> {
        self.flush(blocks)?;
        blocks.store(&self.refs, &self.counts, most)
    }
}

impl<'a, 'b> Shown<'a, 'b> {
    pub(crate) fn new(
        blocks: &'a mut Blocks<'b>,
        sizes: BlockSizes,
        kept: Texts,
        facets: &[Name],
        options: &IndexOptions,
    ) -> Self {
        let memory_len = options.memory_bytes / 64 / facets.len().max(1) as u64;
        let facet = |name: &Name| {
            Facet::new(&name.name, Scratch::new(&options.scratch_folder(), memory_len))
        };
        Self {
            facets: facets.iter().map(facet).collect(),
            blocks,
            sizes,
            kept,
            runs: Vec::new(),
            dates: Vec::new(),
            layouts: Vec::new(),
            layouts_len: 0,
            layout_blocks: Stretched::new(Stream::Layouts),
            cards: Vec::new(),
            cards_len: 0,
            card_blocks: Stretched::new(Stream::Cards),
            texts: Vec::new(),
            texts_len: 0,
            text_blocks: Stretched::new(Stream::Texts),
        }
    }

    /// Adds the next document.
    pub(crate) fn add(&mut self, number: u32, record: &Record<'_>) -> Result<(), IndexError> {
        let traits = (record.lang, record.kind, record.collection);
        match self.runs.last_mut() {
            Some(run) if (run.lang, run.kind, run.collection) == traits => run.n_docs += 1,
            _ => {
                let (lang, kind, collection) = traits;
                let run = Run { first: number, n_docs: 1, lang, kind, collection, twins: None };
                self.runs.push(run);
            }
        }
        let date = record.date.map_or(0, columns::pack_date);
        self.dates.push(date);
        self.add_layout(&record.layout)?;
        self.add_facets(&record.facets)?;
        let card = card(record, date);
        match self.kept {
            Texts::InCards => self.add_card(Card { text: record.text.into(), ..card }),
            Texts::Apart => {
                self.add_card(card)?;
                self.add_text(record.text)
            }
        }
    }

    fn add_layout(&mut self, layout: &Layout) -> Result<(), IndexError> {
        self.layouts_len += 1 + layout.len() * LAID_LEN;
        self.layouts.push(layout.clone());
        if self.layouts.len() == per_block(self.sizes) || self.layouts_len >= FULL {
            self.close_layouts()?;
        }
        Ok(())
    }

    fn close_layouts(&mut self) -> Result<(), IndexError> {
        let layouts = std::mem::take(&mut self.layouts);
        self.layouts_len = 0;
        self.layout_blocks.add(columns::write_layouts(&layouts), layouts.len(), self.blocks)
    }

    fn add_facets(&mut self, values: &[(u32, &str)]) -> Result<(), IndexError> {
        self.facets.iter_mut().for_each(|facet| facet.open.push(Vec::new()));
        for &(facet, value) in values {
            if let Some(facet) = self.facets.get_mut(facet as usize) {
                facet.add(value);
            }
        }
        for facet in &mut self.facets {
            if facet.open.len() == per_block(self.sizes) || facet.open_len >= FULL {
                facet.close()?;
            }
        }
        Ok(())
    }

    fn add_card(&mut self, card: Card) -> Result<(), IndexError> {
        let fields: usize = card.fields.iter().map(|(_, value)| value.len() + 2).sum();
        let len = card.id.len() + card.url.len() + card.title.len() + card.text.len() + fields + 8;
        if !self.cards.is_empty() && self.cards_len + len > self.sizes.cards {
            self.close_cards()?;
        }
        self.cards_len += len;
        self.cards.push(card);
        Ok(())
    }

    fn close_cards(&mut self) -> Result<(), IndexError> {
        let cards = std::mem::take(&mut self.cards);
        self.cards_len = 0;
        self.card_blocks.add(stores::write_cards(&cards), cards.len(), self.blocks)
    }

    fn add_text(&mut self, text: &str) -> Result<(), IndexError> {
        let len = text.len() + 2;
        if !self.texts.is_empty() && self.texts_len + len > self.sizes.texts {
            self.close_texts()?;
        }
        self.texts_len += len;
        self.texts.push(text.into());
        Ok(())
    }

    fn close_texts(&mut self) -> Result<(), IndexError> {
        let texts = std::mem::take(&mut self.texts);
        self.texts_len = 0;
        let borrowed: Vec<&str> = texts.iter().map(String::as_str).collect();
        self.text_blocks.add(stores::write_texts(&borrowed), texts.len(), self.blocks)
    }

    /// Writes the rest, with the distances of documents to translations before them.
    pub(crate) fn finish(
        mut self,
        twins: &[(u32, u32)],
        root: &mut Root,
    ) -> Result<(), IndexError> {
        if !self.layouts.is_empty() {
            self.close_layouts()?;
        }
        if !self.cards.is_empty() {
            self.close_cards()?;
        }
        if !self.texts.is_empty() {
            self.close_texts()?;
        }
        let most = self.sizes.root_blocks;
        let twins = spread(twins, &mut self.runs);
        root.twins = values(self.blocks, self.sizes, Stream::Twins, columns::TWINS, &twins)?;
        root.layouts = self.layout_blocks.finish(self.blocks, most)?;
        let store = values(self.blocks, self.sizes, Stream::Values, columns::DATES, &self.dates)?;
        root.values.push(Values { name: root::DATES.into(), store, ..Values::default() });
        for facet in self.facets {
            root.values.push(facet.finish(self.blocks, most)?);
        }
        root.cards = self.card_blocks.finish(self.blocks, most)?;
        root.texts = self.text_blocks.finish(self.blocks, most)?;
        root.runs = self.runs;
        Ok(())
    }
}

/// Documents of a block of columns.
fn per_block(sizes: BlockSizes) -> usize {
    sizes.column_docs.clamp(1, MAX_COLUMN_DOCS) as usize
}

fn values(
    blocks: &mut Blocks<'_>,
    sizes: BlockSizes,
    stream: Stream,
    tag: u8,
    values: &[u32],
) -> Result<Store, IndexError> {
    let mut stretched = Stretched::new(stream);
    for values in values.chunks(per_block(sizes)) {
        stretched.add(columns::write_values(tag, values), values.len(), blocks)?;
    }
    stretched.finish(blocks, sizes.root_blocks)
}

/// A distance for each document of the runs that have translations.
fn spread(twins: &[(u32, u32)], runs: &mut [Run]) -> Vec<u32> {
    let mut spread = Vec::new();
    let mut rest = twins;
    for run in runs {
        let own = rest.partition_point(|&(doc, _)| doc < run.first + run.n_docs);
        let (own, after) = rest.split_at(own);
        rest = after;
        if own.is_empty() {
            continue;
        }
        let start = spread.len();
        run.twins = Some(to_u32(start));
        spread.resize(start + run.n_docs as usize, 0);
        for &(doc, distance) in own {
            spread[start + (doc - run.first) as usize] = distance;
        }
    }
    spread
}

fn card(record: &Record<'_>, date: u32) -> Card {
    Card {
        id: record.id.into(),
        url: record.url.into(),
        title: record.title.into(),
        date,
        fields: record.card.iter().map(|&(name, value)| (name, value.into())).collect(),
        text: String::new(),
    }
}
