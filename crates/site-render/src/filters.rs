//! Filters of templates beside MiniJinja's own: Zola's, and those of Tera's that pages need most.

#![expect(clippy::needless_pass_by_value, reason = "the engine hands arguments over by value")]

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use minijinja::value::{Kwargs, Value};
use minijinja::{Environment, Error, ErrorKind, State};
use site_model::{AnchorLinks, ContentDate, SlugifyStrategy, slugify_path};

use crate::html::strip_tags;
use crate::library::Library;
use crate::markdown::{self, DEPTH_VARIABLE, MAX_DEPTH, Origin, Scope};
use crate::patterns;
use crate::templates::TemplateIndex;

/// Names of filters, for "did you mean".
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    const KNOWN: &[&str] = &[
        "markdown",
        "date",
        "base64_encode",
        "base64_decode",
        "slugify",
        "striptags",
        "truncate",
        "num_format",
        "regex_replace",
        "json_encode",
        "filesizeformat",
        "wordcount",
        "safe",
        "escape",
        "length",
        "default",
        "join",
        "split",
        "replace",
        "lower",
        "upper",
        "title",
        "trim",
        "first",
        "last",
        "sort",
        "reverse",
        "unique",
        "map",
        "select",
        "reject",
        "selectattr",
        "rejectattr",
        "groupby",
        "slice",
        "batch",
        "list",
        "items",
        "string",
        "int",
        "float",
        "round",
        "abs",
        "min",
        "max",
        "sum",
        "urlencode",
        "tojson",
        "indent",
        "lines",
        "dictsort",
        "capitalize",
    ];
    KNOWN.iter().copied()
}

/// Adds all filters to an environment.
pub(crate) fn add(env: &mut Environment<'static>) {
    env.add_filter("date", date);
    env.add_filter("base64_encode", |text: String| BASE64.encode(text));
    env.add_filter("base64_decode", base64_decode);
    env.add_filter("slugify", |text: String| slugify_path(&text, SlugifyStrategy::On));
    env.add_filter("striptags", |text: String| Value::from_safe_string(strip_tags(&text)));
    env.add_filter("truncate", truncate);
    env.add_filter("num_format", num_format);
    env.add_filter("regex_replace", regex_replace);
    env.add_filter("json_encode", json_encode);
    env.add_filter("filesizeformat", file_size);
    env.add_filter("wordcount", |text: String| text.split_whitespace().count() as u64);
}

/// Adds the filter `markdown`, which needs to know the templates of shortcodes.
pub(crate) fn add_markdown(
    env: &mut Environment<'static>,
    library: &Arc<Library>,
    index: &Arc<TemplateIndex>,
) {
    let library = library.clone();
    let index = index.clone();
    env.add_filter("markdown", move |state: &State, text: String, arguments: Kwargs| {
        let inline: Option<bool> = arguments.get("inline")?;
        arguments.assert_all_used()?;
        markdown(&library, &index, state, &text, inline.unwrap_or(false))
    });
}

fn fault(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}

/// Markdown to HTML; `inline` leaves out the marks of the outermost paragraph.
fn markdown(
    library: &Arc<Library>,
    index: &TemplateIndex,
    state: &State,
    text: &str,
    inline: bool,
) -> Result<Value, Error> {
    let lang = state.lookup("lang").and_then(|lang| lang.as_str().map(Arc::from));
    let depth = state.lookup(DEPTH_VARIABLE).and_then(|depth| u32::try_from(depth).ok());
    let depth = depth.unwrap_or(0);
    if depth > MAX_DEPTH {
        return Err(fault("shortcodes render Markdown that calls them again, without end"));
    }
    let render = |name: &str, context: Value| index.render(state.env(), name, context);
    let scope = Scope {
        library,
        index,
        render: &render,
        lang: lang.unwrap_or_else(|| Arc::from(library.config().default_language.as_str())),
        id: None,
        anchor_links: AnchorLinks::None,
        depth,
        origin: Origin::Template,
    };
    let output = markdown::render(text, &scope);
    if let Some(problem) = output.diagnostics.into_iter().find(site_model::Diagnostic::is_error) {
        let help = problem.help.map(|help| format!("; {help}")).unwrap_or_default();
        return Err(fault(format!("{}{help}", problem.message)));
    }
    let html = if inline { without_paragraph(&output.html) } else { &output.html };
    Ok(Value::from_safe_string(html.to_owned()))
}

