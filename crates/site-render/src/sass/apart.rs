//! Compiling a style sheet in a process of its own.

use std::io::{self, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use site_model::Diagnostic;

use super::CompiledSheet;

/// Longest wait for a style sheet; the largest frameworks take a second.
const PATIENCE: Duration = Duration::from_secs(20);

/// More than this is not read of what the process prints.
const MAX_PRINTED_BYTES: u64 = 256 << 20;

/// Lets `program` compile a sheet; whatever becomes of the process is told of the sheet.
pub(super) fn compile(program: &Path, root: &Path, file: &Path) -> CompiledSheet {
    run(program, root, file).unwrap_or_else(|problem| CompiledSheet {
        css: String::new(),
        problems: vec![problem.in_file(file)],
    })
}

fn run(program: &Path, root: &Path, file: &Path) -> Result<CompiledSheet, Diagnostic> {
    let mut command = Command::new(program);
    command.arg("compile-style-sheet").args([root, file]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let cannot =
        |error: io::Error| Diagnostic::error(format!("the Sass compiler cannot be run: {error}"));
    let mut child = command.spawn().map_err(cannot)?;
    let Some(printed) = printed(&mut child).map_err(cannot)? else {
        child.kill().map_err(cannot)?;
        child.wait().map_err(cannot)?;
        let seconds = PATIENCE.as_secs();
        let message = format!("this style sheet is not compiled after {seconds} s");
        return Err(Diagnostic::error(message).help("look for a `@while` that never ends"));
    };
    child.wait().map_err(cannot)?;
    serde_json::from_slice(&printed).map_err(|_| {
        Diagnostic::error("the Sass compiler ran out of stack or memory on this style sheet")
            .help("look for a function or mixin that calls itself, or a `@while`, without end")
    })
}

/// All that the process prints until it ends; nothing when it does not end in time.
fn printed(child: &mut Child) -> io::Result<Option<Vec<u8>>> {
    let Some(stdout) = child.stdout.take() else { return Ok(Some(Vec::new())) };
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut printed = Vec::new();
        let read = stdout.take(MAX_PRINTED_BYTES).read_to_end(&mut printed);
        // Nobody listens any more once the wait is over.
        let _ = sender.send(read.map(|_| printed));
    });
    match receiver.recv_timeout(PATIENCE) {
        Ok(read) => read.map(Some),
        Err(RecvTimeoutError::Timeout) => Ok(None),
        Err(RecvTimeoutError::Disconnected) => Err(io::Error::other("its output is not read")),
    }
}
