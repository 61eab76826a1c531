//! Writing a file so that a reader finds the old one or the new one, whole.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;

use crate::error::ReleaseError;

/// Writes beside `path`, syncs, renames over it.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), ReleaseError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let part = path.with_file_name(format!(".{name}.part"));
    let fail = |action, source| ReleaseError::io(action, path, source);
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|source| ReleaseError::io("create", folder, source))?;
    let mut file = File::create(&part).map_err(|source| fail("write", source))?;
    file.write_all(bytes).map_err(|source| fail("write", source))?;
    file.sync_all().map_err(|source| fail("sync", source))?;
    fs::rename(&part, path).map_err(|source| fail("replace", source))?;
    sync_folder(folder)
}

/// Makes renames and new names in `folder` outlast a power cut.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), ReleaseError> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let sync = File::open(folder).and_then(|folder| folder.sync_all());
    sync.map_err(|source| ReleaseError::io("sync", folder, source))
}

/// Reads at most `cap_bytes` of a file that is no symbolic link.
///
/// - `name`: what the file is called in messages about its length.
pub(crate) fn read_capped(
    path: &Path,
    name: &str,
    cap_bytes: u64,
) -> Result<Vec<u8>, ReleaseError> {
    let file = open_no_follow(path)?;
    let mut bytes = Vec::new();
    let read = file.take(cap_bytes + 1).read_to_end(&mut bytes);
    read.map_err(|source| ReleaseError::io("read", path, source))?;
    if bytes.len() as u64 > cap_bytes {
        return Err(ReleaseError::TooLong { file: name.to_owned(), cap_bytes });
    }
    Ok(bytes)
}

/// Opens a plain file; a symbolic link at its place is an error, not followed.
pub(crate) fn open_no_follow(path: &Path) -> Result<File, ReleaseError> {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let flags = i32::try_from(flags.bits()).expect("open flags fit the system's integer");
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(path);
    let file = opened.map_err(|source| match source.raw_os_error() {
        Some(code) if code == rustix::io::Errno::LOOP.raw_os_error() => {
            ReleaseError::Link { path: path.to_path_buf() }
        }
        _ => ReleaseError::io("read", path, source),
    })?;
    let kind = file.metadata().map_err(|source| ReleaseError::io("read", path, source))?;
    if kind.is_file() {
        return Ok(file);
    }
    let source = std::io::Error::other("not a plain file");
    Err(ReleaseError::io("read", path, source))
}
