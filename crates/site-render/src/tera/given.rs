//! Named arguments of a call, with the checks of Tera.

use minijinja::value::Value;

use super::data::{Kind, Number, kind, kind_name};
use super::fault::Fault;

/// The arguments of one call.
#[derive(Debug)]
pub(crate) struct Given<'n> {
    /// What is called, for messages.
    pub(crate) name: &'n str,
    pub(crate) values: Vec<(String, Value)>,
}

impl<'n> Given<'n> {
    pub(crate) fn new(name: &'n str) -> Self {
        Self { name, values: Vec::new() }
    }

    /// Adds an argument; the last one of a name counts.
    pub(crate) fn add(&mut self, key: &str, value: Value) {
        self.values.retain(|(known, _)| known != key);
        self.values.push((key.to_owned(), value));
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.values.iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    /// The argument, read as something; nothing when it was left out.
    fn read<T>(
        &self,
        key: &str,
        wanted: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<Option<T>, Fault> {
        let Some(value) = self.get(key) else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| {
            let what = kind_name(value);
            Fault::new(format!("`{}`: the argument `{key}` is {wanted}, not {what}", self.name))
        })
    }

    pub(crate) fn text(&self, key: &str) -> Result<Option<String>, Fault> {
        self.read(key, "a string", |value| value.as_str().map(str::to_owned))
    }

    pub(crate) fn required_text(&self, key: &str) -> Result<String, Fault> {
        self.text(key)?.ok_or_else(|| self.missing(key))
    }

    pub(crate) fn flag(&self, key: &str) -> Result<Option<bool>, Fault> {
        self.read(key, "true or false", |value| match kind(value) {
            Kind::Bool(flag) => Some(flag),
            _ => None,
        })
    }

    /// A whole number within bounds; floats are none, even whole ones.
    pub(crate) fn whole<T: TryFrom<i64> + TryFrom<u64>>(
        &self,
        key: &str,
    ) -> Result<Option<T>, Fault> {
        self.read(key, "a whole number", |value| whole(value))
    }

    pub(crate) fn required_whole<T: TryFrom<i64> + TryFrom<u64>>(
        &self,
        key: &str,
    ) -> Result<T, Fault> {
        self.whole(key)?.ok_or_else(|| self.missing(key))
    }

    pub(crate) fn float(&self, key: &str) -> Result<Option<f64>, Fault> {
        self.read(key, "a number", |value| Number::of(value).map(Number::to_float))
    }

    pub(crate) fn missing(&self, key: &str) -> Fault {
        Fault::new(format!("`{}` wants an argument `{key}`", self.name))
    }
}

/// A whole number within the bounds of a type.
pub(crate) fn whole<T: TryFrom<i64> + TryFrom<u64>>(value: &Value) -> Option<T> {
    match Number::of(value)? {
        Number::Int(number) => T::try_from(number).ok(),
        Number::Large(number) => T::try_from(number).ok(),
        Number::Float(_) => None,
    }
}