/// Without the `<p>` it begins and the `</p>` it ends with, whatever stands between, as in Zola: templates
/// put their own `<p>` around it.
fn without_paragraph(html: &str) -> &str {
    let rest = html.strip_prefix("<p>").unwrap_or(html);
    rest.strip_suffix("</p>\n").unwrap_or(rest)
}

/// A date in a form of `strftime`; a number counts seconds since 1970.
fn date(value: Value, arguments: Kwargs) -> Result<String, Error> {
    let format: Option<String> = arguments.get("format")?;
    let _timezone: Option<String> = arguments.get("timezone")?;
    let _locale: Option<String> = arguments.get("locale")?;
    arguments.assert_all_used()?;
    let format = format.unwrap_or_else(|| "%Y-%m-%d".to_owned());
    let zoned = match value.as_i64() {
        Some(seconds) => jiff::Timestamp::from_second(seconds)
            .map(|at| at.to_zoned(jiff::tz::TimeZone::UTC))
            .map_err(|error| fault(error.to_string()))?,
        None => zoned(value.as_str().unwrap_or_default())
            .ok_or_else(|| fault(format!("`{value}` is no date")))?,
    };
    jiff::fmt::strtime::format(&format, &zoned)
        .map_err(|error| fault(format!("`{format}` is no format of a date: {error}")))
}

/// A date with its own offset, or in UTC.
fn zoned(text: &str) -> Option<jiff::Zoned> {
    let date = ContentDate::parse(text)?;
    let written = date.to_rfc3339();
    let offset = jiff::fmt::strtime::parse("%Y-%m-%dT%H:%M:%S%.f%:z", &written)
        .ok()
        .and_then(|parsed| parsed.offset());
    let zone = offset.map_or(jiff::tz::TimeZone::UTC, jiff::tz::TimeZone::fixed);
    jiff::Timestamp::from_second(date.seconds).ok().map(|at| at.to_zoned(zone))
}

fn base64_decode(text: String) -> Result<String, Error> {
    let bytes = BASE64.decode(text.trim()).map_err(|error| fault(format!("no base64: {error}")))?;
    String::from_utf8(bytes).map_err(|_| fault("the decoded base64 is no UTF-8"))
}

/// Cuts a text after `length` characters.
fn truncate(text: String, arguments: Kwargs) -> Result<String, Error> {
    let length: Option<usize> = arguments.get("length")?;
    let end: Option<String> = arguments.get("end")?;
    arguments.assert_all_used()?;
    let end = end.unwrap_or_else(|| "…".to_owned());
    Ok(match text.char_indices().nth(length.unwrap_or(255)) {
        Some((cut, _)) => format!("{}{end}", &text[..cut]),
        None => text,
    })
}

/// Replaces what matches a regular expression; `rep` may name its groups (`$1`, `$name`).
fn regex_replace(text: String, arguments: Kwargs) -> Result<String, Error> {
    let pattern: String = arguments.get("pattern")?;
    let replacement: String = arguments.get("rep")?;
    arguments.assert_all_used()?;
    let pattern = patterns::compiled(&pattern)
        .map_err(|error| fault(format!("`{pattern}` is no regular expression: {error}")))?;
    Ok(pattern.replace_all(&text, replacement.as_str()).into_owned())
}

