//! Links: those inside the site resolved and checked, those out of it given their attributes.

use std::ops::Range;

use site_model::{Config, ContentId, Diagnostic, LinkLevel, Links, nearest};

use super::Scope;
use crate::html::escape;
use crate::library::Library;

/// A link to a page or section of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InternalLink {
    pub(crate) target: ContentId,
    /// What follows `#`; empty when nothing does.
    pub(crate) anchor: String,
    /// Its bytes in the text.
    pub(crate) span: Range<usize>,
}

/// A link out of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExternalLink {
    pub(crate) address: String,
    /// Its bytes in the text.
    pub(crate) span: Range<usize>,
}

/// What a link leads to.
pub(crate) enum Destination {
    /// As written.
    Plain,
    /// Another address than the written one.
    Internal(String),
    /// Out of the site.
    External,
    /// Refused: the address is dangerous.
    Refused,
}

/// Schemes that run or carry what the reader did not ask for.
const REFUSED_SCHEMES: &[&str] = &["javascript", "vbscript", "data", "file", "blob"];

/// Pictures that may stand in an address itself.
const DATA_IMAGES: &[&str] =
    &["data:image/png", "data:image/jpeg", "data:image/gif", "data:image/webp", "data:image/avif"];

/// The scheme of an address as a browser sees it: without the white space and control characters it
/// skips, in lower case.
fn scheme(address: &str) -> Option<String> {
    let visible = address.chars().filter(|letter| !letter.is_control() && !letter.is_whitespace());
    let visible: String = visible.take(64).collect::<String>().to_ascii_lowercase();
    let (scheme, _) = visible.split_once(':')?;
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    is_scheme.then(|| scheme.to_owned())
}

/// Whether an address must not be followed on a site that trusts its Markdown no further than text.
pub(crate) fn is_dangerous(address: &str, is_image: bool) -> bool {
    let Some(scheme) = scheme(address) else { return false };
    if is_image && DATA_IMAGES.iter().any(|kind| address.trim().starts_with(kind)) {
        return false;
    }
    REFUSED_SCHEMES.contains(&scheme.as_str())
}

/// Whether an address leads out of the site. Where links carry the base URL, as Zola's do, one that
/// was written out by hand counts as such.
fn is_external(address: &str, config: &Config) -> bool {
    let is_web = address.starts_with("http:") || address.starts_with("https:");
    is_web && (config.woodblock.links == Links::Absolute || !is_own(address, &config.base_url))
}

fn is_own(address: &str, base_url: &str) -> bool {
    !base_url.is_empty()
        && address
            .strip_prefix(base_url)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '#', '?']))
}

/// Whether an address is of a file beside the text: neither from the root, nor above, nor with a
/// scheme.
fn is_beside(address: &str) -> bool {
    let head = address.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-'));
    let head = head.map(str::len).next().unwrap_or(0);
    let has_scheme = head > 0 && address[head..].starts_with(':');
    !address.is_empty()
        && !address.starts_with(['/', '#'])
        && !address.starts_with("..")
        && !has_scheme
}

