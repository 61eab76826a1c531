//! Filters of arrays.

use std::collections::HashSet;

use minijinja::value::{Value, ValueKind};

use super::texts::unescaped;
use super::{Own, wants};
use crate::tera::data::{Kind, Number, items, kind, kind_name, same, walk_dotted};
use crate::tera::fault::Fault;
use crate::tera::given::Given;
use crate::tera::printing::{json, printed};

pub(super) const FILTERS: &[(&str, Own)] = &[
    ("first", |value, given| {
        let list = list(value, given)?;
        Ok(at(list, 0))
    }),
    ("last", |value, given| {
        let list = list(value, given)?;
        let len = list.len().unwrap_or_else(|| items(list).len());
        Ok(len.checked_sub(1).map_or_else(|| Value::from(""), |last| at(list, last)))
    }),
    ("nth", |value, given| {
        let list = list(value, given)?;
        if list.len() == Some(0) {
            return Ok(Value::from(""));
        }
        Ok(at(list, given.required_whole("n")?))
    }),
    ("join", join),
    ("sort", sort),
    ("unique", unique),
    ("slice", slice),
    ("group_by", group_by),
    ("filter", filter),
    ("map", map),
    ("concat", concat),
];

fn list<'v>(value: &'v Value, given: &Given<'_>) -> Result<&'v Value, Fault> {
    if kind(value) == Kind::List { Ok(value) } else { Err(wants(given, "an array", value)) }
}

fn list_items(value: &Value, given: &Given<'_>) -> Result<Vec<Value>, Fault> {
    list(value, given).map(items)
}

/// An item of a list; nothing beyond its end prints as nothing.
fn at(list: &Value, index: usize) -> Value {
    let found = match list.kind() {
        ValueKind::Seq => list.get_item_by_index(index).ok().filter(|it| !it.is_undefined()),
        _ => items(list).into_iter().nth(index),
    };
    found.unwrap_or_else(|| Value::from(""))
}

fn join(value: &Value, given: &Given<'_>) -> Result<Value, Fault> {
    let items = list_items(value, given)?;
    let separator = unescaped(&given.text("sep")?.unwrap_or_default());
    let parts: Vec<String> = items.iter().map(printed).collect();
    Ok(Value::from(parts.join(&separator)))
}

/// What a sort compares; all keys of a sort are of one kind, that of the first.
#[derive(Debug, Clone, PartialEq)]
enum SortKey {
    Bool(bool),
    Number(f64),
    Text(String),
    Len(usize),
}

impl SortKey {
    fn of(value: &Value) -> Option<Self> {
        match kind(value) {
            Kind::Bool(flag) => Some(Self::Bool(flag)),
            Kind::Number(number) => Some(Self::Number(number.to_float())),
            Kind::Text(text) => Some(Self::Text(text.to_owned())),
            Kind::List => Some(Self::Len(value.len().unwrap_or_else(|| items(value).len()))),
            Kind::Null | Kind::Map => None,
        }
    }

    fn order(&self, other: &Self) -> std::cmp::Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Len(a), Self::Len(b)) => a.cmp(b),
            _ => std::cmp::Ordering::Equal,
        }
    }
}

fn attribute_of(item: &Value, attribute: &str) -> Result<Value, Fault> {
    walk_dotted(item, attribute)
        .ok_or_else(|| Fault::new(format!("an item has no attribute `{attribute}`")))
}

fn sort(value: &Value, given: &Given<'_>) -> Result<Value, Fault> {
    let items = list_items(value, given)?;
    if items.is_empty() {
        return Ok(Value::from(items));
    }
    let attribute = given.text("attribute")?.unwrap_or_default();
    let mut keyed: Vec<(SortKey, Value)> = Vec::with_capacity(items.len());
    for item in items {
        let value = attribute_of(&item, &attribute)?;
        let key = SortKey::of(&value)
            .ok_or_else(|| Fault::new(format!("cannot sort by {}", kind_name(&value))))?;
        let first = keyed.first().map_or(&key, |(first, _)| first);
        if std::mem::discriminant(first) != std::mem::discriminant(&key) {
            let message = format!("cannot sort {} among others", kind_name(&value));
            return Err(Fault::new(message));
        }
        keyed.push((key, item));
    }
    keyed.sort_by(|(a, _), (b, _)| a.order(b));
    Ok(Value::from(keyed.into_iter().map(|(_, item)| item).collect::<Vec<_>>()))
}

