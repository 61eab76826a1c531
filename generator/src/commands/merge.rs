//! `woodblock merge`: segments that several machines made, as one index.
//!
//! The result is byte for byte the index that one `woodblock index` makes of all their documents.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use search_indexer::{Gathered, IndexError, IndexOptions};
use tempfile::NamedTempFile;

use crate::args::MergeArgs;
use crate::failure::{Failure, Outcome};
use crate::written_index::{self, Written, failure};
use crate::{html_site, report};

/// Fetches and checks every segment, then writes the index.
pub(super) fn run(args: &MergeArgs) -> Outcome {
    let start = Instant::now();
    let records = written_index::options(&args.work, &args.output, html_site::headings())?;
    let pages = written_index::options(&args.work, &args.output, html_site::fields())?;
    let written = Written::begin(&args.output, &args.work)?;
    let bar = report::progress("segments", args.segments.len() as u64);
    let mut places = Vec::new();
    for segment in &args.segments {
        places.push(Place::find(segment, &records)?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    // Segments of records alone know no words of weights of their own, which pages have.
    let (gathered, options) = match open_all(&places, &records) {
        Err(IndexError::OtherFields { .. }) => (open_all(&places, &pages), pages),
        gathered => (gathered, records),
    };
    let gathered = gathered.map_err(failure)?;
    let gathered = Gathered::join(gathered);
    if gathered.n_docs() == 0 {
        return Err(Failure::data(anyhow::anyhow!("the segments hold no documents")));
    }
    written.finish(gathered, &options, start, |_| Vec::new())
}

/// A segment's file.
enum Place {
    Named(PathBuf),
    Fetched(NamedTempFile),
}

impl Place {
    fn find(segment: &str, options: &IndexOptions) -> Outcome<Self> {
        if !segment.starts_with("http://") && !segment.starts_with("https://") {
            return Ok(Self::Named(segment.into()));
        }
        let folder = options.scratch.as_deref().unwrap_or(Path::new("."));
        let mut file =
            NamedTempFile::new_in(folder).map_err(|e| Failure::io("write to", folder, e))?;
        fetch(segment, &mut file).map_err(|e| Failure::io("fetch", Path::new(segment), e))?;
        Ok(Self::Fetched(file))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Named(path) => path,
            Self::Fetched(file) => file.path(),
        }
    }
}

fn open_all(places: &[Place], options: &IndexOptions) -> Result<Vec<Gathered>, IndexError> {
    places.iter().map(|place| Gathered::open_segment(place.path(), options)).collect()
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
