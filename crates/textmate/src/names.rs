//! Names of scopes as grammars write them, with what was captured put in.
//!
//! ```text
//! name ::= (text | "$" digits | "${" digits ":/" ("downcase" | "upcase") "}")*
//! ```

use std::borrow::Cow;

/// The name of a rule's scope, or of several, parted by white space.
#[derive(Debug)]
pub(crate) struct Name {
    text: Box<str>,
    has_captures: bool,
}

/// A captured group: its bytes in the line.
pub(crate) type Group = Option<(usize, usize)>;

impl Name {
    pub(crate) fn new(text: &str) -> Self {
        Self { text: Box::from(text), has_captures: text.contains('$') }
    }

    /// The name, with groups of `line` put in.
    pub(crate) fn filled(&self, line: &str, groups: &[Group]) -> Cow<'_, str> {
        if !self.has_captures {
            return Cow::Borrowed(&self.text);
        }
        let mut out = String::new();
        let mut rest = &*self.text;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            let (len, text) = captured(rest, line, groups).unwrap_or((1, "$".to_owned()));
            out.push_str(&text);
            rest = &rest[len..];
        }
        out.push_str(rest);
        Cow::Owned(out)
    }
}

/// Bytes of the reference at the start of `rest`, and what stands in its place.
fn captured(rest: &str, line: &str, groups: &[Group]) -> Option<(usize, String)> {
    let inner = rest.strip_prefix('$')?;
    let is_braced = inner.starts_with('{');
    let inner = inner.strip_prefix('{').unwrap_or(inner);
    let digits = inner.len() - inner.trim_start_matches(|it: char| it.is_ascii_digit()).len();
    let (from, to) = (*groups.get(inner[..digits].parse::<usize>().ok()?)?)?;
    let text = line.get(from..to)?.trim_start_matches('.');
    if !is_braced {
        return Some((1 + digits, text.to_owned()));
    }
    let (command, _) = inner[digits..].strip_prefix(":/")?.split_once('}')?;
    let text = match command {
        "downcase" => text.to_lowercase(),
        "upcase" => text.to_uppercase(),
        _ => return None,
    };
    Some((2 + digits + 2 + command.len() + 1, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captured_text_is_put_in() {
        let groups = [Some((0, 5)), None, Some((0, 2))];
        let table = [
            ("a.b", "a.b"),
            ("a.$0.b", "a.X.Yz.b"),
            ("$1.${2:/downcase}", "$1.x"),
            ("${0:/upcase}$", "X.YZ$"),
            ("$9 ${0:/other} ${0", "$9 ${0:/other} ${0"),
        ];
        for (name, expected) in table {
            assert_eq!(Name::new(name).filled(".X.Yz", &groups), expected, "{name}");
        }
    }
}
