//! Shortcodes: calls of templates from within Markdown.
//!
//! ```text
//! call   ::= "{{" space* name arguments space* "}}"
//!          | "{%" space* name arguments space* "%}" body "{%" space* "end" space* "%}"
//! name   ::= [A-Za-z_][0-9A-Za-z_]*
//! arguments ::= "(" (name "=" value ("," name "=" value)* ","?)? ")"
//! value  ::= string | "true" | "false" | float | integer | "[" (value ("," value)* ","?)? "]"
//! string ::= '"' [^"]* '"' | "'" [^']* "'" | "`" [^`]* "`"
//! ```
//!
//! A call between `{{/*` and `*/}}`, or `{%/*` and `*/%}`, is shown and not made; so is all between a
//! shown opening and the next `{%/* end */%}`. What does not parse as a call is text.

use std::collections::HashMap;
use std::ops::Range;

use minijinja::value::Value;

/// A piece of Markdown source.
#[derive(Debug, PartialEq)]
pub(crate) enum Piece<'a> {
    /// Text, taken as it is.
    Text(&'a str, Range<usize>),
    /// A call.
    Call(Call<'a>),
    /// A call with a body that never ends.
    Unclosed(&'a str, Range<usize>),
}

/// Most arrays within each other, so that no text makes reading it run out of stack.
const MAX_ARRAYS: usize = 32;

/// Names and values of a call.
type Arguments = Vec<(String, Value)>;

/// A call of a shortcode.
#[derive(Debug, PartialEq)]
pub(crate) struct Call<'a> {
    pub(crate) name: &'a str,
    pub(crate) arguments: Arguments,
    /// Bytes of the body in the source.
    pub(crate) body: Option<Range<usize>>,
    /// Bytes of the whole call.
    pub(crate) span: Range<usize>,
}

/// Whether a text can hold any shortcode or escaped brace.
pub(crate) fn may_hold_any(text: &str) -> bool {
    text.contains("{{") || text.contains("{%")
}

/// Splits `text[within]` into text and calls; positions count from the start of `text`.
pub(crate) fn pieces(text: &str, within: Range<usize>) -> Vec<Piece<'_>> {
    let ends = Ends { bodies: body_ends(text, &within), shown: shown_ends(text, &within) };
    let mut pieces = Vec::new();
    let mut text_start = within.start;
    let mut at = within.start;
    while let Some(found) = text[at..within.end].find('{') {
        at += found;
        let Some((piece, end)) = piece_at(text, at, within.end, &ends) else {
            at += 1;
            continue;
        };
        if text_start < at {
            pieces.push(Piece::Text(&text[text_start..at], text_start..at));
        }
        pieces.extend(piece);
        (at, text_start) = (end, end);
    }
    if text_start < within.end {
        pieces.push(Piece::Text(&text[text_start..within.end], text_start..within.end));
    }
    pieces
}

/// What starts at a brace, and where it ends.
fn piece_at<'a>(
    text: &'a str,
    at: usize,
    end: usize,
    ends: &Ends,
) -> Option<(Vec<Piece<'a>>, usize)> {
    let rest = &text[at..end];
    if let Some(shown) = shown_call(text, at..end, ends) {
        return Some(shown);
    }
    if rest.starts_with("{{") {
        let (name, arguments, len) = opening(rest, "{{", "}}")?;
        let span = at..at + len;
        return Some((vec![Piece::Call(Call { name, arguments, body: None, span })], at + len));
    }
    let (name, arguments, len) = opening(rest, "{%", "%}")?;
    let body_start = at + len;
    match ends.bodies.get(&at) {
        Some(end) => {
            let (body, span) = (body_start..end.body, at..end.tag);
            let call = Call { name, arguments, body: Some(body), span };
            Some((vec![Piece::Call(call)], end.tag))
        }
        None => Some((vec![Piece::Unclosed(name, at..body_start)], body_start)),
    }
}

/// A call that is shown: its pieces without the marks, and where it ends.
fn shown_call<'a>(
    text: &'a str,
    within: Range<usize>,
    ends: &Ends,
) -> Option<(Vec<Piece<'a>>, usize)> {
    for (open, close, shown) in [("{{/*", "*/}}", ("{{", "}}")), ("{%/*", "*/%}", ("{%", "%}"))] {
        let Some(rest) = text[within.clone()].strip_prefix(open) else { continue };
        let start = within.start + open.len();
        let inner = start..start + rest.find(close)?;
        let is_end = shown.0 == "{%" && text[inner.clone()].trim() == "end";
        if !is_end && !is_call(&text[inner.clone()]) {
            return None;
        }
        let after = inner.end + close.len();
        let mut pieces = vec![
            Piece::Text(shown.0, within.start..start),
            Piece::Text(&text[inner.clone()], inner.clone()),
            Piece::Text(shown.1, inner.end..after),
        ];
        let body_end = ends.shown.get(ends.shown.partition_point(|end| *end < after));
        let Some(&body_end) = body_end.filter(|_| shown.0 == "{%" && !is_end) else {
            return Some((pieces, after));
        };
        pieces.push(Piece::Text(&text[after..body_end], after..body_end));
        return Some((pieces, body_end));
    }
    None
}

