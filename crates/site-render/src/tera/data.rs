//! Values as Tera sees them: JSON's six kinds, three kinds of numbers, and paths into them.

use std::borrow::Cow;

use minijinja::value::{Value, ValueKind};

/// What a value is to Tera.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind<'a> {
    Null,
    Bool(bool),
    Number(Number),
    Text(&'a str),
    List,
    Map,
}

/// A number as JSON keeps it: whole ones stay whole, and 1 differs from 1.0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    Int(i64),
    /// Past the largest `i64`.
    Large(u64),
    Float(f64),
}

impl Number {
    pub(crate) fn of(value: &Value) -> Option<Self> {
        if value.kind() != ValueKind::Number {
            return None;
        }
        if value.is_integer() {
            if let Ok(number) = i64::try_from(value.clone()) {
                return Some(Self::Int(number));
            }
            if let Ok(number) = u64::try_from(value.clone()) {
                return Some(Self::Large(number));
            }
        }
        f64::try_from(value.clone()).ok().map(Self::Float)
    }

    #[expect(clippy::cast_precision_loss, reason = "Tera compares and divides as floats")]
    pub(crate) fn to_float(self) -> f64 {
        match self {
            Self::Int(number) => number as f64,
            Self::Large(number) => number as f64,
            Self::Float(number) => number,
        }
    }

    pub(crate) fn to_value(self) -> Value {
        match self {
            Self::Int(number) => Value::from(number),
            Self::Large(number) => Value::from(number),
            Self::Float(number) => Value::from(number),
        }
    }

    /// A float; none for what is no number or endless, as in JSON.
    pub(crate) fn finite(number: f64) -> Option<Self> {
        number.is_finite().then_some(Self::Float(number))
    }

    /// As `{{ }}` shows it: a whole float without its `.0`, never with an exponent.
    pub(crate) fn shown(self) -> String {
        match self {
            Self::Int(number) => number.to_string(),
            Self::Large(number) => number.to_string(),
            Self::Float(number) => number.to_string(),
        }
    }

    /// As JSON writes it, which `~` and keys of `group_by` use.
    pub(crate) fn json(self) -> String {
        match self {
            Self::Float(number) => serde_json::Number::from_f64(number)
                .map_or_else(|| "null".to_owned(), |number| number.to_string()),
            whole => whole.shown(),
        }
    }
}

pub(crate) fn kind(value: &Value) -> Kind<'_> {
    match value.kind() {
        ValueKind::Bool => Kind::Bool(value.is_true()),
        ValueKind::Number => Number::of(value).map_or(Kind::Null, Kind::Number),
        ValueKind::String => Kind::Text(value.as_str().unwrap_or_default()),
        ValueKind::Seq | ValueKind::Iterable => Kind::List,
        ValueKind::Map => Kind::Map,
        _ => Kind::Null,
    }
}

/// What kind a value is, for messages.
pub(crate) fn kind_name(value: &Value) -> &'static str {
    match kind(value) {
        Kind::Null => "nothing",
        Kind::Bool(_) => "a boolean",
        Kind::Number(_) => "a number",
        Kind::Text(_) => "a string",
        Kind::List => "an array",
        Kind::Map => "an object",
    }
}

/// The items of a list.
pub(crate) fn items(value: &Value) -> Vec<Value> {
    value.try_iter().map(Iterator::collect).unwrap_or_default()
}

/// Keys and values of a map, in its own order.
pub(crate) fn pairs(value: &Value) -> Vec<(String, Value)> {
    let name = |key: &Value| key.as_str().map_or_else(|| key.to_string(), str::to_owned);
    keys(value).iter().map(|key| (name(key), value.get_item(key).unwrap_or_default())).collect()
}

/// Keys of a map, in its own order.
pub(crate) fn keys(value: &Value) -> Vec<Value> {
    value.try_iter().map(Iterator::collect).unwrap_or_default()
}

pub(crate) fn is_truthy(value: &Value) -> bool {
    match kind(value) {
        Kind::Null => false,
        Kind::Bool(flag) => flag,
        Kind::Number(number) => {
            let number = number.to_float();
            number != 0.0 && !number.is_nan()
        }
        Kind::Text(text) => !text.is_empty(),
        Kind::List | Kind::Map => match value.len() {
            Some(len) => len > 0,
            None => !items(value).is_empty(),
        },
    }
}

/// The value of a key of a map.
pub(crate) fn member(map: &Value, key: &str) -> Option<Value> {
    map.get_attr(key).ok().filter(|found| !found.is_undefined())
}

/// Whether two values are the same to Tera, where 1 is not 1.0.
pub(crate) fn same(left: &Value, right: &Value) -> bool {
    same_within(left, right, 64)
}

fn same_within(left: &Value, right: &Value, depth: usize) -> bool {
    match (kind(left), kind(right)) {
        (Kind::List, Kind::List) => {
            let (left, right) = (items(left), items(right));
            left.len() == right.len()
                && left.iter().zip(&right).all(|(a, b)| depth > 0 && same_within(a, b, depth - 1))
        }
        (Kind::Map, Kind::Map) => same_maps(left, right, depth),
        (Kind::List | Kind::Map, _) | (_, Kind::List | Kind::Map) => false,
        (left, right) => left == right,
    }
}

fn same_maps(left: &Value, right: &Value, depth: usize) -> bool {
    // A page holds its neighbours, and they theirs: its path tells it from all others.
    let path = |map: &Value| member(map, "relative_path").filter(|path| path.as_str().is_some());
    if let (Some(left), Some(right)) = (path(left), path(right)) {
        return left.as_str() == right.as_str();
    }
    let (left, right_keys) = (pairs(left), keys(right));
    left.len() == right_keys.len()
        && left.iter().all(|(key, value)| {
            member(right, key)
                .is_some_and(|other| depth > 0 && same_within(value, &other, depth - 1))
        })
}

/// Goes down a path of keys; a key of a list is an index in digits.
pub(crate) fn walk<'k>(value: &Value, keys: impl IntoIterator<Item = &'k str>) -> Option<Value> {
    let mut current = Cow::Borrowed(value);
    for key in keys {
        let next = match current.kind() {
            ValueKind::Map => member(&current, key)?,
            ValueKind::Seq => {
                current.get_item_by_index(index(key)?).ok().filter(|it| !it.is_undefined())?
            }
            ValueKind::Iterable => items(&current).into_iter().nth(index(key)?)?,
            _ => return None,
        };
        current = Cow::Owned(next);
    }
    Some(current.into_owned())
}

fn index(key: &str) -> Option<usize> {
    let is_odd = key.starts_with('+') || (key.starts_with('0') && key.len() != 1);
    if is_odd { None } else { key.parse().ok() }
}

/// Goes down a path written with dots, as filters take it in `attribute`; quotes keep dots together,
/// and brackets lead nowhere.
pub(crate) fn walk_dotted(value: &Value, path: &str) -> Option<Value> {
    walk(value, split_path(path)?.iter().map(String::as_str))
}

fn split_path(path: &str) -> Option<Vec<String>> {
    let mut parts = vec![String::new()];
    let mut quote = None;
    for letter in path.chars() {
        match (quote, letter) {
            (Some(open), _) if open == letter => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (None, '.') => parts.push(String::new()),
            (None, '[' | ']') => return None,
            _ => parts.last_mut().expect("starts with one").push(letter),
        }
    }
    parts.retain(|part| !part.is_empty());
    Some(parts)
}
