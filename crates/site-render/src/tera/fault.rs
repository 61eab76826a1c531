//! What went wrong while a Tera template ran, and where in the author's file.

use std::fmt;

use minijinja::{Error, ErrorKind};

use super::syntax::Span;

/// The number of a template in a [`super::program::Program`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct UnitId(pub(crate) usize);

/// A problem of a running template.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) message: String,
    /// Template and bytes of its source.
    pub(crate) place: Option<(UnitId, Span)>,
    pub(crate) help: Option<String>,
}

impl Fault {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), place: None, help: None }
    }

    /// Says how to mend it, if it is known.
    pub(crate) fn with_help(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }

    /// Says where it is, unless that is known more exactly.
    pub(crate) fn at(mut self, unit: UnitId, span: &Span) -> Self {
        self.place.get_or_insert_with(|| (unit, span.clone()));
        self
    }

    /// The fault an error of the engine holds furthest inside; an error of something else becomes one.
    pub(crate) fn of(error: &Error) -> Self {
        Self::inside(error).cloned().unwrap_or_else(|| {
            let mut inner = error;
            while let Some(next) =
                std::error::Error::source(inner).and_then(|source| source.downcast_ref::<Error>())
            {
                inner = next;
            }
            let message = inner.detail().map_or_else(|| inner.kind().to_string(), str::to_owned);
            Self::new(message)
        })
    }

    /// The fault an error holds, if any.
    pub(crate) fn inside<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e Self> {
        let mut next = Some(error);
        let mut found = None;
        while let Some(error) = next {
            found = error.downcast_ref::<Self>().or(found);
            next = error.source();
        }
        found
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::new(ErrorKind::InvalidOperation, fault.message.clone()).with_source(fault)
    }
}
