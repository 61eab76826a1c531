//! What goes in and what comes out.

use std::error::Error;
use std::path::PathBuf;

use crate::pack::PER_TABLE;
use crate::update::Means;

/// A thing to be found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// Stable id, the same for all translations of one document; unique with `collection` and
    /// `lang`.
    pub id: String,
    /// Root-relative address.
    pub url: String,
    /// `zh`, `en` …
    pub lang: String,
    /// Group in results: `guide`, `faq`, `record` …
    pub kind: String,
    /// Collection, or empty for pages.
    pub collection: String,
    /// Title, searched as field `ti` and shown.
    pub title: String,
    /// Searched fields by query name: `tx` (body), `pa`, `in`, `ipc` … each with its values.
    pub fields: Vec<(String, Vec<String>)>,
    /// Numbers that find exactly this document.
    pub exact: Vec<String>,
    /// Facet values by facet name.
    pub facets: Vec<(String, String)>,
    /// `YYYY-MM-DD`.
    pub date: Option<String>,
    /// Shown in result lists, in this order.
    pub card: Vec<(String, String)>,
    /// Text from which snippets are cut (plain text).
    pub text: String,
}

/// How to build.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexOptions {
    /// Searched fields; ones met in documents but not named here are text of weight 1.
    pub fields: Vec<FieldOptions>,
    /// Static weight of a document by its kind; 1.0 for kinds not named.
    pub kind_weights: Vec<(String, f32)>,
    /// Field whose first value neighbours documents (a classification): what is alike is found
    /// together and compresses together.
    pub cluster_field: String,
    /// Ranking.
    pub rank: RankOptions,
    /// Sizes of blocks; `None`: [`BlockSizes::for_stored`].
    pub sizes: Option<BlockSizes>,
    /// How blocks become files.
    pub transport: Transport,
    /// Bytes of memory that gathering and merging may take, roughly; what does not fit goes to
    /// scratch files.
    pub memory_bytes: u64,
    /// Folder of scratch files; `None`: the system's.
    pub scratch: Option<PathBuf>,
    /// Threads; `None`: one for each processor.
    pub threads: Option<usize>,
    /// Statistics of the index that this one is an update of: impacts are measured by its mean
    /// lengths, where it has any.
    pub means: Option<Means>,
}

impl IndexOptions {
    /// Threads to use, at least one.
    pub(crate) fn threads(&self) -> usize {
        let all = || std::thread::available_parallelism().map_or(1, usize::from);
        self.threads.unwrap_or_else(all).max(1)
    }

    /// Folder of scratch files.
    pub(crate) fn scratch_folder(&self) -> PathBuf {
        self.scratch.clone().unwrap_or_else(std::env::temp_dir)
    }
}

/// How blocks become files. What is in the blocks is the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// A file for each: every host and cache can have it.
    #[default]
    Files,
    /// Many in a file, read by Range requests: few files.
    Packs {
        /// Bytes at which a pack is closed, at most the format's [`MAX_PACK`].
        ///
        /// [`MAX_PACK`]: search_engine::format::MAX_PACK
        max_len: u32,
    },
}

impl Transport {
    /// Packs as large as the format takes.
    pub const PACKS: Self = Self::Packs { max_len: search_engine::format::MAX_PACK };
}

/// Parameters of the ranking, settled on half of the queries of each collection that
/// `examples/relevance.rs` reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankOptions {
    /// Saturation of term frequencies.
    pub k1: f32,
    /// Weight of a single character beside the pairs of a CJK run.
    pub single_weight: f32,
    /// Factor for documents in another language than the preferred one.
    pub other_lang: f32,
    /// Steps in which impacts are told: more say little more and cost bytes.
    pub steps: u8,
}

