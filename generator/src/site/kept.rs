//! A built site that is held in memory, so that an edit rebuilds only what it concerns.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use release::{Digest, Entry};
use site_model::Revision;
use site_render::{Contents, OutputFile, Reach};

use super::{Carved, Purpose, Summary, carve, publish};
use crate::failure::{Failure, Outcome};
use crate::output::Policy;
use crate::settings::SiteSettings;
use crate::{report, serve};

/// Folders whose files shape every page.
const SHAPING: [&str; 2] = ["templates", "sass"];

/// A site as it was last written to its output folder.
pub(crate) struct Kept {
    root: PathBuf,
    output: PathBuf,
    carved: Carved,
    /// Every file of the output by its path.
    entries: BTreeMap<String, Entry>,
}

impl Kept {
    /// Builds the whole site; also returns the paths of the files that are not as they were.
    pub(crate) fn build(
        settings: &SiteSettings,
        output: &Path,
        policy: Policy,
    ) -> Outcome<(Self, Summary, Vec<String>)> {
        let carved = carve(settings, Some(output))?;
        let (pages, written) = publish::publish(&carved, output, policy, Purpose::Serve)?;
        report::problems(&carved.warnings);
        let summary = carved.summary(pages, Some(&written));
        let listed = written.entries.into_iter();
        let entries = listed.map(|entry| (entry.path.clone(), entry)).collect();
        let changed = written.changed;
        let (root, output) = (settings.root.clone(), output.to_path_buf());
        Ok((Self { root, output, carved, entries }, summary, changed))
    }

    /// Brings the output up to date with edited files, relative to the root. Returns the paths of
    /// the output that changed; nothing where the site has to be built as a whole.
    pub(crate) fn revise(
        &mut self,
        files: &BTreeSet<PathBuf>,
        reach: Reach,
    ) -> Outcome<Option<Vec<String>>> {
        // Pages carry the address of the index, which any word changes.
        if self.carved.index.is_some() {
            return Ok(None);
        }
        let Some((content, others)) = self.sorted(files) else { return Ok(None) };
        let (site, edited) = match self.carved.site.revised(&content) {
            Revision::Done(site, edited) => (site, edited),
            Revision::Faulty(problems) => return Err(Failure::Content(problems)),
            Revision::OutOfReach => return Ok(None),
        };
        let renderer = self.carved.renderer.revised(&site, &edited, &others, reach)?;
        let changed = Mutex::new(Vec::new());
        renderer.render_due(&self.carved.globals, |file| {
            if let Some(entry) = self.put(file)? {
                changed.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
            }
            Ok::<(), Failure>(())
        })?;
        report::problems(renderer.warnings());
        (self.carved.site, self.carved.renderer) = (*site, renderer);
        let changed = changed.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut paths: Vec<String> = changed.iter().map(|entry| entry.path.clone()).collect();
        paths.sort();
        self.entries.extend(changed.into_iter().map(|entry| (entry.path.clone(), entry)));
        Ok(Some(paths))
    }

    /// Files of the content and others; nothing when one of them is out of reach. What is not there
    /// and was not there, such as what editors leave and take away, is no file of the site.
    fn sorted(&self, files: &BTreeSet<PathBuf>) -> Option<(Vec<PathBuf>, Vec<PathBuf>)> {
        let (mut content, mut others) = (Vec::new(), Vec::new());
        for file in files {
            let path = self.root.join(file);
            let is_known = self.carved.renderer.knows(file) || self.is_content(file);
            if !path.exists() && !is_known {
                continue;
            }
            let is_shaping = file.components().any(|part| {
                SHAPING.iter().any(|name| part.as_os_str() == std::ffi::OsStr::new(name))
            });
            if !path.is_file() || !is_known || is_shaping || file.components().count() < 2 {
                return None;
            }
            let list = if self.is_content(file) { &mut content } else { &mut others };
            list.push(file.clone());
        }
        Some((content, others))
    }

    fn is_content(&self, file: &Path) -> bool {
        let relative = file.strip_prefix("content").ok().and_then(Path::to_str);
        relative.is_some_and(|path| self.carved.site.content(&path.replace('\\', "/")).is_some())
    }

    /// Puts a file in its place, whole; returns what it is now unless it was the same.
    fn put(&self, file: OutputFile) -> Outcome<Option<Entry>> {
        let is_page = super::is_html(&file);
        let bytes = match file.contents {
            Contents::Bytes(html) if is_page => serve::with_script(html, &self.carved.base_path),
            Contents::Bytes(bytes) => bytes,
            Contents::Copy(from) => fs::read(&from).map_err(|e| Failure::io("read", &from, e))?,
        };
        let entry = Entry { sha256: Digest::of(&bytes), len: bytes.len() as u64, path: file.path };
        if self.entries.get(&entry.path) == Some(&entry) {
            return Ok(None);
        }
        let place = self.output.join(&entry.path);
        let failed = |e| Failure::io("write", &place, e);
        let folder = place.parent().unwrap_or(&self.output);
        // Beside the file, so that it takes its place at once and whole.
        let mut fresh = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        std::io::Write::write_all(&mut fresh, &bytes).map_err(failed)?;
        fresh.persist(&place).map_err(|error| failed(error.error))?;
        Ok(Some(entry))
    }
}
