//! Any built HTML site as documents: what `woodblock index DIR` reads.
//!
//! Pagefind's attributes are honoured, so that a site marked up for it needs no change:
//! `data-pagefind-body`, `-ignore`, `-meta="key:value"` and `-filter="key:value"`. Where no page
//! of the site marks a body, the text outside of navigation, footers and forms is taken.

mod page;

use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use search_indexer::Document;
use walkdir::WalkDir;

use crate::failure::{Failure, Outcome};
use page::{Page, Region};

/// Longest page that is read.
const MAX_PAGE_LEN: u64 = 32 << 20;

/// Reads every `.html` file below `folder` in path order.
///
/// - `lang`: language of pages whose `html` element states none.
pub(crate) fn read(folder: &Path, lang: &str) -> Outcome<Vec<Document>> {
    let files = html_files(folder)?;
    let pages: Outcome<Vec<_>> = files.par_iter().map(|file| read_page(folder, file)).collect();
    let pages = pages?;
    let is_marked = pages.iter().any(|(_, page)| page.has_marked_body);
    let region = if is_marked { Region::MarkedBody } else { Region::WholeBody };
    let documents = pages.into_iter().map(|(url, page)| document(url, &page, region, lang));
    Ok(documents.flatten().collect())
}

fn html_files(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(folder).to_path_buf();
            Failure::io("read", &path, error.into())
        })?;
        let is_html = entry.path().extension().is_some_and(|ext| ext == "html" || ext == "htm");
        if entry.file_type().is_file() && is_html {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

fn read_page(folder: &Path, file: &Path) -> Outcome<(String, Page)> {
    let len = fs::metadata(file).map_err(|e| Failure::io("read", file, e))?.len();
    if len > MAX_PAGE_LEN {
        let what =
            format!("`{}` is {len} bytes long, at most {MAX_PAGE_LEN} are read", file.display());
        return Err(Failure::data(anyhow::anyhow!(what)));
    }
    let bytes = fs::read(file).map_err(|e| Failure::io("read", file, e))?;
    let html = String::from_utf8_lossy(&bytes);
    let page = page::read(&html).map_err(|error| {
        Failure::data(error.context(format!("`{}` cannot be read as HTML", file.display())))
    })?;
    Ok((url_of(folder, file), page))
}

/// `/guide/` for `guide/index.html`, `/about.html` for `about.html`.
fn url_of(folder: &Path, file: &Path) -> String {
    let relative = file.strip_prefix(folder).unwrap_or(file);
    let parts: Vec<_> =
        relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    let path = format!("/{}", parts.join("/"));
    path.strip_suffix("index.html").map_or(path.clone(), str::to_owned)
}

fn document(url: String, page: &Page, region: Region, lang: &str) -> Option<Document> {
    let text = page.text(region)?;
    let value = |key: &str| page.metas.iter().find(|(name, _)| name == key).map(|(_, v)| v.clone());
    let title = value("title").unwrap_or_else(|| page.title());
    let card = page.metas.iter().filter(|(name, _)| !matches!(name.as_str(), "title" | "date"));
    Some(Document {
        id: url.clone(),
        url,
        lang: page.lang.clone().unwrap_or_else(|| lang.to_owned()),
        kind: "page".to_owned(),
        title,
        fields: vec![
            ("hd".to_owned(), page.headings.clone()),
            ("tx".to_owned(), vec![text.clone()]),
        ],
        facets: page.filters.clone(),
        date: value("date"),
        card: card.cloned().collect(),
        text,
        ..Document::default()
    })
}
