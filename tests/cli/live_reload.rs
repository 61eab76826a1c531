//! `woodblock serve`: a page that breaks is told to the browser with its place while the last good
//! site goes on being served, and a mended one reloads it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use crate::site::{Site, woodblock};

const PATIENCE: Duration = Duration::from_secs(30);

struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(site: &Site) -> Self {
        Self::start_with(site, &[])
    }

    fn start_with(site: &Site, args: &[&str]) -> Self {
        let mut child = woodblock()
            .arg("--root")
            .arg(site.root())
            .args(["serve", "--port", "0"])
            .args(args)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = mpsc::channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        // Read to its end, so that the server never waits for its reader.
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let address = loop {
            let line = lines.recv_timeout(PATIENCE).expect("the server says where it is");
            if let Some((_, rest)) = line.split_once("serving on http://") {
                break rest.split(['/', ' ']).next().unwrap().to_owned();
            }
        };
        Self { child, address }
    }

    fn get(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            self.address
        )
        .unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        let status = response.split(' ').nth(1).unwrap().parse().unwrap();
        (status, response)
    }

    /// The names and data of the events that the server sends.
    fn events(&self) -> Receiver<(String, String)> {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET /woodblock/live HTTP/1.1\r\nHost: {}\r\n\r\n", self.address).unwrap();
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let mut name = String::new();
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                if let Some(event) = line.strip_prefix("event: ") {
                    event.clone_into(&mut name);
                } else if let Some(data) = line.strip_prefix("data: ") {
                    let _ = sender.send((std::mem::take(&mut name), data.to_owned()));
                }
            }
        });
        receiver
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[track_caller]
fn next(events: &Receiver<(String, String)>, expect: &str) -> String {
    let (name, data) = events.recv_timeout(PATIENCE).expect("an event");
    assert_eq!(name, expect, "{data}");
    data
}

#[test]
fn a_broken_page_is_told_and_a_mended_one_reloads() {
    let site = Site::new();
    let server = Server::start(&site);
    let (status, page) = server.get("/first/");
    assert_eq!(status, 200);
    assert!(page.contains("/woodblock/live.js"), "{page}");
    assert_eq!(server.get("/woodblock/live.js").0, 200);
    assert_eq!(server.get("/none/").0, 404);
    let events = server.events();
    next(&events, "build");

    site.write("content/first.md", "+++\ntitle = \n+++\n");
    let problems = next(&events, "problems");
    assert!(problems.contains("content/first.md:2"), "{problems}");
    assert_eq!(server.get("/first/").0, 200, "the last good page is gone");

    site.write("content/first.md", "+++\ntitle = \"Mended\"\n+++\n");
    next(&events, "build");
    assert!(server.get("/first/").1.contains("Mended"));
}

#[test]
fn a_site_that_never_built_shows_why() {
    let site = Site::new();
    site.write("content/first.md", "+++\ntitle = \n+++\n");
    let server = Server::start(&site);
    let (status, page) = server.get("/");
    assert_eq!(status, 503);
    assert!(page.contains("content/first.md:2"), "{page}");
    let events = server.events();
    next(&events, "problems");
    site.write("content/first.md", "+++\ntitle = \"Mended\"\n+++\n");
    next(&events, "build");
    assert_eq!(server.get("/first/").0, 200);
}

#[test]
fn a_site_below_a_path_is_served_there() {
    let site = Site::new();
    let server = Server::start_with(&site, &["--base-url", "http://localhost/sub/site"]);
    let (status, page) = server.get("/sub/site/first/");
    assert_eq!(status, 200);
    assert!(page.contains("/sub/site/woodblock/live.js"), "{page}");
    assert!(page.contains("href=\"/sub/site/"), "{page}");
    let (status, moved) = server.get("/sub/site/first");
    assert!((300..400).contains(&status), "{moved}");
    assert!(moved.contains("/sub/site/first/"), "{moved}");
    assert!(server.get("/").1.contains("location: /sub/site/"));
    assert_eq!(server.get("/sub/site/woodblock/live.js").0, 200);
}

