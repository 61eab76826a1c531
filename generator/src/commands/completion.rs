//! `woodblock completion`.

use clap::CommandFactory as _;

use crate::args::{Args, CompletionArgs};
use crate::report;

/// Prints the script that makes a shell complete command lines.
pub(super) fn run(args: &CompletionArgs) {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "woodblock", &mut script);
    report::result(String::from_utf8_lossy(&script).trim_end());
}
