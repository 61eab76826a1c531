//! Each command on good input, and on command lines that ask for what cannot be.

use std::fs;
use std::path::Path;

use crate::site::{Site, run, tree};

#[test]
fn a_new_site_builds_and_is_found() {
    let site = Site::new();
    let said = site.build();
    assert!(said.err.contains(" pages"), "{}", said.err);
    assert!(said.out.is_empty(), "a build has no result to print: {}", said.out);
    let dist = site.dist();
    let said = run(&["search", dist.to_str().unwrap(), "heading"]).expect(0, &[]);
    assert!(said.out.contains("/first/"), "{}", said.out);
    assert!(said.out.contains("hops"), "{}", said.out);
}

#[test]
fn init_keeps_what_is_there() {
    let site = Site::new();
    let root = site.root();
    run(&["init", root.to_str().unwrap()]).expect(2, &["--force"]);
    site.write("content/first.md", "mine");
    run(&["init", "--force", root.to_str().unwrap()]).expect(0, &["kept"]);
    assert_eq!(fs::read_to_string(root.join("content/first.md")).unwrap(), "mine");
}

#[test]
fn a_rebuild_writes_only_what_changed() {
    let site = Site::new();
    site.build();
    let (style, page) = (site.dist().join("style.css"), site.dist().join("first/index.html"));
    let times = (modified(&style), modified(&page));
    let said = site.build();
    assert!(said.err.contains("(0 changed)"), "{}", said.err);
    assert_eq!((modified(&style), modified(&page)), times, "unchanged files were written again");

    site.write("content/first.md", "+++\ntitle = \"A first page\"\n+++\nother words\n");
    site.build();
    assert_eq!(modified(&style), times.0, "an unchanged file was written again");
    assert_ne!(modified(&page), times.1);
}

fn modified(path: &std::path::Path) -> std::time::SystemTime {
    fs::metadata(path).unwrap().modified().unwrap()
}

#[test]
fn a_folder_of_others_is_not_replaced() {
    let site = Site::new();
    site.write("dist/precious.txt", "mine");
    site.run(&["build"]).expect(2, &["--force", "dist"]);
    assert_eq!(fs::read_to_string(site.dist().join("precious.txt")).unwrap(), "mine");
    site.run(&["build", "--force"]).expect(0, &[]);
    assert!(!site.dist().join("precious.txt").exists());
}

#[test]
fn the_site_itself_is_never_the_output() {
    let site = Site::new();
    let before = tree(&site.root());
    let root = site.root();
    for output in [root.clone(), root.join("content"), root.parent().unwrap().to_path_buf()] {
        site.run(&["build", "--force", "-o", output.to_str().unwrap()])
            .expect(2, &["--output-dir"]);
    }
    assert_eq!(tree(&site.root()), before);
}

#[test]
fn check_writes_nothing() {
    let site = Site::new();
    let before = tree(&site.root());
    site.run(&["check"]).expect(0, &["no errors"]);
    assert_eq!(tree(&site.root()), before);
}

#[test]
fn wrong_command_lines_are_usage() {
    let site = Site::new();
    for args in [
        ["build", "--date", "soon"].as_slice(),
        &["build", "--unknown"],
        &["new", "poem", "x"],
        &["new", "page", "../x"],
        &["search", "nowhere", "x"],
        &["search", "nowhere"],
        &["index", "nowhere", "-o", "out"],
        &["mirror", "ftp://a.b", "dir"],
        &[],
    ] {
        let said = site.run(args);
        assert_eq!(said.code, Some(2), "{args:?}: {said:#?}");
        assert!(!said.err.is_empty(), "{args:?}");
    }
    run(&["--root", "/nonexistent", "build"]).expect(2, &["--root"]);
}

#[test]
fn new_pages_are_drafts_that_build() {
    let site = Site::new();
    for kind in ["page", "faq", "guide", "news"] {
        let path = format!("{kind}-page");
        let said = site.run(&["new", kind, &path, "--title", "A \"quoted\" title"]).expect(0, &[]);
        assert!(said.out.contains(&format!("{path}.md")), "{}", said.out);
        site.run(&["new", kind, &path]).expect(2, &["exists"]);
    }
    site.run(&["build", "--drafts"]).expect(0, &[]);
    assert!(site.dist().join("faq-page/index.html").is_file());
    site.build();
    assert!(!site.dist().join("faq-page/index.html").exists(), "a draft got out");
}

#[test]
fn records_are_indexed_searched_and_exported() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let lines = "{\"id\":\"A1\",\"title\":\"Face mask\",\"text\":\"of folded cloth\",\"pa\":\"Ann\"}\n\
                 {\"id\":\"B2\",\"title\":\"外科口罩\",\"text\":\"三层\",\"lang\":\"zh\"}\n";
    fs::write(path("r.jsonl"), lines).unwrap();
    run(&["index", &path("r.jsonl"), "-o", &path("out")]).expect(0, &["2 documents"]);

    let json = run(&["search", &path("out"), "cloth", "--json"]).expect(0, &[]).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["total"], 1);
    assert_eq!(json["hits"][0]["id"], "A1");
    assert!(json["cost"]["micros"].is_u64());

    let traced = run(&["search", &path("out"), "口罩", "--trace"]).expect(0, &["wave 1: ", ".wbi"]);
    assert!(traced.out.contains("外科口罩"), "{}", traced.out);

    let csv = run(&["export", &path("out"), "mask"]).expect(0, &[]).out;
    assert!(csv.starts_with("id,title,url"), "{csv}");
    assert!(csv.contains("A1,Face mask") && csv.contains("Ann"), "{csv}");
}

