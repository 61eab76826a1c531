//! Embeds the browser bundle, so that a built `woodblock` carries everything and works anywhere.
//!
//! `cargo xtask wasm` writes the bundle to `embedded/`; without it the crate compiles all the
//! same, and `woodblock build` says what to run.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let home = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let folder = home.join("embedded");
    let files = if folder.is_dir() { bundle_files(&folder)? } else { Vec::new() };
    // A missing folder would count as changed at every build; its parent tells when it appears.
    let watched = if folder.is_dir() { &folder } else { &home };
    println!("cargo::rerun-if-changed={}", watched.display());

    let mut table = String::from("&[\n");
    for file in &files {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        writeln!(
            table,
            "    ({name:?}, include_bytes!({:?}).as_slice()),",
            file.display().to_string()
        )
        .expect("a string takes any text");
    }
    table.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("bundle_table.rs"), table)
}

/// The regular files of the bundle in name order; hidden ones (xtask's stamp) are not part of it.
fn bundle_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if entry.file_type()?.is_file() && !hidden {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}
