//! Running a site generator to its end, or to the end of our patience.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde::Serialize;

/// Longest build that is waited for.
const PATIENCE: Duration = Duration::from_mins(5);

/// How a build went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Built {
    /// The program ended well.
    Done,
    /// The first error it told.
    Failed(String),
}

impl Built {
    pub(super) fn is_done(&self) -> bool {
        *self == Self::Done
    }

    /// One word, or the error.
    pub(super) fn told(&self) -> &str {
        match self {
            Self::Done => "built",
            Self::Failed(error) => error,
        }
    }
}

/// A generator and how it tells errors.
pub(super) struct Program {
    path: PathBuf,
    first_error: fn(&str) -> String,
}

impl Program {
    pub(super) fn woodblock(path: PathBuf) -> Self {
        Self { path, first_error: our_first_error }
    }

    pub(super) fn zola(path: PathBuf) -> Self {
        Self { path, first_error: zola_first_error }
    }

    /// Builds the site at `root` into `output`, in place of what is there.
    ///
    /// # Errors
    /// When the program cannot be run at all.
    pub(super) fn build(&self, root: &Path, output: &Path) -> Result<Built> {
        if output.exists() {
            fs::remove_dir_all(output)
                .with_context(|| format!("cannot remove {}", output.display()))?;
        }
        let mut log = tempfile::tempfile().context("cannot make a temporary file")?;
        let mut command = Command::new(&self.path);
        command.arg("--root").arg(root).arg("build").arg("--output-dir").arg(output);
        command.env("NO_COLOR", "1").stdin(Stdio::null());
        command.stdout(log.try_clone()?).stderr(log.try_clone()?);
        let Some(status) = wait(&mut command)? else {
            return Ok(Built::Failed(format!("not done after {} s", PATIENCE.as_secs())));
        };
        if status.success() {
            return Ok(Built::Done);
        }
        let error = (self.first_error)(&whole(&mut log)?);
        Ok(Built::Failed(if error.is_empty() { format!("ended with {status}") } else { error }))
    }
}

/// `None` when it had to be stopped.
fn wait(command: &mut Command) -> Result<Option<ExitStatus>> {
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command.spawn().with_context(|| format!("cannot start `{program}`"))?;
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if begin.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn whole(log: &mut File) -> Result<String> {
    let mut bytes = Vec::new();
    log.rewind()?;
    log.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// `error: message` and the place below it, on one line.
fn our_first_error(log: &str) -> String {
    let mut lines = log.lines().skip_while(|line| !line.starts_with("error"));
    let Some(error) = lines.next() else { return String::new() };
    let error = error.strip_prefix("error: ").unwrap_or(error);
    match lines.next().and_then(|line| line.trim_start().strip_prefix("--> ")) {
        Some(place) => format!("{error} ({place})"),
        None => error.to_owned(),
    }
}

/// The message and the chain of reasons, on one line.
fn zola_first_error(log: &str) -> String {
    let mut told = Vec::new();
    for line in log.lines().skip_while(|line| !line.contains("ERROR") && !line.contains("rror:")) {
        let line = line.trim_start_matches("ERROR").trim();
        let line = line.strip_prefix("Reason:").unwrap_or(line).trim();
        if !line.is_empty() && line != "|" && line != "Failed to build the site" {
            told.push(line);
        }
    }
    told.truncate(6);
    told.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_errors_are_one_line() {
        let ours =
            "warning: x\n --> a:1\n\nerror: no template `x.html`\n  --> content/a.md:3:1\n   |\n";
        assert_eq!(our_first_error(ours), "no template `x.html` (content/a.md:3:1)");
        assert_eq!(our_first_error("all is well"), "");
        let zola = "Building site...\nERROR Failed to build the site\nERROR unknown field `x`\n  |\nERROR Reason: y\n";
        assert_eq!(zola_first_error(zola), "unknown field `x` · y");
    }
}
