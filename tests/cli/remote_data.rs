//! `load_data(url=…)`: fetched when the command line allows it, once, and never otherwise.

use std::fs;

use crate::loopback::{Server, answer};
use crate::site::Site;

fn by_path(path: &str) -> String {
    let status = if path.contains("/missing") { "404 Not Found" } else { "200 OK" };
    answer(status, "{\"n\": [1, 2]}")
}

/// A site whose pages all show what the expression gives.
fn site(expression: &str) -> Site {
    let site = Site::new();
    site.write("templates/page.html", format!("{{{{ {expression} }}}}"));
    site
}

#[test]
fn nothing_is_fetched_without_leave() {
    let server = Server::new(by_path);
    let call = format!("load_data(url=\"{}/a.json\", format=\"json\").n[1]", server.address);
    let site = site(&call);
    site.run(&["build"]).expect(1, &["templates/page.html:1", "--remote-data", "/a.json"]);
    assert_eq!(server.asked(), Vec::<String>::new());
}

#[test]
fn data_is_fetched_once_for_all_pages() {
    let server = Server::new(by_path);
    let call = format!("load_data(url=\"{}/a.json\", format=\"json\").n[1]", server.address);
    let site = site(&call);
    site.run(&["build", "--remote-data"]).expect(0, &[]);
    let asked = server.asked();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert!(asked[0].starts_with("get /a.json http/1.1|"), "{asked:?}");
    assert!(asked[0].contains("accept: application/json"), "{asked:?}");
    let page = site.dist().join("first/index.html");
    assert_eq!(fs::read_to_string(page).unwrap(), "2");
}

#[test]
fn a_body_and_headers_are_sent() {
    let server = Server::new(by_path);
    let call = format!(
        "load_data(url=\"{}/q\", method=\"POST\", body=\"x=1\", headers=[\"X-Kind=a=b\"])",
        server.address
    );
    site(&call).run(&["build", "--remote-data"]).expect(0, &[]);
    let asked = server.asked().concat();
    assert!(asked.starts_with("post /q "), "{asked}");
    assert!(asked.contains("|x-kind: a=b|") && asked.ends_with(" x=1"), "{asked}");
}

#[test]
fn what_is_missing_is_told_or_nothing() {
    let server = Server::new(by_path);
    let call = |rest: &str| format!("load_data(url=\"{}/missing\"{rest})", server.address);
    let told = ["templates/page.html:1", "/missing answers with status 404"];
    site(&call("")).run(&["build", "--remote-data"]).expect(1, &told);
    assert_eq!(server.asked().len(), 1);
    site(&call(", required=false")).run(&["build", "--remote-data"]).expect(0, &[]);
    let unreachable = "load_data(url=\"http://127.0.0.1:1/x\")";
    let told = ["templates/page.html:1", "http://127.0.0.1:1/x is not loaded"];
    site(unreachable).run(&["build", "--remote-data"]).expect(1, &told);
    let other = "load_data(url=\"ftp://127.0.0.1/x\")";
    site(other).run(&["build", "--remote-data"]).expect(1, &["templates/page.html:1"]);
}
