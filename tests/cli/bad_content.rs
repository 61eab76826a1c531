//! Content at fault: each problem is told with its place and a way out, all of them in one run,
//! and the previous output stays as it was.

use std::fs;
use std::process::Command;

use crate::site::{Said, Site, tree, woodblock};

/// Builds a good site, adds the files, and expects the build and the check to fail alike.
#[track_caller]
fn check(files: &[(&str, &[u8])], expect: &[&str]) {
    let site = Site::new();
    site.build();
    let before = tree(&site.dist());
    let beside = site.beside_dist();
    for (path, contents) in files {
        site.write(path, contents);
    }
    site.run(&["build"]).expect(1, expect);
    assert_eq!(tree(&site.dist()), before, "the previous output changed");
    assert_eq!(site.beside_dist(), beside.clone(), "something was left beside the output");
    site.run(&["check"]).expect(1, expect);
}

#[test]
fn broken_front_matter() {
    let page = b"+++\ntitle = \"a\"\nweight = \n+++\ntext\n";
    check(&[("content/broken.md", page)], &["content/broken.md:3", "error"]);
}

#[test]
fn unclosed_front_matter() {
    check(&[("content/open.md", b"+++\ntitle = \"a\"\n\ntext\n")], &["content/open.md:1"]);
}

#[test]
fn unknown_template() {
    let page = b"+++\ntitle = \"a\"\ntemplate = \"pgae.html\"\n+++\n";
    check(&[("content/t.md", page)], &["content/t.md", "pgae.html", "page.html"]);
}

#[test]
fn template_error() {
    let template = b"<h1>\n{{ page.title | nofilter }}\n</h1>";
    check(&[("templates/page.html", template)], &["templates/page.html:2", "nofilter"]);
}

#[test]
fn template_syntax_error() {
    let template = b"<h1>\n\n{% if %}\n</h1>";
    check(&[("templates/page.html", template)], &["templates/page.html:3"]);
}

#[test]
fn missing_internal_link() {
    let page = b"+++\ntitle = \"a\"\n+++\n\nSee [that](@/frist.md).\n";
    check(&[("content/link.md", page)], &["content/link.md:5", "@/frist.md", "first.md"]);
}

#[test]
fn missing_anchor() {
    let page = b"+++\ntitle = \"a\"\n+++\n\nSee [that](@/first.md#none).\n";
    check(&[("content/link.md", page)], &["content/link.md:5", "none"]);
}

#[test]
fn duplicate_path() {
    let page = b"+++\ntitle = \"a\"\npath = \"same\"\n+++\n";
    let files: [(&str, &[u8]); 2] = [("content/one.md", page), ("content/two.md", page)];
    check(&files, &["content/one.md", "content/two.md", "same"]);
}

#[test]
fn invalid_utf8() {
    let page = b"+++\ntitle = \"a\"\n+++\n\nfine\nbroken \xff\xfe\n";
    check(&[("content/latin.md", page)], &["content/latin.md:6", "UTF-8"]);
}

#[test]
fn invalid_utf8_in_a_template() {
    check(&[("templates/page.html", b"a\n\xff")], &["templates/page.html", "UTF-8"]);
}

#[test]
fn page_that_would_leave_the_output() {
    let page = b"+++\ntitle = \"a\"\npath = \"../x\"\n+++\n";
    check(&[("content/out.md", page)], &["content/out.md:3", "../x"]);
}

#[test]
fn slug_that_would_leave_the_output() {
    let page = b"+++\ntitle = \"a\"\nslug = \"../../x\"\n+++\n";
    let site = Site::new();
    site.write("content/out.md", page);
    let said = site.run(&["build"]);
    // A slug is cleaned or refused; either way nothing appears outside.
    assert!(matches!(said.code, Some(0 | 1)), "{said:#?}");
    assert!(!site.root().join("x").exists() && !site.root().parent().unwrap().join("x").exists());
}

#[test]
fn broken_configuration() {
    check(&[("config.toml", b"base_url = \"https://a.b\"\ntitle = \n")], &["config.toml:2"]);
}

#[test]
fn links_out_of_the_site_are_told_and_not_followed() {
    let site = Site::new();
    let secret = site.root().with_file_name("secret.md");
    fs::write(&secret, "+++\ntitle = \"secret\"\n+++\n").unwrap();
    std::os::unix::fs::symlink(&secret, site.root().join("content/link.md")).unwrap();
    std::os::unix::fs::symlink(&secret, site.root().join("static/link.txt")).unwrap();
    let said = site.run(&["build"]);
    assert!(said.err.contains("content/link.md"), "{}", said.err);
    assert!(said.err.contains("static/link.txt"), "{}", said.err);
    for (path, bytes) in tree(&site.dist()) {
        assert!(
            !String::from_utf8_lossy(&bytes).contains("secret"),
            "{path} holds the link's target"
        );
    }
}

#[test]
fn unreadable_folder() {
    use std::os::unix::fs::PermissionsExt as _;
    let site = Site::new();
    site.build();
    let before = tree(&site.dist());
    site.write("content/closed/page.md", "+++\ntitle = \"a\"\n+++\n");
    let closed = site.root().join("content/closed");
    let set_mode = |path: &std::path::Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    set_mode(&closed, 0o000);
    set_mode(site.root().parent().unwrap(), 0o755);
    // Nothing is unreadable to root, so root becomes nobody.
    let nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    let output = site.root().with_file_name("output");
    fs::create_dir(&output).unwrap();
    set_mode(&output, 0o777);
    let program = woodblock();
    let mut command = if fs::read_dir(&closed).is_ok() {
        let mut command = Command::new("setpriv");
        command.args(nobody).arg(program.get_program());
        command
    } else {
        program
    };
    let said = command
        .arg("--root")
        .arg(site.root())
        .arg("build")
        .arg("-o")
        .arg(output.join("dist"))
        .output();
    set_mode(&closed, 0o755);
    let said = Said::from(said.unwrap());
    if said.err.starts_with("setpriv") {
        eprintln!("not run: this user may not become another");
        return;
    }
    assert!(matches!(said.code, Some(1 | 3)), "{said:#?}");
    assert!(said.err.contains("content/closed"), "{}", said.err);
    assert!(said.err.contains("permission"), "{}", said.err);
    assert!(!output.join("dist").exists());
    assert_eq!(tree(&site.dist()), before);
}

