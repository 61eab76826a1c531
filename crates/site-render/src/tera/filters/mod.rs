//! Filters: Tera's own under their names and arguments, and those of a site, which both dialects
//! share.

mod dates;
mod lists;
mod numbers;
mod texts;

use std::collections::HashMap;
use std::sync::LazyLock;

use minijinja::value::{Kwargs, Value};
use site_model::nearest;

use super::data::{Kind, kind, kind_name};
use super::evaluate::Engine;
use super::fault::Fault;
use super::given::Given;
use super::printing::{json, printed};

/// A filter of Tera's.
type Own = fn(&Value, &Given<'_>) -> Result<Value, Fault>;

/// A filter that was found.
pub(crate) enum Filter {
    Own(Own),
    /// One of the engine's environment.
    Shared,
}

const COMMON: &[(&str, Own)] = &[
    ("length", length),
    ("reverse", reverse),
    ("json_encode", |value, given| Ok(json_encode(value, given))),
    ("as_str", |value, _| Ok(Value::from(printed(value)))),
    ("get", get),
];

/// Filters of the environment that are Zola's.
const SHARED: &[&str] =
    &["markdown", "base64_encode", "base64_decode", "regex_replace", "num_format"];

/// Those that Tera knows by name, though they are no functions.
const SPECIAL: &[&str] = &["safe", "default"];

/// A filter by its name.
pub(crate) fn find(name: &str, engine: &Engine<'_, '_, '_>) -> Result<Filter, Fault> {
    static OWN: LazyLock<HashMap<&str, Own>> = LazyLock::new(|| own().copied().collect());
    if let Some(own) = OWN.get(name) {
        return Ok(Filter::Own(*own));
    }
    if SHARED.contains(&name) && engine.has_filter(name) {
        return Ok(Filter::Shared);
    }
    let shared = SHARED.iter().copied().filter(|known| engine.has_filter(known));
    let known = own().map(|(known, _)| *known).chain(SPECIAL.iter().copied()).chain(shared);
    let help = nearest(name, known).map(|known| format!("did you mean `{known}`?"));
    Err(Fault::new(format!("unknown filter `{name}`")).with_help(help))
}

fn own() -> impl Iterator<Item = &'static (&'static str, Own)> {
    COMMON
        .iter()
        .chain(texts::FILTERS)
        .chain(lists::FILTERS)
        .chain(numbers::FILTERS)
        .chain(dates::FILTERS)
}

impl Filter {
    pub(crate) fn apply(
        &self,
        engine: &Engine<'_, '_, '_>,
        value: &Value,
        given: Given<'_>,
    ) -> Result<Value, Fault> {
        match self {
            Self::Own(own) => own(value, &given),
            Self::Shared => {
                let name = given.name.to_owned();
                let value = match value.as_str() {
                    Some(text) => Value::from(text),
                    None => value.clone(),
                };
                let mut arguments = vec![value];
                if !given.values.is_empty() {
                    arguments.push(given.values.into_iter().collect::<Kwargs>().into());
                }
                engine.filter(&name, &arguments)
            }
        }
    }
}

/// Says what kind of value a filter wants.
fn wants(given: &Given<'_>, wanted: &str, value: &Value) -> Fault {
    Fault::new(format!("the filter `{}` wants {wanted}, not {}", given.name, kind_name(value)))
}

fn length(value: &Value, given: &Given<'_>) -> Result<Value, Fault> {
    match kind(value) {
        Kind::Text(text) => Ok(Value::from(text.chars().count() as u64)),
        Kind::List | Kind::Map => {
            let len = value.len().unwrap_or_else(|| super::data::items(value).len());
            Ok(Value::from(len as u64))
        }
        _ => Err(wants(given, "an array, an object or a string", value)),
    }
}

fn reverse(value: &Value, given: &Given<'_>) -> Result<Value, Fault> {
    match kind(value) {
        Kind::Text(text) => Ok(Value::from(text.chars().rev().collect::<String>())),
        Kind::List => {
            Ok(Value::from(super::data::items(value).into_iter().rev().collect::<Vec<_>>()))
        }
        _ => Err(wants(given, "an array or a string", value)),
    }
}

fn json_encode(value: &Value, given: &Given<'_>) -> Value {
    let is_pretty = given.get("pretty").is_some_and(|it| kind(it) == Kind::Bool(true));
    let json = json(value);
    Value::from(if is_pretty {
        serde_json::to_string_pretty(&json).unwrap_or_default()
    } else {
        json.to_string()
    })
}

fn get(value: &Value, given: &Given<'_>) -> Result<Value, Fault> {
    let key = given.required_text("key")?;
    if kind(value) != Kind::Map {
        return Err(wants(given, "an object", value));
    }
    let found = super::data::member(value, &key).or_else(|| given.get("default").cloned());
    found.ok_or_else(|| {
        let keys = super::data::keys(value);
        let known = nearest(&key, keys.iter().filter_map(Value::as_str));
        let help = known.map_or_else(
            || "give a `default`".to_owned(),
            |known| format!("did you mean `{known}`?"),
        );
        Fault::new(format!("there is no key `{key}`")).with_help(Some(help))
    })
}
