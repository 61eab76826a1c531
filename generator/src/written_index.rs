//! An index on its way to its folder.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use indicatif::ProgressBar;
use search_indexer::{
    BlockFile, FieldOptions, Gathered, IndexError, IndexOptions, Output, Transport,
};

use crate::args::IndexWork;
use crate::block_source::ENTRY;
use crate::failure::{Failure, Outcome};
use crate::output::{Policy, Staging};
use crate::{report, site};

/// How documents of other programs are indexed.
///
/// - `fields`: beside those that every index has.
pub(crate) fn options(
    work: &IndexWork,
    target: &Path,
    fields: Vec<FieldOptions>,
) -> Outcome<IndexOptions> {
    let mut options = IndexOptions::default();
    options.fields.extend(fields);
    options.memory_bytes = work.memory;
    if work.packs {
        options.transport = Transport::PACKS;
    }
    let scratch = work.scratch.clone().unwrap_or_else(|| folder_of(target));
    if work.scratch.is_some() && !scratch.is_dir() {
        return Err(Failure::usage(format!(
            "the scratch folder `{}` is no folder; make it or name another",
            scratch.display()
        )));
    }
    options.scratch = Some(scratch);
    Ok(options)
}

/// The folder around a file or folder that need not exist yet.
pub(crate) fn folder_of(target: &Path) -> PathBuf {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

/// A folder of blocks that takes its place when the root is in it.
pub(crate) struct Written {
    staging: Staging,
    bar: ProgressBar,
    terms: AtomicU64,
    /// Held while a file is made: threads that make files in one folder at once spin in the kernel for its
    /// lock, which takes more processor time than the index itself.
    making: Mutex<()>,
}

/// Why the folder did not take a block.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) Failure);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the output folder did not take a block")
    }
}

impl std::error::Error for Refused {}

/// What the shell is told: disks are the machine's fault, the rest the data's.
pub(crate) fn failure(error: IndexError) -> Failure {
    match error {
        IndexError::Io { doing, path, source } => Failure::io(doing, &path, source),
        IndexError::Output(source) => refused(source),
        error => Failure::data(error),
    }
}

/// The failure that an output reported.
pub(crate) fn refused(source: Box<dyn std::error::Error + Send + Sync>) -> Failure {
    match source.downcast::<Refused>() {
        Ok(refused) => refused.0,
        Err(source) => Failure::Machine(anyhow::anyhow!(source)),
    }
}

impl Written {
    /// Opens the folder beside `output` that will become it.
    pub(crate) fn begin(output: &Path, work: &IndexWork) -> Outcome<Self> {
        let policy = if work.force { Policy::Replace } else { Policy::OwnFoldersOnly };
        let staging = Staging::begin(output, policy, None)?;
        let bar = report::progress("documents", 0);
        Ok(Self { staging, bar, terms: AtomicU64::new(0), making: Mutex::default() })
    }

    /// Writes the index of these documents, puts it in place and tells its figures.
    ///
    /// - `beside`: given the root's name, other files that belong into the folder.
    pub(crate) fn finish(
        self,
        gathered: Gathered,
        options: &IndexOptions,
        start: Instant,
        beside: impl FnOnce(&str) -> Vec<(String, Vec<u8>)>,
    ) -> Outcome {
        self.bar.set_length(gathered.n_docs());
        let written = search_indexer::write(gathered, options, &self);
        self.bar.finish_and_clear();
        let written = written.map_err(failure)?;
        self.staging.put(&written.root.name, &written.root.bytes)?;
        self.staging.put(ENTRY, &site::entry(&written.root, options.transport))?;
        for (path, bytes) in beside(&written.root.name) {
            self.staging.put(&path, &bytes)?;
        }
        self.staging.commit()?;
        let stats = written.stats;
        let memory = report::peak_memory()
            .map_or(String::new(), |len| format!(", {} of memory", report::size(len)));
        report::note(format!(
            "{} documents, {} terms, {} in {} files in {}{memory}",
            stats.documents,
            stats.terms,
            report::size(stats.bytes),
            stats.files,
            report::seconds(start.elapsed()),
        ));
        let kinds = stats.streams.named();
        let kinds = kinds.map(|(name, len)| format!("{name} {}", report::size(len)));
        report::note(kinds.join(", "));
        Ok(())
    }
}

impl Output for Written {
    fn put(&self, file: &BlockFile) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        self.staging.put(&file.name, &file.bytes).map_err(|failure| Refused(failure).into())
    }

    fn numbered(&self, number: u32) {
        if number.is_multiple_of(1_024) {
            self.bar.set_position(number.into());
        }
    }

    fn merged(&self, terms: usize) {
        let terms = self.terms.fetch_add(terms as u64, Ordering::Relaxed) + terms as u64;
        self.bar.set_message(format!("{terms} terms"));
    }
}
