//! What a site may reach outside of its own files: this program once more, and, where the command
//! line allows it, other servers.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use site_render::{Fetch, Outside, RemoteRequest, StyleCompiler};
use ureq::{Agent, Body, Error};

use crate::failure::{Failure, Outcome};
use crate::settings::SiteSettings;

/// Longest wait for data.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Longer answers are refused.
const MAX_ANSWER_BYTES: u64 = 64 << 20;

/// What the command line allows.
pub(super) fn of(settings: &SiteSettings) -> Outcome<Outside> {
    let fetcher = settings.remote_data.then(|| Arc::new(Fetcher::new()) as Arc<dyn Fetch>);
    Ok(Outside { style_compiler: StyleCompiler::Program(this_program()?), fetcher })
}

/// The file of this program, to start it once more.
fn this_program() -> Outcome<PathBuf> {
    // There, it is this very program even where another was installed in the meantime.
    if cfg!(target_os = "linux") {
        return Ok(PathBuf::from("/proc/self/exe"));
    }
    std::env::current_exe().map_err(|error| Failure::io("find", Path::new("woodblock"), error))
}

#[derive(Debug)]
struct Fetcher(Agent);

impl Fetcher {
    fn new() -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .user_agent(concat!("woodblock/", env!("CARGO_PKG_VERSION")))
            .build();
        Self(Agent::new_with_config(config))
    }
}

impl Fetch for Fetcher {
    fn fetch(&self, request: &RemoteRequest) -> Result<Vec<u8>, String> {
        let headers = request.headers.iter();
        let answer = match &request.body {
            None => headers
                .fold(self.0.get(&request.url), |it, (name, value)| it.header(name, value))
                .call(),
            Some(body) => headers
                .fold(self.0.post(&request.url), |it, (name, value)| it.header(name, value))
                .send(body),
        };
        read(answer.map(ureq::http::Response::into_body)).map_err(|error| told(&error))
    }
}

fn read(answer: Result<Body, Error>) -> Result<Vec<u8>, Error> {
    answer?.into_with_config().limit(MAX_ANSWER_BYTES).read_to_vec()
}

fn told(error: &Error) -> String {
    match error {
        Error::StatusCode(status) => format!("answers with status {status}"),
        Error::BodyExceedsLimit(_) => format!("has more than {} MiB", MAX_ANSWER_BYTES >> 20),
        Error::Timeout(_) => format!("does not answer within {} s", TIMEOUT.as_secs()),
        other => format!("is not loaded: {other}"),
    }
}