fn is_call(text: &str) -> bool {
    call(text).is_some_and(|(_, _, rest)| rest.trim().is_empty())
}

/// What ends the bodies of a text, found in one pass.
struct Ends {
    /// By the position of the call.
    bodies: HashMap<usize, BodyEnd>,
    /// Positions of shown ones, in order.
    shown: Vec<usize>,
}

/// Where each `{%/* end */%}` starts.
fn shown_ends(text: &str, within: &Range<usize>) -> Vec<usize> {
    let is_end = |rest: &str| {
        let rest = rest.strip_prefix("{%/*").map(str::trim_start);
        let rest = rest.and_then(|rest| rest.strip_prefix("end")).map(str::trim_start);
        rest.is_some_and(|rest| rest.starts_with("*/%}"))
    };
    let found = text[within.clone()].match_indices("{%/*").map(|(at, _)| within.start + at);
    found.filter(|at| is_end(&text[*at..within.end])).collect()
}

/// Where a body ends, and where its `{% end %}` does.
#[derive(Clone, Copy)]
struct BodyEnd {
    body: usize,
    tag: usize,
}

/// Pairs every call that takes a body with its end, by the call's position, in one pass.
fn body_ends(text: &str, within: &Range<usize>) -> HashMap<usize, BodyEnd> {
    let mut ends = HashMap::new();
    let mut open = Vec::new();
    let mut at = within.start;
    while let Some(found) = text[at..within.end].find("{%") {
        at += found;
        let rest = &text[at..within.end];
        if let Some(len) = end_tag(rest) {
            if let Some(start) = open.pop() {
                ends.insert(start, BodyEnd { body: at, tag: at + len });
            }
            at += len;
        } else if let Some((_, _, len)) = opening(rest, "{%", "%}") {
            open.push(at);
            at += len;
        } else {
            at += 2;
        }
    }
    ends
}

fn end_tag(text: &str) -> Option<usize> {
    let rest = text.strip_prefix("{%")?.trim_start().strip_prefix("end")?.trim_start();
    Some(text.len() - rest.strip_prefix("%}")?.len())
}

/// Name, arguments and length of `{{ name(…) }}`.
fn opening<'a>(text: &'a str, open: &str, close: &str) -> Option<(&'a str, Arguments, usize)> {
    let (name, arguments, rest) = call(text.strip_prefix(open)?)?;
    let rest = rest.trim_start().strip_prefix(close)?;
    Some((name, arguments, text.len() - rest.len()))
}

/// Name and arguments of `name(…)`, and what follows.
fn call(text: &str) -> Option<(&str, Arguments, &str)> {
    let (name, rest) = name(text.trim_start())?;
    let (arguments, rest) = arguments(rest.trim_start().strip_prefix('(')?)?;
    Some((name, arguments, rest))
}

fn name(text: &str) -> Option<(&str, &str)> {
    let len = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    let is_name = len > 0 && !text.as_bytes()[0].is_ascii_digit();
    is_name.then(|| text.split_at(len))
}

fn arguments(mut text: &str) -> Option<(Arguments, &str)> {
    let mut arguments = Vec::new();
    loop {
        text = text.trim_start();
        if let Some(rest) = text.strip_prefix(')') {
            return Some((arguments, rest));
        }
        let (name, rest) = name(text)?;
        let (value, rest) = value(rest.trim_start().strip_prefix('=')?.trim_start(), 0)?;
        arguments.push((name.to_owned(), value));
        // Zola reads `a=1 b=2` as well.
        text = rest.trim_start().strip_prefix(',').unwrap_or(rest);
    }
}

/// Skips a comma; none is needed before the end of an array.
fn separator(text: &str) -> Option<&str> {
    let text = text.trim_start();
    match text.strip_prefix(',') {
        Some(rest) => Some(rest),
        None => text.starts_with(']').then_some(text),
    }
}

/// A value that stands within `depth` arrays.
fn value(text: &str, depth: usize) -> Option<(Value, &str)> {
    let first = text.chars().next()?;
    match first {
        '"' | '\'' | '`' => {
            let (string, rest) = text[1..].split_once(first)?;
            Some((Value::from(string), rest))
        }
        '[' if depth < MAX_ARRAYS => array(&text[1..], depth + 1),
        _ => {
            let len = text
                .bytes()
                .take_while(|byte| byte.is_ascii_alphanumeric() || b"+-._".contains(byte))
                .count();
            let (word, rest) = text.split_at(len);
            literal(word).map(|value| (value, rest))
        }
    }
}

