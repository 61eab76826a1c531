//! `woodblock compile-style-sheet`: the process in which `build` has a style sheet compiled.

use rustix::process::{Resource, Rlimit, setrlimit};

use crate::args::CompileStyleSheetArgs;
use crate::failure::{Failure, Outcome};
use crate::report;

/// Most memory that a style sheet may take.
const MAX_MEMORY_BYTES: u64 = 2 << 30;

/// Compiles one style sheet and prints it, with what there is to be told, as JSON.
pub(super) fn run(args: &CompileStyleSheetArgs) -> Outcome {
    bound();
    let compiled = site_render::compile_style_sheet(&args.site, &args.file);
    report::result(serde_json::to_string(&compiled).map_err(Failure::data)?);
    Ok(())
}

/// Bounds what this process may take; where the system cannot, time alone is bounded.
fn bound() {
    let most = |bytes| Rlimit { current: Some(bytes), maximum: Some(bytes) };
    // A lower limit set by the user stays, and running out of stack leaves no file behind.
    let _ = setrlimit(Resource::As, most(MAX_MEMORY_BYTES));
    let _ = setrlimit(Resource::Core, most(0));
}
