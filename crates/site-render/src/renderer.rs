//! The renderer: templates parsed, Markdown rendered, links checked; then all files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;
use site_model::{Config, ContentId, Diagnostic, InjectedPage, Options, Site, load_what_can_be};

use crate::content;
use crate::dependencies::{self, Changes, Dependencies};
use crate::documents;
use crate::highlight::Highlighter;
use crate::jobs::Workshop;
use crate::library::Library;
use crate::output::{OutputFile, OutwardLink, PageDocument};
use crate::outside::Outside;
use crate::plan::{self, Job, JobKind, content_of};
use crate::sass;
use crate::search_index;
use crate::templates::Templates;
use crate::values::from_json;

/// How far an edit reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Every file that shows what was edited.
    All,
    /// The edited pages themselves, not those that list them.
    Edited,
}

/// Renders a loaded site.
#[derive(Debug)]
pub struct Renderer {
    library: Arc<Library>,
    templates: Templates,
    jobs: Arc<Vec<Job>>,
    warnings: Vec<Diagnostic>,
    /// What each job read when it was last done, for [`Renderer::render_due`].
    noted: Vec<Mutex<Option<Arc<Dependencies>>>>,
}

impl Renderer {
    /// Parses templates, renders all Markdown, checks internal links, and plans the files.
    ///
    /// # Errors
    /// All problems together, warnings among them, when at least one is an error.
    pub fn new(site: &Site, outside: &Outside) -> Result<Self, Vec<Diagnostic>> {
        Self::prepare(site, outside, Vec::new())
    }

    /// Loads a site and prepares to render it.
    ///
    /// # Errors
    /// All problems of content, templates and links together: what [`site_model::load`] and
    /// [`Renderer::new`] would have told one after the other.
    pub fn load(
        options: &Options,
        config: Config,
        injected: Vec<InjectedPage>,
        outside: &Outside,
    ) -> Result<(Site, Self), Vec<Diagnostic>> {
        let (mut site, problems) = load_what_can_be(options, config, injected);
        if problems.iter().any(Diagnostic::is_error) {
            return Err(Self::prepare(&site, outside, problems.clone()).err().unwrap_or(problems));
        }
        site.warnings = problems;
        Self::new(&site, outside).map(|renderer| (site, renderer))
    }

    /// - `problems`: of the site itself, told with those that are found here.
    fn prepare(
        site: &Site,
        outside: &Outside,
        problems: Vec<Diagnostic>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let is_whole = problems.is_empty();
        let mut diagnostics = problems;
        let highlighter = Highlighter::new(site, &mut diagnostics);
        let styles = sass::compile(site, &outside.style_compiler, &mut diagnostics);
        let library =
            Library::new(site, highlighter.map(Arc::new), styles, outside.fetcher.clone());
        let templates = Templates::load(&library, &mut diagnostics);
        content::render_all(&library, &templates, &mut diagnostics);
        let (jobs, collisions) = plan::plan(
            &library,
            &templates.index,
            library.highlighter.as_deref().map(Highlighter::style_sheets).unwrap_or_default(),
            &mut diagnostics,
        );
        if is_whole {
            diagnostics.extend(collisions);
            diagnostics.extend(search_index::warnings(site));
        }
        let diagnostics = merged(diagnostics);
        if diagnostics.iter().any(Diagnostic::is_error) {
            return Err(diagnostics);
        }
        let noted = jobs.iter().map(|_| Mutex::default()).collect();
        Ok(Self { library, templates, jobs: Arc::new(jobs), warnings: diagnostics, noted })
    }

    /// Keeps processed images in a folder, which the builds to come may use.
    pub fn keep_images_in(&self, folder: &Path) {
        self.library.images.keep_in(folder);
    }

    /// Problems that do not stop the build.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// Links of the content that lead out of the site: by page, in the order of the text.
    pub fn outward_links(&self) -> Vec<OutwardLink> {
        content::outward_links(&self.library)
    }

