//! The browser bundle that the build script embedded, and where a site keeps it.

use sha2::{Digest as _, Sha256};

/// Name and bytes of each file, in name order.
static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/bundle_table.rs"));

/// The service worker must lie at the site's root to see all of it; the others lie together.
const AT_ROOT: &str = "sw.js";

/// The embedded browser bundle.
#[derive(Clone, Debug)]
pub(crate) struct Bundle {
    /// Folder in the output, without slashes at its ends: `woodblock/engine-0123456789ab`.
    pub(crate) folder: String,
}

impl Bundle {
    /// The bundle, or `None` where the program was built without one.
    pub(crate) fn embedded() -> Option<Self> {
        if !FILES.iter().any(|(name, _)| *name == "search.js") {
            return None;
        }
        Some(Self { folder: format!("woodblock/engine-{}", digest()) })
    }

    /// What lies beside an index that stands alone: the engine, and at a path that does not change
    /// the two modules that pages import, each a line that leads to the engine's own.
    pub(crate) fn beside_an_index() -> Option<Vec<(String, Vec<u8>)>> {
        Self::embedded()?;
        let folder = format!("engine-{}", digest());
        let own = FILES.iter().filter(|(name, _)| *name != AT_ROOT && *name != "offline.js");
        let mut files: Vec<_> =
            own.map(|(name, bytes)| (format!("{folder}/{name}"), bytes.to_vec())).collect();
        // The search element looks for its index elsewhere in a site that woodblock built.
        for (name, place) in [("pagefind.js", "pagefind.js"), ("search.js", "search.js?beside")] {
            let line = format!("export * from './{folder}/{place}';\n");
            files.push((name.to_owned(), line.into_bytes()));
        }
        Some(files)
    }

    /// Path in the output and bytes of each file.
    pub(crate) fn files(&self) -> impl Iterator<Item = (String, &'static [u8])> {
        FILES.iter().map(|(name, bytes)| match *name {
            AT_ROOT => (AT_ROOT.to_owned(), *bytes),
            name => (format!("{}/{name}", self.folder), *bytes),
        })
    }
}

/// Twelve hexadecimal digits of a digest over the files that lie together, names included.
fn digest() -> String {
    let mut hasher = Sha256::new();
    for (name, bytes) in FILES.iter().filter(|(name, _)| *name != AT_ROOT) {
        hasher.update((name.len() as u64).to_le_bytes());
        hasher.update(name);
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    }
    hex(&hasher.finalize()[..6])
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a string takes any text");
        hex
    })
}
