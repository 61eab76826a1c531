//! All Markdown of a site rendered, and the links between its pages checked.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use minijinja::value::Value;
use rayon::prelude::*;
use site_model::{
    AnchorLinks, ContentId, Diagnostic, Page, PageId, Place, SectionId, Source, nearest,
};
use unicode_segmentation::UnicodeSegmentation;

use crate::dependencies::{self, Changes, Dependencies, Part};
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
    /// All that a link can point at.
    anchors: HashSet<String>,
    internal_links: Vec<InternalLink>,
    external_links: Vec<ExternalLink>,
    /// What its shortcodes read.
    read: Dependencies,
}

impl Rendered {
    fn new(output: Output, read: Dependencies) -> Self {
        Self {
            content: Value::from_safe_string(output.html),
            summary: output.summary.map(Value::from_safe_string),
            headings: output.headings,
            toc: OnceLock::new(),
            words: OnceLock::new(),
            anchors: output.ids.into_iter().collect(),
            internal_links: output.internal_links,
            external_links: output.external_links,
            read,
        }
    }

    /// Whether one of its shortcodes read this file.
    pub(crate) fn has_read(&self, file: &Path) -> bool {
        self.read.has_file(file)
    }

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
    let outputs: Vec<_> = ids.par_iter().map(|id| render_one(*id, library, templates)).collect();
    let mut rendered = AllRendered::default();
    for (id, (one, problems)) in ids.into_iter().zip(outputs) {
        diagnostics.extend(problems);
        match id {
            ContentId::Page(_) => rendered.pages.push(Arc::new(one)),
            ContentId::Section(_) => rendered.sections.push(Arc::new(one)),
        }
    }
    check_links(&mut rendered, library, diagnostics);
    library.set_rendered(rendered);
}

/// Renders again what an edit concerns, takes the rest from the library before it, and adds what has
/// changed by that.
pub(crate) fn render_edited(
    (library, before): (&Arc<Library>, &Library),
    templates: &Templates,
    edited: &[ContentId],
    changes: &mut Changes,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut rendered = before.all_rendered().cloned().unwrap_or_default();
    for id in edited.iter().filter(|id| !has_same_meta(**id, library, before)) {
        changes.add(*id, Part::Meta);
    }
    let is_concerned = |id: &ContentId| {
        edited.contains(id) || rendered.get(*id).is_some_and(|one| one.read.meets(changes))
    };
    let ids: Vec<ContentId> = all_ids(library).into_iter().filter(is_concerned).collect();
    let outputs: Vec<_> = ids.par_iter().map(|id| render_one(*id, library, templates)).collect();
    for (id, (one, problems)) in ids.into_iter().zip(outputs) {
        diagnostics.extend(problems);
        if let Some(old) = rendered.get(id) {
            let sources = (library.site.source(id), before.site.source(id));
            compare(id, (&one, old), sources, changes);
        }
        rendered.replace(id, Arc::new(one));
    }
    let linked = std::mem::take(&mut rendered.backlinks);
    check_links(&mut rendered, library, diagnostics);
    for id in linked.keys().chain(rendered.backlinks.keys()).copied().collect::<BTreeSet<_>>() {
        if linked.get(&id) != rendered.backlinks.get(&id) {
            changes.add(id, Part::Backlinks);
        }
    }
    library.set_rendered(rendered);
}

fn has_same_meta(id: ContentId, library: &Library, before: &Library) -> bool {
    match id {
        ContentId::Page(id) => library.site.page(id).meta == before.site.page(id).meta,
        ContentId::Section(id) => library.site.section(id).meta == before.site.section(id).meta,
    }
}

/// Adds the parts that are not as they were.
fn compare(
    id: ContentId,
    (new, old): (&Rendered, &Rendered),
    (source, old_source): (&Source, &Source),
    changes: &mut Changes,
) {
    let parts = [
        (Part::Content, new.content == old.content),
        (Part::Summary, new.summary == old.summary),
        (Part::TableOfContents, new.headings == old.headings),
        (Part::WordCount, new.word_count(source) == old.word_count(old_source)),
        (Part::ReadingTime, new.reading_minutes(source) == old.reading_minutes(old_source)),
    ];
    for (part, _) in parts.into_iter().filter(|(_, is_same)| !is_same) {
        changes.add(id, part);
    }
}

