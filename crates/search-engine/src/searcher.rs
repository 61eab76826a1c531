//! The state machine: a searcher over one index, a session for each question.

use crate::{BlockId, FormatError, Query, Results};

/// An open index.
pub struct Searcher {}

/// One question on its way to an answer.
pub struct Session {}

impl Searcher {
    /// Opens an index from the inflated payload of its root block; `file_len` is the length of the
    /// root's file, for [`Cost`](crate::Cost).
    ///
    /// # Errors
    /// When the payload is no root of this format version.
    pub fn open(_root: &[u8], _file_len: u32) -> Result<Self, FormatError> {
        Ok(Self {})
    }

    /// Begins to answer.
    pub fn plan(&self, _query: &Query) -> Session {
        Session {}
    }
}

impl Session {
    /// The blocks without which the session cannot go on; empty: it is done.
    pub fn needs(&mut self) -> Vec<BlockId> {
        Vec::new()
    }

    /// Takes a block's payload: digest checked and inflated by the host.
    ///
    /// # Errors
    /// When it was not asked for or is no block of the expected kind.
    pub fn supply(&mut self, _name: &str, _payload: &[u8]) -> Result<(), FormatError> {
        Ok(())
    }

    /// Goes on without a block that cannot be had; the answer says so.
    pub fn give_up(&mut self, _name: &str) {}

    /// The answer, once [`needs`](Self::needs) is empty; before that `None`.
    pub fn results(&mut self) -> Option<Results> {
        Some(Results::default())
    }
}
