//! Templates: which there are, the environment they run in, and what to say when one fails.
//!
//! A template's name is its path below `templates/`. The site's shadow the theme's; the theme's stay
//! reachable as `THEME/templates/NAME`; a few built-in ones lie beneath all.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, Output, State, UndefinedBehavior};
use site_model::{Diagnostic, Site, TemplateSyntax, nearest, read_source};

use crate::html::escape;
use crate::library::Library;
use crate::objects::{PAGE_KEYS, SECTION_KEYS};
use crate::tera::{self, Complaint, Fault, Program, Run};
use crate::{filters, functions};

/// The environment and what is known of its templates.
#[derive(Debug)]
pub(crate) struct Templates {
    pub(crate) env: Environment<'static>,
    pub(crate) index: Arc<TemplateIndex>,
}

/// Which templates there are.
#[derive(Debug, Default)]
pub(crate) struct TemplateIndex {
    /// File of each template, relative to the root; none for the built-in ones.
    files: BTreeMap<String, PathBuf>,
    /// All names, sorted.
    names: Vec<String>,
    /// Template of each shortcode.
    shortcodes: BTreeMap<String, String>,
    /// Those in Tera's syntax; built-in ones never are.
    tera: Arc<Program>,
}

/// Templates used where neither site nor theme has one of that name.
const BUILT_IN: &[(&str, &str)] = &[
    ("404.html", include_str!("builtin/404.html")),
    ("anchor-link.html", include_str!("builtin/anchor-link.html")),
    ("atom.xml", include_str!("builtin/atom.xml")),
    ("rss.xml", include_str!("builtin/rss.xml")),
    ("robots.txt", include_str!("builtin/robots.txt")),
    ("sitemap.xml", include_str!("builtin/sitemap.xml")),
    ("split_sitemap_index.xml", include_str!("builtin/split_sitemap_index.xml")),
    ("summary-cutoff.html", include_str!("builtin/summary-cutoff.html")),
    ("internal/alias.html", include_str!("builtin/alias.html")),
    ("index.html", include_str!("builtin/section.html")),
    ("section.html", include_str!("builtin/section.html")),
    ("page.html", include_str!("builtin/page.html")),
    ("taxonomy_list.html", include_str!("builtin/taxonomy_list.html")),
    ("taxonomy_single.html", include_str!("builtin/taxonomy_single.html")),
    // Older versions of Zola had these shortcodes.
    ("shortcodes/gist.html", include_str!("builtin/gist.html")),
    ("shortcodes/streamable.html", include_str!("builtin/streamable.html")),
    ("shortcodes/vimeo.html", include_str!("builtin/vimeo.html")),
    ("shortcodes/youtube.html", include_str!("builtin/youtube.html")),
];

impl Templates {
    /// Reads and parses all templates.
    pub(crate) fn load(library: &Arc<Library>, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut env = environment(library);
        let mut files = BTreeMap::new();
        let mut names: Vec<String> = Vec::new();
        for (name, source) in BUILT_IN {
            add(&mut env, name, (*source).to_owned(), None, diagnostics);
            names.push((*name).to_owned());
        }
        let mut own = Vec::new();
        for (name, file) in template_files(&library.site, diagnostics) {
            match read_source(&library.site.root, &file) {
                Ok(text) => {
                    names.push(name.clone());
                    files.insert(name.clone(), file);
                    own.push(tera::Source { name, text });
                }
                Err(problem) => diagnostics.push(problem),
            }
        }
        let tera = match library.config().woodblock.templates {
            TemplateSyntax::Tera => add_tera(&mut env, own, library, &files, diagnostics),
            TemplateSyntax::MiniJinja => {
                for tera::Source { name, text } in own {
                    add(&mut env, &name, text, files.get(&name).map(PathBuf::as_path), diagnostics);
                }
                Program::default()
            }
        };
        names.sort();
        names.dedup();
        let shortcodes = shortcodes(&names);
        let index = Arc::new(TemplateIndex { files, names, shortcodes, tera: Arc::new(tera) });
        filters::add_markdown(&mut env, library, &index);
        Self { env, index }
    }

    /// The same templates over a revised site.
    pub(crate) fn over(&self, library: &Arc<Library>) -> Self {
        let mut env = self.env.clone();
        functions::add(&mut env, library);
        filters::add_markdown(&mut env, library, &self.index);
        Self { env, index: self.index.clone() }
    }

    /// Renders a template.
    pub(crate) fn render(&self, name: &str, context: Value) -> Result<String, Error> {
        self.index.render(&self.env, name, context)
    }
}