/// Complains of anchors that are not there, and notes who links to whom.
fn check_links(rendered: &mut AllRendered, library: &Library, diagnostics: &mut Vec<Diagnostic>) {
    let mut backlinks: HashMap<ContentId, Vec<ContentId>> = HashMap::new();
    // Whoever links comes by address, as in Zola.
    let mut all = all_ids(library);
    all.sort_by(|a, b| library.site.source(*a).path.cmp(&library.site.source(*b).path));
    for from in all {
        let links = rendered.get(from).map(|one| one.internal_links.as_slice()).unwrap_or_default();
        check_anchors(from, links, rendered, library, diagnostics);
        for link in links {
            let linking = backlinks.entry(link.target).or_default();
            if linking.last() != Some(&from) {
                linking.push(from);
            }
        }
    }
    rendered.backlinks = backlinks;
}

/// Pages first, then sections, as their lists want them.
fn all_ids(library: &Library) -> Vec<ContentId> {
    let number = |idx: usize| u32::try_from(idx).expect("a site has fewer than 2^32 pages");
    let pages = (0..library.site.pages.len()).map(|idx| ContentId::Page(PageId(number(idx))));
    let sections =
        (0..library.site.sections.len()).map(|idx| ContentId::Section(SectionId(number(idx))));
    pages.chain(sections).collect()
}

fn render_one(
    id: ContentId,
    library: &Arc<Library>,
    templates: &Templates,
) -> (Rendered, Vec<Diagnostic>) {
    let (mut output, read) = dependencies::noting(|| output_of(id, library, templates));
    let problems = std::mem::take(&mut output.diagnostics);
    (Rendered::new(output, read), problems)
}

fn output_of(id: ContentId, library: &Arc<Library>, templates: &Templates) -> Output {
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
///
/// A page asks the section of its own folder alone, as in Zola, not one further up.
fn anchor_links(id: ContentId, library: &Library) -> AnchorLinks {
    let section = match id {
        ContentId::Page(id) => section_around(library.site.page(id), library),
        ContentId::Section(id) => Some(id),
    };
    section
        .and_then(|id| library.site.section(id).meta.insert_anchor_links)
        .unwrap_or(library.config().markdown.insert_anchor_links)
}

/// The section of the folder that a page lies in, where one was written in its language.
fn section_around(page: &Page, library: &Library) -> Option<SectionId> {
    let nearest = page.source.ancestors.last().copied();
    nearest.filter(|id| library.site.section(*id).source.folder == page.folder_above())
}

/// Complains of links to anchors that their page does not have.
fn check_anchors(
    from: ContentId,
    links: &[InternalLink],
    rendered: &AllRendered,
    library: &Library,
    diagnostics: &mut Vec<Diagnostic>,
) {
    // The top of a page needs no element, by the HTML standard.
    let is_top = |anchor: &str| anchor.is_empty() || anchor.eq_ignore_ascii_case("top");
    for link in links.iter().filter(|link| !is_top(&link.anchor)) {
        let known = rendered.get(link.target).map(|one| &one.anchors);
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
        // Zola takes an anchor in other letters for the same; browsers do not.
        let in_other_letters = names.iter().any(|name| name.eq_ignore_ascii_case(&link.anchor));
        let problem = if in_other_letters {
            Diagnostic::warning(message)
        } else {
            markdown::complaint(library, message)
        };
        let source = library.site.source(from);
        diagnostics.push(origin(source).complain(
            problem.help(help),
            &source.body,
            link.span.clone(),
        ));
    }
}

/// Links out of the site, each with its place.
pub(crate) fn outward_links(library: &Library) -> Vec<OutwardLink> {
    let links_of = |id: ContentId| {
        let links = library.rendered(id).map(|one| one.external_links.as_slice());
        links.unwrap_or_default().iter().map(move |link| (id, link))
    };
    let link = |(id, link): (ContentId, &ExternalLink)| {
        let source = library.site.source(id);
        let mut place = Place::of(&source.body, link.span.clone());
        place.line += source.body_line.saturating_sub(1);
        OutwardLink { address: link.address.clone(), file: source.file.clone(), place }
    };
    all_ids(library).into_iter().flat_map(links_of).map(link).collect()
}

/// The first few names.
fn list(names: &[&str]) -> String {
    const SHOWN: usize = 8;
    let shown: Vec<_> = names.iter().take(SHOWN).map(|name| format!("`#{name}`")).collect();
    let more = if names.len() > SHOWN { " …" } else { "" };
    format!("{}{more}", shown.join(", "))
}
