//! Named arguments of a site's functions, whichever dialect calls them.

use minijinja::value::{ArgType, Kwargs, Value};
use minijinja::{Error, ErrorKind, State};

/// The arguments of one call.
pub(crate) enum Arguments<'a> {
    /// Of a template for MiniJinja, and what runs it.
    MiniJinja(Kwargs, &'a State<'a, 'a>),
    /// Of a template for Tera: few enough to be looked through, which costs less than a table.
    Tera(&'a [(String, Value)]),
}

impl Arguments<'_> {
    /// An argument; `Option` for one that may be left out.
    ///
    /// # Errors
    /// It is missing, or of another type.
    pub(crate) fn get<'a, T: ArgType<'a, Output = T>>(&'a self, key: &'a str) -> Result<T, Error> {
        match self {
            Self::MiniJinja(arguments, _) => arguments.get(key),
            Self::Tera(values) => {
                let found = values.iter().find(|(known, _)| known == key).map(|(_, value)| value);
                T::from_value(found).map_err(|error| with_name(error, key))
            }
        }
    }

    /// Complains of an argument that was not read.
    pub(crate) fn assert_all_used(&self) -> Result<(), Error> {
        match self {
            Self::MiniJinja(arguments, _) => arguments.assert_all_used(),
            Self::Tera(_) => Ok(()),
        }
    }

    /// A variable of the template that calls, where its dialect lets functions see it.
    pub(crate) fn variable(&self, name: &str) -> Option<Value> {
        match self {
            Self::MiniJinja(_, state) => state.lookup(name),
            Self::Tera(_) => None,
        }
    }
}

fn with_name(error: Error, key: &str) -> Error {
    if error.kind() == ErrorKind::MissingArgument && error.detail().is_none() {
        return Error::new(error.kind(), format!("missing keyword argument '{key}'"));
    }
    error
}