impl TemplateIndex {
    /// Whether there is a template of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.names.binary_search_by(|known| known.as_str().cmp(name)).is_ok()
    }

    /// Whether site or theme brings a template of this name.
    pub(crate) fn has_own(&self, name: &str) -> bool {
        self.files.contains_key(name)
    }

    /// Renders a template of whichever syntax.
    pub(crate) fn render(
        &self,
        env: &Environment<'_>,
        name: &str,
        context: Value,
    ) -> Result<String, Error> {
        match self.tera.find(name) {
            Some(entry) => Run::new(self.tera.clone(), entry, context).render(env),
            None => env.get_template(name)?.render(context),
        }
    }

    /// The template of a shortcode.
    pub(crate) fn shortcode(&self, name: &str) -> Option<&str> {
        self.shortcodes.get(name).map(String::as_str)
    }

    /// Names of all shortcodes.
    pub(crate) fn shortcode_names(&self) -> impl Iterator<Item = &str> {
        self.shortcodes.keys().map(String::as_str)
    }

    /// How to mend a wrong template name.
    pub(crate) fn help_for_unknown(&self, name: &str) -> String {
        match nearest(name, self.names.iter().map(String::as_str)) {
            Some(known) => format!("did you mean `{known}`?"),
            None => format!("create templates/{name}"),
        }
    }

    /// Turns an error into a diagnostic that points into the author's own file.
    pub(crate) fn diagnostic(&self, error: &Error, root: &Path) -> Diagnostic {
        if let Some((fault, (unit, span))) =
            Fault::inside(error).and_then(|fault| Some((fault, fault.place.clone()?)))
        {
            let complaint =
                Complaint { message: fault.message.clone(), span, help: fault.help.clone() };
            return complained(&self.files, &self.tera.unit(unit).name, &complaint, root);
        }
        let at = innermost(error);
        let mut diagnostic = Diagnostic::error(message(at));
        if let Some(file) = at.name().and_then(|name| self.files.get(name)) {
            diagnostic = diagnostic.in_file(file);
            match (read_source(root, file), at.range()) {
                (Ok(text), Some(range)) => diagnostic = diagnostic.at(&text, range),
                _ => diagnostic = diagnostic.at_line(line(at)),
            }
        } else if let Some(name) = at.name() {
            diagnostic.message = format!("built-in template {name}: {}", diagnostic.message);
        }
        match self.help(at) {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }

    fn help(&self, error: &Error) -> Option<String> {
        let detail = error.detail().unwrap_or_default();
        match error.kind() {
            ErrorKind::TemplateNotFound => {
                let name = detail.split('\'').nth(1).or_else(|| detail.split('"').nth(1))?;
                Some(self.help_for_unknown(name))
            }
            ErrorKind::UndefinedError => undefined_help(detail),
            ErrorKind::UnknownFilter => {
                let name = detail.strip_prefix("filter ")?.split(' ').next()?;
                did_you_mean(name, filters::names())
            }
            ErrorKind::UnknownFunction => {
                did_you_mean(detail.split(' ').next()?, functions::names())
            }
            _ => None,
        }
    }
}

fn did_you_mean<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    nearest(name, known).map(|known| format!("did you mean `{known}`?"))
}

/// The cause furthest inside that knows where it stands.
fn innermost(error: &Error) -> &Error {
    let mut found = error;
    let mut next = std::error::Error::source(error);
    while let Some(source) = next {
        if let Some(inner) = source.downcast_ref::<Error>()
            && inner.name().is_some()
        {
            found = inner;
        }
        next = source.source();
    }
    found
}

fn line(error: &Error) -> u32 {
    error.line().and_then(|line| u32::try_from(line).ok()).unwrap_or(0)
}

/// One line, lower case at its start, with the causes that have no place of their own.
fn message(error: &Error) -> String {
    let mut message = match error.detail() {
        Some(detail) => match error.kind() {
            ErrorKind::SyntaxError => format!("template syntax: {detail}"),
            _ => detail.to_owned(),
        },
        None => error.kind().to_string(),
    };
    let mut next = std::error::Error::source(error);
    while let Some(source) = next {
        message = format!("{message}: {source}");
        next = source.source();
    }
    message.replace('\n', " ")
}

fn undefined_help(detail: &str) -> Option<String> {
    let path = detail.split('`').nth(1)?;
    let (parent, key) = path.rsplit_once('.')?;
    let keys = match parent.rsplit('.').next()? {
        "page" | "post" | "lower" | "higher" => PAGE_KEYS,
        "section" => SECTION_KEYS,
        _ => &[],
    };
    let known = nearest(key, keys.iter().copied());
    Some(match known {
        Some(known) => format!("did you mean `{parent}.{known}`?"),
        None => format!("where it may be missing, write `{{% if {path} %}}` or `| default(…)`"),
    })
}

