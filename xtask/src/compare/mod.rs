//! `cargo xtask compare-zola`: sites and themes written for Zola, built by us and by Zola.
//!
//! Each site is copied first, since Zola writes into the site's own folder. A build counts as done
//! when the program ends well; two builds are the same when they have the same files and their pages
//! the same document tree. Where they differ Zola builds the site again, in other folders: the order of
//! what it keeps in hash tables changes from run to run, or with the path. Lines of progress go to
//! stderr, a Markdown table to stdout.

mod build;
mod dom;
mod hashes;
mod outputs;
mod removed_keys;
mod report;
mod sites;

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use crate::shell::{self, Workspace};
use crate::site;
use build::{Built, Program};
use outputs::Comparison;
use report::Row;
use sites::SiteFolder;

/// Most builds by Zola of one site: of two orders each as likely, five times the same one is rare.
const ZOLA_BUILDS: usize = 5;

/// What to compare.
struct Request {
    folders: Vec<PathBuf>,
    woodblock: Option<PathBuf>,
    zola: Option<PathBuf>,
    json: Option<PathBuf>,
    keep: Option<PathBuf>,
    removed_keys: RemovedKeys,
}

/// What becomes of keys that Zola 0.22 has removed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RemovedKeys {
    /// They stay, and Zola refuses the site.
    Left,
    /// A site that Zola refuses is compared as a copy without them.
    Dropped,
}

/// Builds all sites below the folders and reports.
pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Result<()> {
    let request = parse(args)?;
    let ours = match request.woodblock.clone() {
        Some(built) => built,
        None => site::generator(workspace)?,
    };
    let ours = Program::woodblock(ours);
    let zola = request.zola.clone().map(Program::zola);
    let mut sites = Vec::new();
    for folder in &request.folders {
        sites.extend(sites::below(folder)?);
    }
    if sites.is_empty() {
        bail!("no site found; name folders that hold sites or themes, or one itself");
    }
    let scratch = tempfile::tempdir().context("cannot make a temporary folder")?;
    let place = request.keep.as_deref().unwrap_or(scratch.path());
    let mut rows = Vec::new();
    for site in &sites {
        let row =
            compare(site, &ours, zola.as_ref(), request.removed_keys, &place.join(&site.name))
                .with_context(|| format!("cannot compare {}", site.name))?;
        shell::say(&row.line());
        rows.push(row);
    }
    report::table(&rows);
    if let Some(path) = &request.json {
        let text = serde_json::to_string_pretty(&json!(rows))?;
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn parse(args: &[String]) -> Result<Request> {
    let mut request = Request {
        folders: Vec::new(),
        woodblock: None,
        zola: None,
        json: None,
        keep: None,
        removed_keys: RemovedKeys::Left,
    };
    let mut args = args.iter();
    while let Some(word) = args.next() {
        let mut path = || {
            let value = args.next().with_context(|| format!("`{word}` needs a value"))?;
            std::path::absolute(value).with_context(|| format!("cannot find {value}"))
        };
        match word.as_str() {
            "--woodblock" => request.woodblock = Some(path()?),
            "--zola" => request.zola = Some(path()?),
            "--json" => request.json = Some(path()?),
            "--keep" => request.keep = Some(path()?),
            "--drop-removed-keys" => request.removed_keys = RemovedKeys::Dropped,
            option if option.starts_with("--") => bail!("`{option}` is no option of compare-zola"),
            folder => request.folders.push(folder.into()),
        }
    }
    if request.folders.is_empty() {
        bail!("say which: compare-zola DIR…");
    }
    Ok(request)
}

/// - `place`: folder for the copy (`site`) and what is built from it (`ours`, `zola`).
fn compare(
    site: &SiteFolder,
    ours: &Program,
    zola: Option<&Program>,
    removed_keys: RemovedKeys,
    place: &Path,
) -> Result<Row> {
    let copy = place.join("site");
    sites::replace_by_copy(&site.path, &copy)?;
    let our_output = place.join("ours");
    let our_build = ours.build(&copy, &our_output)?;
    let mut row = Row::new(site, our_build);
    let Some(zola) = zola else { return Ok(row) };
    let their_output = place.join("zola");
    let mut their_build = zola.build(&copy, &their_output)?;
    if removed_keys == RemovedKeys::Dropped && matches!(their_build, Built::Failed(_)) {
        sites::replace_by_copy(&site.path, &copy)?;
        row.dropped_keys = removed_keys::drop_from(&copy)?;
        if !row.dropped_keys.is_empty() {
            row.zola_unchanged = Some(their_build);
            their_build = zola.build(&copy, &their_output)?;
            // Both are given the same input.
            ours.build(&copy, &our_output)?;
        }
    }
    if row.ours.is_done() && their_build.is_done() {
        row.comparison = Some(compare_builds(&copy, &our_output, &their_output, zola, place)?);
    }
    row.zola = Some(their_build);
    Ok(row)
}

/// - `site`: what both were built from.
fn compare_builds(
    site: &Path,
    ours: &Path,
    theirs: &Path,
    zola: &Program,
    place: &Path,
) -> Result<Comparison> {
    let mut comparison = Comparison::of(site, ours, theirs)?;
    let again = place.join("zola-again");
    if comparison.is_open() {
        // A page that tells the second of its build is told by that from one that does not vary.
        thread::sleep(Duration::from_secs(1));
    }
    for number in 1..ZOLA_BUILDS {
        let elsewhere = place.join(format!("site-{number}"));
        if comparison.is_open() && build_elsewhere(zola, site, &elsewhere, &again)?.is_done() {
            comparison.add_build(ours, theirs, &again)?;
        }
    }
    Ok(comparison)
}

/// Builds a site in another folder: of some things the order is that of their whole paths' hashes,
/// which are the same at each build in one folder.
fn build_elsewhere(zola: &Program, site: &Path, elsewhere: &Path, output: &Path) -> Result<Built> {
    let cannot = || format!("cannot rename {}", site.display());
    fs::rename(site, elsewhere).with_context(cannot)?;
    let built = zola.build(elsewhere, output);
    fs::rename(elsewhere, site).with_context(cannot)?;
    built
}