    /// What the search index wants: the pages and sections that are written and not kept out of it.
    pub fn found(&self) -> Vec<ContentId> {
        documents::found(&self.library)
    }

    /// One of these as the search index wants it.
    pub fn document(&self, id: ContentId) -> PageDocument {
        documents::document(&self.library, id)
    }

    /// Number of jobs; most give one file.
    pub fn file_count(&self) -> usize {
        self.jobs.len()
    }

    /// Renders every file of the site, sorted by path; `globals` is the `woodblock` object of the
    /// templates.
    ///
    /// # Errors
    /// All problems of all templates together.
    #[expect(clippy::needless_pass_by_value, reason = "whoever made the object is done with it")]
    pub fn render(&self, globals: serde_json::Value) -> Result<Vec<OutputFile>, Vec<Diagnostic>> {
        let files = Mutex::new(Vec::with_capacity(self.jobs.len()));
        self.render_each(&globals, |file| {
            files.lock().unwrap_or_else(PoisonError::into_inner).push(file);
            Ok::<(), Vec<Diagnostic>>(())
        })?;
        let mut files = files.into_inner().unwrap_or_else(PoisonError::into_inner);
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// Renders every file and hands it on as soon as it is done, in no order and from several
    /// threads: no more of the output is held than is being drawn.
    ///
    /// # Errors
    /// All problems of all templates together, or the first that `put` met; after either, some files
    /// were handed on and others were not.
    pub fn render_each<E>(
        &self,
        globals: &serde_json::Value,
        put: impl Fn(OutputFile) -> Result<(), E> + Sync,
    ) -> Result<(), E>
    where
        E: From<Vec<Diagnostic>> + Send,
    {
        self.draw(&|_| true, globals, |workshop, _, job| workshop.run(job), put)
    }

    /// Renders every file that is due: at first all, after an edit those that it concerns. Notes
    /// what each is made of, so that [`Renderer::revised`] knows.
    ///
    /// # Errors
    /// As [`Renderer::render_each`].
    pub fn render_due<E>(
        &self,
        globals: &serde_json::Value,
        put: impl Fn(OutputFile) -> Result<(), E> + Sync,
    ) -> Result<(), E>
    where
        E: From<Vec<Diagnostic>> + Send,
    {
        let run = |workshop: &Workshop<'_>, number: usize, job: &Job| {
            let (done, noted) = dependencies::noting(|| workshop.run(job));
            // A job that failed stays due.
            *self.slot(number) = done.is_ok().then(|| Arc::new(noted));
            done
        };
        self.draw(&|number| self.slot(number).is_none(), globals, run, put)
    }

    fn slot(&self, number: usize) -> MutexGuard<'_, Option<Arc<Dependencies>>> {
        self.noted[number].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The renderer of the site with a few edited pages and files, with all that they do not concern
    /// taken over.
    ///
    /// - `site`: [`site_model::Site::revised`], in which `edited` was read again.
    /// - `files`: other files that were edited; [`Renderer::knows`] each.
    ///
    /// # Errors
    /// Problems of the Markdown and the links, all together.
    pub fn revised(
        &self,
        site: &Site,
        edited: &[ContentId],
        files: &[PathBuf],
        reach: Reach,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut diagnostics = site.warnings.clone();
        let library = self.library.revised(site);
        let templates = self.templates.over(&library);
        let mut changes = Changes::of_files(files.iter().map(|file| site.root.join(file)));
        let libraries = (&library, &*self.library);
        content::render_edited(libraries, &templates, edited, &mut changes, &mut diagnostics);
        if diagnostics.iter().any(Diagnostic::is_error) {
            return Err(merged(diagnostics));
        }
        let is_due = |number: usize, job: &Job| {
            let is_copied = matches!(&job.kind, JobKind::Copy(from) if changes.has_file(from));
            let is_own = || content_of(&job.kind).is_some_and(|id| edited.contains(&id));
            is_copied
                || (reach == Reach::All || is_own())
                    && self.slot(number).as_ref().is_none_or(|noted| noted.meets(&changes))
        };
        let noted = self.jobs.iter().enumerate().map(|(number, job)| {
            let kept = if is_due(number, job) { None } else { self.slot(number).clone() };
            Mutex::new(kept)
        });
        let noted = noted.collect();
        Ok(Self { library, templates, jobs: self.jobs.clone(), warnings: diagnostics, noted })
    }