/// What tells one item from another: booleans, whole numbers and strings can.
fn unique_key(value: &Value, is_case_sensitive: bool) -> Result<String, Fault> {
    match kind(value) {
        Kind::Bool(flag) => Ok(flag.to_string()),
        Kind::Number(Number::Int(number)) => Ok(number.to_string()),
        Kind::Text(text) if is_case_sensitive => Ok(text.to_owned()),
        Kind::Text(text) => Ok(text.to_lowercase()),
        _ => Err(Fault::new(format!("`unique` cannot compare {}", kind_name(value)))),
    }
}

fn unique(value: &Value, given: &Given<'_>) -> Result<Value, Fault> {
    let items = list_items(value, given)?;
    if items.is_empty() {
        return Ok(Value::from(items));
    }
    let is_case_sensitive = given.flag("case_sensitive")?.unwrap_or(false);
    let attribute = given.text("attribute")?.unwrap_or_default();
    let first = attribute_of(&items[0], &attribute)?;
    unique_key(&first, is_case_sensitive)?;
    let wanted = kind_name(&first);
    let mut seen = HashSet::new();
    let mut kept = Vec::new();
    for item in items {
        let Some(value) = walk_dotted(&item, &attribute) else { continue };
        if kind_name(&value) != wanted {
            return Err(Fault::new("`unique` cannot compare values of different kinds"));
        }
        if seen.insert(unique_key(&value, is_case_sensitive)?) {
            kept.push(item);
        }
    }
    Ok(Value::from(kept))
}

/// A place in a list of `len` items; a negative one counts from the end.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "places before the start are the start, and past the end are cut"
)]
fn place(index: f64, len: usize) -> usize {
    if index >= 0.0 { index as usize } else { (len as f64 + index) as usize }
}

fn slice(value: &Value, given: &Given<'_>) -> Result<Value, Fault> {
    let items = list_items(value, given)?;
    if items.is_empty() {
        return Ok(Value::from(items));
    }
    let start = given.float("start")?.map_or(0, |start| place(start, items.len()));
    let end = given.float("end")?.map_or(items.len(), |end| place(end, items.len()));
    let end = end.min(items.len());
    Ok(Value::from(items.get(start..end).unwrap_or_default().to_vec()))
}

fn group_by(value: &Value, given: &Given<'_>) -> Result<Value, Fault> {
    let items = list_items(value, given)?;
    if items.is_empty() {
        return Ok(Value::from_pairs(Vec::<(String, Value)>::new()));
    }
    let attribute = given.required_text("attribute")?;
    let mut places = std::collections::HashMap::new();
    let mut groups: Vec<(String, Vec<Value>)> = Vec::new();
    for item in items {
        let Some(key) = walk_dotted(&item, &attribute) else { continue };
        let key = match kind(&key) {
            Kind::Null => continue,
            Kind::Text(text) => text.to_owned(),
            Kind::Number(number) => number.json(),
            _ => json(&key).to_string(),
        };
        let place = *places.entry(key.clone()).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, group)) => group.push(item),
            None => groups.push((key, vec![item])),
        }
    }
    Ok(Value::from_pairs(groups.into_iter().map(|(key, group)| (key, Value::from(group)))))
}

fn filter(value: &Value, given: &Given<'_>) -> Result<Value, Fault> {
    let items = list_items(value, given)?;
    if items.is_empty() {
        return Ok(Value::from(items));
    }
    let attribute = given.required_text("attribute")?;
    let wanted = given.get("value").filter(|wanted| kind(wanted) != Kind::Null);
    let is_kept = |item: &Value| {
        let found = walk_dotted(item, &attribute).filter(|found| kind(found) != Kind::Null);
        match (found, wanted) {
            (Some(found), Some(wanted)) => same(&found, wanted),
            (found, None) => found.is_some(),
            (None, Some(_)) => false,
        }
    };
    Ok(Value::from(items.into_iter().filter(is_kept).collect::<Vec<_>>()))
}

fn map(value: &Value, given: &Given<'_>) -> Result<Value, Fault> {
    let items = list_items(value, given)?;
    if items.is_empty() {
        return Ok(Value::from(items));
    }
    let attribute = given.required_text("attribute")?;
    let found = items.iter().filter_map(|item| walk_dotted(item, &attribute));
    Ok(Value::from(found.filter(|found| kind(found) != Kind::Null).collect::<Vec<_>>()))
}

fn concat(value: &Value, given: &Given<'_>) -> Result<Value, Fault> {
    let mut all = list_items(value, given)?;
    let with = given.get("with").ok_or_else(|| given.missing("with"))?;
    match kind(with) {
        Kind::List => all.extend(items(with)),
        _ => all.push(with.clone()),
    }
    Ok(Value::from(all))
}
