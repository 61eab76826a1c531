//! Filters of strings.

use std::sync::LazyLock;

use minijinja::value::Value;
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_encode};
use regex::{Captures, Regex};
use unicode_segmentation::UnicodeSegmentation;

use super::{Own, wants};
use crate::tera::data::Number;
use crate::tera::fault::Fault;
use crate::tera::given::Given;
use crate::tera::printing::escaped;

pub(super) const FILTERS: &[(&str, Own)] = &[
    ("upper", |value, given| plain(value, given, str::to_uppercase)),
    ("lower", |value, given| plain(value, given, str::to_lowercase)),
    ("trim", |value, given| plain(value, given, |text| text.trim().to_owned())),
    ("trim_start", |value, given| plain(value, given, |text| text.trim_start().to_owned())),
    ("trim_end", |value, given| plain(value, given, |text| text.trim_end().to_owned())),
    ("trim_start_matches", |value, given| {
        let pattern = pattern(value, given)?;
        plain(value, given, |text| text.trim_start_matches(pattern.as_str()).to_owned())
    }),
    ("trim_end_matches", |value, given| {
        let pattern = pattern(value, given)?;
        plain(value, given, |text| text.trim_end_matches(pattern.as_str()).to_owned())
    }),
    ("truncate", truncate),
    ("wordcount", |value, given| {
        Ok(Value::from(text(value, given)?.split_whitespace().count() as u64))
    }),
    ("replace", |value, given| {
        let text = text(value, given)?;
        let from = given.required_text("from")?;
        Ok(Value::from(text.replace(&from, &given.required_text("to")?)))
    }),
    ("capitalize", |value, given| plain(value, given, capitalize)),
    ("title", |value, given| plain(value, given, title)),
    ("linebreaksbr", |value, given| {
        plain(value, given, |text| text.replace("\r\n", "<br>").replace('\n', "<br>"))
    }),
    ("indent", indent),
    ("striptags", |value, given| {
        plain(value, given, |text| TAG.replace_all(text, "").into_owned())
    }),
    ("spaceless", |value, given| {
        plain(value, given, |text| BETWEEN_TAGS.replace_all(text, "><").into_owned())
    }),
    ("urlencode", |value, given| {
        plain(value, given, |text| percent_encode(text.as_bytes(), URL).to_string())
    }),
    ("urlencode_strict", |value, given| {
        plain(value, given, |text| percent_encode(text.as_bytes(), NON_ALPHANUMERIC).to_string())
    }),
    ("escape", |value, given| plain(value, given, escaped)),
    ("escape_xml", |value, given| plain(value, given, escape_xml)),
    ("slugify", |value, given| plain(value, given, |text| slug::slugify(text))),
    ("addslashes", |value, given| {
        plain(value, given, |text| {
            text.replace('\\', "\\\\").replace('"', "\\\"").replace('\'', "\\'")
        })
    }),
    ("split", |value, given| {
        let text = text(value, given)?;
        let pattern = pattern(value, given)?;
        Ok(Value::from(text.split(pattern.as_str()).map(Value::from).collect::<Vec<_>>()))
    }),
    ("int", int),
    ("float", float),
];

/// What stands for itself in a URL to Python's `quote`: letters, digits, `/`, `-`, `.`, `_` and `~`.
const URL: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'!')
    .add(b'"')
    .add(b'#')
    .add(b'$')
    .add(b'&')
    .add(b'\'')
    .add(b'(')
    .add(b')')
    .add(b'*')
    .add(b'+')
    .add(b',')
    .add(b':')
    .add(b';')
    .add(b'<')
    .add(b'=')
    .add(b'>')
    .add(b'?')
    .add(b'@')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

static TAG: LazyLock<Regex> = LazyLock::new(|| regex(r"<!--.*?-->|<[^>]*>"));
static BETWEEN_TAGS: LazyLock<Regex> = LazyLock::new(|| regex(r">\s+<"));
static WORD: LazyLock<Regex> = LazyLock::new(|| regex(r"\b([\w'])([\w']*)\b"));

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a constant that tests compile")
}

