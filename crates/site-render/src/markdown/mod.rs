//! Markdown to HTML with Zola's options.
//!
//! ```text
//! source ─ shortcodes ─▶ source with marks ─ pulldown-cmark ─▶ events ─ this module ─▶ events ─▶ HTML
//! ```
//!
//! A shortcode of an `.html` template leaves a mark in the source, which is replaced by what it
//! rendered once all is HTML; one of an `.md` template is read as Markdown with the rest.

mod anchors;
mod code;
mod emoji;
mod events;
mod expand;
mod footnotes;
mod links;

use std::ops::Range;
use std::sync::Arc;

use minijinja::value::Value;
use pulldown_cmark::{Options, Parser};
use site_model::{AnchorLinks, ContentId, Diagnostic};

use crate::library::Library;
use crate::templates::TemplateIndex;

pub(crate) use links::{ExternalLink, InternalLink, complaint, help_for_missing, percent_decode};

/// Variable that tells the `markdown` filter inside of a shortcode how deep it is.
pub(crate) const DEPTH_VARIABLE: &str = "__markdown_depth";

/// Deepest rendering of Markdown inside of Markdown.
pub(crate) const MAX_DEPTH: u32 = 8;

/// What one text is rendered with.
pub(crate) struct Scope<'a> {
    pub(crate) library: &'a Arc<Library>,
    pub(crate) index: &'a TemplateIndex,
    /// Renders a template by its name.
    pub(crate) render: &'a dyn Fn(&str, Value) -> Result<String, minijinja::Error>,
    pub(crate) lang: Arc<str>,
    /// The page or section it belongs to; none in the `markdown` filter.
    pub(crate) id: Option<ContentId>,
    pub(crate) anchor_links: AnchorLinks,
    /// How many times Markdown is being rendered around this: a shortcode may render some.
    pub(crate) depth: u32,
    pub(crate) origin: Origin<'a>,
}

/// Where the text stands, for complaints.
#[derive(Clone, Copy)]
pub(crate) enum Origin<'a> {
    /// Markdown of a file that starts on this line.
    File { file: &'a std::path::Path, body_line: u32 },
    /// Text of a template's variable.
    Template,
}

impl Origin<'_> {
    /// A complaint at bytes `span` of `text`, which is the body of a file.
    pub(crate) fn complain(
        self,
        diagnostic: Diagnostic,
        text: &str,
        span: Range<usize>,
    ) -> Diagnostic {
        let Origin::File { file, body_line } = self else { return diagnostic };
        let mut diagnostic = diagnostic.in_file(file).at(text, span);
        diagnostic.line += body_line.saturating_sub(1);
        diagnostic
    }
}

/// A heading of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heading {
    pub(crate) level: u8,
    pub(crate) id: String,
    pub(crate) title: String,
}

/// What became of a text.
#[derive(Debug, Default)]
pub(crate) struct Output {
    pub(crate) html: String,
    pub(crate) summary: Option<String>,
    pub(crate) headings: Vec<Heading>,
    /// All that a link can point at.
    pub(crate) ids: Vec<String>,
    pub(crate) internal_links: Vec<InternalLink>,
    pub(crate) external_links: Vec<ExternalLink>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Renders a text.
pub(crate) fn render(text: &str, scope: &Scope<'_>) -> Output {
    let expanded = expand::expand(text, scope);
    let mut pass = events::Pass::new(text, &expanded, scope);
    let parser = Parser::new_ext(&expanded.text, options(scope));
    pass.run(parser.into_offset_iter().collect());
    let mut output = pass.finish();
    output.diagnostics.extend(expanded.diagnostics);
    output
}

fn options(scope: &Scope<'_>) -> Options {
    let markdown = &scope.library.config().markdown;
    let mut options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES;
    options.set(Options::ENABLE_SMART_PUNCTUATION, markdown.smart_punctuation);
    options.set(Options::ENABLE_DEFINITION_LIST, markdown.definition_list);
    options.set(Options::ENABLE_GFM, markdown.github_alerts);
    options
}

impl Scope<'_> {
    /// A complaint at bytes `span` of `text`.
    pub(crate) fn complain(
        &self,
        diagnostic: Diagnostic,
        text: &str,
        span: Range<usize>,
    ) -> Diagnostic {
        self.origin.complain(diagnostic, text, span)
    }

    /// The variables a shortcode gets beside its arguments.
    pub(crate) fn own_variables(&self) -> Vec<(&'static str, Value)> {
        let mut variables = vec![
            ("config", self.library.config_value(&self.lang)),
            (DEPTH_VARIABLE, Value::from(self.depth + 1)),
        ];
        match self.id {
            Some(ContentId::Page(id)) => {
                variables.push(("page", crate::objects::page(self.library, id)));
            }
            Some(ContentId::Section(id)) => {
                variables.push(("section", crate::objects::section(self.library, id)));
            }
            None => {}
        }
        variables
    }
}
