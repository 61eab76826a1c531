//! Releases and mirrors.
