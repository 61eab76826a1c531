//! Content that means harm: it must neither stop the program, nor take for ever, nor get out of the
//! site's folder.

#![expect(clippy::unwrap_used, reason = "a test that cannot write its own files has failed")]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use site_model::{Diagnostic, Options, load_config};
use site_render::{OutputFile, Outside, Renderer};

const CONFIG: &str =
    "base_url = \"https://x.example\"\n[extra.woodblock]\ntemplates = \"minijinja\"\n";

fn build(files: &[(&str, String)]) -> Result<Vec<OutputFile>, Vec<Diagnostic>> {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("config.toml"), CONFIG).unwrap();
    for (name, text) in files {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    build_root(root.path())
}

fn build_root(root: &Path) -> Result<Vec<OutputFile>, Vec<Diagnostic>> {
    let today = jiff::civil::date(2026, 11, 22);
    let options =
        Options { root: root.to_path_buf(), config: None, base_url: None, drafts: false, today };
    let config = load_config(&options)?;
    let (_, renderer) = Renderer::load(&options, config, Vec::new(), &Outside::default())?;
    let documents: Vec<_> = renderer.found().into_iter().map(|id| renderer.document(id)).collect();
    assert!(!documents.is_empty());
    renderer.render(serde_json::json!({}))
}

#[test]
fn deep_or_endless_markdown_ends() {
    let open = [
        "[", "(", "*", "_", "`", ">", "<", "{{", "{%", "![", "[^", "|", "- ", "#", "&", "\\",
        "<!--", "<a ",
    ];
    for part in open {
        let start = Instant::now();
        let body = format!("+++\n+++\n{}\n\nend", part.repeat(20_000));
        let built = build(&[("content/_index.md", body)]);
        assert!(built.is_ok(), "{part}: {:?}", built.err().map(|it| it[0].to_string()));
        assert!(start.elapsed() < Duration::from_secs(30), "{part} took {:?}", start.elapsed());
    }
}

#[test]
fn many_headings_of_one_name_get_ids_in_time() {
    let start = Instant::now();
    let body = format!("+++\n+++\n{}", "# same\n\n".repeat(5_000));
    assert!(build(&[("content/_index.md", body)]).is_ok());
    assert!(start.elapsed() < Duration::from_secs(30));
}

#[test]
fn no_output_path_leaves_the_output_folder() {
    let page = |front: &str| format!("+++\n{front}\n+++\n");
    let files = build(&[
        ("content/_index.md", page("")),
        ("content/a.md", page("slug = \"..x\"")),
        ("content/b.md", page("path = \"...\"")),
        ("content/c.md", page("aliases = [\"~\", \"a b\", \"-rf\"]")),
        ("content/....md", page("slug = \"dots\"")),
    ])
    .unwrap();
    for file in &files {
        let parts: Vec<&str> = file.path.split('/').collect();
        assert!(parts.iter().all(|part| !part.is_empty() && *part != "." && *part != ".."));
        assert!(!file.path.contains(['\\', '\0']));
    }
}

#[test]
fn a_template_that_calls_itself_through_a_macro_is_stopped() {
    let problems = build(&[
        ("content/_index.md", "+++\n+++\n".to_owned()),
        ("templates/index.html", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}".to_owned()),
    ])
    .unwrap_err();
    assert!(problems[0].message.contains("recursion"), "{}", problems[0]);
}

#[test]
fn templates_that_extend_each_other_are_told() {
    let problems = build(&[
        ("content/_index.md", "+++\n+++\n".to_owned()),
        ("templates/index.html", "{% extends \"b.html\" %}".to_owned()),
        ("templates/b.html", "{% extends \"index.html\" %}".to_owned()),
    ])
    .unwrap_err();
    assert!(problems[0].file.is_some(), "{}", problems[0]);
}
