//! Golden sites: `tests/sites/NAME/site` is built and compared with what lies beside it.
//!
//! - `expected/`: every file of the output, byte for byte (`NAME` that builds).
//! - `expected.txt`: the diagnostics as text; all there is for a site that must not build
//!   (`err-NAME`), the warnings for one that builds.
//! - `injected.json`: pages that do not come from `content/`.
//! - `drafts`: drafts are built; `documents`: the documents for search are compared as well.
//!
//! `UPDATE_EXPECT=1 cargo test -p site-render --test golden` rewrites the expectations.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its own files has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use site_model::{Diagnostic, InjectedPage, Options, load_config};
use site_render::{Contents, OutputFile, Outside, Renderer};

type Files = BTreeMap<String, Vec<u8>>;

struct Built {
    files: Option<Files>,
    diagnostics: Vec<Diagnostic>,
}

fn sites() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/sites")
}

fn build(case: &Path) -> Built {
    let mut diagnostics = Vec::new();
    let built = try_build(case, &mut diagnostics);
    let files = match built {
        Ok(files) => Some(files),
        Err(mut problems) => {
            diagnostics.append(&mut problems);
            None
        }
    };
    Built { files, diagnostics }
}

fn options(case: &Path) -> Options {
    Options {
        root: case.join("site"),
        config: None,
        base_url: None,
        drafts: case.join("drafts").exists(),
        today: jiff::civil::date(2026, 11, 22),
    }
}

fn try_build(case: &Path, warnings: &mut Vec<Diagnostic>) -> Result<Files, Vec<Diagnostic>> {
    let options = options(case);
    let config = load_config(&options)?;
    let (site, renderer) = Renderer::load(&options, config, injected(case), &Outside::default())?;
    warnings.extend(site.warnings.iter().cloned());
    warnings.extend(renderer.warnings().iter().cloned());
    let mut files = renderer.render(serde_json::json!({ "root": null, "version": "test" }))?;
    if case.join("documents").exists() {
        let contents = Contents::Bytes(documents(&renderer).into_bytes());
        files.push(OutputFile { path: "documents.txt".to_owned(), contents });
    }
    Ok(files.into_iter().map(|file| (file.path, bytes(file.contents))).collect())
}

fn documents(renderer: &Renderer) -> String {
    let documents = renderer.found().into_iter().map(|id| renderer.document(id));
    documents.fold(String::new(), |mut text, document| {
        let _ = writeln!(text, "{document:#?}");
        text
    })
}

fn bytes(contents: Contents) -> Vec<u8> {
    match contents {
        Contents::Bytes(bytes) => bytes,
        Contents::Copy(from) => fs::read(&from).unwrap(),
    }
}

fn injected(case: &Path) -> Vec<InjectedPage> {
    let Ok(text) = fs::read_to_string(case.join("injected.json")) else { return Vec::new() };
    let pages: Vec<Json> = serde_json::from_str(&text).unwrap();
    pages.iter().map(injected_page).collect()
}

fn injected_page(page: &Json) -> InjectedPage {
    let text = |key: &str| page[key].as_str().unwrap_or_default().to_owned();
    InjectedPage {
        section: text("section"),
        slug: text("slug"),
        lang: text("lang"),
        title: text("title"),
        template: page["template"].as_str().map(str::to_owned),
        date: page["date"].as_str().and_then(|date| date.parse().ok()),
        extra: page["extra"].clone(),
        origin: PathBuf::from(text("origin")),
        line: usize::try_from(page["line"].as_u64().unwrap_or(0)).unwrap(),
    }
}

fn told(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().fold(String::new(), |mut text, diagnostic| {
        let _ = writeln!(text, "{diagnostic}\n");
        text
    })
}

fn read_tree(folder: &Path) -> Files {
    let mut files = Files::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    files
}