/// Adds templates in Tera's syntax.
fn add_tera(
    env: &mut Environment<'static>,
    sources: Vec<tera::Source>,
    library: &Arc<Library>,
    files: &BTreeMap<String, PathBuf>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Program {
    let is_built_in = |name: &str| BUILT_IN.iter().any(|(known, _)| *known == name);
    let mut loaded = tera::load(sources, &is_built_in);
    let root = &library.site.root;
    for (name, complaint) in &loaded.complaints {
        // A theme's template has two names and the same fault under both.
        let diagnostic = complained(files, name, complaint, root);
        if !diagnostics.contains(&diagnostic) {
            diagnostics.push(diagnostic);
        }
    }
    env.add_filter("tera_section", tera::section);
    for template in loaded.templates {
        if let Err(error) = env.add_template_owned(template.name.clone(), template.source) {
            let problem = format!("template {}: {}", template.name, message(&error));
            diagnostics.push(Diagnostic::error(problem));
        }
    }
    loaded.program.today = library.site.today;
    loaded.program
}

/// A complaint about a template in Tera's syntax.
fn complained(
    files: &BTreeMap<String, PathBuf>,
    name: &str,
    complaint: &Complaint,
    root: &Path,
) -> Diagnostic {
    let mut diagnostic = Diagnostic::error(complaint.message.as_str());
    if let Some(file) = files.get(name) {
        diagnostic = diagnostic.in_file(file);
        if let Ok(text) = read_source(root, file) {
            diagnostic = diagnostic.at(&text, complaint.span.clone());
        }
    }
    match &complaint.help {
        Some(help) => diagnostic.help(help.as_str()),
        None => diagnostic,
    }
}

fn add(
    env: &mut Environment<'static>,
    name: &str,
    source: String,
    file: Option<&Path>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let text = source.clone();
    let Err(error) = env.add_template_owned(name.to_owned(), source) else { return };
    let mut diagnostic = Diagnostic::error(message(&error));
    if let Some(file) = file {
        diagnostic = diagnostic.in_file(file);
    }
    diagnostics.push(match error.range() {
        Some(range) => diagnostic.at(&text, range),
        None => diagnostic.at_line(line(&error)),
    });
}

/// Name and file of every template; later ones shadow earlier ones of the same name.
fn template_files(site: &Site, diagnostics: &mut Vec<Diagnostic>) -> Vec<(String, PathBuf)> {
    let mut found: BTreeMap<String, PathBuf> = BTreeMap::new();
    if let Some(theme) = &site.config.theme {
        let folder = Path::new("themes").join(theme).join("templates");
        for relative in site_model::files_below(&site.root, &folder, diagnostics) {
            let file = folder.join(&relative);
            found.insert(format!("{theme}/templates/{relative}"), file.clone());
            found.insert(relative, file);
        }
    }
    let folder = Path::new("templates");
    for relative in site_model::files_below(&site.root, folder, diagnostics) {
        let file = folder.join(&relative);
        found.insert(relative, file);
    }
    found.retain(|name, _| is_template(name));
    found.into_iter().collect()
}

/// Editors leave other files beside templates; only those with a known ending are read.
fn is_template(name: &str) -> bool {
    const ENDINGS: &[&str] = &["html", "xml", "txt", "md", "json", "css", "js", "svg"];
    Path::new(name)
        .extension()
        .and_then(|ending| ending.to_str())
        .is_some_and(|ending| ENDINGS.contains(&ending))
}

/// Shortcode names and their templates; `.html` goes before `.md`.
fn shortcodes(names: &[String]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for ending in [".md", ".html"] {
        for name in names {
            if let Some(short) =
                name.strip_prefix("shortcodes/").and_then(|rest| rest.strip_suffix(ending))
            {
                let short = short.rsplit('/').next().unwrap_or(short);
                found.insert(short.to_owned(), name.clone());
            }
        }
    }
    found
}

fn environment(library: &Arc<Library>) -> Environment<'static> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    env.set_formatter(print);
    // Without it, an error does not name what is undefined.
    env.set_debug(true);
    functions::add(&mut env, library);
    filters::add(&mut env);
    env
}

/// Prints a value: nothing as nothing, truth in lower case, text escaped where the template is HTML
/// or XML. A slash is not escaped: it needs none, and paths are most of what a page prints.
fn print(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    if let Some(text) = value.as_str() {
        let is_html = matches!(state.auto_escape(), minijinja::AutoEscape::Html);
        let is_plain = value.is_safe() || !is_html;
        return if is_plain { write(out, text) } else { write(out, &escape(text)) };
    }
    match value.kind() {
        ValueKind::None => Ok(()),
        ValueKind::Bool => write(out, if value.is_true() { "true" } else { "false" }),
        ValueKind::Number => write(out, &value.to_string()),
        _ => minijinja::escape_formatter(out, state, value),
    }
}

fn write(out: &mut Output, text: &str) -> Result<(), Error> {
    out.write_str(text).map_err(|error| {
        Error::new(ErrorKind::WriteFailure, "could not write output").with_source(error)
    })
}
