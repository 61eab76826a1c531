//! The site's index: built, asked for the counts that templates show, and named for them.

use std::collections::{BTreeMap, BTreeSet};

use records::FieldKind as RecordField;
use search_engine::{LangUse, Query};
use search_indexer::{BlockFile, BuiltIndex, FieldKind, FieldOptions, IndexOptions, Transport};
use serde_json::{Map, Value as Json};
use site_model::{Config, Site};

use super::collections::Loaded;
use super::documents::Documents;
use super::freshness;
use crate::block_source::{Built, ENTRY, Entry, INDEX_FOLDER, Part};
use crate::bundle::hex;
use crate::failure::{Failure, Outcome};

/// Search group of the documents that queries in content count.
const COUNTED_GROUP: &str = "record";

/// How much a longer field dilutes a word in it, for fields that the index has no opinion on.
const DILUTION: f32 = 0.5;

/// The built index of a site.
pub(super) struct SiteIndex {
    built: BuiltIndex,
    /// Number of documents.
    pub(super) documents: usize,
}

impl SiteIndex {
    /// Builds the index, on all processors.
    pub(super) fn build(documents: &Documents<'_>, loaded: &[Loaded]) -> Outcome<Self> {
        let options = IndexOptions { fields: fields(loaded), ..IndexOptions::default() };
        let read = |source| Vec::from_iter(documents.read(&source));
        let gathered = search_indexer::gather(documents.sources(), read, &options);
        let built = gathered.and_then(|it| search_indexer::build_gathered(it, &options));
        let built = built.map_err(Failure::data)?;
        let documents = built.stats.documents as usize;
        Ok(Self { built, documents })
    }

    /// Address of the root block.
    pub(super) fn root_url(&self, base_path: &str) -> String {
        format!("{base_path}/{INDEX_FOLDER}/{}", self.built.root.name)
    }

    /// Twelve hexadecimal digits that change with any block: the version of the data.
    pub(super) fn version(&self) -> String {
        hex(&self.built.root.sha256[..6])
    }

    /// Number of files, the root included.
    pub(super) fn file_count(&self) -> usize {
        self.built.blocks.len() + 1
    }

    /// Path in the output and bytes of each block.
    pub(super) fn files(&self) -> impl Iterator<Item = (String, &[u8])> {
        std::iter::once(&self.built.root)
            .chain(&self.built.blocks)
            .map(|block| (format!("{INDEX_FOLDER}/{}", block.name), block.bytes.as_slice()))
    }

    /// The pointer by which the command line and other programs find the root.
    pub(super) fn entry(&self) -> (String, Vec<u8>) {
        let entry = entry(&self.built.root, Transport::Files);
        (format!("{INDEX_FOLDER}/{ENTRY}"), entry)
    }

    /// Number of records for each query that the site's front matter names.
    pub(super) fn counts(&self, site: &Site, config: &Config) -> Outcome<BTreeMap<String, u32>> {
        let mut queries = BTreeSet::new();
        for (_, extra) in freshness::extras(site) {
            gather_queries(extra, &mut queries);
        }
        let index = Built::open(&self.built)?;
        let count = |text: String| {
            let query = Query {
                lang: config.default_language.clone(),
                lang_use: LangUse::Only,
                limit: 0,
                exhaustive: true,
                ..Query::new(text.clone())
            };
            let groups = index.ask(&query)?.groups;
            let group = groups.into_iter().find(|group| group.name == COUNTED_GROUP);
            Ok((text, group.map_or(0, |group| group.count)))
        };
        queries.into_iter().map(count).collect()
    }
}

/// The entry pointer of an index as JSON.
pub(crate) fn entry(root: &BlockFile, transport: Transport) -> Vec<u8> {
    let Part { root, sha256, len } = Part::of(root);
    let packs = transport != Transport::Files;
    Entry { format: 1, root, sha256, len, packs, updates: Vec::new(), hidden: None }.to_json()
}

/// `extra.query`, and `query` of every node below `extra.nodes`.
fn gather_queries(extra: &Map<String, Json>, queries: &mut BTreeSet<String>) {
    if let Some(query) = extra.get("query").and_then(Json::as_str) {
        queries.insert(query.to_owned());
    }
    let mut nodes: Vec<&Json> = extra.get("nodes").into_iter().collect();
    while let Some(node) = nodes.pop() {
        match node {
            Json::Array(items) => nodes.extend(items),
            Json::Object(object) => {
                queries.extend(object.get("query").and_then(Json::as_str).map(str::to_owned));
                nodes.extend(object.get("nodes"));
            }
            _ => {}
        }
    }
}

/// The searched fields: the index's own, headings, and those that collections declare, with the
/// labels of their columns as further names.
fn fields(loaded: &[Loaded]) -> Vec<FieldOptions> {
    let mut fields = IndexOptions::default().fields;
    fields.push(FieldOptions::text("hd", 1.5, DILUTION, &[]));
    for field in loaded.iter().flat_map(|loaded| &loaded.collection.fields) {
        for name in &field.search {
            declare(&mut fields, name, field);
        }
    }
    fields
}

fn declare(fields: &mut Vec<FieldOptions>, name: &str, field: &records::Field) {
    #[expect(clippy::cast_possible_truncation, reason = "a weight needs no more digits")]
    let weight = field.weight as f32;
    let is_code = matches!(field.kind, RecordField::Code | RecordField::Date | RecordField::Number);
    let known = fields.iter().position(|held| held.name == name);
    let at = known.unwrap_or_else(|| {
        fields.push(if is_code {
            FieldOptions::code(name, &[])
        } else {
            FieldOptions::text(name, weight, DILUTION, &[])
        });
        fields.len() - 1
    });
    // A field that holds prose in any collection is read as words in all of them; lists are not
    // prose: classification symbols come as lists too.
    if field.kind == RecordField::Text && fields[at].kind == FieldKind::Code {
        fields[at] = FieldOptions {
            weight,
            dilution: DILUTION,
            kind: FieldKind::Text,
            ..fields[at].clone()
        };
    }
    fields[at].weight = fields[at].weight.max(weight);
    if field.search.first().is_some_and(|main| main == name) {
        add_labels(fields, at, field);
    }
}

/// Lets a field be asked for by the names that readers see, unless another has that name.
fn add_labels(fields: &mut [FieldOptions], at: usize, field: &records::Field) {
    for label in field.label.values().map(|label| label.trim()) {
        let taken = fields
            .iter()
            .any(|held| held.name == label || held.aliases.iter().any(|alias| alias == label));
        // A name of several words would not be read as one in a query.
        if !taken && !label.is_empty() && !label.contains(|c: char| c.is_whitespace() || c == '=') {
            fields[at].aliases.push(label.to_owned());
        }
    }
}
