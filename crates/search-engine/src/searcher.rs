//! An open index.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

use crate::cache::Cache;
use crate::format::FormatError;
use crate::format::columns::FACET_KIND;
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
}

impl Searcher {
    /// Opens an index from the inflated payload of its root block; `file_len` is the length of the
    /// root's file, for [`Cost`](crate::Cost).
    ///
    /// # Errors
    /// When the payload is no root of this format version.
    pub fn open(root: &[u8], file_len: u32) -> Result<Self, FormatError> {
        let root = Root::read(root)?;
        Ok(Self { shared: Rc::new(Shared { root, root_len: file_len, cache: RefCell::default() }) })
    }

    /// Begins to answer.
    pub fn plan(&self, query: &Query) -> Session {
        Session::new(Rc::clone(&self.shared), query.clone())
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
