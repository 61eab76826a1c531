//! Reading files of a site: text only, no symbolic links, all faults with their place.

use std::fs;
use std::path::Path;

use crate::Diagnostic;

/// Text files larger than this are refused rather than read.
const MAX_TEXT_BYTES: u64 = 64 << 20;

/// Reads a text file; `file` is relative to `root`.
///
/// # Errors
/// An unreadable or too large file, and invalid UTF-8 with the line it stands on.
pub fn read(root: &Path, file: &Path) -> Result<String, Diagnostic> {
    let path = root.join(file);
    let fault = |error: &std::io::Error| io_diagnostic(file, error);
    let len = fs::metadata(&path).map_err(|error| fault(&error))?.len();
    if len > MAX_TEXT_BYTES {
        let message = format!("file of {len} bytes is too large for a text");
        return Err(Diagnostic::error(message).in_file(file).help("the limit is 64 MiB"));
    }
    let bytes = fs::read(&path).map_err(|error| fault(&error))?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        utf8_diagnostic(file, error.as_bytes(), valid)
    })
}

/// What to say when the file system refuses.
pub(crate) fn io_diagnostic(file: &Path, error: &std::io::Error) -> Diagnostic {
    use std::io::ErrorKind;
    let (message, help) = match error.kind() {
        ErrorKind::NotFound => ("file is not there", "create it, or run from the site's root"),
        ErrorKind::PermissionDenied => {
            ("may not be read", "change its permissions, or the user who builds")
        }
        _ => return Diagnostic::error(format!("cannot be read: {error}")).in_file(file),
    };
    Diagnostic::error(message).in_file(file).help(help)
}

fn utf8_diagnostic(file: &Path, bytes: &[u8], valid: usize) -> Diagnostic {
    let start = bytes[..valid].iter().rposition(|byte| *byte == b'\n').map_or(0, |idx| idx + 1);
    let end = bytes[valid..].iter().position(|byte| *byte == b'\n');
    let end = end.map_or(bytes.len(), |idx| valid + idx);
    let line = bytes[..start].split(|byte| *byte == b'\n').count();
    let before = String::from_utf8_lossy(&bytes[start..valid]).chars().count();
    let message = format!("invalid UTF-8: byte 0x{:02X}", bytes[valid]);
    let source = String::from_utf8_lossy(&bytes[start..end]).into_owned();
    let place = crate::diagnostic::Place::of(&source, 0..0);
    let mut diagnostic = Diagnostic::error(message)
        .in_file(file)
        .help("save the file as UTF-8; it may be in GBK, GB 18030, Latin-1 or UTF-16");
    diagnostic.line = u32::try_from(line).unwrap_or(u32::MAX);
    diagnostic.column = u32::try_from(before + 1).unwrap_or(u32::MAX);
    diagnostic.len = 1;
    diagnostic.source = Some(place.source);
    diagnostic
}

/// Names of the folders directly below `folder`, sorted; none when it cannot be read.
pub(crate) fn folder_names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_utf8_is_placed() {
        let diagnostic = utf8_diagnostic(Path::new("a"), "甲\n乙\u{7f}x".as_bytes(), 7);
        assert_eq!((diagnostic.line, diagnostic.column), (2, 2));
        assert_eq!(diagnostic.message, "invalid UTF-8: byte 0x7F");
    }

    #[test]
    fn a_missing_file_names_itself() {
        let diagnostic = read(Path::new("/nowhere"), Path::new("x.md")).unwrap_err();
        assert_eq!(diagnostic.file.as_deref(), Some(Path::new("x.md")));
    }

    #[cfg(unix)]
    #[test]
    fn an_unreadable_file_says_so() {
        let error = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        assert_eq!(io_diagnostic(Path::new("x"), &error).message, "may not be read");
    }
}
