//! `woodblock index`: an index, or a part of one, of what another program made.

use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::Instant;

use anyhow::anyhow;
use search_indexer::{Document, Gathered, IndexOptions};

use crate::args::IndexArgs;
use crate::failure::{Failure, Outcome};
use crate::json_lines::{Lines, Problems};
use crate::written_index::{self, Written, failure};
use crate::{html_site, report};

/// Documents of a folder that a thread takes at a time.
const DOCUMENTS_AT_A_TIME: usize = 64;

/// Reads every input and writes one index, or one segment, of them all.
pub(super) fn run(args: &IndexArgs) -> Outcome {
    let start = Instant::now();
    let target = args.output.as_ref().or(args.segment.as_ref());
    let target = target.ok_or_else(|| Failure::usage("name the output with --output"))?;
    let options = written_index::options(&args.work, target)?;
    let written = match &args.output {
        // Folders are tried first: no hour of work may end with one that cannot be.
        Some(output) => Some(Written::begin(output, &args.work)?),
        None => {
            let folder = written_index::folder_of(target);
            fs::create_dir_all(&folder).map_err(|e| Failure::io("make the folder", &folder, e))?;
            None
        }
    };
    let gathered = gather(args, &options)?;
    if gathered.n_docs() == 0 {
        return Err(Failure::data(anyhow!(
            "the input holds no documents; there is nothing to index"
        )));
    }
    match written {
        Some(written) => written.finish(gathered, &options, start),
        None => write_segment(&gathered, target, &options, start),
    }
}

/// What a thread makes documents of.
enum Work {
    Documents(Vec<Document>),
    Lines(crate::json_lines::Stretch),
}

fn gather(args: &IndexArgs, options: &IndexOptions) -> Outcome<Gathered> {
    let (mut documents, mut files) = (Vec::new(), Vec::new());
    for input in &args.inputs {
        match sort_of(input)? {
            Sort::Folder => documents.append(&mut html_site::read(input, &args.lang)?),
            Sort::Lines => files.push(input.clone()),
        }
    }
    let problems = Problems::default();
    let lines = Lines::open(files, &problems)?;
    let bar = report::progress("reading", lines.len_bytes());
    let mut documents = documents.into_iter();
    let folders = std::iter::from_fn(move || {
        let some: Vec<Document> = documents.by_ref().take(DOCUMENTS_AT_A_TIME).collect();
        (!some.is_empty()).then_some(Work::Documents(some))
    });
    let read = |work| match work {
        Work::Documents(documents) => documents,
        Work::Lines(stretch) => {
            bar.inc(stretch.len_bytes());
            stretch.documents(&args.lang, &problems)
        }
    };
    let gathered = search_indexer::gather(folders.chain(lines.map(Work::Lines)), read, options);
    bar.finish_and_clear();
    problems.into_outcome()?;
    gathered.map_err(failure)
}

enum Sort {
    Folder,
    Lines,
}

fn sort_of(input: &Path) -> Outcome<Sort> {
    if input.is_dir() {
        return Ok(Sort::Folder);
    }
    match input.extension().and_then(|extension| extension.to_str()) {
        Some("jsonl" | "ndjson") => Ok(Sort::Lines),
        _ if !input.exists() => {
            Err(Failure::usage(format!("`{}` does not exist", input.display())))
        }
        _ => Err(Failure::usage(format!(
            "`{}` is neither a folder of HTML nor a .jsonl file",
            input.display()
        ))),
    }
}

/// Writes a segment beside its place and puts it there whole.
fn write_segment(
    gathered: &Gathered,
    target: &Path,
    options: &IndexOptions,
    start: Instant,
) -> Outcome {
    let folder = written_index::folder_of(target);
    let mut file = tempfile::NamedTempFile::new_in(&folder)
        .map_err(|e| Failure::io("write to", &folder, e))?;
    let mut out = BufWriter::with_capacity(1 << 18, file.as_file_mut());
    gathered.write_segment(&mut out, target, options).map_err(failure)?;
    out.flush().map_err(|e| Failure::io("write", target, e))?;
    drop(out);
    let len = file.as_file().metadata().map_or(0, |meta| meta.len());
    file.persist(target).map_err(|e| Failure::io("write", target, e.error))?;
    report::note(format!(
        "{} documents in a segment of {} in {}",
        gathered.n_docs(),
        report::size(len),
        report::seconds(start.elapsed())
    ));
    Ok(())
}
