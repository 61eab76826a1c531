//! The way from content to a finished output folder.
//!
//! ```text
//! config ─▶ collections ─▶ injected pages ─▶ site ─▶ renderer ─┬─▶ documents ─▶ index ─▶ counts ─┐
//!                                                              └──────────── pages ◀─ globals ◀─┘
//! pages + index + browser bundle ─▶ staging folder ─▶ manifest, where one is read ─▶ switch
//! ```
//! Each phase collects all its problems; a phase that found errors ends the run. Pages go into the
//! staging folder as they are drawn: what is held in memory does not grow with the output.

mod addresses;
mod check;
mod collections;
mod documents;
mod extra_text;
mod freshness;
mod index;
mod injected;
mod kept;
mod outside;
mod publish;

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use site_model::{Config, Diagnostic, Site};
use site_render::{OutputFile, Renderer};

use crate::bundle::Bundle;
use crate::failure::Outcome;
use crate::output::{Policy, Written};
use crate::report;
use crate::settings::SiteSettings;
use collections::Loaded;
use documents::Documents;
use index::SiteIndex;

pub(crate) use check::Outward;
pub(crate) use index::entry;
pub(crate) use kept::Kept;

/// What is kept between builds, below the site's root.
const CACHE: &str = ".woodblock";

/// What the output is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To be published as it is.
    Publish,
    /// To be looked at while it changes: pages load the live-reload script.
    Serve,
}

/// Everything that a site's output is made of, before a page is drawn.
struct Carved {
    site: Site,
    renderer: Renderer,
    /// What templates see as `woodblock`.
    globals: serde_json::Value,
    index: Option<SiteIndex>,
    bundle: Option<Bundle>,
    base_path: String,
    /// Problems that do not stop the build.
    warnings: Vec<Diagnostic>,
}

/// What a run did.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Summary {
    pages: usize,
    documents: usize,
    blocks: usize,
    /// Files, those of them that are not as they were, and bytes.
    written: Option<(usize, usize, u64)>,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} pages", self.pages)?;
        if self.blocks > 0 {
            write!(f, ", {} documents in {} index blocks", self.documents, self.blocks)?;
        }
        if let Some((files, changed, len_bytes)) = self.written {
            let size = report::size(len_bytes);
            write!(f, ", {size} in {files} files ({changed} changed)")?;
        }
        Ok(())
    }
}

/// Builds the site and puts it in place of `output`.
///
/// # Errors
/// Content problems, all of them; whatever the machine refuses. `output` is then as it was.
pub(crate) fn build(settings: &SiteSettings, output: &Path, policy: Policy) -> Outcome<Summary> {
    let carved = carve(settings, Some(output))?;
    let (pages, written) = publish::publish(&carved, output, policy, Purpose::Publish)?;
    report::problems(&carved.warnings);
    Ok(carved.summary(pages, Some(&written)))
}

/// Does all that [`build`] does but writing, and looks at what a build takes on trust.
///
/// # Errors
/// Those of [`build`]; else all that is found broken.
pub(crate) fn check(settings: &SiteSettings, outward: Outward) -> Outcome<Summary> {
    let carved = carve(settings, None)?;
    let files = carved.renderer.render(carved.globals.clone())?;
    report::problems(&carved.warnings);
    let problems = check::problems(
        &carved.site,
        &files,
        &carved.renderer.outward_links(),
        outward,
        collections::are_declared(&settings.root),
    );
    if problems.iter().any(Diagnostic::is_error) {
        return Err(problems.into());
    }
    report::problems(&problems);
    let pages = files.iter().filter(|file| is_html(file)).count();
    Ok(carved.summary(pages, None))
}

/// Counts the file if it is a page for people.
fn count(pages: &AtomicUsize, file: &OutputFile) {
    pages.fetch_add(usize::from(is_html(file)), Ordering::Relaxed);
}

