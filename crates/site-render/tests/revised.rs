//! An edit rebuilds only what it concerns, and the files are then those of a build from nothing.
//!
//! Every golden site is taken: each of its Markdown files is edited, the site revised, and what came
//! out is compared with the whole site rendered anew, byte for byte.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its own files has failed")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde_json::json;
use site_model::{Diagnostic, Options, Revision, Site, load_config};
use site_render::{Contents, OutputFile, Outside, Reach, Renderer};

type Files = BTreeMap<String, Contents>;

fn options(root: &Path) -> Options {
    Options {
        root: root.to_path_buf(),
        config: None,
        base_url: None,
        drafts: false,
        today: jiff::civil::date(2026, 11, 22),
    }
}

fn load(root: &Path) -> Option<(Site, Renderer)> {
    let options = options(root);
    let config = load_config(&options).ok()?;
    Renderer::load(&options, config, Vec::new(), &Outside::default()).ok()
}

/// Renders what is due.
fn due(renderer: &Renderer) -> Result<Files, Vec<Diagnostic>> {
    let files = Mutex::new(Files::new());
    renderer.render_due(&json!({ "version": "test" }), |file: OutputFile| {
        files.lock().unwrap().insert(file.path, file.contents);
        Ok::<(), Vec<Diagnostic>>(())
    })?;
    Ok(files.into_inner().unwrap())
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let place = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &place);
        } else if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), place).unwrap();
        }
    }
}

fn markdown_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            markdown_below(&entry.path(), found);
        } else if entry.path().extension().is_some_and(|ending| ending == "md") {
            found.push(entry.path());
        }
    }
}

/// The file with more text, and another title where it has one.
fn edited(text: &str) -> String {
    let text = text.replacen("title = \"", "title = \"Edited ", 1);
    format!("{}\n\n## Edited\n\nMore words.\n", text.trim_end())
}

#[test]
fn a_revised_site_is_the_one_built_from_nothing() {
    let sites = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/sites");
    let (mut revisions, mut saved) = (0, 0);
    for case in fs::read_dir(sites).unwrap().flatten() {
        let folder = tempfile::tempdir().unwrap();
        copy(&case.path().join("site"), folder.path());
        let Some((mut site, mut renderer)) = load(folder.path()) else { continue };
        let Ok(mut files) = due(&renderer) else { continue };
        let mut pages = Vec::new();
        markdown_below(&folder.path().join("content"), &mut pages);
        pages.sort();
        for page in pages {
            let Ok(text) = fs::read_to_string(&page) else { continue };
            fs::write(&page, edited(&text)).unwrap();
            let name = page.strip_prefix(folder.path()).unwrap().to_path_buf();
            let whole = load(folder.path());
            match site.revised(std::slice::from_ref(&name)) {
                Revision::Done(revised, ids) => {
                    let next = renderer.revised(&revised, &ids, &[], Reach::All);
                    let next = next.ok().and_then(|next| Some((due(&next).ok()?, next)));
                    let whole = whole.and_then(|(_, whole)| due(&whole).ok());
                    assert_eq!(next.is_some(), whole.is_some(), "{}", page.display());
                    let (Some((fresh, next)), Some(whole)) = (next, whole) else {
                        fs::write(&page, text).unwrap();
                        continue;
                    };
                    revisions += 1;
                    saved += whole.len() - fresh.len();
                    files.extend(fresh);
                    for (path, contents) in &whole {
                        assert_eq!(
                            files.get(path),
                            Some(contents),
                            "{path} after {}",
                            page.display()
                        );
                    }
                    (site, renderer) = (*revised, next);
                }
                Revision::OutOfReach => {
                    let Some((loaded, fresh)) = whole else {
                        fs::write(&page, text).unwrap();
                        continue;
                    };
                    let Ok(all) = due(&fresh) else { break };
                    (site, renderer, files) = (loaded, fresh, all);
                }
                Revision::Faulty(_) => fs::write(&page, text).unwrap(),
            }
        }
    }
    assert!(revisions > 50, "only {revisions} edits were within reach");
    assert!(saved > 100, "hardly a file was spared: {saved}");
}
