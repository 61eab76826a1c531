//! What goes in and what comes out.

use thiserror::Error;

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
    /// Sizes of blocks; `None`: [`BlockSizes::for_documents`].
    pub sizes: Option<BlockSizes>,
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
    /// Blocks of cards.
    pub cards: usize,
    /// Blocks of texts.
    pub texts: usize,
    /// Lists up to this length stand in the dictionary.
    pub inline: usize,
    /// Documents of a block of columns.
    pub column_docs: u32,
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
        Self { k1: 1.5, single_weight: 0.7, other_lang: 0.8 }
    }
}

impl BlockSizes {
    /// Sizes for so many documents: small blocks cost a small site few bytes a question; for large
    /// collections they grow, so that neither the files nor the root's tables do.
    pub fn for_documents(documents: usize) -> Self {
        let scale = (documents / 4_000).clamp(1, 16);
        Self {
            shard: 3 << 10,
            lists: 4 << 10,
            cards: 4 << 10,
            texts: 6 << 10,
            inline: 48,
            column_docs: 1 << 14,
        }
        .scaled(scale)
    }

    fn scaled(self, scale: usize) -> Self {
        Self {
            shard: self.shard * scale,
            lists: self.lists * scale,
            cards: self.cards * scale,
            texts: self.texts * scale,
            ..self
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
            text("ti", 3.0, 0.3, &["title", "发明名称", "名称", "标题"]),
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
        }
    }
}

/// A block file to write beside the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockFile {
    /// `<first 16 hex digits of sha256>.wbi`.
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
    /// All other blocks, by name.
    pub blocks: Vec<BlockFile>,
    /// What was built.
    pub stats: BuildStats,
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
}

/// Why documents make no index.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
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
}