impl Carved {
    /// Draws every file and hands it on at once, from several threads.
    fn draw(&self, purpose: Purpose, put: impl Fn(OutputFile) -> Outcome + Sync) -> Outcome {
        match purpose {
            Purpose::Publish => self.renderer.render_each(&self.globals, put),
            Purpose::Serve => self.renderer.render_due(&self.globals, put),
        }
    }

    fn summary(&self, pages: usize, written: Option<&Written>) -> Summary {
        let blocks = self.index.as_ref().map_or(0, SiteIndex::file_count);
        let documents = self.index.as_ref().map_or(0, |index| index.documents);
        let written = written.map(|it| (it.entries.len(), it.changed.len(), it.len_bytes()));
        Summary { pages, documents, blocks, written }
    }
}

fn carve(settings: &SiteSettings, output: Option<&Path>) -> Outcome<Carved> {
    let options = settings.model_options();
    let mut config = site_model::load_config(&options)?;
    config.minify_html |= settings.minify;
    let loaded = collections::load(&settings.root, output)?;
    let injected = injected::pages(&loaded, &config);
    let site = site_model::load(&options, config.clone(), injected)?;
    let renderer = Renderer::new(&site, &outside::of(settings)?)?;
    renderer.keep_images_in(&settings.root.join(CACHE).join("images"));

    // A site that is not searched needs no words.
    let is_searched = collections::are_declared(&settings.root);
    let documents = is_searched.then(|| Documents::new(&config, &site, &renderer, &loaded));
    let index = documents.map(|documents| SiteIndex::build(&documents, &loaded)).transpose()?;
    let bundle = index.as_ref().and_then(|_| Bundle::embedded());
    let globals = globals(settings, &config, &site, &loaded, index.as_ref(), bundle.as_ref())?;
    let lacks_bundle = index.is_some() && bundle.is_none();
    let warnings = warnings(settings, &config, &site, &renderer, &loaded, lacks_bundle);
    let base_path = config.base_path;
    Ok(Carved { site, renderer, globals, index, bundle, base_path, warnings })
}

/// The object `woodblock` that every template sees.
fn globals(
    settings: &SiteSettings,
    config: &Config,
    site: &Site,
    loaded: &[Loaded],
    index: Option<&SiteIndex>,
    bundle: Option<&Bundle>,
) -> Outcome<serde_json::Value> {
    let base = &config.base_path;
    let counts = index.map(|index| index.counts(site, config)).transpose()?.unwrap_or_default();
    let collections: serde_json::Map<_, _> = loaded.iter().map(Loaded::described).collect();
    let languages: Vec<&str> = config.languages.iter().map(|language| &*language.code).collect();
    Ok(json!({
        "root": index.map(|index| index.root_url(base)),
        "engine": bundle.map(|bundle| format!("{base}/{}/", bundle.folder)),
        "version": index.map(SiteIndex::version),
        "build_date": settings.today.to_string(),
        "counts": counts,
        "collections": collections,
        "languages": languages,
    }))
}

/// Whether the file is a page for people.
fn is_html(file: &OutputFile) -> bool {
    Path::new(&file.path).extension().is_some_and(|extension| extension == "html")
}

/// What does not stop the build, in order.
fn warnings(
    settings: &SiteSettings,
    config: &Config,
    site: &Site,
    renderer: &Renderer,
    loaded: &[Loaded],
    lacks_bundle: bool,
) -> Vec<Diagnostic> {
    let mut warnings: Vec<Diagnostic> = config.warnings.clone();
    warnings.extend(site.warnings.iter().cloned());
    warnings.extend(renderer.warnings().iter().cloned());
    warnings.extend(loaded.iter().flat_map(Loaded::warnings));
    warnings.extend(freshness::overdue(site, settings.today));
    if lacks_bundle {
        warnings.push(
            Diagnostic::warning(
                "the search will not run: this program was built without the browser bundle",
            )
            .help(
                "run `cargo xtask wasm`, then build woodblock again (`cargo xtask site` does both)",
            ),
        );
    }
    Diagnostic::sort(&mut warnings);
    warnings
}
