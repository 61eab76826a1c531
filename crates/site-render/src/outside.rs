//! What a site may reach outside of its own files: given by the program, since rendering itself starts
//! no process and asks no network.

use std::fmt::Debug;
use std::sync::Arc;

use crate::sass::StyleCompiler;

/// The world outside of a site's folder.
#[derive(Debug, Clone)]
pub struct Outside {
    /// Where style sheets are compiled.
    pub style_compiler: StyleCompiler,
    /// What fetches data for `load_data(url=…)`; without one, such a call is an error.
    pub fetcher: Option<Arc<dyn Fetch>>,
}

impl Default for Outside {
    /// This process alone.
    fn default() -> Self {
        Self { style_compiler: StyleCompiler::Here, fetcher: None }
    }
}

/// Fetches what templates ask for by an address.
pub trait Fetch: Debug + Send + Sync {
    /// The answer's body.
    ///
    /// # Errors
    /// Why there is none, the address left out: no answer in time, one that is too long, a status
    /// that is no success.
    fn fetch(&self, request: &RemoteRequest) -> Result<Vec<u8>, String>;
}

/// What is asked of a server.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RemoteRequest {
    /// The address, as the template has it.
    pub url: String,
    /// What is sent; a request with a body is a `POST`, one without a `GET`.
    pub body: Option<String>,
    /// Names and values.
    pub headers: Vec<(String, String)>,
}
