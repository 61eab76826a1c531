//! `woodblock merge`: segments that several machines made, as one index.
//!
//! The result is byte for byte the index that one `woodblock index` makes of all their documents.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use search_indexer::{Gathered, IndexOptions};

use crate::args::MergeArgs;
use crate::failure::{Failure, Outcome};
use crate::written_index::{self, Written, failure};
use crate::{html_site, report};

/// Fetches and checks every segment, then writes the index.
pub(super) fn run(args: &MergeArgs) -> Outcome {
    let start = Instant::now();
    let options = written_index::options(&args.work, &args.output, html_site::fields())?;
    let written = Written::begin(&args.output, &args.work)?;
    let bar = report::progress("segments", args.segments.len() as u64);
    let mut gathered = Vec::new();
    for segment in &args.segments {
        gathered.push(open(segment, &options)?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    let gathered = Gathered::join(gathered);
    if gathered.n_docs() == 0 {
        return Err(Failure::data(anyhow::anyhow!("the segments hold no documents")));
    }
    written.finish(gathered, &options, start, |_| Vec::new())
}

fn open(segment: &str, options: &IndexOptions) -> Outcome<Gathered> {
    if !segment.starts_with("http://") && !segment.starts_with("https://") {
        return Gathered::open_segment(Path::new(segment), options).map_err(failure);
    }
    let folder = options.scratch.as_deref().unwrap_or(Path::new("."));
    let mut file =
        tempfile::NamedTempFile::new_in(folder).map_err(|e| Failure::io("write to", folder, e))?;
    fetch(segment, &mut file).map_err(|e| Failure::io("fetch", Path::new(segment), e))?;
    // The open file outlives its name, and the name goes with `file`.
    Gathered::open_segment(file.path(), options).map_err(|error| match failure(error) {
        Failure::Data(error) => Failure::Data(error.context(format!("segment `{segment}`"))),
        failure => failure,
    })
}

fn fetch(address: &str, into: &mut impl io::Write) -> io::Result<u64> {
    let config = ureq::Agent::config_builder()
        .timeout_connect(Some(Duration::from_secs(10)))
        .timeout_recv_response(Some(Duration::from_mins(1)))
        .build();
    let response = ureq::Agent::new_with_config(config).get(address).call();
    let mut body = response.map_err(io::Error::other)?.into_body().into_reader();
    io::copy(&mut body, into)
}
