//! The generated site: the same content and equivalent templates for each generator.
//!
//! 20 sections, sorted by date and paginated by 10; three taxonomies, their terms paginated by 20;
//! a feed of the site and of each section, a sitemap, robots.txt. Ours and Zola read the very same
//! files; Hugo's have its own front matter, links and templates.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::options::{Navigation, Search};
use super::prose::Writer;
use crate::bench::random::Random;

const SEED: u64 = 0x0000_7369_7465;
const SECTIONS: usize = 20;
/// Name, number of terms, terms of a page.
const TAXONOMIES: [(&str, usize, usize); 3] =
    [("tags", 200, 3), ("categories", 20, 1), ("people", 60, 1)];

/// Whose files are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// The same as Zola's, but for who makes the search index.
    Ours,
    Zola,
    Hugo,
}

/// What the site is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) pages: usize,
    pub(super) navigation: Navigation,
    pub(super) search: Search,
}

impl Dialect {
    /// What ends a summary.
    pub(super) fn more(self) -> &'static str {
        match self {
            Self::Ours | Self::Zola => "<!-- more -->\n\n",
            Self::Hugo => "<!--more-->\n\n",
        }
    }

    /// A link to a page.
    pub(super) fn link(self, path: &str) -> String {
        match self {
            Self::Ours | Self::Zola => format!("@/{path}.md"),
            Self::Hugo => format!("/{path}/"),
        }
    }
}

/// Writes the site into an empty folder.
pub(super) fn write(folder: &Path, dialect: Dialect, shape: Shape) -> Result<()> {
    let writer = Writer::new();
    for section in 0..SECTIONS {
        put(
            &folder.join(format!("content/{}/_index.md", section_name(section))),
            &section_front(dialect, section),
        )?;
    }
    put(&folder.join("content/_index.md"), "+++\n+++\nWhat was made to be measured.\n")?;
    for page in 0..shape.pages {
        let text = page_text(&writer, dialect, shape.pages, page);
        put(&folder.join(format!("content/{}.md", page_path(page))), &text)?;
    }
    put(&folder.join("static/site.css"), "body { max-width: 60ch; margin: auto; }\n")?;
    match dialect {
        Dialect::Ours | Dialect::Zola => zola(folder, dialect, shape),
        Dialect::Hugo => hugo(folder, shape),
    }
}

/// The Markdown file of the page that `serve` is measured with, below the site.
pub(super) fn edited_page() -> String {
    format!("content/{}.md", page_path(7))
}

/// Where that page is.
pub(super) fn edited_address() -> String {
    format!("/{}/", page_path(7))
}

fn section_name(section: usize) -> String {
    format!("section-{section:02}")
}

/// Below `content/`, without `.md`.
fn page_path(page: usize) -> String {
    format!("{}/page-{page:06}", section_name(page % SECTIONS))
}

fn section_front(dialect: Dialect, section: usize) -> String {
    let own = match dialect {
        Dialect::Ours | Dialect::Zola => {
            "sort_by = \"date\"\npaginate_by = 10\ngenerate_feeds = true\n"
        }
        Dialect::Hugo => "",
    };
    format!("+++\ntitle = \"Section {section}\"\n{own}+++\nAll of section {section}.\n")
}

fn page_text(writer: &Writer, dialect: Dialect, pages: usize, page: usize) -> String {
    let mut random = Random::seeded(SEED ^ (page as u64).wrapping_mul(0xd134_2543_de82_ef95));
    let random = &mut random;
    let (year, month, day) = (2000 + random.below(26), 1 + random.below(12), 1 + random.below(28));
    let mut text =
        format!("+++\ntitle = \"{}\"\ndate = {year}-{month:02}-{day:02}\n", writer.title(random));
    // Writing into a string does not fail.
    let _ = writeln!(text, "description = \"{}\"", writer.title(random));
    if dialect != Dialect::Hugo {
        text.push_str("[taxonomies]\n");
    }
    for (name, terms, count) in TAXONOMIES {
        let mut own: Vec<usize> = (0..count).map(|_| random.below(terms)).collect();
        own.sort_unstable();
        own.dedup();
        let quoted: Vec<String> = own.iter().map(|term| format!("\"{name} {term:03}\"")).collect();
        let _ = writeln!(text, "{name} = [{}]", quoted.join(", "));
    }
    text.push_str("+++\n");
    let linked = page_path(random.below(pages));
    text.push_str(&writer.body(random, dialect, &linked));
    text
}

