//! One module a command; each resolves what was typed and calls the part that does it.

mod build;
mod check;
mod compile_style_sheet;
mod completion;
mod export;
mod index;
mod init;
mod keys;
mod merge;
mod mirror;
mod new;
mod search;
mod sign;
mod verify;

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
        Command::Merge(args) => merge::run(&args),
        Command::Search(args) => search::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Keys(args) => keys::run(args),
        Command::Sign(args) => sign::run(&args),
        Command::Mirror(args) => mirror::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::New(args) => new::run(root, config, &args),
        Command::CompileStyleSheet(args) => compile_style_sheet::run(&args),
        Command::Completion(args) => {
            completion::run(&args);
            Ok(())
        }
    }
}
