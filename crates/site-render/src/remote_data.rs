//! Data from other servers, for `load_data(url=…)`: each fetched once in a run, a failure too.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::arguments::Arguments;
use crate::outside::{Fetch, RemoteRequest};

/// An answer's text, or why there is none.
type Answer = Result<Arc<str>, String>;

/// What was fetched so far.
#[derive(Debug)]
pub(crate) struct RemoteData {
    fetcher: Option<Arc<dyn Fetch>>,
    known: Mutex<HashMap<RemoteRequest, Answer>>,
}

impl RemoteData {
    pub(crate) fn new(fetcher: Option<Arc<dyn Fetch>>) -> Self {
        Self { fetcher, known: Mutex::default() }
    }

    /// The answer to a request; bytes that are not UTF-8 are replaced.
    ///
    /// One request is made after the other, so that a site is no attack on a server.
    pub(crate) fn get(&self, request: RemoteRequest) -> Answer {
        let Some(fetcher) = &self.fetcher else {
            return Err(
                "is not loaded: the network is used only with `--remote-data`; give that, or \
                        save the file"
                    .to_owned(),
            );
        };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = known.get(&request) {
            return answer.clone();
        }
        let body = fetcher.fetch(&request);
        let answer = body.map(|bytes| Arc::from(String::from_utf8_lossy(&bytes)));
        known.insert(request, answer.clone());
        answer
    }
}

/// The request that a call's arguments stand for.
///
/// - `method`: `GET` or `POST`, in letters of any case; `body` is sent with the latter alone.
/// - `headers`: a list of `name=value`.
/// - `format`: what the answer is expected to be in.
///
/// # Errors
/// Arguments of other kinds.
pub(crate) fn request(
    url: String,
    format: &str,
    arguments: &Arguments<'_>,
) -> Result<RemoteRequest, String> {
    let told = |error: minijinja::Error| error.to_string();
    let method: Option<String> = arguments.get("method").map_err(told)?;
    let body: Option<String> = arguments.get("body").map_err(told)?;
    let headers: Option<Vec<String>> = arguments.get("headers").map_err(told)?;
    let body = match method.as_deref().unwrap_or("get").to_ascii_lowercase().as_str() {
        "get" => None,
        "post" => Some(body.unwrap_or_default()),
        _ => return Err("`method` is `GET` or `POST`".to_owned()),
    };
    let mut headers = headers
        .unwrap_or_default()
        .iter()
        .map(|header| pair(header))
        .collect::<Result<Vec<_>, _>>()?;
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("accept")) {
        headers.push(("accept".to_owned(), media_type(format).to_owned()));
    }
    Ok(RemoteRequest { url, body, headers })
}

fn pair(header: &str) -> Result<(String, String), String> {
    let (name, value) =
        header.split_once('=').ok_or_else(|| format!("header `{header}` is not `name=value`"))?;
    Ok((name.trim().to_owned(), value.to_owned()))
}

fn media_type(format: &str) -> &'static str {
    match format {
        "json" => "application/json",
        "toml" => "application/toml",
        "yaml" => "application/yaml",
        "xml" => "application/xml",
        "csv" => "text/csv",
        "bibtex" => "application/x-bibtex",
        _ => "text/plain",
    }
}