fn zola(folder: &Path, dialect: Dialect, shape: Shape) -> Result<()> {
    let mut config = String::from(
        "base_url = \"https://bench.example\"\ntitle = \"Bench\"\ndescription = \"Made to be measured\"\n\
         generate_feeds = true\nfeed_limit = 50\ncompile_sass = false\n",
    );
    let searched_by = |who| shape.search == Search::With && dialect == who;
    let zolas = searched_by(Dialect::Zola);
    let _ = writeln!(config, "build_search_index = {zolas}\ntaxonomies = [");
    for (name, ..) in TAXONOMIES {
        let _ = writeln!(config, "  {{ name = \"{name}\", paginate_by = 20 }},");
    }
    let sections: Vec<String> =
        (0..SECTIONS).map(|it| format!("\"{}/_index.md\"", section_name(it))).collect();
    let _ =
        write!(config, "]\n[extra]\nowner = \"Nobody\"\nsections = [{}]\n", sections.join(", "));
    put(&folder.join("config.toml"), &config)?;
    if searched_by(Dialect::Ours) {
        // Its presence has the site searched by ours.
        put(&folder.join("woodblock.toml"), "")?;
    }
    let navigation = match shape.navigation {
        Navigation::Static => static_navigation(),
        Navigation::Sections => include_str!("templates/tera/navigation-sections.html").to_owned(),
    };
    let templates = [
        ("base.html", include_str!("templates/tera/base.html")),
        ("macros.html", include_str!("templates/tera/macros.html")),
        ("navigation.html", &navigation),
        ("index.html", include_str!("templates/tera/index.html")),
        ("section.html", include_str!("templates/tera/section.html")),
        ("page.html", include_str!("templates/tera/page.html")),
        ("taxonomy_list.html", include_str!("templates/tera/taxonomy_list.html")),
        ("taxonomy_single.html", include_str!("templates/tera/taxonomy_single.html")),
    ];
    templates.iter().try_for_each(|(name, text)| put(&folder.join("templates").join(name), text))
}

fn hugo(folder: &Path, shape: Shape) -> Result<()> {
    let config = "baseURL = \"https://bench.example/\"\ntitle = \"Bench\"\nenableRobotsTXT = true\n\
        timeout = \"1h\"\n[params]\ndescription = \"Made to be measured\"\nowner = \"Nobody\"\n\
        [taxonomies]\ntag = \"tags\"\ncategory = \"categories\"\nperson = \"people\"\n\
        [outputs]\nhome = [\"html\", \"rss\"]\nsection = [\"html\", \"rss\"]\ntaxonomy = [\"html\"]\nterm = [\"html\"]\n\
        [services.rss]\nlimit = 50\n[markup.highlight]\ncodeFences = false\n\
        [markup.goldmark.renderer]\nunsafe = true\n";
    put(&folder.join("hugo.toml"), config)?;
    let navigation = match shape.navigation {
        Navigation::Static => static_navigation(),
        Navigation::Sections => include_str!("templates/hugo/navigation-sections.html").to_owned(),
    };
    let layouts = [
        ("baseof.html", include_str!("templates/hugo/baseof.html")),
        ("home.html", include_str!("templates/hugo/home.html")),
        ("section.html", include_str!("templates/hugo/section.html")),
        ("page.html", include_str!("templates/hugo/page.html")),
        ("taxonomy.html", include_str!("templates/hugo/taxonomy.html")),
        ("term.html", include_str!("templates/hugo/term.html")),
        ("_partials/entry.html", include_str!("templates/hugo/entry.html")),
        ("_partials/pager.html", include_str!("templates/hugo/pager.html")),
        ("_partials/navigation.html", &navigation),
    ];
    layouts.iter().try_for_each(|(name, text)| put(&folder.join("layouts").join(name), text))
}

fn static_navigation() -> String {
    let mut html = String::from("<nav><ul>\n");
    for section in 0..SECTIONS {
        let name = section_name(section);
        let _ = writeln!(
            html,
            "<li><a href=\"https://bench.example/{name}/\">Section {section}</a></li>"
        );
    }
    html.push_str("</ul></nav>\n");
    html
}

fn put(path: &Path, text: &str) -> Result<()> {
    let failed = || format!("cannot write `{}`", path.display());
    let parent = path.parent().with_context(failed)?;
    fs::create_dir_all(parent).with_context(failed)?;
    fs::write(path, text).with_context(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_the_same_whenever_it_is_written() {
        let (one, other) = (Writer::new(), Writer::new());
        let text = page_text(&one, Dialect::Zola, 100, 3);
        assert_eq!(text, page_text(&other, Dialect::Zola, 100, 3));
        assert_ne!(text, page_text(&one, Dialect::Zola, 100, 4));
    }

    #[test]
    fn both_dialects_say_the_same_but_for_their_syntax() {
        let writer = Writer::new();
        let zola = page_text(&writer, Dialect::Zola, 100, 3);
        let hugo = page_text(&writer, Dialect::Hugo, 100, 3);
        let plain = |text: &str| {
            let bare = text.replace("[taxonomies]\n", "").replace("<!-- more", "<!--more");
            bare.replace("more -->", "more-->").replace("@/", "/").replace(".md)", "/)")
        };
        assert_eq!(plain(&zola), plain(&hugo));
    }
}
