//! `woodblock`: carves a site once and prints it everywhere.
//!
//! The command line in two layers: [`args`] holds what was typed, [`settings`] what it means.
//! [`commands`] has a module for each command; [`site`] is the way from content to a finished
//! output folder, [`output`] the folder itself and its atomic switch. Results go to stdout,
//! progress and problems to stderr, both through [`report`] alone.

mod archetype;
mod args;
mod block_source;
mod bundle;
mod commands;
mod failure;
mod html_settings;
mod html_site;
mod json_lines;
mod merged;
mod open_index;
mod output;
mod query_run;
mod report;
mod serve;
mod settings;
mod site;
mod written_index;

use std::process::ExitCode;

use clap::Parser as _;

/// Drawing pages is making many small strings in several threads; with the system's allocator that
/// takes a quarter of a build.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = args::Args::parse();
    match commands::run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            report::failure(&failure);
            failure.exit_code()
        }
    }
}