/// Payload bytes at which a block of each sort is closed, before compression.
///
/// Smaller blocks: fewer bytes for a question, more files, larger tables in the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockSizes {
    /// Dictionary shards.
    pub shard: usize,
    /// Blocks of postings and of positions.
    pub lists: usize,
    /// The least blocks of what only parts are read of, the chunks of long lists; up to `lists` for the
    /// longest lists.
    pub parts: usize,
    /// Blocks of cards.
    pub cards: usize,
    /// Blocks of texts.
    pub texts: usize,
    /// Mean length of texts up to which they stand with the cards: a page of results shows both, and one
    /// block for each hit costs fewer bytes than one of cards and one of texts.
    pub short_text: usize,
    /// Lists up to this length stand in the dictionary.
    pub inline: usize,
    /// Documents of a block of columns.
    pub column_docs: u32,
    /// Blocks that the root names itself, of each sort; more are named by tables.
    pub root_blocks: usize,
    /// Lists of more documents than this are in tiers: so many of greatest impact, and chunks.
    /// A multiple of `chunk`.
    pub tier: u32,
    /// Documents of a chunk of such a list, a multiple of four.
    pub chunk: u32,
    /// Stored bytes of cards, or of texts, from which a preset for them is worth its own bytes.
    pub preset_from: u64,
}

/// A searched field.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldOptions {
    /// Name in queries.
    pub name: String,
    /// Other names (`发明名称` for `ti`).
    pub aliases: Vec<String>,
    /// How it is read.
    pub kind: FieldKind,
    /// Weight of a word found in it.
    pub weight: f32,
    /// How much a longer field dilutes a word in it, 0–1 (`b` of BM25F).
    pub dilution: f32,
}

/// How a field is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Words.
    Text,
    /// Symbols of a tree or numbers: whole, found by their beginning up to a boundary.
    Code,
}

impl FieldOptions {
    /// A field of words.
    pub fn text(name: &str, weight: f32, dilution: f32, aliases: &[&str]) -> Self {
        Self::new(name, FieldKind::Text, weight, dilution, aliases)
    }

    /// A field of codes.
    pub fn code(name: &str, aliases: &[&str]) -> Self {
        Self::new(name, FieldKind::Code, 1.0, 0.0, aliases)
    }

    fn new(name: &str, kind: FieldKind, weight: f32, dilution: f32, aliases: &[&str]) -> Self {
        let aliases = aliases.iter().map(|&alias| alias.into()).collect();
        Self { name: name.into(), aliases, kind, weight, dilution }
    }
}

impl Default for RankOptions {
    fn default() -> Self {
        Self { k1: 1.5, single_weight: 1.0, other_lang: 0.8, steps: 127 }
    }
}

/// Bytes that a word of a text takes in lists, roughly: a position and its share of the postings and the
/// dictionary, of a character in a run for itself and for its pair.
const LISTED_WORD: u64 = 4;

/// Bytes that an index will take, before compression.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// Documents, to which the bytes belong.
    pub documents: u32,
    /// Of cards.
    pub cards: u64,
    /// Of texts.
    pub texts: u64,
    /// Words of the searched fields, which take dictionary, postings and positions.
    pub words: u64,
    /// Files written before these.
    pub files: u64,
}

/// Files that cards and texts each may make, about: blocks are closed a little before they are full.
const CARD_FILES: u64 = 2_800;
const TEXT_FILES: u64 = 4_400;
/// Files of an index, tables and columns included: less than the 20,000 that free hosts take.
const MOST_FILES: u64 = 19_000;
/// Largest shard that is made so large for less height of tables.
const MOST_NAMED: usize = 8 << 10;
/// Sizes of blocks of lists in packs, where their number does not matter, and documents of a chunk.
const PACKED_LISTS: usize = 2 << 10;
const PACKED_PARTS: usize = 512;
const PACKED_CHUNK: u32 = 256;
/// Words in the documents of a tier, about: so many keep the positions of a word in a tenth of them within
/// a block.
const TIER_WORDS: u64 = 16 << 20;

impl Stored {
    /// Bytes of dictionary, postings and positions, roughly.
    fn lists(&self) -> u64 {
        self.words * LISTED_WORD
    }

    /// Whether texts are so short that they stand with the cards.
    pub(crate) fn texts_are_short(&self, sizes: BlockSizes) -> bool {
        self.texts <= u64::from(self.documents) * sizes.short_text as u64
    }
}