fn write_tree(folder: &Path, files: &Files) {
    let _ = fs::remove_dir_all(folder);
    for (name, bytes) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

fn update(case: &Path, built: &Built) {
    let text = told(&built.diagnostics);
    let file = case.join("expected.txt");
    if text.is_empty() {
        let _ = fs::remove_file(&file);
    } else {
        fs::write(&file, text).unwrap();
    }
    match &built.files {
        Some(files) => write_tree(&case.join("expected"), files),
        None => drop(fs::remove_dir_all(case.join("expected"))),
    }
}

/// What differs, in words.
fn differences(case: &Path, built: &Built) -> Vec<String> {
    let mut found = Vec::new();
    let text = fs::read_to_string(case.join("expected.txt")).unwrap_or_default();
    if text != told(&built.diagnostics) {
        found.push(format!("expected diagnostics\n{text}found\n{}", told(&built.diagnostics)));
    }
    let must_fail = case.file_name().unwrap().to_str().unwrap().starts_with("err-");
    match &built.files {
        Some(_) if must_fail => found.push("it builds, but must not".to_owned()),
        None if !must_fail => found.push("it does not build".to_owned()),
        None => {}
        Some(files) => found.extend(file_differences(&read_tree(&case.join("expected")), files)),
    }
    found
}

fn file_differences(expected: &Files, found: &Files) -> Vec<String> {
    let names: BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
    let mut differences = Vec::new();
    for name in names {
        match (expected.get(name), found.get(name)) {
            (Some(a), Some(b)) if a == b => {}
            (Some(a), Some(b)) => differences.push(format!(
                "{name}: expected\n{}\nfound\n{}",
                String::from_utf8_lossy(a),
                String::from_utf8_lossy(b)
            )),
            (Some(_), None) => differences.push(format!("{name}: missing")),
            (None, _) => differences.push(format!("{name}: not expected")),
        }
    }
    differences
}

fn cases() -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> =
        fs::read_dir(sites()).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|case| case.join("site").is_dir());
    cases.sort();
    assert!(!cases.is_empty(), "no golden sites");
    cases
}

#[test]
fn golden_sites() {
    let is_update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut failures = String::new();
    for case in cases() {
        let built = build(&case);
        if is_update {
            update(&case, &built);
        }
        for difference in differences(&case, &built) {
            let name = case.file_name().unwrap().display();
            let _ = writeln!(failures, "== {name}: {difference}");
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn every_expected_xml_file_is_well_formed() {
    let mut count = 0;
    for case in cases() {
        for (name, bytes) in read_tree(&case.join("expected")) {
            if Path::new(&name).extension().is_none_or(|ending| ending != "xml") {
                continue;
            }
            count += 1;
            let mut reader = quick_xml::Reader::from_reader(bytes.as_slice());
            let mut buffer = Vec::new();
            loop {
                match reader.read_event_into(&mut buffer) {
                    Ok(quick_xml::events::Event::Eof) => break,
                    Ok(_) => buffer.clear(),
                    Err(error) => panic!("{}: {name}: {error}", case.display()),
                }
            }
        }
    }
    assert!(count > 5, "only {count} XML files were looked at");
}

#[test]
fn output_is_the_same_in_any_folder_and_with_any_number_of_threads() {
    let case = sites().join("languages");
    let copy = tempfile::tempdir().unwrap();
    write_tree(&copy.path().join("site"), &read_tree(&case.join("site")));
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let first = build(&case).files.unwrap();
    let second = alone.install(|| build(copy.path())).files.unwrap();
    assert_eq!(first, second);
}

#[test]
fn images_are_the_same_from_a_warm_and_a_cold_cache() {
    let case = sites().join("images");
    let cache = tempfile::tempdir().unwrap();
    let build_with_cache = || -> Files {
        let options = options(&case);
        let config = load_config(&options).unwrap();
        let (_, renderer) =
            Renderer::load(&options, config, Vec::new(), &Outside::default()).unwrap();
        renderer.keep_images_in(&cache.path().join("images"));
        let files = renderer.render(serde_json::json!({})).unwrap();
        files.into_iter().map(|file| (file.path, bytes(file.contents))).collect()
    };
    let without = build(&case).files.unwrap();
    assert!(without == build_with_cache(), "a cold cache changes the output");
    let kept = read_tree(cache.path()).len();
    assert!(kept > 10, "only {kept} files are kept");
    assert!(without == build_with_cache(), "a warm cache changes the output");
    assert_eq!(read_tree(cache.path()).len(), kept);
}

#[cfg(unix)]
#[test]
fn an_unreadable_folder_is_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let copy = tempfile::tempdir().unwrap();
    let site = copy.path().join("site");
    write_tree(&site, &read_tree(&sites().join("languages").join("site")));
    let locked = site.join("content/locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
    // The system's administrator may read everything; then there is nothing to be told.
    let is_readable_anyway = fs::read_dir(&locked).is_ok();
    let built = build(copy.path());
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o700)).unwrap();
    if is_readable_anyway {
        assert!(built.files.is_some());
        return;
    }
    let problem = built.diagnostics.iter().find(|it| it.is_error()).unwrap();
    assert_eq!(problem.message, "may not be read");
    assert_eq!(problem.file.as_deref(), Some(Path::new("content/locked")));
}
