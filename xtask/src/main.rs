//! Builds, tests and measures this repository.

fn main() {}
