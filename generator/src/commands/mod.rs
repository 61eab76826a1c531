//! One module a command; each resolves what was typed and calls the part that does it.

mod build;
mod check;
mod export;
mod index;
mod init;
mod new;
mod release_commands;
mod search;

use crate::args::{Args, Command};
use crate::failure::Outcome;
use crate::serve;

/// Runs the command that was typed.
pub(crate) fn run(args: Args) -> Outcome {
    let Args { root, config, command } = args;
    match command {
        Command::Init(args) => init::run(&args),
        Command::Build(args) => build::run(root, config, args),
        Command::Serve(args) => serve::run(root, config, args),
        Command::Check(args) => check::run(root, config, args),
        Command::Index(args) => index::run(&args),
        Command::Search(args) => search::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Keys(args) => release_commands::keys(args),
        Command::Sign(args) => release_commands::sign(&args),
        Command::Mirror(args) => release_commands::mirror(&args),
        Command::Verify(args) => release_commands::verify(&args),
        Command::New(args) => new::run(root, config, args),
    }
}
