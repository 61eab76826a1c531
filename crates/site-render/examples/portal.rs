//! Loads and renders a site and tells what is wrong with it and how long each step took.
//!
//! ```text
//! cargo run --release -p site-render --example portal -- [ROOT] [OUTPUT]
//! ```
//!
//! Records are not imported here: sections that wait for them stay empty, and `woodblock` holds no
//! more than what templates need to render.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use site_model::{Diagnostic, Options, load, load_config};
use site_render::{Contents, OutputFile, Outside, Renderer};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let root = PathBuf::from(arguments.next().unwrap_or_else(|| ".".to_owned()));
    match build(&root, arguments.next().map(PathBuf::from).as_deref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(diagnostics) => {
            tell(&diagnostics);
            ExitCode::FAILURE
        }
    }
}

fn build(root: &Path, output: Option<&Path>) -> Result<(), Vec<Diagnostic>> {
    let today = jiff::civil::date(2026, 11, 22);
    let options =
        Options { root: root.to_path_buf(), config: None, base_url: None, drafts: false, today };
    let mut clock = Clock(Instant::now());
    let config = load_config(&options)?;
    let site = load(&options, config, Vec::new())?;
    clock.lap(&format!("loaded {} pages, {} sections", site.pages.len(), site.sections.len()));
    tell(&site.warnings);
    let renderer = Renderer::new(&site, &Outside::default())?;
    tell(renderer.warnings());
    clock.lap("rendered Markdown");
    let documents: Vec<_> = renderer.found().into_iter().map(|id| renderer.document(id)).collect();
    clock.lap(&format!("collected {} documents", documents.len()));
    let files = renderer.render(globals(&site))?;
    let bytes: usize = files.iter().map(len).sum();
    clock.lap(&format!("rendered {} files, {bytes} bytes", files.len()));
    if let Some(output) = output {
        write(&files, output);
        clock.lap("wrote them");
    }
    Ok(())
}

fn globals(site: &site_model::Site) -> serde_json::Value {
    let languages: Vec<&str> = site.config.languages.iter().map(|it| &*it.code).collect();
    serde_json::json!({
        "root": null,
        "engine": "/woodblock/engine/",
        "version": "000000000000",
        "build_date": site.today.to_string(),
        "counts": {},
        "collections": {},
        "languages": languages,
    })
}

fn len(file: &OutputFile) -> usize {
    match &file.contents {
        Contents::Bytes(bytes) => bytes.len(),
        Contents::Copy(_) => 0,
    }
}

fn write(files: &[OutputFile], output: &Path) {
    for file in files {
        let path = output.join(&file.path);
        let folder = path.parent().unwrap_or(output);
        let written = std::fs::create_dir_all(folder).and_then(|()| match &file.contents {
            Contents::Bytes(bytes) => std::fs::write(&path, bytes),
            Contents::Copy(from) => std::fs::copy(from, &path).map(|_| ()),
        });
        if let Err(error) = written {
            eprintln!("{}: {error}", path.display());
        }
    }
}

fn tell(diagnostics: &[Diagnostic]) {
    for diagnostic in diagnostics {
        eprintln!("{diagnostic}\n");
    }
}

struct Clock(Instant);

impl Clock {
    fn lap(&mut self, what: &str) {
        eprintln!("{:>7.1} ms  {what}", self.0.elapsed().as_secs_f64() * 1000.0);
        self.0 = Instant::now();
    }
}
