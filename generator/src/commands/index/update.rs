//! `woodblock index --update`: what is new, as a small index beside one that stays.
//!
//! New blocks are put into the folder under names of their own digests, then the entry pointer is
//! replaced: until then, and after any failure, the folder is the index that it was.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context as _, anyhow};
use search_engine::format::hidden;
use search_engine::format::root::Root;
use search_indexer::read::{self, BlockFolder, BlockSource as _};
use search_indexer::update::{self, Identity, Means, Replaced};
use search_indexer::{BlockFile, Output};

use crate::args::IndexArgs;
use crate::block_source::{ENTRY, Entry, Part, read_failure};
use crate::failure::{Failure, Outcome};
use crate::html_settings::HtmlConfig;
use crate::html_site::{self, Tally};
use crate::open_index::{Index, Trace};
use crate::report;
use crate::written_index::{self, failure};

/// Writes the update and points the entry to it.
pub(super) fn run(
    index: &Path,
    args: &IndexArgs,
    inputs: &[PathBuf],
    config: &HtmlConfig,
    start: Instant,
) -> Outcome {
    let mut entry = entry_of(index)?;
    let parts = entry.parts()?;
    let folder = BlockFolder::new(index);
    let roots: Vec<Root> = parts.iter().map(|part| root(&folder, part)).collect::<Outcome<_>>()?;
    let base = roots.first().expect("the base is one");
    let folders = super::open_folders(inputs, config)?;
    let fields = if folders.is_empty() { html_site::headings() } else { html_site::fields() };
    let mut options = written_index::options(&args.work, &index.join(ENTRY), fields)?;
    options.means = Some(Means::of(base));
    let seen = Mutex::new(BTreeSet::new());
    let (gathered, deleted) = super::gather(inputs, &folders, config, &options, |document| {
        seen.lock().unwrap_or_else(PoisonError::into_inner).insert(Identity {
            collection: document.collection.clone(),
            id: document.id.clone(),
            lang: document.lang.clone(),
        });
    })?;
    let tally = html_site::finish(folders)?;
    let replaced = Replaced {
        documents: seen.into_inner().unwrap_or_else(PoisonError::into_inner),
        deleted: deleted.into_iter().collect(),
    };
    if replaced == Replaced::default() {
        return Err(Failure::data(anyhow!("the input holds no changes; the index stays")));
    }
    let mut hidden = hidden_before(&folder, &entry, roots.len())?;
    for (root, hidden) in roots.iter().zip(&mut hidden) {
        hidden.extend(update::hidden_in(root, &folder, &replaced).map_err(read_failure)?);
    }
    let added = Added::begin(index)?;
    let n_docs = gathered.n_docs();
    if n_docs > 0 {
        let written = search_indexer::write(gathered, &options, &added).map_err(failure)?;
        added.put(&written.root).map_err(written_index::refused)?;
        entry.updates.push(Part::of(&written.root));
        hidden.push(BTreeSet::new());
    }
    let n_hidden: usize = hidden.iter().map(BTreeSet::len).sum();
    let tombstones = update::tombstones(&hidden).map_err(failure)?;
    added.put(&tombstones).map_err(written_index::refused)?;
    entry.hidden = Some(Part::of(&tombstones));
    let (files, len) = added.finish(&entry)?;
    recount(index, &entry, tally)?;
    report::note(format!(
        "{n_docs} documents new, {n_hidden} hidden in all; {} in {files} new files in {}",
        report::size(len),
        report::seconds(start.elapsed())
    ));
    Ok(())
}

/// Writes anew what `pagefind.js` reads of an index of pages. The counts come from the index itself, so
/// they are written after it; until then they are those from before.
fn recount(index: &Path, entry: &Entry, new: Option<Tally>) -> Outcome {
    let Some(mut tally) = Tally::written(index) else { return Ok(()) };
    let opened = Index::open(&[index.display().to_string()], Trace::Off)?;
    tally.update(new.unwrap_or_default(), &|query| opened.ask(query))?;
    for (name, bytes) in tally.files(&entry.root) {
        let (to, from) = (index.join(name), index.join(format!(".{name}")));
        fs::write(&from, bytes).map_err(|e| Failure::io("write", &from, e))?;
        fs::rename(&from, &to).map_err(|e| Failure::io("write", &to, e))?;
    }
    Ok(())
}

fn entry_of(index: &Path) -> Outcome<Entry> {
    let path = index.join(ENTRY);
    let json = fs::read(&path).map_err(|e| Failure::io("read", &path, e))?;
    serde_json::from_slice(&json)
        .with_context(|| format!("`{}` is no entry pointer", path.display()))
        .map_err(Failure::Data)
}

fn block(folder: &BlockFolder, part: &Part) -> Outcome<Vec<u8>> {
    let id = part.id()?;
    let file = folder.read(&id).map_err(read_failure)?;
    read::unpack(&file, &id).map_err(read_failure)
}

fn root(folder: &BlockFolder, part: &Part) -> Outcome<Root> {
    Root::read(&block(folder, part)?)
        .with_context(|| format!("index root {} cannot be read", part.root))
        .map_err(Failure::Data)
}

/// What earlier updates hid in each index.
fn hidden_before(folder: &BlockFolder, entry: &Entry, n: usize) -> Outcome<Vec<BTreeSet<u32>>> {
    let mut sets = vec![BTreeSet::new(); n];
    if let Some(part) = &entry.hidden {
        let lists = hidden::read(&block(folder, part)?).map_err(Failure::data)?;
        for (set, docs) in sets.iter_mut().zip(lists) {
            set.extend(docs);
        }
    }
    Ok(sets)
}

/// New files of an index, on their way into its folder.
struct Added {
    folder: PathBuf,
    temp: tempfile::TempDir,
    names: Mutex<BTreeSet<String>>,
}

impl Added {
    fn begin(index: &Path) -> Outcome<Self> {
        let temp = tempfile::Builder::new().prefix(".woodblock-").tempdir_in(index);
        let temp = temp.map_err(|e| Failure::io("write to", index, e))?;
        Ok(Self { folder: index.into(), temp, names: Mutex::default() })
    }

    /// Moves the files into the folder, the pointer last; returns how many there are, and their
    /// length.
    fn finish(self, entry: &Entry) -> Outcome<(usize, u64)> {
        let names = self.names.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut len = 0;
        for name in &names {
            let (from, to) = (self.temp.path().join(name), self.folder.join(name));
            len += fs::metadata(&from).map_or(0, |meta| meta.len());
            fs::rename(&from, &to).map_err(|e| Failure::io("write", &to, e))?;
        }
        let (from, to) = (self.temp.path().join(ENTRY), self.folder.join(ENTRY));
        let json = entry.to_json();
        fs::File::create(&from)
            .and_then(|mut file| file.write_all(&json).and_then(|()| file.sync_all()))
            .map_err(|e| Failure::io("write", &from, e))?;
        fs::rename(&from, &to).map_err(|e| Failure::io("write", &to, e))?;
        Ok((names.len() + 1, len + json.len() as u64))
    }
}

impl Output for Added {
    fn put(&self, file: &BlockFile) -> Result<(), Box<dyn Error + Send + Sync>> {
        let path = self.temp.path().join(&file.name);
        fs::write(&path, &file.bytes)
            .map_err(|e| written_index::Refused(Failure::io("write", &path, e)))?;
        self.names.lock().unwrap_or_else(PoisonError::into_inner).insert(file.name.clone());
        Ok(())
    }
}
