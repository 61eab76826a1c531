//! A small site in a temporary folder, and the program run on it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// The program under test.
pub(crate) fn woodblock() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_woodblock"));
    command.env_remove("SOURCE_DATE_EPOCH").env("NO_COLOR", "1");
    command
}

/// The repository's root.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// What a run said and returned.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// Asserts the exit code and that stderr holds each piece.
    #[track_caller]
    pub(crate) fn expect(self, code: i32, pieces: &[&str]) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        for piece in pieces {
            assert!(self.err.contains(piece), "`{piece}` is missing in:\n{}", self.err);
        }
        self
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("the program prints UTF-8");
        Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// Runs the program with these arguments.
pub(crate) fn run<S: AsRef<std::ffi::OsStr>>(args: &[S]) -> Said {
    woodblock().args(args).output().unwrap().into()
}

/// What indexes answer.
pub(crate) fn ask(indexes: &[&str], query: &str, more: &[&str]) -> Value {
    let args = [&["search"], indexes, &[query, "--json"], more].concat();
    serde_json::from_str(&run(&args).expect(0, &[]).out).unwrap()
}

/// A site as `woodblock init` makes it.
pub(crate) struct Site {
    folder: TempDir,
}

impl Site {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let site = Self { folder };
        let root = site.root();
        run(&["init", root.to_str().unwrap()]).expect(0, &[]);
        site
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("site")
    }

    pub(crate) fn dist(&self) -> PathBuf {
        self.root().join("dist")
    }

    pub(crate) fn write(&self, path: &str, contents: impl AsRef<[u8]>) {
        let file = self.root().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, contents).unwrap();
    }

    /// Runs a command on the site, at a fixed date where it takes one.
    pub(crate) fn run(&self, args: &[&str]) -> Said {
        let mut command = woodblock();
        command.arg("--root").arg(self.root()).args(args).env("SOURCE_DATE_EPOCH", "1795305600");
        command.output().unwrap().into()
    }

    #[track_caller]
    pub(crate) fn build(&self) -> Said {
        self.run(&["build"]).expect(0, &[])
    }

    /// Names of what lies beside the output folder.
    pub(crate) fn beside_dist(&self) -> Vec<String> {
        let entries = fs::read_dir(self.root()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// Every file below a folder with its bytes.
pub(crate) fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            let path = entry.path().strip_prefix(folder).unwrap();
            files.insert(path.to_str().unwrap().to_owned(), fs::read(entry.path()).unwrap());
        }
    }
    files
}