/// Groups digits by three.
fn num_format(value: Value, arguments: Kwargs) -> Result<String, Error> {
    let _locale: Option<String> = arguments.get("locale")?;
    arguments.assert_all_used()?;
    let text = value.to_string();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(fault(format!("`{text}` is no number")));
    }
    let mut grouped = String::new();
    for (idx, digit) in whole.chars().enumerate() {
        if idx > 0 && (whole.len() - idx) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let point = if fraction.is_empty() { "" } else { "." };
    Ok(format!("{sign}{grouped}{point}{fraction}"))
}

fn json_encode(value: &Value, arguments: Kwargs) -> Result<Value, Error> {
    let pretty: Option<bool> = arguments.get("pretty")?;
    arguments.assert_all_used()?;
    let indent = pretty.unwrap_or(false).then(|| Value::from(2));
    minijinja::filters::tojson(value, indent, Kwargs::from_iter(Vec::<(&str, Value)>::new()))
}

/// Bytes in a unit that suits them.
fn file_size(bytes: u64) -> String {
    const UNITS: &[&str] = &["B", "KB", "MB", "GB", "TB"];
    let mut unit = 0;
    let mut scaled = bytes;
    let mut rest = 0;
    while scaled >= 1000 && unit + 1 < UNITS.len() {
        rest = scaled % 1000 / 100;
        scaled /= 1000;
        unit += 1;
    }
    if unit == 0 || scaled >= 100 {
        format!("{scaled} {}", UNITS[unit])
    } else {
        format!("{scaled}.{rest} {}", UNITS[unit])
    }
}

#[cfg(test)]
mod tests {
    use minijinja::context;

    use super::*;

    fn render(expression: &str) -> String {
        let mut env = Environment::new();
        env.add_filter("date", date);
        env.add_filter("num_format", num_format);
        env.add_filter("regex_replace", regex_replace);
        env.add_filter("truncate", truncate);
        env.add_filter("filesizeformat", file_size);
        env.add_filter("json_encode", json_encode);
        env.add_filter("base64_decode", base64_decode);
        env.render_str(&format!("{{{{ {expression} }}}}"), context!())
            .unwrap_or_else(|e| e.to_string())
    }

    #[test]
    fn outermost_paragraph_loses_its_marks() {
        assert_eq!(without_paragraph("<p>a</p>\n"), "a");
        assert_eq!(without_paragraph("<p>a</p>\n<p>b</p>\n"), "a</p>\n<p>b");
        assert_eq!(without_paragraph("<p>a</p>\n<ul>b</ul>\n"), "a</p>\n<ul>b</ul>\n");
    }

    #[test]
    fn filters_follow_their_table() {
        let table = [
            ("'2026-11-22' | date", "2026-11-22"),
            ("'2026-11-22' | date(format='%Y年%-m月%-d日')", "2026年11月22日"),
            ("'2026-11-22T10:00:00+08:00' | date(format='%H:%M %z')", "10:00 +0800"),
            ("0 | date(format='%Y')", "1970"),
            ("1234567 | num_format", "1,234,567"),
            ("-1234.5 | num_format", "-1,234.5"),
            ("'甲乙丙' | truncate(length=2)", "甲乙…"),
            ("'甲乙' | truncate(length=2)", "甲乙"),
            ("999 | filesizeformat", "999 B"),
            ("1500 | filesizeformat", "1.5 KB"),
            ("123456789 | filesizeformat", "123 MB"),
            ("[1, 'a'] | json_encode", "[1, \"a\"]"),
            ("'5LiT5Yip' | base64_decode", "专利"),
        ];
        for (expression, expected) in table {
            assert_eq!(render(expression), expected, "{expression}");
        }
    }

    #[test]
    fn wrong_input_is_told() {
        assert!(render("'soon' | date").contains("`soon` is no date"));
        assert!(render("'x' | num_format").contains("`x` is no number"));
        assert!(render("'%%%' | base64_decode").contains("no base64"));
    }
}
