//! What `check` finds beyond what a build does.

use crate::loopback::{Server, answer};
use crate::site::{Site, run};

/// Answers as the links of these tests expect them.
fn by_path(path: &str) -> String {
    let body = "<html><h1 id=\"there\">x</h1></html>";
    let head = match path {
        "/good" | "/moved" => "200 OK\r\nContent-Type: text/html",
        "/old" => "302 Found\r\nLocation: /moved",
        _ => "404 Not Found",
    };
    answer(head, body)
}

/// A site whose first page holds this text.
fn site_with(text: &str) -> Site {
    let site = Site::new();
    site.write("content/first.md", format!("+++\ntitle = \"a\"\n+++\n{text}\n"));
    site
}

#[test]
fn links_that_lead_somewhere_pass() {
    let server = Server::new(by_path);
    let address = &server.address;
    let site = site_with(&format!(
        "[a]({address}/good#there) [b]({address}/old) [c]({address}/good#there)"
    ));
    site.run(&["check"]).expect(0, &["2 addresses", "no errors"]);
    assert_eq!(server.asked().len(), 3, "one address, one address that moved, each once");
}

#[test]
fn links_that_lead_nowhere_are_told_with_their_place() {
    let server = Server::new(by_path);
    let address = &server.address;
    let text = format!("Text.\n\n[a]({address}/gone) and [b]({address}/good#missing)");
    let site = site_with(&text);
    let pieces = ["content/first.md:6", "/gone", "404", "`#missing`", "skip_prefixes"];
    site.run(&["check"]).expect(1, &pieces);
    site.run(&["build"]).expect(0, &[]);
    let asked = server.asked().len();
    site.run(&["check", "--skip-external-links"]).expect(0, &["no errors"]);
    assert_eq!(server.asked().len(), asked, "nothing is fetched where that is not wanted");
}

#[test]
fn the_configuration_says_what_is_passed_over_and_how_bad_it_is() {
    let server = Server::new(by_path);
    let address = &server.address;
    let site = site_with(&format!("[a]({address}/gone) [b]({address}/good#missing)"));
    let config = std::fs::read_to_string(site.root().join("config.toml")).unwrap();
    let keys = format!(
        "skip_prefixes = [\"{address}/gone\"]\nskip_anchor_prefixes = [\"{address}/good\"]"
    );
    site.write("config.toml", format!("{config}\n[link_checker]\n{keys}\n"));
    site.run(&["check"]).expect(0, &["no errors"]);
    site.write("config.toml", format!("{config}\n[link_checker]\nexternal_level = \"warn\"\n"));
    site.run(&["check"]).expect(0, &["warning", "/gone", "no errors"]);
    site.write(
        "config.toml",
        format!("{config}\n[link_checker]\nignored_files = [\"first.md\"]\n"),
    );
    site.run(&["check"]).expect(0, &["no errors"]);
}

#[test]
fn addresses_of_the_site_itself_are_looked_up_in_its_files() {
    let site = site_with("[a](https://example.org/first/) [b](https://example.org/frist/)");
    site.run(&["check"]).expect(1, &["https://example.org/frist/", "no such page", "0 addresses"]);
}

#[test]
fn a_server_that_is_not_there_is_told() {
    let site = site_with("[a](http://127.0.0.1:1/)");
    site.run(&["check"]).expect(1, &["http://127.0.0.1:1/", "content/first.md:4"]);
}

#[test]
fn missing_translations_are_told() {
    let site = Site::new();
    let config = std::fs::read_to_string(site.root().join("config.toml")).unwrap();
    let more = "[translations]\nmore = \"more\"\n[languages.de]\ntitle = \"x\"\n";
    site.write(
        "config.toml",
        config.replace("[extra.woodblock]", &format!("{more}\n[extra.woodblock]")),
    );
    site.write("content/_index.de.md", "+++\n+++\n");
    let pieces = ["content/first.md", "no translation into `de`", "lacks `more`"];
    let said = site.run(&["check"]).expect(0, &pieces);
    assert!(!said.err.contains("content/_index.md"), "{}", said.err);
}

#[test]
fn guides_must_have_their_elements() {
    let site = Site::new();
    site.write(
        "content/g.md",
        "+++\ntitle = \"a\"\n[extra]\nkind = \"guide\"\nlaw = \"art. 1\"\n+++\n",
    );
    let pieces = ["content/g.md:4", "`conditions`, `materials`", "`checked`"];
    let said = site.run(&["check"]).expect(1, &pieces);
    assert!(!said.err.contains("`law`"), "{}", said.err);
}

#[test]
fn shells_are_told_how_to_complete() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let said = run(&["completion", shell]).expect(0, &[]);
        assert!(
            said.out.contains("woodblock") && said.out.contains("serve"),
            "{shell}: {}",
            said.out
        );
    }
    run(&["completion", "smash"]).expect(2, &["bash"]);
}
