//! Doing the jobs of the plan: each gives one file, and any of them may run beside any other.

use std::sync::Arc;

use minijinja::Environment;
use minijinja::value::Value;
use site_model::{Diagnostic, Links, PageId, TemplateSyntax};

use crate::library::{Library, taxonomy_config};
use crate::output::{Contents, OutputFile};
use crate::plan::{Job, JobKind, content_of};
use crate::templates::TemplateIndex;
use crate::values::Fields;
use crate::{feeds, minify, objects, search_index, sitemap};

/// The version of Zola that templates are told, which is the one we follow.
const ZOLA_VERSION: &str = "0.22.1";

/// What all jobs share.
pub(crate) struct Workshop<'a> {
    pub(crate) library: &'a Arc<Library>,
    pub(crate) env: &'a Environment<'static>,
    pub(crate) index: &'a TemplateIndex,
    pub(crate) jobs: &'a [Job],
}

impl Workshop<'_> {
    /// Does one job; most give one file, a split sitemap several.
    pub(crate) fn run(&self, job: &Job) -> Result<Vec<OutputFile>, Diagnostic> {
        let text = match &job.kind {
            JobKind::Copy(from) => {
                let contents = Contents::Copy(from.clone());
                return Ok(vec![OutputFile { path: job.path.clone(), contents }]);
            }
            JobKind::Ready(text) => text.clone(),
            JobKind::SearchIndex(lang) => search_index::of(self.library, lang).to_string(),
            JobKind::Sitemap => return sitemap::files(self, job),
            JobKind::Feed(of, template) => feeds::render(self, of, template, &job.path)?,
            JobKind::Robots => self.robots()?,
            JobKind::NotFound(lang) => {
                // The address is whichever was not found.
                let context = self.with_nulls(self.context(lang), &["current_path", "current_url"]);
                self.render("404.html", context.into_value(), job)?
            }
            JobKind::Redirect { to, lang } => self.redirect(to, lang, job)?,
            kind => {
                let (template, context) = self.view(kind, &job.path);
                self.render(template, context.into_value(), job)?
            }
        };
        let is_minified = self.library.config().minify_html && job.path.ends_with("html");
        let text = if is_minified { minify::html(text) } else { text };
        Ok(vec![OutputFile {
            path: job.path.clone(),
            contents: Contents::Bytes(text.into_bytes()),
        }])
    }

    /// Renders a template; an error names the content that was being shown.
    pub(crate) fn render(
        &self,
        template: &str,
        context: Value,
        job: &Job,
    ) -> Result<String, Diagnostic> {
        let rendered = self.index.render(self.env, template, context);
        rendered.map_err(|error| {
            let mut diagnostic = self.index.diagnostic(&error, &self.library.site.root);
            let shown = match content_of(&job.kind) {
                Some(id) => self.library.site.source(id).file.display().to_string(),
                None => job.path.clone(),
            };
            diagnostic.message = format!("{} (while rendering {shown})", diagnostic.message);
            diagnostic
        })
    }

    /// Variables that every template gets.
    pub(crate) fn context(&self, lang: &Arc<str>) -> Fields {
        Fields::default().with("config", self.library.config_value(lang)).with("lang", lang.clone())
    }

    /// Variables that are not there: in Tera they stay undefined, in our own templates they are null.
    fn with_nulls(&self, context: Fields, names: &[&'static str]) -> Fields {
        match self.library.config().woodblock.templates {
            TemplateSyntax::Tera => context,
            TemplateSyntax::MiniJinja => {
                names.iter().fold(context, |context, name| context.with(name, ()))
            }
        }
    }

    fn context_at(&self, lang: &Arc<str>, path: &str) -> Fields {
        let config = self.library.config();
        self.context(lang)
            .with("current_path", config.template_path(path))
            .with("current_url", config.permalink(path))
    }

    /// Template and variables of what is a page to the visitor.
    fn view<'k>(&self, kind: &'k JobKind, path: &str) -> (&'k str, Fields) {
        match kind {
            JobKind::Page(id, template) => {
                let source = &self.library.site.page(*id).source;
                let context = self.context_at(&source.lang, &source.path);
                let context = context.with("zola_version", ZOLA_VERSION);
                (template, context.with("page", objects::page(self.library, *id)))
            }
            JobKind::Section(id, template) => {
                let source = &self.library.site.section(*id).source;
                let context = self.context_at(&source.lang, &source.path);
                let section = objects::section(self.library, *id);
                (template, self.with_nulls(context.with("section", section), &["paginator"]))
            }
            JobKind::SectionPager { section: id, template, pagination, pager } => {
                let section = self.library.site.section(*id);
                let at = &pagination.pagers[*pager].path;
                let is_reversed = section.meta.paginate_reversed;
                let paginator = objects::paginator(
                    self.library,
                    &section.pages,
                    pagination,
                    *pager,
                    is_reversed,
                );
                let context = self.context_at(&section.source.lang, at);
                // Zola leaves the pages to the paginator.
                let value = match self.library.config().woodblock.templates {
                    TemplateSyntax::Tera => objects::section_metadata(self.library, *id),
                    TemplateSyntax::MiniJinja => objects::section(self.library, *id),
                };
                (template, context.with("section", value).with("paginator", paginator))
            }
            other => self.taxonomy_view(other, path),
        }
    }

    fn taxonomy_view<'k>(&self, kind: &'k JobKind, path: &str) -> (&'k str, Fields) {
        let taxonomies = &self.library.site.taxonomies;
        match kind {
            JobKind::TaxonomyList { taxonomy, template } => {
                let it = &taxonomies[*taxonomy];
                let context = self
                    .context_at(&it.lang, &it.path)
                    .with("taxonomy", taxonomy_config(&it.config))
                    .with("terms", objects::terms(self.library, *taxonomy));
                (template, context)
            }
            JobKind::Term { taxonomy, term, template } => {
                let at = &taxonomies[*taxonomy].terms[*term].path;
                let context = self.term_context(*taxonomy, *term, at);
                (template, self.with_nulls(context, &["paginator"]))
            }
            JobKind::TermPager { taxonomy, term, template, pagination, pager } => {
                let pages: &Arc<[PageId]> = &taxonomies[*taxonomy].terms[*term].pages;
                let paginator = objects::paginator(self.library, pages, pagination, *pager, false);
                let at = &pagination.pagers[*pager].path;
                (template, self.term_context(*taxonomy, *term, at).with("paginator", paginator))
            }
            _ => unreachable!("the job of {path} is no view"),
        }
    }

    fn term_context(&self, taxonomy: usize, term: usize, at: &str) -> Fields {
        let it = &self.library.site.taxonomies[taxonomy];
        self.context_at(&it.lang, at)
            .with("taxonomy", taxonomy_config(&it.config))
            .with("term", objects::term(self.library, taxonomy, term, true))
    }

    fn redirect(&self, to: &str, lang: &Arc<str>, job: &Job) -> Result<String, Diagnostic> {
        let config = self.library.config();
        let is_elsewhere = to.contains("://");
        let (url, permalink) = if is_elsewhere {
            (to.to_owned(), to.to_owned())
        } else {
            (config.link(to), config.permalink(to))
        };
        let title = config.language(lang).and_then(|language| language.title.as_deref());
        let context = self
            .context(lang)
            .with("url", url)
            .with("permalink", permalink)
            .with("keeps_fragment", config.woodblock.links == Links::Absolute)
            .with("title", crate::values::optional(title))
            .into_value();
        self.render("internal/alias.html", context, job)
    }

    fn robots(&self) -> Result<String, Diagnostic> {
        let config = self.library.config();
        let lang: Arc<str> = Arc::from(config.default_language.as_str());
        let sitemap = config.generate_sitemap.then(|| config.permalink("sitemap.xml"));
        let context = self.context(&lang).with("sitemap_url", sitemap);
        let job = Job { path: "robots.txt".to_owned(), kind: JobKind::Robots };
        let mut text = self.render("robots.txt", context.into_value(), &job)?;
        if !text.ends_with('\n') {
            text.push('\n');
        }
        Ok(text)
    }
}
