//! An open index.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

use crate::cache::Cache;
use crate::format::FormatError;
use crate::format::columns::FACET_KIND;
use crate::format::hidden;
use crate::format::root::Root;
use crate::query::Query;
use crate::results::GroupCount;
use crate::session::Session;

/// An open index: its root, and the blocks of earlier questions.
///
/// Cheap to clone; clones and their sessions share the cached blocks.
#[derive(Clone, Debug)]
pub struct Searcher {
    shared: Rc<Shared>,
}

/// What a searcher and its sessions share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) root: Root,
    /// Length of the root's file.
    pub(crate) root_len: u32,
    pub(crate) cache: RefCell<Cache>,
    /// Documents that answers leave out, ascending.
    pub(crate) hidden: RefCell<Vec<u32>>,
}

impl Shared {
    /// Whether answers leave a document out.
    pub(crate) fn hides(&self, doc: u32) -> bool {
        self.hidden.borrow().binary_search(&doc).is_ok()
    }
}

impl Searcher {
    /// Opens an index from the inflated payload of its root block; `file_len` is the length of the
    /// root's file, for [`Cost`](crate::Cost).
    ///
    /// # Errors
    /// When the payload is no root of this format version.
    pub fn open(root: &[u8], file_len: u32) -> Result<Self, FormatError> {
        let root = Root::read(root)?;
        let (cache, hidden) = (RefCell::default(), RefCell::default());
        Ok(Self { shared: Rc::new(Shared { root, root_len: file_len, cache, hidden }) })
    }

    /// Leaves documents out of every answer: those that an update of the index replaces or takes
    /// away.
    ///
    /// - `tombstones`: payload of the block of a set's hidden documents.
    /// - `nth`: which of the set's indexes this is, the base being the first.
    ///
    /// # Errors
    /// When the payload is no such block.
    pub fn hide(&self, tombstones: &[u8], nth: usize) -> Result<(), FormatError> {
        let mut lists = hidden::read(tombstones)?.into_iter();
        *self.shared.hidden.borrow_mut() = lists.nth(nth).unwrap_or_default();
        Ok(())
    }

    /// Begins to answer.
    pub fn plan(&self, query: &Query) -> Session {
        self.begin(query.clone())
    }

    /// As [`plan`](Self::plan), for who needs the question no more: to copy it takes code.
    pub fn begin(&self, query: Query) -> Session {
        Session::new(Rc::clone(&self.shared), query)
    }

    /// Number of documents.
    pub fn n_docs(&self) -> u32 {
        self.shared.root.n_docs
    }

    /// Documents per group, in the index's order.
    pub fn groups(&self) -> Vec<GroupCount> {
        let group = |group: &crate::format::root::Group| GroupCount {
            name: group.name.clone(),
            count: group.n_docs,
        };
        self.shared.root.groups.iter().map(group).collect()
    }

    /// Names of the facets, by which hits are counted, filtered and ordered.
    pub fn facets(&self) -> Vec<&str> {
        let values = self.shared.root.values.iter();
        values
            .filter(|values| values.kind == FACET_KIND)
            .map(|values| values.name.as_str())
            .collect()
    }

    /// Names of the searched fields with their other names.
    pub fn fields(&self) -> Vec<(String, Vec<String>)> {
        self.shared
            .root
            .fields
            .iter()
            .map(|field| (field.name.clone(), field.aliases.clone()))
            .collect()
    }
}
