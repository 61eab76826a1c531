//! Why a command failed, and with it which exit code the shell sees.

use std::fmt;
use std::path::Path;
use std::process::ExitCode;

use release::ReleaseError;
use site_model::Diagnostic;

/// What every command returns.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// The end of a command that did not succeed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The content has problems; all of them are listed (exit code 1).
    Content(Vec<Diagnostic>),
    /// Data other than content is at fault: an index, a manifest, a query (exit code 1).
    Data(anyhow::Error),
    /// The command line asks for what cannot be (exit code 2).
    Usage(anyhow::Error),
    /// A disk, a network or a folder is at fault (exit code 3).
    Machine(anyhow::Error),
}

impl Failure {
    /// A failed operation on a file or folder; `doing` reads as in "cannot {doing} `path`".
    pub(crate) fn io(doing: &str, path: &Path, error: std::io::Error) -> Self {
        let full = error.kind() == std::io::ErrorKind::StorageFull;
        let mut what = format!("cannot {doing} `{}`", path.display());
        if full {
            what.push_str(" (help: free some space and run the command again; nothing that was there is lost)");
        }
        Failure::Machine(anyhow::Error::new(error).context(what))
    }

    /// Data that cannot be used.
    pub(crate) fn data(error: impl Into<anyhow::Error>) -> Self {
        Failure::Data(error.into())
    }

    /// A machine or network that does not do its part.
    pub(crate) fn machine(error: impl Into<anyhow::Error>) -> Self {
        Failure::Machine(error.into())
    }

    /// A command line that asks for what cannot be.
    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Failure::Usage(anyhow::anyhow!("{message}"))
    }

    /// The code for the shell: 1 content or data, 2 usage, 3 machine or network.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Failure::Content(_) | Failure::Data(_) => 1,
            Failure::Usage(_) => 2,
            Failure::Machine(_) => 3,
        })
    }
}

impl From<ReleaseError> for Failure {
    fn from(error: ReleaseError) -> Self {
        match error {
            ReleaseError::KeyExists { .. } | ReleaseError::Origin { .. } => {
                Failure::Usage(error.into())
            }
            error if error.is_content_fault() => Failure::Data(error.into()),
            error => Failure::Machine(error.into()),
        }
    }
}

impl From<Vec<Diagnostic>> for Failure {
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        Failure::Content(diagnostics)
    }
}
