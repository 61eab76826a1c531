//! The output folder, replaced as a whole or not at all.
//!
//! A build writes into a hidden sibling of the output folder. Files that did not change are hard
//! links to the previous build's, so a rebuild writes only the difference and keeps modification
//! times. One `renameat2(RENAME_EXCHANGE)` then swaps the two folders: whoever reads the folder
//! sees the old site or the new one, and whatever goes wrong before the swap leaves the old one
//! as it was. Where the file system cannot exchange, two renames do, with the first one undone
//! should the second fail.

mod dotfiles;
mod ownership;
mod staging;
mod switch;

pub(crate) use ownership::Ownership;
pub(crate) use staging::{Policy, Staging, Written};
