//! `woodblock new`: a page with the front matter its kind needs, in every language of the site.

use std::fs;
use std::io::Write as _;
use std::path::{Component, Path, PathBuf};

use crate::archetype::{self, Blank};
use crate::args::{NewArgs, SiteArgs};
use crate::failure::{Failure, Outcome};
use crate::report;
use crate::settings::SiteSettings;

/// Writes one file a language; none where any of them exists.
pub(super) fn run(root: PathBuf, config: Option<PathBuf>, args: &NewArgs) -> Outcome {
    let site =
        SiteArgs { base_url: None, drafts: true, date: args.date.clone(), remote_data: false };
    let settings = SiteSettings::resolve(root, config, site)?;
    let config = site_model::load_config(&settings.model_options())?;
    let path = page_path(&args.path)?;
    let mut files = Vec::new();
    for language in &config.languages {
        let lang = &*language.code;
        let name = if lang == config.default_language { "md" } else { &format!("{lang}.md") };
        let file = settings.root.join("content").join(path.with_extension(name));
        if file.exists() {
            return Err(Failure::usage(format!(
                "`{}` exists; choose another path or edit that page",
                file.display()
            )));
        }
        let blank =
            Blank { kind: args.kind, lang, title: args.title.as_deref(), date: settings.today };
        files.push((file, archetype::text(&blank)));
    }
    for (file, text) in files {
        write_new(&file, &text)?;
        report::result(file.display());
    }
    Ok(())
}

/// The path under content/, without extension.
fn page_path(typed: &Path) -> Outcome<PathBuf> {
    let inside = typed.strip_prefix("content").unwrap_or(typed);
    let safe = inside.components().all(|part| matches!(part, Component::Normal(_)));
    if !safe || inside.file_name().is_none() {
        return Err(Failure::usage(format!(
            "`{}` is no path under content/; write it as faq/patent-fee",
            typed.display()
        )));
    }
    let is_markdown = inside.extension().is_some_and(|extension| extension == "md");
    Ok(if is_markdown { inside.with_extension("") } else { inside.to_path_buf() })
}

fn write_new(file: &Path, text: &str) -> Outcome {
    let failed = |e| Failure::io("write", file, e);
    if let Some(parent) = file.parent() {
        fs::create_dir_all(parent).map_err(|e| Failure::io("make the folder", parent, e))?;
    }
    let mut open = fs::File::create_new(file).map_err(failed)?;
    open.write_all(text.as_bytes()).map_err(failed)
}
