//! Comparing two pages as browsers see them: as document trees.
//!
//! The order of attributes and how characters are escaped mean nothing; all else counts, white space
//! included.

use std::fmt::Write as _;

use ego_tree::NodeRef;
use scraper::node::Element;
use scraper::{Html, Node};

use super::hashes::UnlikeFiles;

/// Characters shown of each side of a difference.
const SHOWN: usize = 90;

/// Two pages of one address.
pub(super) struct Pages<'f> {
    ours: Html,
    zola: Html,
    /// Hashes of these files mean nothing.
    unlike: &'f UnlikeFiles,
}

/// Nodes of both pages at the first place where they are not equal; none where a page has ended.
type Parting<'p> = (Option<NodeRef<'p, Node>>, Option<NodeRef<'p, Node>>);

impl<'f> Pages<'f> {
    pub(super) fn parse(ours: &str, zola: &str, unlike: &'f UnlikeFiles) -> Self {
        Self { ours: Html::parse_document(ours), zola: Html::parse_document(zola), unlike }
    }

    /// Where the pages part: the path of the element, our side, their side. `None` when the trees are
    /// equal.
    pub(super) fn first_difference(&self) -> Option<(String, String, String)> {
        let (ours, zola) = (self.ours.tree.root(), self.zola.tree.root());
        let same = |ours: NodeRef<'_, Node>, zola: NodeRef<'_, Node>| {
            self.equal(ours.value(), zola.value())
        };
        let (ours, zola) = parting(ours.descendants(), zola.descendants(), same)?;
        let at = zola.or(ours).map(path).unwrap_or_default();
        let (ours, zola) = around_difference(&shown(ours), &shown(zola));
        Some((at, ours, zola))
    }

    /// Whether the pages are equal once the colours of code are left out: what a grammar makes of it,
    /// which is another one here, and the colours of the theme.
    pub(super) fn are_equal_but_colours(&self) -> bool {
        let (ours, zola) = (without_colours(&self.ours), without_colours(&self.zola));
        let equal = |ours, zola| self.equal_but_colours(ours, zola);
        parting(ours, zola, equal).is_none()
    }

    /// Blocks of code are equal when their texts are.
    fn equal_but_colours(&self, ours: NodeRef<'_, Node>, zola: NodeRef<'_, Node>) -> bool {
        if is_block_of_code(ours) && is_block_of_code(zola) {
            return text(ours) == text(zola);
        }
        self.equal(ours.value(), zola.value())
    }

    fn equal(&self, ours: &Node, zola: &Node) -> bool {
        match (ours, zola) {
            (Node::Element(ours), Node::Element(zola)) => {
                ours.name == zola.name && self.equal_attributes(ours, zola)
            }
            (Node::Text(ours), Node::Text(zola)) => {
                self.unlike.are_equal_but_hashes(&ours.text, &zola.text)
            }
            (Node::Comment(ours), Node::Comment(zola)) => ours.comment == zola.comment,
            (ours, zola) => ours == zola,
        }
    }

    fn equal_attributes(&self, ours: &Element, zola: &Element) -> bool {
        let mut attributes: [Vec<_>; 2] = [ours.attrs().collect(), zola.attrs().collect()];
        for list in &mut attributes {
            list.sort_unstable();
        }
        let [ours, zola] = attributes;
        let is_unlike = |(name, value): &(&str, &str)| {
            ["href", "src"].contains(name) && self.unlike.are_meant_by(value)
        };
        let has_other_hash = ours.iter().any(is_unlike);
        let equal = |((our_name, ours), (name, zola)): (&(&str, &str), &(&str, &str))| {
            let is_hash = *name == "integrity" && has_other_hash;
            our_name == name && (is_hash || self.unlike.are_equal_but_hashes(ours, zola))
        };
        ours.len() == zola.len() && ours.iter().zip(&zola).all(equal)
    }
}

/// The first place where nodes of two pages, in order, differ in depth or are not equal.
fn parting<'p>(
    mut ours: impl Iterator<Item = NodeRef<'p, Node>>,
    mut zola: impl Iterator<Item = NodeRef<'p, Node>>,
    equal: impl Fn(NodeRef<'p, Node>, NodeRef<'p, Node>) -> bool,
) -> Option<Parting<'p>> {
    loop {
        match (ours.next(), zola.next()) {
            (None, None) => return None,
            (Some(ours), Some(zola)) if depth(ours) == depth(zola) && equal(ours, zola) => {}
            parting => return Some(parting),
        }
    }
}

/// All nodes but those inside of preformatted blocks.
fn without_colours(page: &Html) -> impl Iterator<Item = NodeRef<'_, Node>> {
    page.tree.root().descendants().filter(|node| !node.ancestors().any(is_block_of_code))
}

fn is_block_of_code(node: NodeRef<'_, Node>) -> bool {
    node.value().as_element().is_some_and(|element| element.name() == "pre")
}

fn text(node: NodeRef<'_, Node>) -> String {
    node.descendants().filter_map(|inner| inner.value().as_text()).map(|text| &**text).collect()
}

/// Where a page sends its visitors at once, if it does; read as text, since the mark may stand in
/// `noscript`.
pub(super) fn redirect(page: &str) -> Option<&str> {
    page.split('<').filter_map(|piece| piece.split_once('>')).find_map(|(tag, _)| {
        let (_, address) = tag.split_once("content=\"0; url=")?;
        let is_refresh =
            tag.contains("http-equiv=\"refresh\"") || tag.ends_with("http-equiv=refresh");
        is_refresh.then(|| address.split_once('"').map(|(address, _)| address))?
    })
}