#[test]
fn a_file_of_queries_makes_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(
        path("r.jsonl"),
        "{\"id\":\"A1\",\"title\":\"mask\"}\n{\"id\":\"B2\",\"title\":\"vaccine\"}\n",
    )
    .unwrap();
    run(&["index", &path("r.jsonl"), "-o", &path("out")]).expect(0, &[]);
    fs::write(path("q.tsv"), "q1\tmask\nq2\tvaccine\n").unwrap();

    run(&["search", &path("out"), "--queries", &path("q.tsv"), "--run", &path("run.trec")])
        .expect(0, &[]);
    let lines = fs::read_to_string(path("run.trec")).unwrap();
    let lines: Vec<Vec<&str>> = lines.lines().map(|line| line.split(' ').collect()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!((lines[0][0], lines[0][2], lines[0][3]), ("q1", "A1", "1"));
    assert_eq!((lines[1][0], lines[1][2], lines[1][3]), ("q2", "B2", "1"));

    let json =
        run(&["search", &path("out"), "--queries", &path("q.tsv"), "--json"]).expect(0, &[]).out;
    assert_eq!(json.lines().count(), 2);
    run(&["search", &path("out"), "--queries", &path("q.tsv")]).expect(2, &["--run"]);
    fs::write(path("q.tsv"), b"q1\t\xff\n").unwrap();
    run(&["search", &path("out"), "--queries", &path("q.tsv"), "--json"]).expect(1, &["byte 3"]);
}

#[test]
fn any_html_site_is_indexed() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::create_dir_all(path("html/guide")).unwrap();
    let page = "<html lang=en><head><title>T</title></head><body><nav>menu</nav><h1>Pay fees</h1><p>by bank</p></body></html>";
    fs::write(path("html/guide/index.html"), page).unwrap();
    run(&["index", &path("html"), "-o", &path("out")]).expect(0, &["1 documents"]);
    let said = run(&["search", &path("out"), "bank"]).expect(0, &[]);
    assert!(said.out.contains("Pay fees") && said.out.contains("/guide/"), "{}", said.out);
    let said = run(&["search", &path("out"), "menu"]).expect(0, &[]);
    assert!(said.out.starts_with("0 hits"), "{}", said.out);
    run(&["index", &path("html")]).expect(0, &["html/woodblock"]);
    assert!(Path::new(&path("html/woodblock/entry.json")).is_file());
    fs::write(path("html/odd.html"), b"<p>a\xff<p data-pagefind-weight=heavy>b").unwrap();
    let told = ["odd.html", "no UTF-8 from byte 4", "data-pagefind-weight=\"heavy\"", "2 warnings"];
    run(&["index", &path("html"), "--exclude-selectors", "h1"]).expect(0, &told);
    run(&["index", &path("html"), "--root-selector", "a["]).expect(2, &["`a[` is no selector"]);
    run(&["index"]).expect(2, &["nothing to index"]);
}

#[test]
fn bad_lines_of_records_are_all_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("r.jsonl");
    fs::write(&file, "{\"id\":1}\nnonsense\n{\"title\":\"no id\"}\n").unwrap();
    let out = folder.path().join("out");
    let args = ["index", file.to_str().unwrap(), "-o", out.to_str().unwrap()];
    run(&args).expect(1, &["r.jsonl:2", "r.jsonl:3", "2 errors"]);
    assert!(!out.exists());
}

#[test]
fn dot_files_of_the_output_stay_where_the_site_wants_them() {
    let site = Site::new();
    let config = fs::read_to_string(site.root().join("config.toml")).unwrap();
    site.build();
    site.write("dist/.git/objects/a", "kept");
    site.write("dist/.nojekyll", "");
    site.write("dist/stray.txt", "gone");
    site.write("config.toml", format!("preserve_dotfiles_in_output = true\n{config}"));
    site.build();
    assert_eq!(fs::read_to_string(site.dist().join(".git/objects/a")).unwrap(), "kept");
    assert!(site.dist().join(".nojekyll").exists());
    assert!(!site.dist().join("stray.txt").exists());
    site.write("config.toml", config);
    site.build();
    assert!(!site.dist().join(".git").exists());
}

#[cfg(unix)]
#[test]
fn static_files_are_linked_where_the_site_wants_it() {
    use std::os::unix::fs::MetadataExt as _;
    let site = Site::new();
    let config = fs::read_to_string(site.root().join("config.toml")).unwrap();
    let inode = |path: std::path::PathBuf| fs::metadata(path).unwrap().ino();
    let is_one =
        || inode(site.root().join("static/style.css")) == inode(site.dist().join("style.css"));
    site.build();
    assert!(!is_one());
    site.write("config.toml", format!("hard_link_static = true\n{config}"));
    site.build();
    assert!(is_one());
}
