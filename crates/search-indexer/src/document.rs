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
    /// Payload bytes a block aims at before compression.
    pub block_len: usize,
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
}

/// How a field is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Words.
    Text,
    /// Symbols of a tree or numbers: whole, found by their beginning up to a boundary.
    Code,
}

impl Default for IndexOptions {
    fn default() -> Self {
        Self {
            fields: Vec::new(),
            kind_weights: Vec::new(),
            cluster_field: "ipc".into(),
            block_len: 16 << 10,
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

/// Builds the index of these documents.
pub fn build(_documents: Vec<Document>, _options: &IndexOptions) -> Result<BuiltIndex, IndexError> {
    let root = BlockFile { name: String::new(), bytes: Vec::new(), sha256: [0; 32] };
    Ok(BuiltIndex { root, blocks: Vec::new(), stats: BuildStats::default() })
}