fn text<'v>(value: &'v Value, given: &Given<'_>) -> Result<&'v str, Fault> {
    value.as_str().ok_or_else(|| wants(given, "a string", value))
}

fn plain(
    value: &Value,
    given: &Given<'_>,
    change: impl Fn(&str) -> String,
) -> Result<Value, Fault> {
    text(value, given).map(|text| Value::from(change(text)))
}

/// The argument `pat`, in which `\n` and `\t` stand for what they name.
fn pattern(value: &Value, given: &Given<'_>) -> Result<String, Fault> {
    text(value, given)?;
    Ok(unescaped(&given.required_text("pat")?))
}

/// Strings have no escapes, but arguments that part others do.
pub(super) fn unescaped(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\t", "\t")
}

fn truncate(value: &Value, given: &Given<'_>) -> Result<Value, Fault> {
    let text = text(value, given)?;
    let length: usize = given.whole("length")?.unwrap_or(255);
    let end = given.text("end")?.unwrap_or_else(|| "…".to_owned());
    Ok(match text.grapheme_indices(true).nth(length) {
        Some((cut, _)) => Value::from(format!("{}{end}", &text[..cut])),
        None => Value::from(text),
    })
}

fn capitalize(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase).collect::<String>();
    first + &letters.as_str().to_lowercase()
}

fn title(text: &str) -> String {
    let word =
        |found: &Captures<'_>| format!("{}{}", found[1].to_uppercase(), found[2].to_lowercase());
    WORD.replace_all(text, word).into_owned()
}

fn indent(value: &Value, given: &Given<'_>) -> Result<Value, Fault> {
    let text = text(value, given)?;
    let prefix = given.text("prefix")?.unwrap_or_else(|| "    ".to_owned());
    let first = given.flag("first")?.unwrap_or(false);
    let blank = given.flag("blank")?.unwrap_or(false);
    let mut out = String::with_capacity(text.len());
    for (idx, line) in text.lines().enumerate() {
        if idx > 0 {
            out.push('\n');
        }
        let is_indented = if idx == 0 { first } else { blank || !line.trim_start().is_empty() };
        if is_indented {
            out.push_str(&prefix);
        }
        out.push_str(line);
    }
    Ok(Value::from(out))
}

fn escape_xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            other => out.push(other),
        }
    }
    out
}

#[expect(clippy::cast_possible_truncation, reason = "a float past the bounds stops at them")]
fn int(value: &Value, given: &Given<'_>) -> Result<Value, Fault> {
    let default: i64 = given.whole("default")?.unwrap_or(0);
    let base: u32 = given.whole("base")?.unwrap_or(10);
    if let Some(number) = Number::of(value) {
        return Ok(Value::from(number.to_float() as i64));
    }
    let Some(text) = value.as_str() else {
        return Err(wants(given, "a string or a number", value));
    };
    if !(2..=36).contains(&base) {
        return Err(Fault::new(format!("`int`: a base lies from 2 to 36, not at {base}")));
    }
    let text = text.trim();
    let digits = match base {
        2 => text.trim_start_matches("0b"),
        8 => text.trim_start_matches("0o"),
        16 => text.trim_start_matches("0x"),
        _ => text,
    };
    let whole = i64::from_str_radix(digits, base).ok();
    let fraction = || {
        let float = if digits.contains('.') { digits.parse::<f64>().ok() } else { None };
        float.map(|float| float as i64)
    };
    Ok(Value::from(whole.or_else(fraction).unwrap_or(default)))
}

fn float(value: &Value, given: &Given<'_>) -> Result<Value, Fault> {
    let default = given.float("default")?.unwrap_or(0.0);
    let number = match (Number::of(value), value.as_str()) {
        (Some(number), _) => number.to_float(),
        (None, Some(text)) => text.trim().parse().unwrap_or(default),
        (None, None) => return Err(wants(given, "a string or a number", value)),
    };
    Ok(super::numbers::float_value(number))
}