    /// Whether a file, relative to the root, is copied to the output or was read by a template: an
    /// edit of it is within reach of [`Renderer::revised`].
    pub fn knows(&self, file: &Path) -> bool {
        let path = self.library.site.root.join(file);
        let is_copied =
            self.jobs.iter().any(|job| matches!(&job.kind, JobKind::Copy(from) if *from == path));
        let rendered = self.library.all_rendered().into_iter();
        let mut rendered = rendered.flat_map(|all| all.pages.iter().chain(&all.sections));
        is_copied
            || (0..self.jobs.len())
                .any(|number| self.slot(number).as_ref().is_some_and(|noted| noted.has_file(&path)))
            || rendered.any(|one| one.has_read(&path))
    }

    /// Does the jobs that are wanted, in parallel.
    fn draw<E>(
        &self,
        is_wanted: &(dyn Fn(usize) -> bool + Sync),
        globals: &serde_json::Value,
        run: impl Fn(&Workshop<'_>, usize, &Job) -> Result<Vec<OutputFile>, Diagnostic> + Sync,
        put: impl Fn(OutputFile) -> Result<(), E> + Sync,
    ) -> Result<(), E>
    where
        E: From<Vec<Diagnostic>> + Send,
    {
        let mut env = self.templates.env.clone();
        env.add_global("woodblock", from_json(globals));
        let workshop = Workshop {
            library: &self.library,
            env: &env,
            index: &self.templates.index,
            jobs: &self.jobs,
        };
        let diagnostics = Mutex::new(Vec::new());
        let one = |(number, job): (usize, &Job)| match run(&workshop, number, job) {
            Ok(files) => files.into_iter().try_for_each(&put),
            Err(problem) => {
                diagnostics.lock().unwrap_or_else(PoisonError::into_inner).push((number, problem));
                Ok(())
            }
        };
        let jobs = self.jobs.par_iter().enumerate();
        jobs.filter(|(number, _)| is_wanted(*number)).try_for_each(one)?;
        let mut diagnostics = diagnostics.into_inner().unwrap_or_else(PoisonError::into_inner);
        // Of problems at one place the plan's first is told, not the one that came first.
        diagnostics.sort_by_key(|(number, _)| *number);
        let mut problems: Vec<_> = diagnostics.into_iter().map(|(_, problem)| problem).collect();
        problems.extend(self.library.images.finish(&self.library.site.root, &put)?);
        if problems.is_empty() {
            return Ok(());
        }
        Err(merged(problems).into())
    }
}

/// Sorts problems; one place that fails for many pages is told once, with how many more there are.
fn merged(diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    type Place = (Option<PathBuf>, u32, u32, String);
    let mut places: BTreeMap<Place, (Diagnostic, usize)> = BTreeMap::new();
    for diagnostic in diagnostics {
        let message = diagnostic.message.split(" (while rendering ").next().unwrap_or_default();
        let message = message.to_owned();
        let place = (diagnostic.file.clone(), diagnostic.line, diagnostic.column, message);
        let entry = places.entry(place).or_insert((diagnostic, 0));
        entry.1 += 1;
    }
    let mut merged: Vec<_> = places
        .into_values()
        .map(|(mut diagnostic, count)| {
            if count > 1
                && let Some(message) = diagnostic.message.strip_suffix(')')
                && diagnostic.message.contains(" (while rendering ")
            {
                diagnostic.message = format!("{message} and {} more)", count - 1);
            }
            diagnostic
        })
        .collect();
    Diagnostic::sort(&mut merged);
    merged
}