/// Whether a page is the one that Zola writes where a site has no template for it.
pub(super) fn is_without_template(zola: &str) -> bool {
    zola.contains("<title>Zola</title>") && zola.contains("couldn't find a template to render")
}

/// Cuts both texts down to where they begin to differ.
pub(super) fn around_difference(ours: &str, zola: &str) -> (String, String) {
    let same = ours.chars().zip(zola.chars()).take_while(|(a, b)| a == b).count();
    let from = same.saturating_sub(30);
    let cut = |text: &str| {
        let rest: String = text.chars().skip(from).take(SHOWN).collect();
        if from > 0 { format!("…{rest}") } else { rest }
    };
    (cut(ours), cut(zola))
}

fn depth(node: NodeRef<'_, Node>) -> usize {
    node.ancestors().count()
}

/// Names of the elements around a node, outermost first.
fn path(node: NodeRef<'_, Node>) -> String {
    let mut names: Vec<_> = node
        .ancestors()
        .filter_map(|around| around.value().as_element())
        .map(|element| match element.id().or_else(|| element.classes().next()) {
            Some(word) => format!("{}.{word}", element.name()),
            None => element.name().to_owned(),
        })
        .collect();
    names.reverse();
    names.join(" > ")
}

fn shown(node: Option<NodeRef<'_, Node>>) -> String {
    match node.map(|node| node.value()) {
        None => "(end)".to_owned(),
        Some(Node::Text(text)) => format!("{:?}", &*text.text),
        Some(Node::Element(element)) => {
            let mut attributes: Vec<_> = element.attrs().collect();
            attributes.sort_unstable();
            let mut tag = format!("<{}", element.name());
            for (name, value) in attributes {
                // Writing into a string does not fail.
                let _ = write!(tag, " {name}={value:?}");
            }
            tag + ">"
        }
        Some(other) => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static NO_FILE: UnlikeFiles = UnlikeFiles::none();

    fn parse(ours: &str, zola: &str) -> Pages<'static> {
        Pages::parse(ours, zola, &NO_FILE)
    }

    #[test]
    fn order_of_attributes_and_escapes_mean_nothing() {
        let ours = "<p class=a id=b>x &#x2F; y</p>";
        let zola = "<p id=\"b\" class='a'>x / y</p>";
        assert_eq!(parse(ours, zola).first_difference(), None);
    }

    #[test]
    fn the_first_difference_is_named_with_its_place() {
        let ours = "<main id=m><p>one</p><p>two</p></main>";
        let zola = "<main id=m><p>one</p><p>too</p></main>";
        let expected = ("html > body > main.m > p", "\"two\"", "\"too\"");
        let (at, ours, zola) = parse(ours, zola).first_difference().unwrap();
        assert_eq!((at.as_str(), ours.as_str(), zola.as_str()), expected);
    }

    #[test]
    fn colours_of_code_are_told_from_its_text() {
        let ours = "<pre class=a><code><i style=x>let</i> a</code></pre><p>b</p>";
        let table = [
            ("<pre style=y><code>let <b>a</b></code></pre><p>b</p>", true),
            ("<pre class=a><code><i style=x>let</i> b</code></pre><p>b</p>", false),
            ("<pre class=a><code><i style=x>let</i> a</code></pre><p>c</p>", false),
        ];
        for (zola, expected) in table {
            assert_eq!(parse(ours, zola).are_equal_but_colours(), expected, "{zola}");
        }
    }

    #[test]
    fn redirects_are_known_by_where_they_lead() {
        let page = "<noscript><meta http-equiv=\"refresh\" content=\"0; url=/a/\"></noscript>";
        assert_eq!(redirect(page), Some("/a/"));
        let minified = "<noscript><meta content=\"0; url=/a/\" http-equiv=refresh></noscript>";
        assert_eq!(redirect(minified), Some("/a/"));
        assert_eq!(redirect("<p>refresh</p>"), None);
    }

    #[test]
    fn hashes_of_files_that_differ_mean_nothing() {
        let unlike = UnlikeFiles::from_iter(["s.js".to_owned()]);
        let equal = |ours, zola| Pages::parse(ours, zola, &unlike).first_difference().is_none();
        assert!(equal("<a src=/s.js?h=1 integrity=b>", "<a src=/s.js?h=2 integrity=c>"));
        assert!(!equal("<a src=/t.js integrity=b>", "<a src=/t.js integrity=c>"));
        assert!(!equal("<a src=/s.js integrity=b>", "<a src=/t.js integrity=c>"));
    }

    #[test]
    fn pages_without_a_template_are_known() {
        let text = "You're seeing this page because we couldn't find a template to render.";
        assert!(is_without_template(&format!("<title>Zola</title><p>{text}")));
        assert!(!is_without_template(&format!("<title>Why?</title><blockquote>{text}")));
    }

    #[test]
    fn nesting_counts() {
        assert!(parse("<b>a<i>b</i></b>", "<b>a</b><i>b</i>").first_difference().is_some());
        assert!(parse("<p>a</p>", "<p>a</p><p>b</p>").first_difference().is_some());
    }
}
