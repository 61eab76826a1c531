//! All Markdown of a site rendered, and the links between its pages checked.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use minijinja::value::Value;
use rayon::prelude::*;
use site_model::{AnchorLinks, ContentId, Diagnostic, PageId, Place, SectionId, Source, nearest};
use unicode_segmentation::UnicodeSegmentation;

use crate::html::ids;
use crate::library::{AllRendered, Library};
pub(crate) use crate::markdown::Heading;
use crate::markdown::{self, ExternalLink, InternalLink, Origin, Output, Scope};
use crate::output::OutwardLink;
use crate::templates::Templates;

/// What became of the Markdown of a page or section.
#[derive(Debug, Default)]
pub(crate) struct Rendered {
    /// The HTML.
    pub(crate) content: Value,
    /// The HTML before `<!-- more -->`.
    pub(crate) summary: Option<Value>,
    pub(crate) headings: Vec<Heading>,
    /// The table of contents as templates see it, made when first asked for.
    pub(crate) toc: OnceLock<Value>,
    words: OnceLock<usize>,
}

impl Rendered {
    /// Words of the Markdown, marks and addresses among them, as Zola counts; each character of a
    /// script without spaces is one.
    pub(crate) fn word_count(&self, source: &Source) -> usize {
        *self.words.get_or_init(|| count_words(&source.body))
    }

    /// Minutes to read it, at 200 words a minute.
    pub(crate) fn reading_minutes(&self, source: &Source) -> u64 {
        self.word_count(source).div_ceil(200) as u64
    }
}

/// Words of Markdown as it is written, code blocks left out.
fn count_words(markdown: &str) -> usize {
    markdown.split("```").step_by(2).map(|text| text.unicode_words().count()).sum()
}

/// Renders everything, in parallel, and hands it to the library.
pub(crate) fn render_all(
    library: &Arc<Library>,
    templates: &Templates,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let ids: Vec<ContentId> = all_ids(library);
    let outputs: Vec<Output> =
        ids.par_iter().map(|id| render_one(*id, library, templates)).collect();
    let mut anchors: HashMap<ContentId, HashSet<String>> = HashMap::new();
    let mut links: Vec<(ContentId, Vec<InternalLink>)> = Vec::new();
    let mut rendered = AllRendered::default();
    for (id, mut output) in ids.into_iter().zip(outputs) {
        diagnostics.append(&mut output.diagnostics);
        if !output.ids.is_empty() {
            anchors.insert(id, output.ids.into_iter().collect());
        }
        if !output.internal_links.is_empty() {
            links.push((id, output.internal_links));
        }
        rendered.external_links.extend(output.external_links.into_iter().map(|link| (id, link)));
        let one = Rendered {
            content: Value::from_safe_string(output.html),
            summary: output.summary.map(Value::from_safe_string),
            headings: output.headings,
            toc: OnceLock::new(),
            words: OnceLock::new(),
        };
        match id {
            ContentId::Page(_) => rendered.pages.push(one),
            ContentId::Section(_) => rendered.sections.push(one),
        }
    }
    for (from, links) in links {
        check_anchors(from, &links, &anchors, &rendered, library, diagnostics);
        for link in links.into_iter().filter(|link| link.target != from) {
            let linking = rendered.backlinks.entry(link.target).or_default();
            if linking.last() != Some(&from) {
                linking.push(from);
            }
        }
    }
    library.set_rendered(rendered);
}

/// Pages first, then sections, as their lists want them.
fn all_ids(library: &Library) -> Vec<ContentId> {
    let number = |idx: usize| u32::try_from(idx).expect("a site has fewer than 2^32 pages");
    let pages = (0..library.site.pages.len()).map(|idx| ContentId::Page(PageId(number(idx))));
    let sections =
        (0..library.site.sections.len()).map(|idx| ContentId::Section(SectionId(number(idx))));
    pages.chain(sections).collect()
}

fn render_one(id: ContentId, library: &Arc<Library>, templates: &Templates) -> Output {
    let source = library.site.source(id);
    if source.body.trim().is_empty() {
        return Output::default();
    }
    let render = |name: &str, context: Value| templates.render(name, context);
    let scope = Scope {
        library,
        index: &templates.index,
        render: &render,
        lang: source.lang.clone(),
        id: Some(id),
        anchor_links: anchor_links(id, library),
        depth: 0,
        origin: origin(source),
    };
    markdown::render(&source.body, &scope)
}

fn origin(source: &Source) -> Origin<'_> {
    Origin::File { file: &source.file, body_line: source.body_line }
}

/// The section's own setting, else the configuration's.
fn anchor_links(id: ContentId, library: &Library) -> AnchorLinks {
    let section = match id {
        ContentId::Page(id) => library.site.page(id).source.ancestors.last().copied(),
        ContentId::Section(id) => Some(id),
    };
    section
        .and_then(|id| library.site.section(id).meta.insert_anchor_links)
        .unwrap_or(library.config().markdown.insert_anchor_links)
}

/// Complains of links to anchors that their page does not have.
fn check_anchors(
    from: ContentId,
    links: &[InternalLink],
    anchors: &HashMap<ContentId, HashSet<String>>,
    rendered: &AllRendered,
    library: &Library,
    diagnostics: &mut Vec<Diagnostic>,
) {
    // The top of a page needs no element, by the HTML standard.
    let is_top = |anchor: &str| anchor.is_empty() || anchor.eq_ignore_ascii_case("top");
    for link in links.iter().filter(|link| !is_top(&link.anchor)) {
        let known = anchors.get(&link.target);
        if known.is_some_and(|known| known.contains(&link.anchor)) {
            continue;
        }
        // Footnotes and what else has an id only once it is HTML.
        if ids(rendered.html(link.target)).contains(&link.anchor) {
            continue;
        }
        let mut names: Vec<&str> = known.into_iter().flatten().map(String::as_str).collect();
        names.sort_unstable();
        let help = match nearest(&link.anchor, names.iter().copied()) {
            Some(name) => format!("did you mean `#{name}`?"),
            None if names.is_empty() => "that page has no anchors".to_owned(),
            None => format!("its anchors are {}", list(&names)),
        };
        let target = library.site.source(link.target);
        let what =
            if link.target == from { "this page" } else { target.file.to_str().unwrap_or("it") };
        let message = format!("there is no anchor `#{}` in {what}", link.anchor);
        let problem = markdown::complaint(library, message).help(help);
        let source = library.site.source(from);
        diagnostics.push(origin(source).complain(problem, &source.body, link.span.clone()));
    }
}

/// Links out of the site, each with its place.
pub(crate) fn outward_links(library: &Library) -> Vec<OutwardLink> {
    let rendered = library.all_rendered().into_iter().flat_map(|rendered| &rendered.external_links);
    let link = |(id, link): &(ContentId, ExternalLink)| {
        let source = library.site.source(*id);
        let mut place = Place::of(&source.body, link.span.clone());
        place.line += source.body_line.saturating_sub(1);
        OutwardLink { address: link.address.clone(), file: source.file.clone(), place }
    };
    rendered.map(link).collect()
}

/// The first few names.
fn list(names: &[&str]) -> String {
    const SHOWN: usize = 8;
    let shown: Vec<_> = names.iter().take(SHOWN).map(|name| format!("`#{name}`")).collect();
    let more = if names.len() > SHOWN { " …" } else { "" };
    format!("{}{more}", shown.join(", "))
}
