//! The renderer.
use crate::{OutputFile, PageDocument};
use site_model::{Diagnostic, Site};

/// Renders a loaded site.
#[derive(Debug)]
pub struct Renderer;

impl Renderer {
    /// Parses templates, renders all Markdown, checks internal links; collects all problems.
    pub fn new(_site: &Site) -> Result<Self, Vec<Diagnostic>> {
        Ok(Self)
    }

    /// Problems that do not stop the build.
    pub fn warnings(&self) -> &[Diagnostic] {
        &[]
    }

    /// The pages as the search index wants them.
    pub fn documents(&self) -> Vec<PageDocument> {
        Vec::new()
    }

    /// Renders every file of the site; `globals` is the `woodblock` object of the templates.
    pub fn render(&self, _globals: serde_json::Value) -> Result<Vec<OutputFile>, Vec<Diagnostic>> {
        Ok(Vec::new())
    }
}
