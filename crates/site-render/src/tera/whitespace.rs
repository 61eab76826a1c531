//! White space that tags with a minus eat, as Tera 1 does it.
//!
//! A `-%}` reaches the next node only if that is text, and the first thing of a body; a `{%-` the node
//! before it, or the last of the body it closes. `{{ super() }}` neither trims nor is in the way.

use super::syntax::{If, Node, Section, Trim};

/// Trims the text of a body.
///
/// - `left`, `right`: whether the tags around the body trim into it.
pub(crate) fn trim(nodes: Vec<Node>, left: bool, right: bool) -> Vec<Node> {
    let mut done = Vec::with_capacity(nodes.len());
    let mut after_text = false;
    let mut trims_next = left;
    for node in nodes {
        if let Node::Text(text) = node {
            after_text = true;
            let text = if trims_next { text.trim_start().to_owned() } else { text };
            if !text.is_empty() {
                done.push(Node::Text(text));
            }
            trims_next = false;
            continue;
        }
        let (before, after) = outer_trims(&node, trims_next);
        if before && after_text {
            trim_last(&mut done);
        }
        trims_next = after;
        after_text = false;
        done.push(trim_inside(node));
    }
    if right {
        trim_last(&mut done);
    }
    done
}

/// Takes the white space off the end of a body.
fn trim_last(nodes: &mut Vec<Node>) {
    let Some(Node::Text(text)) = nodes.last_mut() else { return };
    text.truncate(text.trim_end().len());
    if text.is_empty() {
        nodes.pop();
    }
}

/// What a node trims before and after itself.
fn outer_trims(node: &Node, current: bool) -> (bool, bool) {
    let around = |open: &Trim, close: &Trim| (open.left, close.right);
    match node {
        Node::Text(_) | Node::Super(_) => (false, current),
        Node::Print(trim, _)
        | Node::Import(trim, _)
        | Node::Extends(trim, _)
        | Node::Include(trim, _)
        | Node::Set(trim, _)
        | Node::Break(trim, _)
        | Node::Continue(trim, _)
        | Node::Comment(trim) => around(trim, trim),
        Node::Raw(open, _, close) => around(open, close),
        Node::For(it) => around(&it.open, &it.close),
        Node::Macro(it) => around(&it.open, &it.close),
        Node::Filter(it) => around(&it.open, &it.close),
        Node::Block(it) => around(&it.open, &it.close),
        Node::If(it) => around(&it.conditions[0].0, &it.close),
    }
}

/// Trims the bodies of a node.
fn trim_inside(node: Node) -> Node {
    match node {
        Node::Raw(open, text, close) => {
            let trimmed = if open.right { text.trim_start() } else { &text };
            let trimmed = if close.left { trimmed.trim_end() } else { trimmed };
            Node::Raw(open, trimmed.to_owned(), close)
        }
        Node::For(mut it) => {
            it.body = trim(it.body, it.open.right, it.close.left);
            Node::For(it)
        }
        Node::Macro(it) => Node::Macro(trim_section(it)),
        Node::Filter(it) => Node::Filter(trim_section(it)),
        Node::Block(it) => Node::Block(trim_section(it)),
        Node::If(it) => Node::If(trim_branches(it)),
        other => other,
    }
}

fn trim_section<H>(mut section: Section<H>) -> Section<H> {
    section.body = trim(section.body, section.open.right, section.close.left);
    section
}

/// Each branch is trimmed by its own tag and by the next one.
fn trim_branches(it: If) -> If {
    let mut conditions: Vec<_> = Vec::with_capacity(it.conditions.len());
    for (tag, expr, body) in it.conditions {
        if tag.left
            && let Some((_, _, previous)) = conditions.last_mut()
        {
            trim_last(previous);
        }
        conditions.push((tag, expr, trim(body, tag.right, false)));
    }
    let trims_last = it.otherwise.as_ref().map_or(it.close.left, |(tag, _)| tag.left);
    if trims_last && let Some((_, _, last)) = conditions.last_mut() {
        trim_last(last);
    }
    let close = it.close;
    let otherwise = it.otherwise.map(|(tag, body)| (tag, trim(body, tag.right, close.left)));
    If { conditions, otherwise, close }
}
