//! Stamps: a digest of everything a step read, kept beside what it wrote.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

/// A digest over labelled inputs.
#[derive(Default)]
pub(crate) struct Inputs(Sha256);

impl Inputs {
    /// Adds an input; the label and the length keep neighbours apart.
    pub(crate) fn add(&mut self, label: &str, bytes: &[u8]) {
        self.0.update((label.len() as u64).to_le_bytes());
        self.0.update(label);
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    /// Adds a file's contents under a label that does not depend on where the workspace lies.
    pub(crate) fn add_file(&mut self, label: &str, path: &Path) -> Result<()> {
        let bytes = fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        self.add(label, &bytes);
        Ok(())
    }

    /// The digest in hexadecimal.
    pub(crate) fn digest(self) -> String {
        self.0.finalize().iter().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("a string takes any text");
            hex
        })
    }
}

/// Whether `file` holds this digest.
pub(crate) fn is_current(file: &Path, digest: &str) -> bool {
    fs::read_to_string(file).is_ok_and(|held| held == digest)
}

/// Leaves the digest in `file`.
pub(crate) fn leave(file: &Path, digest: &str) -> Result<()> {
    fs::write(file, digest).with_context(|| format!("cannot write `{}`", file.display()))
}