impl BlockSizes {
    /// Sizes for an index of so many bytes: small blocks cost a question few bytes; as files they grow
    /// where there would be too many.
    pub fn for_stored(stored: Stored, transport: Transport) -> Self {
        let grown = |least: usize, len: u64, files: u64| {
            least.max(usize::try_from(len / files.max(1)).unwrap_or(usize::MAX))
        };
        let least = Self::of_documents(stored);
        // A fifth of the lists is dictionary. Where larger shards save a table of shards, they save a hop.
        let roots = least.root_blocks as u64 * 7 / 8;
        let named = [roots, roots * PER_TABLE as u64]
            .into_iter()
            .map(|shards| grown(least.shard, stored.lists() / 5, shards))
            .find(|&shard| shard <= MOST_NAMED)
            .unwrap_or(least.shard);
        if transport != Transport::Files {
            let (lists, parts) = (PACKED_LISTS, PACKED_PARTS);
            let chunk = PACKED_CHUNK.min(least.chunk);
            return Self { shard: named, lists, parts, chunk, ..least };
        }
        // Lists make a fifth to a quarter more files than this, shards up to half as many more: both together
        // what is left. A question reads twice as many lists as shards.
        let left = MOST_FILES.saturating_sub(stored.files);
        let lists = grown(least.lists, stored.lists(), left * 5 / 8);
        let cards = if stored.texts_are_short(least) {
            grown(least.cards, stored.cards + stored.texts, CARD_FILES + TEXT_FILES)
        } else {
            grown(least.cards, stored.cards, CARD_FILES)
        };
        Self {
            shard: grown(named, stored.lists() / 4, left * 3 / 16),
            lists,
            parts: lists,
            cards,
            texts: grown(least.texts, stored.texts, TEXT_FILES),
            ..least
        }
    }

    /// The smallest that pay for documents of this length: lists of long ones are cut sooner.
    fn of_documents(stored: Stored) -> Self {
        let least = Self::default();
        let words = (stored.words / u64::from(stored.documents).max(1)).max(1);
        let tier = u32::try_from(TIER_WORDS / words).unwrap_or(u32::MAX).min(least.tier);
        Self { tier, chunk: least.chunk.min(tier / 4), ..least }
    }

    /// The same with a tier of whole chunks, and chunks of whole units.
    pub(crate) fn rounded(self) -> Self {
        let chunk = (self.chunk / 4 * 4).max(4);
        Self { chunk, tier: (self.tier / chunk * chunk).max(chunk), ..self }
    }
}

impl Default for BlockSizes {
    /// The smallest that pay.
    fn default() -> Self {
        Self {
            shard: 3 << 10,
            lists: 4 << 10,
            parts: 4 << 10,
            cards: 3 << 10,
            texts: 4 << 10,
            short_text: 8 << 10,
            inline: 48,
            column_docs: 1 << 14,
            root_blocks: 512,
            tier: 4_096,
            chunk: 1_024,
            preset_from: 2 << 20,
        }
    }
}

impl Default for IndexOptions {
    /// The fields of patent search with their Chinese names, and pages before records among
    /// equals: a guide that says as much about a question as a record answers it better.
    fn default() -> Self {
        let text = FieldOptions::text;
        let code = FieldOptions::code;
        let fields = vec![
            text("ti", 3.0, 1.0, &["title", "发明名称", "名称", "标题"]),
            text("kw", 2.0, 0.3, &["keywords", "关键词"]),
            text("ab", 1.0, 0.75, &["abstract", "摘要"]),
            text("tx", 1.0, 0.75, &["text", "正文", "全文"]),
            text("pa", 1.0, 0.3, &["applicant", "申请人", "专利权人"]),
            text("in", 1.0, 0.3, &["inventor", "发明人"]),
            text("ag", 1.0, 0.3, &["agent", "代理机构"]),
            code("ipc", &["分类号", "IPC分类号", "国际分类"]),
            code("cpc", &[]),
            code("loc", &["洛迦诺分类"]),
            code("nice", &["尼斯分类"]),
            code("ind", &["行业"]),
            code("num", &["号码"]),
            code("pn", &["公开号", "公告号", "公开（公告）号"]),
            code("ap", &["申请号"]),
            code("pr", &["优先权"]),
            code("pd", &["公开日", "公布日"]),
            code("ad", &["申请日"]),
            code("gd", &["授权日", "授权公告日"]),
            code("reg", &["地区"]),
            code("st", &["法律状态"]),
            code("kind", &["文献种类"]),
            code("fam", &["同族"]),
        ];
        let kind_weights =
            [("guide", 1.25), ("faq", 1.2), ("topic", 1.15), ("course", 1.1), ("institution", 1.1)];
        Self {
            fields,
            kind_weights: kind_weights.map(|(kind, weight)| (kind.into(), weight)).to_vec(),
            cluster_field: "ipc".into(),
            rank: RankOptions::default(),
            sizes: None,
            transport: Transport::default(),
            memory_bytes: 1 << 30,
            scratch: None,
            threads: None,
            means: None,
        }
    }
}

