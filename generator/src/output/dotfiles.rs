//! Dot files of the output folder, such as `.git`, carried over where the site wants them kept.

use std::fs;
use std::io;
use std::path::Path;

use walkdir::WalkDir;

/// Brings what begins with a dot in `previous` over to `fresh`, unless it is there already.
///
/// Files are linked, not moved: until the switch the previous folder must stay whole.
pub(super) fn keep(previous: &Path, fresh: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(previous) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let name = entry?.file_name();
        let is_dotted = name.to_string_lossy().starts_with('.');
        if is_dotted && fs::symlink_metadata(fresh.join(&name)).is_err() {
            carry(&previous.join(&name), &fresh.join(&name))?;
        }
    }
    Ok(())
}

fn carry(from: &Path, to: &Path) -> io::Result<()> {
    for entry in WalkDir::new(from) {
        let entry = entry?;
        let below = entry.path().strip_prefix(from).unwrap_or(Path::new(""));
        // Joining an empty path would add a slash, which a file's name cannot end in.
        let place = if below.as_os_str().is_empty() { to.to_path_buf() } else { to.join(below) };
        if entry.file_type().is_dir() {
            fs::create_dir(&place)?;
        } else if fs::hard_link(entry.path(), &place).is_err() {
            fs::copy(entry.path(), &place)?;
        }
    }
    Ok(())
}
