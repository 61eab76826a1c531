//! Which folders are this program's own, noted in the site's cache: a site may hold nothing but
//! what its author wrote, so that its files cannot tell.
//!
//! ```text
//! note   ::= path "\n" (folder "\n")+      ; named by the path's digest
//! folder ::= inode " " birth               ; birth in nanoseconds since 1970, 0 where unknown
//! ```
//! The path alone would not do: what somebody puts there after the output was removed is theirs.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use release::Digest;

/// Digits of a note's name.
const NAME_LEN: usize = 32;

/// The notes of one site.
#[derive(Debug)]
pub(crate) struct Ownership {
    cache: PathBuf,
}

impl Ownership {
    /// - `cache`: folder for what a site keeps between builds; made when the first note is.
    pub(crate) fn noted_in(cache: &Path) -> Self {
        Self { cache: cache.to_path_buf() }
    }

    /// Whether the folder at `target` is one that this program put there.
    pub(super) fn holds(&self, target: &Path) -> bool {
        let (Ok(note), Ok(found)) = (fs::read_to_string(self.note(target)), folder(target)) else {
            return false;
        };
        note.lines().skip(1).any(|noted| noted == found)
    }

    /// Notes that `fresh` is about to take the place of `target`. Both are own from now on: a run
    /// that dies before the switch leaves the one, after it the other.
    pub(super) fn claim(&self, target: &Path, fresh: &Path) -> io::Result<()> {
        let note = self.note(target);
        fs::create_dir_all(note.parent().unwrap_or(&self.cache))?;
        let ignored = self.cache.join(".gitignore");
        if !ignored.exists() {
            fs::write(ignored, "*\n")?;
        }
        let own = [folder(fresh).ok(), folder(target).ok()].into_iter().flatten();
        let lines: Vec<String> =
            std::iter::once(target.display().to_string().replace('\n', " ")).chain(own).collect();
        fs::write(note, lines.join("\n") + "\n")
    }

    /// The same for every way to write the path.
    fn note(&self, target: &Path) -> PathBuf {
        let parent = target.parent().and_then(|parent| parent.canonicalize().ok());
        let plain = parent.zip(target.file_name()).map(|(parent, name)| parent.join(name));
        let path = plain.as_deref().unwrap_or(target).as_os_str().as_encoded_bytes();
        self.cache.join("outputs").join(Digest::of(path).short(NAME_LEN))
    }
}

/// What tells a folder from any other that was or will be at its path.
fn folder(path: &Path) -> io::Result<String> {
    let meta = fs::symlink_metadata(path)?;
    let birth = meta.created().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Ok(format!("{} {}", meta.ino(), birth.map_or(0, |birth| birth.as_nanos())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_noted_folder_is_own() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        let own = Ownership::noted_in(&at("cache"));
        fs::create_dir(at("fresh")).unwrap();
        own.claim(&at("out"), &at("fresh")).unwrap();
        fs::rename(at("fresh"), at("out")).unwrap();
        assert!(own.holds(&at("out")));
        assert!(own.holds(&at("cache/../out")), "another way to write the path");
        assert!(!own.holds(&at("cache")));

        fs::rename(at("out"), at("moved")).unwrap();
        assert!(!own.holds(&at("moved")), "nothing was noted of that path");
        fs::create_dir(at("out")).unwrap();
        assert!(!own.holds(&at("out")), "somebody else's folder at the same path");
    }

    #[test]
    fn a_switch_that_never_came_leaves_the_old_folder_own() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        let own = Ownership::noted_in(&at("cache"));
        fs::create_dir(at("out")).unwrap();
        fs::create_dir(at("fresh")).unwrap();
        own.claim(&at("out"), &at("fresh")).unwrap();
        assert!(own.holds(&at("out")));
    }
}
