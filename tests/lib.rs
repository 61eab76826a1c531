//! What the tests of the repository share: its root, its files, and cargo's view of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository's root.
///
/// # Panics
/// Never: this package lies in a folder of it.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the repository")
}

/// What `cargo metadata` says, with the dependencies' packages or the workspace's alone.
///
/// # Panics
/// Where cargo fails: no test can go on then.
pub fn metadata(scope: &[&str]) -> serde_json::Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .args(scope)
        .current_dir(root())
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON")
}

/// Paths of the files under version control, or of all but the ignored ones where there is no
/// repository around them; relative to the root, sorted.
pub fn tracked() -> Vec<PathBuf> {
    let listed = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output();
    if let Ok(output) = listed
        && output.status.success()
    {
        let names = String::from_utf8_lossy(&output.stdout).into_owned();
        let paths = names.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from);
        return paths.filter(|path| root().join(path).is_file()).collect();
    }
    let mut found = Vec::new();
    walk(root(), &mut found);
    found.sort();
    found
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    const IGNORED: [&str; 5] = [".git", "target", "dist", "node_modules", "embedded"];
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let ignored = IGNORED.iter().any(|name| entry.file_name() == *name);
        if path.is_dir() && !ignored {
            walk(&path, found);
        } else if path.is_file() {
            found.extend(path.strip_prefix(root()).map(Path::to_path_buf));
        }
    }
}
