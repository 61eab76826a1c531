//! Releases: what a built site is when it leaves the machine, and how another machine keeps one.
//!
//! - [`Manifest`] lists every file of a site with length and SHA-256.
//! - [`keys_init`] makes Ed25519 keys and the trust file; [`sign`] signs the manifest's digest.
//! - [`mirror`] pulls a release from a web server or a folder: signature, then manifest, then the
//!   files that are missing, by hash; one rename switches `current`. Killed at any point, `current`
//!   is the old or the new release, whole, and the next run finishes.
//! - [`verify`] names every damaged, missing and extra file; the next `mirror` heals them.
//!
//! The signed files have the shape of TUF metadata (a `signed` part, signatures with key ids, a
//! root that names keys and thresholds), reduced to two roles: `root` says who may sign, `release`
//! says what is current. More roles can join without a change for callers.
//!
//! A mirror's folder:
//! ```text
//! trust.json                the keys trusted, fixed at the first pull
//! objects/ab/cdef…          files by SHA-256
//! incoming/…part            downloads under way
//! releases/<seq>-<id>/      one tree a release, hard links to objects
//! current -> releases/…     what a web server serves
//! lock                      held during a pull
//! ```

mod clock;
mod digest;
mod error;
mod fetch;
mod files;
#[cfg(test)]
mod hostile;
mod keys;
mod manifest;
mod mirror;
mod origin;
mod paths;
mod pull;
mod sign;
mod statement;
mod store;
mod trust;
mod verify;

pub use digest::Digest;
pub use error::ReleaseError;
pub use keys::{KeysCreated, KeysOptions, keys_init};
pub use manifest::{Entry, MANIFEST_PATH, Manifest};
pub use mirror::{MirrorOptions, Mirrored, Progress, Tell, mirror};
pub use origin::Origin;
pub use paths::check_path;
pub use sign::{SignOptions, Signed, sign};
pub use statement::{RELEASE_PATH, Statement};
pub use trust::{TRUST_PATH, Trust, TrustSource};
pub use verify::{Authenticity, Fault, FaultKind, Verification, VerifyOptions, verify};
