//! `woodblock index`: an index, or a part of one, of what another program made.

mod update;

use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::anyhow;
use search_indexer::{Document, Gathered, IndexOptions};

use crate::args::IndexArgs;
use crate::bundle::Bundle;
use crate::failure::{Failure, Outcome};
use crate::html_settings::{self, HtmlConfig};
use crate::html_site::{self, Folder, Tally};
use crate::json_lines::{Lines, Problems, Stretch};
use crate::report;
use crate::written_index::{self, Written, failure};

/// Reads every input and writes one index, or one segment, of them all.
pub(super) fn run(args: &IndexArgs) -> Outcome {
    let start = Instant::now();
    let config = html_settings::resolve(Path::new("."), &args.lang, &args.html)?;
    report::problems(&config.warnings);
    let inputs = inputs(args, &config)?;
    if let Some(index) = &args.update {
        return update::run(index, args, &inputs, &config, start);
    }
    let target = target(args, &inputs, &config)?;
    let folders = open_folders(&inputs, &config)?;
    let fields = if folders.is_empty() { html_site::headings() } else { html_site::fields() };
    let options = written_index::options(&args.work, &target, fields)?;
    let written = if args.segment.is_none() {
        // Folders are tried first: no hour of work may end with one that cannot be.
        Some(Written::begin(&target, &args.work)?)
    } else {
        let folder = written_index::folder_of(&target);
        fs::create_dir_all(&folder).map_err(|e| Failure::io("make the folder", &folder, e))?;
        None
    };
    let (gathered, deleted) = gather(&inputs, &folders, &config, &options, |_| ())?;
    if !deleted.is_empty() {
        return Err(Failure::data(anyhow!(
            "lines with `delete` take documents away from an index that is there: name it with --update"
        )));
    }
    let tally = html_site::finish(folders)?;
    if gathered.n_docs() == 0 {
        return Err(Failure::data(anyhow!(
            "the input holds no documents; there is nothing to index"
        )));
    }
    match written {
        Some(written) => {
            written.finish(gathered, &options, start, |root| scripts(tally.as_ref(), root))?;
            report::note(target.display());
            Ok(())
        }
        None => write_segment(&gathered, &target, &options, start),
    }
}

fn inputs(args: &IndexArgs, config: &HtmlConfig) -> Outcome<Vec<PathBuf>> {
    match (&*args.inputs, &config.site) {
        ([], Some(site)) => Ok(vec![site.clone()]),
        ([], None) => {
            Err(Failure::usage("nothing to index; name a folder of built HTML or a .jsonl file"))
        }
        (inputs, _) => Ok(inputs.to_vec()),
    }
}

/// The folder or segment that is written.
fn target(args: &IndexArgs, inputs: &[PathBuf], config: &HtmlConfig) -> Outcome<PathBuf> {
    match (args.output.as_ref().or(args.segment.as_ref()), inputs) {
        (Some(named), _) => Ok(named.clone()),
        (None, [site]) if site.is_dir() => Ok(config.output_for(site)),
        _ => Err(Failure::usage(
            "several inputs or records have no folder of their own; name the output with --output",
        )),
    }
}

fn open_folders(inputs: &[PathBuf], config: &HtmlConfig) -> Outcome<Vec<Folder>> {
    let folders = inputs.iter().filter(|input| input.is_dir());
    folders.map(|folder| Folder::open(folder, &config.html)).collect()
}

/// What a page needs to ask an index of HTML: the engine, and what `pagefind.js` reads.
fn scripts(tally: Option<&Tally>, root: &str) -> Vec<(String, Vec<u8>)> {
    let Some(tally) = tally else { return Vec::new() };
    let Some(mut files) = Bundle::beside_an_index() else {
        report::note("this program was built without the browser's engine: the index has none");
        return Vec::new();
    };
    files.extend(tally.files(root).map(|(name, bytes)| (name.to_owned(), bytes)));
    files
}

/// What a thread makes documents of.
enum Work<'a> {
    Page(&'a Folder, usize),
    Lines(Stretch),
}

/// Collections and ids of documents that are to be taken away.
type Deleted = Vec<(String, String)>;

/// Gathers all documents, each shown to `each` on its way.
fn gather(
    inputs: &[PathBuf],
    folders: &[Folder],
    config: &HtmlConfig,
    options: &IndexOptions,
    each: impl Fn(&Document) + Sync,
) -> Outcome<(Gathered, Deleted)> {
    let mut files = Vec::new();
    for input in inputs.iter().filter(|input| !input.is_dir()) {
        check_lines(input)?;
        files.push(input.clone());
    }
    let problems = Problems::default();
    let lines = Lines::open(files, &problems)?;
    let bar = report::progress("reading", lines.len_bytes());
    let pages = folders
        .iter()
        .flat_map(|folder| (0..folder.len()).map(move |number| Work::Page(folder, number)));
    let deleted = Mutex::new(Vec::new());
    let read = |work| {
        let documents: Vec<Document> = match work {
            Work::Page(folder, number) => folder.document(number).into_iter().collect(),
            Work::Lines(stretch) => {
                bar.inc(stretch.len_bytes());
                let read = stretch.read(&config.html.lang, &problems);
                deleted.lock().unwrap_or_else(PoisonError::into_inner).extend(read.deleted);
                read.documents
            }
        };
        documents.iter().for_each(&each);
        documents
    };
    let gathered = search_indexer::gather(pages.chain(lines.map(Work::Lines)), read, options);
    bar.finish_and_clear();
    problems.into_outcome()?;
    let deleted = deleted.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok((gathered.map_err(failure)?, deleted))
}

fn check_lines(input: &Path) -> Outcome {
    match input.extension().and_then(|extension| extension.to_str()) {
        Some("jsonl" | "ndjson") => Ok(()),
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