fn array(mut text: &str, depth: usize) -> Option<(Value, &str)> {
    let mut items = Vec::new();
    loop {
        text = text.trim_start();
        if let Some(rest) = text.strip_prefix(']') {
            return Some((Value::from(items), rest));
        }
        let (item, rest) = value(text, depth)?;
        items.push(item);
        text = separator(rest)?;
    }
}

fn literal(word: &str) -> Option<Value> {
    match word {
        "true" => Some(Value::from(true)),
        "false" => Some(Value::from(false)),
        _ if word.contains('.') => word.parse::<f64>().ok().map(Value::from),
        _ => word.parse::<i64>().ok().map(Value::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls as `name(arguments)[body]`, text as it is.
    fn shown(text: &str) -> String {
        pieces(text, 0..text.len())
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(text, _) => text.to_owned(),
                Piece::Unclosed(name, _) => format!("<unclosed {name}>"),
                Piece::Call(call) => {
                    assert!(text[call.span.clone()].starts_with('{'));
                    let arguments: Vec<_> = call
                        .arguments
                        .iter()
                        .map(|(key, value)| format!("{key}={value}"))
                        .collect();
                    let body = call.body.map(|body| format!("[{}]", &text[body]));
                    format!("<{} {}{}>", call.name, arguments.join(" "), body.unwrap_or_default())
                }
            })
            .collect()
    }

    #[test]
    fn calls_are_told_from_text() {
        let table = [
            ("a {{ b() }} c", "a <b > c"),
            ("{{b(x=1,y=\"z\",)}}", "<b x=1 y=z>"),
            ("{{ b(x=[1, 'two', `3`], y=-1.5, z=true) }}", "<b x=[1, 'two', '3'] y=-1.5 z=True>"),
            ("{{ b(x=\"1\" y=2 z=3, w=4) }}", "<b x=1 y=2 z=3 w=4>"),
            ("{% q(a=\"v\") %}body{% end %}!", "<q a=v[body]>!"),
            ("{% q() %}1{% r() %}2{% end %}3{% end %}", "<q [1{% r() %}2{% end %}3]>"),
            ("{% q() %}never", "<unclosed q>never"),
            ("{{ page.title }}", "{{ page.title }}"),
            ("{{ b(x=[[1], [[], 'a',],],) }}", "<b x=[[1], [[], 'a']]>"),
            ("{{ b(1) }} {{ b(x=) }} {{ 1b() }}", "{{ b(1) }} {{ b(x=) }} {{ 1b() }}"),
            ("{{/* b() */}}", "{{ b() }}"),
            ("{%/* b() */%}x{%/* end */%}", "{% b() %}x{% end %}"),
            ("{{/*b(x=1)*/}}", "{{b(x=1)}}"),
            (
                "{{/* x.y */}} {%/* block x */%} {{/* */}}",
                "{{/* x.y */}} {%/* block x */%} {{/* */}}",
            ),
            ("{%/* q() */%}{{ b() }}{%/* end */%}{{ b() }}", "{% q() %}{{ b() }}{% end %}<b >"),
            ("{%/* q() */%}{{ b() }}", "{% q() %}<b >"),
            ("{% end %}", "{% end %}"),
            ("{{ b(x=\"甲}}\") }}乙", "<b x=甲}}>乙"),
            ("{{{", "{{{"),
            ("{{ b(x=\"unclosed) }}", "{{ b(x=\"unclosed) }}"),
        ];
        for (text, expected) in table {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_taken_apart_without_loss_or_panic(
            text in "([{}%*/ ab甲=\"',\\[\\]()0-9._-]|end|\\{% |\\{\\{ ){0,60}"
        ) {
            let mut end = 0;
            for piece in pieces(&text, 0..text.len()) {
                let span = match piece {
                    Piece::Text(_, span) | Piece::Unclosed(_, span) => span,
                    Piece::Call(call) => call.span,
                };
                proptest::prop_assert!(span.start == end && span.end >= span.start);
                end = span.end;
            }
            proptest::prop_assert_eq!(end, text.len());
        }
    }

    #[test]
    fn many_unclosed_calls_do_not_take_for_ever() {
        let text = "{% q() %}".repeat(20_000);
        let start = std::time::Instant::now();
        let found = pieces(&text, 0..text.len());
        assert_eq!(found.len(), 20_000);
        assert!(start.elapsed().as_secs() < 2);
    }
}
