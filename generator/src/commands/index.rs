//! `woodblock index`: an index of what another program made.

use std::path::Path;
use std::time::Instant;

use anyhow::anyhow;
use search_indexer::{Document, FieldOptions, IndexOptions};

use crate::args::IndexArgs;
use crate::block_source::ENTRY;
use crate::failure::{Failure, Outcome};
use crate::output::{Policy, Staging};
use crate::{html_site, json_lines, report, site};

/// Reads every input and writes one index of them all.
pub(super) fn run(args: &IndexArgs) -> Outcome {
    let start = Instant::now();
    let mut documents = Vec::new();
    for input in &args.inputs {
        documents.append(&mut read(input, &args.lang)?);
    }
    if documents.is_empty() {
        return Err(Failure::data(anyhow!(
            "the input holds no documents; there is nothing to index"
        )));
    }
    let built = search_indexer::build(documents, &options()).map_err(Failure::data)?;
    let policy = if args.force { Policy::Replace } else { Policy::OwnFoldersOnly };
    let staging = Staging::begin(&args.output, policy)?;
    for block in std::iter::once(&built.root).chain(&built.blocks) {
        staging.put(&block.name, &block.bytes)?;
    }
    staging.put(ENTRY, &site::entry(&built))?;
    staging.commit()?;
    let stats = built.stats;
    report::note(format!(
        "{} documents, {} terms, {} in {} blocks in {}",
        stats.documents,
        stats.terms,
        report::size(stats.bytes),
        stats.files,
        report::seconds(start.elapsed())
    ));
    Ok(())
}

fn read(input: &Path, lang: &str) -> Outcome<Vec<Document>> {
    if input.is_dir() {
        return html_site::read(input, lang);
    }
    match input.extension().and_then(|extension| extension.to_str()) {
        Some("jsonl" | "ndjson") => json_lines::read(input, lang),
        _ if !input.exists() => {
            Err(Failure::usage(format!("`{}` does not exist", input.display())))
        }
        _ => Err(Failure::usage(format!(
            "`{}` is neither a folder of HTML nor a .jsonl file",
            input.display()
        ))),
    }
}

fn options() -> IndexOptions {
    let mut options = IndexOptions::default();
    options.fields.push(FieldOptions::text("hd", 1.5, 0.5, &[]));
    options
}
