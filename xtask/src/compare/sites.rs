//! Finding and copying sites.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

/// Folders that are no part of a site and may be large.
const NOT_COPIED: [&str; 3] = [".git", "node_modules", "target"];

/// A folder that holds a site, or should.
pub(super) struct SiteFolder {
    /// Name of the folder.
    pub(super) name: String,
    pub(super) path: PathBuf,
    /// Short hash and date of the commit, where it is a git work tree of its own.
    pub(super) commit: Option<String>,
    pub(super) has_config: bool,
}

impl SiteFolder {
    fn at(path: &Path) -> Self {
        let name = path.file_name().unwrap_or(path.as_os_str());
        Self {
            name: name.to_string_lossy().into_owned(),
            path: path.to_path_buf(),
            commit: commit(path),
            has_config: has_config(path),
        }
    }
}

/// The folder itself if it is a site, else all folders in it, by name.
pub(super) fn below(folder: &Path) -> Result<Vec<SiteFolder>> {
    if has_config(folder) {
        return Ok(vec![SiteFolder::at(folder)]);
    }
    let mut folders: Vec<_> = entries(folder)?.into_iter().filter(|path| path.is_dir()).collect();
    folders.sort();
    Ok(folders.iter().map(|path| SiteFolder::at(path)).collect())
}

/// Puts a copy of `from` at `to`, in place of what is there.
pub(super) fn replace_by_copy(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        fs::remove_dir_all(to).with_context(|| format!("cannot remove {}", to.display()))?;
    }
    copy(from, to)
}

/// All paths in a folder.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let cannot = || format!("cannot read {}", folder.display());
    fs::read_dir(folder)
        .with_context(cannot)?
        .map(|entry| Ok(entry.with_context(cannot)?.path()))
        .collect()
}

fn has_config(folder: &Path) -> bool {
    ["config.toml", "zola.toml"].iter().any(|name| folder.join(name).is_file())
}

fn commit(folder: &Path) -> Option<String> {
    if !folder.join(".git").exists() {
        return None;
    }
    let mut git = Command::new("git");
    git.arg("-C").arg(folder).args(["log", "-1", "--format=%h %cs"]);
    let output = git.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Symbolic links stay links, so that what they point at inside the site is the copy's.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    for path in entries(from)? {
        let Some(name) = path.file_name() else { continue };
        if NOT_COPIED.iter().any(|left| name == *left) {
            continue;
        }
        let target = to.join(name);
        let cannot = || format!("cannot copy {}", path.display());
        let kind = path.symlink_metadata().with_context(cannot)?.file_type();
        if kind.is_symlink() {
            copy_link(&path, &target).with_context(cannot)?;
        } else if kind.is_dir() {
            copy(&path, &target)?;
        } else {
            fs::copy(&path, &target).with_context(cannot)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn copy_link(from: &Path, to: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(fs::read_link(from)?, to)
}

#[cfg(not(unix))]
fn copy_link(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::copy(from, to).map(drop)
}
