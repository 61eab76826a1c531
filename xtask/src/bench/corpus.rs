//! Corpora: where their documents lie, how much text they have, what is asked of them.
//!
//! | name | what |
//! |---|---|
//! | `pages-en-N`, `pages-zh-N` | N made-up pages as a built site, and the same as JSON Lines |
//! | `records-real` | the records of the data folder |
//! | `records-N` | N synthetic records from `cargo xtask synth` |
//! | a path ending in `.jsonl` | records of anybody's |

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::judged::read_text;
use super::measured::Results;
use super::options::Options;
use super::records;
use super::text::Writer;
use crate::shell::{self, Workspace};

const SEED: u64 = 20_260;
/// Files a folder of the site: what file systems and people like.
const PAGES_A_FOLDER: usize = 500;

/// One corpus on disk.
#[derive(Debug)]
pub(crate) struct Corpus {
    pub(crate) name: String,
    /// `en`, `zh`; `en` for records in several languages.
    pub(crate) lang: &'static str,
    /// The built site; none for records.
    pub(crate) site: Option<PathBuf>,
    pub(crate) docs: PathBuf,
    pub(crate) queries: PathBuf,
    pub(crate) documents: usize,
    /// Bytes of text that readers would see: titles, texts and other fields.
    pub(crate) text_bytes: u64,
}

impl Corpus {
    /// Makes the corpus, or takes it as it was made before.
    pub(crate) fn ready(workspace: &Workspace, options: &Options, name: &str) -> Result<Self> {
        let folder = Results::scratch(workspace, "corpora")?;
        let label = name.rsplit('/').next().unwrap_or(name).trim_end_matches(".jsonl").to_owned();
        let lang = if label.contains("-zh-") { "zh" } else { "en" };
        let folder = folder.join(&label);
        let mut corpus = Self {
            site: None,
            docs: folder.join("docs.jsonl"),
            queries: folder.join("queries.tsv"),
            documents: 0,
            text_bytes: 0,
            lang,
            name: label,
        };
        if Path::new(name).is_absolute() {
            corpus.docs = name.into();
        }
        if name.starts_with("pages-") {
            corpus.site = Some(folder.join("site"));
        }
        let stamp = folder.join("corpus.json");
        if !stamp.is_file() {
            shell::say(&format!("making the corpus {}", corpus.name));
            fs::create_dir_all(&folder)?;
            corpus.make(workspace, options)?;
            let asked = super::records::measure(&corpus.docs, &corpus.queries, SEED)?;
            let stats = json!({ "documents": asked.documents, "text_bytes": asked.text_bytes });
            fs::write(&stamp, stats.to_string())?;
        }
        let stats: Value = serde_json::from_str(&fs::read_to_string(&stamp)?)?;
        corpus.text_bytes = stats["text_bytes"].as_u64().unwrap_or(0);
        corpus.documents = usize::try_from(stats["documents"].as_u64().unwrap_or(0))?;
        Ok(corpus)
    }

    fn make(&self, workspace: &Workspace, options: &Options) -> Result<()> {
        if self.docs.is_file() {
            return Ok(());
        }
        if self.name == "records-real" {
            return records::gather(&options.data.join("patents"), &self.docs);
        }
        let size: usize =
            self.name.rsplit('-').next().unwrap_or_default().parse().with_context(|| {
                format!("`{}` is no corpus: pages-en-N, pages-zh-N, records-N or a file", self.name)
            })?;
        match self.name.split('-').next() {
            Some("pages") => self.write_pages(&self.writer(options)?, size),
            Some("records") => {
                let path = |path: &Path| path.display().to_string();
                let asked = ["--records", &size.to_string(), "--out", &path(&self.docs), "--data"];
                let mut asked = asked.map(str::to_owned).to_vec();
                asked.push(path(&options.data));
                crate::synth::run(workspace, &asked)
            }
            _ => bail!("`{}` is no corpus", self.name),
        }
    }

    fn writer(&self, options: &Options) -> Result<Writer> {
        if self.lang == "en" {
            return Ok(Writer::english());
        }
        let text = read_text(&options.data.join("patents/china-titles.jsonl"))?;
        let title = |line: &str| -> Option<String> {
            let value: Value = serde_json::from_str(line).ok()?;
            ["title_zh", "title"].iter().find_map(|key| value[key].as_str().map(str::to_owned))
        };
        Ok(Writer::chinese(&text.lines().filter_map(title).collect::<Vec<_>>()))
    }

    fn write_pages(&self, from: &Writer, size: usize) -> Result<()> {
        let folder = self.site.as_deref().context("a corpus of pages has a site")?;
        let mut docs = BufWriter::new(File::create(&self.docs)?);
        for at in 0..size {
            let page = from.page(SEED, at);
            let path = format!("{:04}/{at}.html", at / PAGES_A_FOLDER);
            if at % PAGES_A_FOLDER == 0 {
                fs::create_dir_all(folder.join(&path).parent().context("pages lie in folders")?)?;
            }
            fs::write(folder.join(&path), page.html(self.lang))?;
            let line = json!({
                "id": at.to_string(), "url": format!("/{path}"), "lang": self.lang,
                "title": page.title, "text": page.text(),
            });
            writeln!(docs, "{line}")?;
        }
        docs.flush().context("cannot write the documents")
    }
}

/// Bytes and files of a folder, by suffix.
pub(crate) fn weigh(folder: &Path) -> Result<BTreeMap<String, (u64, u64)>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries =
            fs::read_dir(&folder).with_context(|| format!("cannot read `{}`", folder.display()))?;
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let suffix = path.extension().unwrap_or_default().to_string_lossy().into_owned();
            let (bytes, files) = found.entry(suffix).or_insert((0, 0));
            *bytes += entry.metadata()?.len();
            *files += 1;
        }
    }
    Ok(found)
}

/// The lines of a file of JSON Lines.
pub(crate) fn lines(path: &Path) -> Result<impl Iterator<Item = std::io::Result<String>>> {
    let file = File::open(path).with_context(|| format!("cannot open `{}`", path.display()))?;
    Ok(BufReader::with_capacity(1 << 20, file).lines())
}
