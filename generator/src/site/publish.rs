//! Everything into the staging folder, a manifest last where one is read, then the switch.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicUsize;

use release::{MANIFEST_PATH, Manifest, RELEASE_PATH, TRUST_PATH};
use site_render::{Contents, OutputFile};

use super::{CACHE, Carved, Purpose};
use crate::failure::Outcome;
use crate::output::{Ownership, Policy, Staging, Written};
use crate::{report, serve};

/// Draws the site, writes it and puts it in place of `output`; returns the number of pages as well.
pub(super) fn publish(
    carved: &Carved,
    output: &Path,
    policy: Policy,
    purpose: Purpose,
) -> Outcome<(usize, Written)> {
    let ownership = Ownership::noted_in(&carved.site.root.join(CACHE));
    let staging = Staging::begin(output, policy, Some(ownership))?;
    let bar = report::progress("writing", carved.renderer.file_count() as u64);
    let pages = AtomicUsize::new(0);
    carved.draw(purpose, |file| {
        bar.inc(1);
        super::count(&pages, &file);
        page(&staging, file, purpose, carved)
    })?;
    bar.finish_and_clear();
    if let Some(index) = &carved.index {
        index.files().try_for_each(|(path, bytes)| staging.put(&path, bytes))?;
        let (path, bytes) = index.entry();
        staging.put(&path, &bytes)?;
    }
    if let Some(bundle) = &carved.bundle {
        bundle.files().try_for_each(|(path, bytes)| staging.put(&path, bytes))?;
    }
    if purpose == Purpose::Serve {
        staging.put(serve::SCRIPT_PATH, serve::script().as_bytes())?;
    }
    manifest(&staging, carved, purpose)?;
    if carved.site.config.preserve_dotfiles_in_output {
        staging.keep_dotfiles()?;
    }
    Ok((pages.into_inner(), staging.commit()?))
}

fn page(staging: &Staging, file: OutputFile, purpose: Purpose, carved: &Carved) -> Outcome {
    let is_page = super::is_html(&file);
    match file.contents {
        Contents::Bytes(html) if purpose == Purpose::Serve && is_page => {
            staging.put(&file.path, &serve::with_script(html, &carved.base_path))
        }
        Contents::Bytes(bytes) => staging.put(&file.path, &bytes),
        Contents::Copy(from) if is_linked(carved, &from) => staging.link(&file.path, &from),
        Contents::Copy(from) => staging.copy(&file.path, &from),
    }
}

/// Whether a static file is the site's own, and the site wants those linked.
fn is_linked(carved: &Carved, file: &Path) -> bool {
    carved.site.config.hard_link_static && file.starts_with(carved.site.root.join("static"))
}

/// The list of all files with their digests, for a site that readers keep off line and for one that
/// is signed. Where it says the same as before, the signature of the previous build still holds and
/// stays. Any other site holds its own files alone.
fn manifest(staging: &Staging, carved: &Carved, purpose: Purpose) -> Outcome {
    let previous = staging.previous();
    let was_signed = purpose == Purpose::Publish && previous.join(RELEASE_PATH).is_file();
    if carved.index.is_none() && !was_signed {
        return Ok(());
    }
    let manifest = Manifest::new(staging.entries())?.to_bytes();
    let is_signed =
        was_signed && fs::read(previous.join(MANIFEST_PATH)).is_ok_and(|signed| signed == manifest);
    if is_signed {
        for path in [RELEASE_PATH, TRUST_PATH] {
            let file = previous.join(path);
            if file.is_file() {
                staging.copy(path, &file)?;
            }
        }
    }
    if carved.index.is_some() || is_signed {
        staging.put(MANIFEST_PATH, &manifest)?;
    }
    Ok(())
}
