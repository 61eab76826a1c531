//! Tera templates on their own, without a site: for tools and tests.

use std::sync::Arc;

use minijinja::Environment;
use serde_json::Value as Json;

use super::fault::Fault;
use super::load::{Source, load};
use super::program::Program;
use super::run::{Run, section};
use crate::values::from_json;

/// Templates that may include, extend and import each other; for `now` it is today.
///
/// ```
/// let mut templates = site_render::TeraSet::new(&[("a.html", "{{ name | upper }}")]).unwrap();
/// let context = serde_json::json!({ "name": "<x>" });
/// assert_eq!(templates.render("a.html", &context).unwrap(), "&lt;X&gt;");
/// ```
#[derive(Debug)]
pub struct TeraSet {
    env: Environment<'static>,
    program: Arc<Program>,
}

impl TeraSet {
    /// Reads templates: pairs of a name and its source.
    ///
    /// # Errors
    /// What is wrong with the first bad template, with its name.
    pub fn new(templates: &[(&str, &str)]) -> Result<Self, String> {
        let source = |(name, text): &(&str, &str)| Source {
            name: (*name).to_owned(),
            text: (*text).to_owned(),
        };
        let mut loaded = load(templates.iter().map(source).collect(), &|_| false);
        if let Some((name, complaint)) = loaded.complaints.first() {
            return Err(format!("{name}: {} at byte {}", complaint.message, complaint.span.start));
        }
        loaded.program.today = jiff::Zoned::now().date();
        let mut env = Environment::new();
        env.add_filter("tera_section", section);
        for template in loaded.templates {
            env.add_template_owned(template.name, template.source)
                .map_err(|error| format!("the translation is at fault: {error:#}"))?;
        }
        Ok(Self { env, program: Arc::new(loaded.program) })
    }

    /// Renders a template with the members of `context` as variables.
    ///
    /// # Errors
    /// What went wrong, with the template's name and how to mend it.
    pub fn render(&self, name: &str, context: &Json) -> Result<String, String> {
        let entry =
            self.program.find(name).ok_or_else(|| format!("there is no template {name}"))?;
        let run = Run::new(self.program.clone(), entry, from_json(context));
        run.render(&self.env).map_err(|error| {
            let fault = Fault::of(&error);
            let place = fault.place.map(|(unit, span)| {
                format!("{}: byte {}: ", self.program.unit(unit).name, span.start)
            });
            let help = fault.help.map(|help| format!("; {help}")).unwrap_or_default();
            format!("{}{}{help}", place.unwrap_or_default(), fault.message)
        })
    }
}