/// Says where a link leads; collects internal links for the check of their anchors.
pub(crate) fn resolve(
    address: &str,
    is_image: bool,
    source: &str,
    span: &Range<usize>,
    scope: &Scope<'_>,
    found: &mut Vec<InternalLink>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Destination {
    let config = scope.library.config();
    if let Some(written) = address.strip_prefix("@/") {
        return internal(written, source, span, scope, found, diagnostics);
    }
    if !config.woodblock.raw_html && is_dangerous(address, is_image) {
        let shown: String = address.chars().take(40).collect();
        let message = format!("address `{}` is refused", shown.escape_debug());
        let help = "use http, https, mailto or an address of the site; other schemes are refused \
                    where `extra.woodblock.raw_html` is false";
        let diagnostic = Diagnostic::error(message).help(help);
        diagnostics.push(scope.complain(diagnostic, source, span.clone()));
        return Destination::Refused;
    }
    if is_external(address, config) {
        return Destination::External;
    }
    match scope.id {
        Some(id) if is_beside(address) => Destination::Internal(beside(id, address, scope)),
        Some(id) if address.len() > 1 && address.starts_with('#') && !is_image => {
            let anchor = percent_decode(&address[1..]);
            found.push(InternalLink { target: id, anchor, span: span.clone() });
            match config.woodblock.links {
                Links::Absolute => Destination::Internal(beside(id, address, scope)),
                Links::RootRelative => Destination::Plain,
            }
        }
        _ => Destination::Plain,
    }
}

/// The address from the page that the text is of: the text is shown on other pages too.
fn beside(id: ContentId, address: &str, scope: &Scope<'_>) -> String {
    let path = &scope.library.site.source(id).path;
    format!("{}{address}", scope.library.config().link(path))
}

fn internal(
    written: &str,
    source: &str,
    span: &Range<usize>,
    scope: &Scope<'_>,
    found: &mut Vec<InternalLink>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Destination {
    let (path, anchor) = written.split_once('#').unwrap_or((written, ""));
    let decoded = percent_decode(path);
    let Some(target) = scope.library.site.content(&decoded) else {
        if !scope.library.site.is_broken(&decoded) {
            let problem = missing(scope.library, &decoded);
            diagnostics.push(scope.complain(problem, source, span.clone()));
        }
        return Destination::Plain;
    };
    let mut address = scope.library.config().link(&scope.library.site.source(target).path);
    if !anchor.is_empty() {
        address = format!("{address}#{anchor}");
    }
    found.push(InternalLink { target, anchor: percent_decode(anchor), span: span.clone() });
    Destination::Internal(address)
}

/// A complaint of the level that the configuration sets for internal links.
pub(crate) fn complaint(library: &Library, message: String) -> Diagnostic {
    match library.config().link_checker.internal_level {
        LinkLevel::Error => Diagnostic::error(message),
        LinkLevel::Warn => Diagnostic::warning(message),
    }
}

fn missing(library: &Library, path: &str) -> Diagnostic {
    complaint(library, format!("there is no page `@/{path}`")).help(help_for_missing(library, path))
}

/// The nearest page there is.
pub(crate) fn help_for_missing(library: &Library, path: &str) -> String {
    let mut known: Vec<&str> = library.site.content_paths().collect();
    known.sort_unstable();
    let file_name = path.rsplit('/').next().unwrap_or(path);
    let of_same_name = known
        .iter()
        .find(|known| known.rsplit('/').next() == Some(file_name) && file_name != "_index.md");
    match nearest(path, known.iter().copied()).or(of_same_name.copied()) {
        Some(known) => format!("did you mean `@/{known}`?"),
        None => format!("create content/{path}, or correct the link"),
    }
}

/// Bytes written as `%E7`, as they must be for names with spaces.
pub(crate) fn percent_decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Attributes of links that leave the site.
pub(crate) fn external_attributes(scope: &Scope<'_>) -> String {
    let markdown = &scope.library.config().markdown;
    let mut rel = Vec::new();
    if markdown.external_links_target_blank {
        rel.push("noopener");
    }
    if markdown.external_links_no_follow {
        rel.push("nofollow");
    }
    if markdown.external_links_no_referrer {
        rel.push("noreferrer");
    }
    if markdown.external_links_external {
        rel.push("external");
    }
    let mut attributes = String::new();
    if let Some(class) = &markdown.external_links_class {
        attributes = format!(" class=\"{}\"", escape(class));
    }
    if !rel.is_empty() {
        attributes = format!("{attributes} rel=\"{}\"", rel.join(" "));
    }
    if markdown.external_links_target_blank {
        attributes.push_str(" target=\"_blank\"");
    }
    attributes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dangerous_schemes_are_seen_through_their_disguises() {
        for address in [
            "javascript:x",
            "JavaScript:x",
            " javascript:x",
            "java\tscript:x",
            "\u{1}javascript:x",
            "java\nscript:x",
            "vbscript:x",
            "data:text/html,x",
            "data:image/svg+xml,x",
        ] {
            assert!(is_dangerous(address, false), "{address:?}");
        }
        for address in ["https://a.b", "/a:b", "mailto:a@b", "a/b", "#javascript:", "tel:1"] {
            assert!(!is_dangerous(address, false), "{address:?}");
        }
        assert!(!is_dangerous("data:image/png;base64,AA", true));
        assert!(is_dangerous("data:image/png;base64,AA", false));
        assert!(is_dangerous("data:image/svg+xml,x", true));
    }

    #[test]
    fn own_addresses_are_not_external_where_links_are_root_relative() {
        let mut config = Config { base_url: "https://a.example".to_owned(), ..Config::default() };
        assert!(is_external("https://a.example/x", &config));
        config.woodblock.links = Links::RootRelative;
        assert!(is_external("https://b.example/", &config));
        assert!(is_external("https://a.example.evil/", &config));
        assert!(!is_external("https://a.example/x", &config));
        assert!(!is_external("/x", &config));
    }

    #[test]
    fn files_beside_the_text_are_told_from_other_addresses() {
        for address in ["a.png", "./a.md", "a/b.js", "甲.png", "?a", "a b:c", "."] {
            assert!(is_beside(address), "{address}");
        }
        for address in ["", "/a", "../a", "#a", "mailto:a@b", "http://a", "x-y:z"] {
            assert!(!is_beside(address), "{address}");
        }
    }
}