/// A site without a search index: each page shows the title of its neighbour.
fn blog() -> Site {
    let site = Site::new();
    for part in ["content", "themes", "templates", "static"] {
        let _ = fs::remove_dir_all(site.root().join(part));
    }
    let _ = fs::remove_file(site.root().join("woodblock.toml"));
    site.write("config.toml", "base_url = \"https://blog.test\"\n");
    site.write("templates/index.html", "<body>home</body>");
    site.write(
        "templates/section.html",
        "<body>{% for p in section.pages %}{{ p.title }}{% endfor %}</body>",
    );
    site.write(
        "templates/page.html",
        "<body>{{ page.content | safe }}{% if page.higher %}{{ page.higher.title }}{% endif %}</body>",
    );
    site.write("static/site.css", "a { color: red }");
    site.write("content/blog/_index.md", "+++\nsort_by = \"weight\"\n+++\n");
    for number in 1..=3 {
        site.write(&page(number), text(number, "Title", "First"));
    }
    site
}

fn page(number: usize) -> String {
    format!("content/blog/p{number}.md")
}

fn text(number: usize, title: &str, body: &str) -> String {
    format!("+++\ntitle = \"{title} {number}\"\nweight = {number}\n+++\n{body} words.\n")
}

/// Starts a server with its output in a folder, and follows its news.
fn serve_into_a_folder(site: &Site) -> (Server, Receiver<(String, String)>, PathBuf) {
    let out = site.root().with_file_name("out");
    let server = Server::start_with(site, &["--output-dir", out.to_str().unwrap()]);
    let events = server.events();
    next(&events, "build");
    (server, events, out)
}

/// What changes when a file is written anew.
fn inodes(out: &Path) -> BTreeMap<String, u64> {
    use std::os::unix::fs::MetadataExt as _;
    let entries = walkdir::WalkDir::new(out).into_iter().map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().is_file());
    let inode = |entry: walkdir::DirEntry| {
        let path = entry.path().strip_prefix(out).unwrap().to_str().unwrap().to_owned();
        (path, entry.metadata().unwrap().ino())
    };
    files.map(inode).collect()
}

fn written(before: &BTreeMap<String, u64>, out: &Path) -> Vec<String> {
    let is_new = |(path, inode): &(String, u64)| before.get(path) != Some(inode);
    inodes(out).into_iter().filter(is_new).map(|(path, _)| path).collect()
}

#[test]
fn an_edit_builds_what_shows_it_and_nothing_else() {
    let site = blog();
    let (server, events, out) = serve_into_a_folder(&site);
    let before = inodes(&out);
    site.write(&page(2), text(2, "Title", "Edited"));
    next(&events, "build");
    assert!(server.get("/blog/p2/").1.contains("Edited words"));
    assert_eq!(written(&before, &out), ["blog/p2/index.html"]);

    let before = inodes(&out);
    site.write(&page(2), text(2, "Renamed", "Edited"));
    next(&events, "build");
    assert_eq!(written(&before, &out), ["blog/index.html", "blog/p1/index.html"]);

    // A page that moves changes the site's shape.
    site.write(&page(2), text(9, "Renamed", "Edited"));
    next(&events, "build");
    assert!(server.get("/blog/p1/").1.contains("Title 3"));
}

#[test]
fn with_fast_only_the_edited_page_is_built() {
    let site = blog();
    let out = site.root().with_file_name("out");
    let server = Server::start_with(&site, &["--fast", "--output-dir", out.to_str().unwrap()]);
    let events = server.events();
    next(&events, "build");
    let before = inodes(&out);
    site.write(&page(2), text(2, "Renamed", "Edited"));
    next(&events, "build");
    assert_eq!(written(&before, &out), ["blog/p2/index.html"]);
}

#[test]
fn a_style_sheet_comes_without_a_reload() {
    let site = blog();
    let (server, events, _) = serve_into_a_folder(&site);
    site.write("static/site.css", "a { color: blue }");
    let told = next(&events, "build");
    assert!(told.contains("\"styles\":[\"site.css\"]"), "{told}");
    assert!(server.get("/site.css").1.contains("blue"));
}

#[test]
fn a_broken_template_is_told_and_a_mended_one_reloads() {
    let site = blog();
    let (server, events, _) = serve_into_a_folder(&site);
    site.write("templates/page.html", "<body>\n{{ page.tile }}</body>");
    let problems = next(&events, "problems");
    assert!(problems.contains("templates/page.html:2"), "{problems}");
    site.write("templates/page.html", "<body>{{ page.title }}</body>");
    next(&events, "build");
    assert!(server.get("/blog/p1/").1.contains("Title 1"));
}

#[test]
fn a_port_in_use_is_told() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    Site::new().run(&["serve", "--port", &port]).expect(3, &["--port"]);
}