const COLLECTION: &[u8] = b"[[collections]]\nname = \"things\"\nkind = \"record\"\nimporter = \"csv\"\n\
source = [\"content/things.csv\"]\nid = \"id\"\ntitle = [\"name\"]\nurl = \"/things/#{id}\"\n\
label = { en = \"Things\" }\nmax_rejects = 0.0\n\n[[collections.fields]]\nname = \"id\"\ntype = \"code\"\n\
label = { en = \"Id\" }\n\n[[collections.fields]]\nname = \"name\"\ntype = \"text\"\nsearch = \"ti\"\n\
label = { en = \"Name\" }\n\n[[collections.fields]]\nname = \"day\"\ntype = \"date\"\n\
label = { en = \"Day\" }\n";

#[test]
fn bad_rows() {
    let rows = b"id,name,day\na,First,2026-01-02\nb,Second,2026-02-30\nc,Third\n";
    let files: [(&str, &[u8]); 2] = [("woodblock.toml", COLLECTION), ("content/things.csv", rows)];
    check(
        &files,
        &["content/things.csv:3", "day", "2026-02-30", "content/things.csv:4", "max_rejects"],
    );
}

#[test]
fn bad_rows_below_the_limit_are_set_aside_and_told() {
    let site = Site::new();
    let lenient = String::from_utf8(COLLECTION.to_vec()).unwrap().replace("0.0", "0.5");
    site.write("woodblock.toml", lenient);
    site.write("content/things.csv", "id,name,day\na,First,2026-01-02\nb,Second,never\n");
    let said = site.build();
    assert!(said.err.contains("content/things.csv:3"), "{}", said.err);
    assert!(said.err.contains("dist.rejects.csv"), "{}", said.err);
    let rejects = fs::read_to_string(site.root().join("dist.rejects.csv")).unwrap();
    assert!(rejects.contains("never"), "{rejects}");

    site.write("content/things.csv", "id,name,day\na,First,2026-01-02\nb,Second,2026-01-03\n");
    site.build();
    assert!(!site.root().join("dist.rejects.csv").exists(), "mended rows are still set aside");
}

#[test]
fn broken_declaration() {
    check(&[("woodblock.toml", b"[[collections]]\nname = 7\n")], &["woodblock.toml:2"]);
}

#[test]
fn all_problems_of_a_run_are_listed() {
    let files: [(&str, &[u8]); 4] = [
        ("content/a.md", b"+++\ntitle = \n+++\n"),
        ("content/b.md", b"\xff"),
        ("content/c.md", b"+++\nweight = \"x\"\n+++\n"),
        ("content/d.md", b"+++\ntitle = \"d\"\npath = \"../d\"\n+++\n"),
    ];
    check(
        &files,
        &["content/a.md:2", "content/b.md", "content/c.md:2", "content/d.md", "4 errors"],
    );
}

#[test]
fn all_broken_links_of_a_run_are_listed() {
    let page = b"+++\ntitle = \"a\"\n+++\n[x](@/one.md)\n\n[y](@/two.md)\n";
    let files: [(&str, &[u8]); 2] = [("content/a.md", page), ("content/b.md", page)];
    let expect =
        ["content/a.md:4", "content/a.md:6", "content/b.md:4", "content/b.md:6", "4 errors"];
    check(&files, &expect);
}

#[test]
fn overdue_facts_are_told() {
    let site = Site::new();
    site.write("content/old.md", "+++\ntitle = \"a\"\n[extra]\nnext_check = 2026-11-21\n+++\n");
    site.write("content/new.md", "+++\ntitle = \"b\"\n[extra]\nnext_check = 2026-11-22\n+++\n");
    let said = site.run(&["build", "--date", "2026-11-22"]).expect(0, &["content/old.md:4"]);
    assert!(!said.err.contains("content/new.md"), "{}", said.err);
}

#[test]
fn style_sheets_without_end_stop_themselves_alone() {
    let site = Site::new();
    let config = fs::read_to_string(site.root().join("config.toml")).unwrap();
    site.write("config.toml", format!("compile_sass = true\n{config}"));
    site.write("sass/calls.scss", "@function f($x) { @return f($x + 1); } a { width: f(1); }");
    site.write("sass/grows.scss", "$s: \"ab\"; @while true { $s: $s + $s; }");
    site.write("sass/includes.scss", "@mixin m { @include m; } a { @include m; }");
    site.write("sass/nests.scss", "a{".repeat(100_000));
    site.write("sass/turns.scss", "@while true { $x: 1; }");
    site.write("sass/wrong.scss", "a { width: 1px + 1s; }");
    let gave_up = |name: &str| format!("sass/{name}.scss");
    let files = ["calls", "grows", "includes", "nests", "turns", "wrong"].map(gave_up);
    let mut expect = vec!["ran out of stack or memory", "is not compiled after", "6 errors"];
    expect.extend(files.iter().map(String::as_str));
    site.run(&["build"]).expect(1, &expect);
    assert!(!site.dist().exists());
}