/// A file to write beside the others: a block, or a pack of blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockFile {
    /// `<first 16 hex digits of sha256>.wbi`, of a pack `.wbp`.
    pub name: String,
    /// The file.
    pub bytes: Vec<u8>,
    /// SHA-256 of `bytes`.
    pub sha256: [u8; 32],
}

/// A whole index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltIndex {
    /// The root block.
    pub root: BlockFile,
    /// All other files, by name.
    pub blocks: Vec<BlockFile>,
    /// What was built.
    pub stats: BuildStats,
}

/// A written index: its blocks are with the output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenIndex {
    /// The root block.
    pub root: BlockFile,
    /// What was built.
    pub stats: BuildStats,
}

/// Where blocks go as they are made.
pub trait Output: Sync {
    /// Keeps a file; called by several threads at once, for equal files more than once.
    ///
    /// # Errors
    /// Whatever keeps the file from being kept; the build ends with it.
    fn put(&self, file: &BlockFile) -> Result<(), Box<dyn Error + Send + Sync>>;

    /// A document has got its number: they come in order, for progress alone.
    fn numbered(&self, _number: u32) {}

    /// So many more terms have got their lists, for progress alone.
    fn merged(&self, _terms: usize) {}
}

/// Figures of a build.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BuildStats {
    /// Documents.
    pub documents: u32,
    /// Distinct terms.
    pub terms: u32,
    /// Files, the root included.
    pub files: u32,
    /// Their bytes.
    pub bytes: u64,
    /// The bytes by what they are for.
    pub streams: StreamBytes,
}

/// Bytes of files by what they are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamBytes {
    /// Dictionary shards, with short lists.
    pub dictionary: u64,
    /// Postings.
    pub postings: u64,
    /// Positions.
    pub positions: u64,
    /// Columns.
    pub columns: u64,
    /// Cards.
    pub cards: u64,
    /// Texts.
    pub texts: u64,
    /// Tables of blocks.
    pub tables: u64,
    /// The root.
    pub root: u64,
}

impl StreamBytes {
    /// Each with its name.
    pub fn named(&self) -> [(&'static str, u64); 8] {
        [
            ("dictionary", self.dictionary),
            ("postings", self.postings),
            ("positions", self.positions),
            ("columns", self.columns),
            ("cards", self.cards),
            ("texts", self.texts),
            ("tables", self.tables),
            ("root", self.root),
        ]
    }

    pub(crate) fn sum(&self) -> u64 {
        self.named().iter().map(|(_, len)| len).sum()
    }
}

/// Why documents make no index.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// Two documents share an identity.
    #[error(
        "two documents have id `{id}` in collection `{collection}`, language `{lang}`: give one another id"
    )]
    DuplicateDocument {
        /// The id.
        id: String,
        /// Its collection.
        collection: String,
        /// Its language.
        lang: String,
    },
    /// A document or the index outgrows the format.
    #[error("{what} is {found}, the index format holds at most {limit}")]
    TooLarge {
        /// What is too large.
        what: String,
        /// Its size.
        found: u64,
        /// The limit.
        limit: u64,
    },
    /// A scratch file or segment cannot be read or written.
    #[error("cannot {doing} `{}`", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The file, or the folder of a scratch file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The output did not take a block.
    #[error("cannot keep a block of the index")]
    Output(#[source] Box<dyn Error + Send + Sync>),
    /// A segment was made with other declared fields than are asked for.
    #[error("`{}` was made with other fields than the rest: index all parts in the same way", path.display())]
    OtherFields {
        /// The file.
        path: PathBuf,
    },
    /// A segment does not hold what it should.
    #[error("`{}` is damaged in its {what}: make the segment again, or fetch it again", path.display())]
    Segment {
        /// The file.
        path: PathBuf,
        /// What cannot be read.
        what: &'static str,
    },
}
