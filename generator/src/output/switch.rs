//! The swap of a finished folder with the one that it replaces.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome};

/// Puts `fresh` in the place of `target`; afterwards `fresh` is the previous folder, or gone where
/// there was none.
pub(super) fn replace(target: &Path, fresh: &Path) -> Outcome {
    let failed = |error| Failure::io("switch to the finished output at", target, error);
    if fs::symlink_metadata(target).is_err() {
        return fs::rename(fresh, target).map_err(failed);
    }
    match exchange(target, fresh) {
        Ok(()) => Ok(()),
        Err(error) if cannot_exchange(&error) => two_renames(target, fresh).map_err(failed),
        Err(error) => Err(failed(error)),
    }
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
fn exchange(left: &Path, right: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    renameat_with(CWD, left, CWD, right, RenameFlags::EXCHANGE).map_err(io::Error::from)
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn exchange(_left: &Path, _right: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

fn cannot_exchange(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput)
}

/// What ends the name of a folder that was set aside between two renames.
pub(super) const ASIDE: &str = "-previous";

fn two_renames(target: &Path, fresh: &Path) -> io::Result<()> {
    let mut aside = fresh.as_os_str().to_owned();
    aside.push(ASIDE);
    let aside = PathBuf::from(aside);
    fs::rename(target, &aside)?;
    if let Err(error) = fs::rename(fresh, target) {
        fs::rename(&aside, target)?;
        return Err(error);
    }
    fs::rename(&aside, fresh)
}
