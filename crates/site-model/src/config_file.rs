//! Reading the configuration: known keys, keys of older versions, the theme's `extra` beneath.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::{Glob, GlobSetBuilder};
use serde_json::{Map, Value as Json};

use crate::config::{
    AnchorLinks, Config, Globs, Language, LinkChecker, LinkLevel, Links, Markdown, Options,
    Slugify, TaxonomyConfig, TemplateSyntax, Woodblock,
};
use crate::data::{Data, Entry, Node, entries_to_json};
use crate::fields::{Fields, Reading};
use crate::slugify::{SlugifyStrategy, segment_fault, slugify_path};
use crate::{Diagnostic, highlighting, old_keys, search_keys, source_file, toml_data};

/// Reads the configuration of a site.
///
/// # Errors
/// All problems of the file, and of the theme's `theme.toml`, together.
pub fn load_config(options: &Options) -> Result<Config, Vec<Diagnostic>> {
    let file = config_path(options);
    let text = source_file::read(&options.root, &file).map_err(|problem| vec![problem])?;
    let mut reading = Reading::new(&file, &text);
    let mut config = match toml_data::parse(&text, 0..text.len()) {
        Ok(entries) => read_config(entries, options, &mut reading),
        Err(problems) => {
            reading.problems(problems);
            Config::default()
        }
    };
    let mut diagnostics = reading.diagnostics;
    config.file = file;
    lay_over_theme(&mut config, &options.root, &mut diagnostics);
    if diagnostics.iter().any(Diagnostic::is_error) {
        Diagnostic::sort(&mut diagnostics);
        return Err(diagnostics);
    }
    config.warnings = diagnostics;
    Ok(config)
}

fn config_path(options: &Options) -> PathBuf {
    match &options.config {
        Some(path) => path.strip_prefix(&options.root).unwrap_or(path).to_path_buf(),
        None if options.root.join("zola.toml").is_file() => PathBuf::from("zola.toml"),
        None => PathBuf::from("config.toml"),
    }
}

fn read_config(entries: Vec<Entry>, options: &Options, to: &mut Reading<'_>) -> Config {
    let mut top = Fields::new(entries, "");
    old_keys::rename_in_config(&mut top, to);
    let base_url_as_written = base_url(&mut top, options, to);
    let base_url = base_url_as_written.trim_end_matches('/').to_owned();
    let default_language = language_code(&mut top, to);
    let mut config = Config {
        base_path: path_of(&base_url),
        base_url,
        base_url_as_written,
        theme: theme_name(&mut top, to),
        taxonomy_root: top
            .filled_text("taxonomy_root", to)
            .map(|root| root.trim_matches('/').to_owned()),
        author: top.filled_text("author", to),
        feed_limit: top.count("feed_limit", to),
        ignored_content: globs("ignored_content", &mut top, to),
        ignored_static: globs("ignored_static", &mut top, to),
        output_dir: top.filled_text("output_dir", to).unwrap_or_else(|| "public".to_owned()),
        preserve_dotfiles_in_output: top.flag("preserve_dotfiles_in_output", to).unwrap_or(false),
        generate_sitemap: top.flag("generate_sitemap", to).unwrap_or(true),
        generate_robots_txt: top.flag("generate_robots_txt", to).unwrap_or(true),
        exclude_paginated_pages_in_sitemap: top
            .choice("exclude_paginated_pages_in_sitemap", &[("all", true), ("none", false)], to)
            .unwrap_or(false),
        hard_link_static: top.flag("hard_link_static", to).unwrap_or(false),
        compile_sass: top.flag("compile_sass", to).unwrap_or(false),
        minify_html: top.flag("minify_html", to).unwrap_or(false),
        ..Config::default()
    };
    if let Some(table) = top.table("slugify", to) {
        config.slugify = slugify(table, to);
    }
    config.markdown = markdown(top.table("markdown", to), to);
    if let Some(table) = top.table("link_checker", to) {
        config.link_checker = link_checker(table, to);
    }
    config.languages = languages(&mut top, &default_language, to);
    slugify_taxonomies(&mut config);
    config.default_language = default_language;
    if let Some(entry) = top.take("extra") {
        extra(entry, &mut config, to);
    }
    top.finish(to);
    config
}

fn base_url(top: &mut Fields, options: &Options, to: &mut Reading<'_>) -> String {
    let configured = top.text("base_url", to);
    options.base_url.clone().or(configured).unwrap_or_else(|| {
        to.diagnostics.push(
            Diagnostic::error("`base_url` is missing")
                .in_file(to.file)
                .help("add `base_url = \"https://…\"`, the address the site will have"),
        );
        String::new()
    })
}

/// The path of an address: `/sub` of `https://x.example/sub`.
fn path_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    match rest.find('/') {
        Some(slash) => rest[slash..].trim_end_matches('/').to_owned(),
        None => String::new(),
    }
}

fn language_code(top: &mut Fields, to: &mut Reading<'_>) -> String {
    match top.text_node("default_language", to) {
        Some((code, span)) if !is_language_code(&code) => {
            to.error_with_help(
                format!("`{code}` is no language code"),
                &span,
                "use letters, digits and hyphens: `en`, `zh`, `pt-BR`",
            );
            "en".to_owned()
        }
        Some((code, _)) => code,
        None => "en".to_owned(),
    }
}

fn is_language_code(code: &str) -> bool {
    (1..=35).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

fn theme_name(top: &mut Fields, to: &mut Reading<'_>) -> Option<String> {
    let (name, span) = top.text_node("theme", to).filter(|(name, _)| !name.is_empty())?;
    if let Some(fault) = segment_fault(&name) {
        let help = "name a folder directly below `themes/`";
        to.error_with_help(format!("`{name}` is no name of a theme: {fault}"), &span, help);
        return None;
    }
    Some(name)
}

fn globs(key: &'static str, top: &mut Fields, to: &mut Reading<'_>) -> Globs {
    let mut builder = GlobSetBuilder::new();
    let mut patterns = Vec::new();
    for (pattern, span) in top.text_nodes(key, to).unwrap_or_default() {
        match Glob::new(&pattern) {
            Ok(glob) => {
                builder.add(glob);
                patterns.push(pattern);
            }
            Err(error) => to.error(format!("invalid pattern in `{key}`: {}", error.kind()), &span),
        }
    }
    Globs { patterns, set: builder.build().unwrap_or_else(|_| globset::GlobSet::empty()) }
}

const STRATEGIES: &[(&str, SlugifyStrategy)] =
    &[("on", SlugifyStrategy::On), ("safe", SlugifyStrategy::Safe), ("off", SlugifyStrategy::Off)];

fn slugify(mut table: Fields, to: &mut Reading<'_>) -> Slugify {
    let slugify = Slugify {
        paths: table.choice("paths", STRATEGIES, to).unwrap_or_default(),
        paths_keep_dates: table.flag("paths_keep_dates", to).unwrap_or(false),
        taxonomies: table.choice("taxonomies", STRATEGIES, to).unwrap_or_default(),
        anchors: table.choice("anchors", STRATEGIES, to).unwrap_or_default(),
    };
    table.finish(to);
    slugify
}

pub(crate) const ANCHOR_LINKS: &[(&str, AnchorLinks)] = &[
    ("none", AnchorLinks::None),
    ("left", AnchorLinks::Left),
    ("right", AnchorLinks::Right),
    ("heading", AnchorLinks::Heading),
];

fn markdown(table: Option<Fields>, to: &mut Reading<'_>) -> Markdown {
    let mut table = table.unwrap_or_else(|| Fields::new(Vec::new(), "markdown."));
    old_keys::rename_in_markdown(&mut table, to);
    let markdown = Markdown {
        render_emoji: table.flag("render_emoji", to).unwrap_or(false),
        external_links_class: class(&mut table, to),
        external_links_target_blank: flag(&mut table, "external_links_target_blank", to),
        external_links_no_follow: flag(&mut table, "external_links_no_follow", to),
        external_links_no_referrer: flag(&mut table, "external_links_no_referrer", to),
        external_links_external: table.flag("external_links_external", to).unwrap_or(true),
        smart_punctuation: flag(&mut table, "smart_punctuation", to),
        definition_list: flag(&mut table, "definition_list", to),
        bottom_footnotes: flag(&mut table, "bottom_footnotes", to),
        lazy_async_image: flag(&mut table, "lazy_async_image", to),
        github_alerts: flag(&mut table, "github_alerts", to),
        insert_anchor_links: table
            .choice("insert_anchor_links", ANCHOR_LINKS, to)
            .unwrap_or_default(),
        highlighting: table
            .table("highlighting", to)
            .and_then(|table| highlighting::read(table, to)),
    };
    table.finish(to);
    markdown
}

/// A quote in a class would end the attribute.
fn class(table: &mut Fields, to: &mut Reading<'_>) -> Option<String> {
    const KEY: &str = "external_links_class";
    let (class, span) = table.text_node(KEY, to).filter(|(class, _)| !class.is_empty())?;
    if class.contains(['"', '\'']) {
        to.error_with_help(
            format!("`{class}` in `markdown.{KEY}` is no class"),
            &span,
            "leave the quotes out; several classes are divided by spaces",
        );
        return None;
    }
    Some(class)
}

fn flag(table: &mut Fields, key: &'static str, to: &mut Reading<'_>) -> bool {
    table.flag(key, to).unwrap_or(false)
}

fn link_checker(mut table: Fields, to: &mut Reading<'_>) -> LinkChecker {
    const LEVELS: &[(&str, LinkLevel)] = &[("error", LinkLevel::Error), ("warn", LinkLevel::Warn)];
    let checker = LinkChecker {
        internal_level: table.choice("internal_level", LEVELS, to).unwrap_or_default(),
        external_level: table.choice("external_level", LEVELS, to).unwrap_or_default(),
        skip_prefixes: table.texts("skip_prefixes", to).unwrap_or_default(),
        skip_anchor_prefixes: table.texts("skip_anchor_prefixes", to).unwrap_or_default(),
        ignored_files: globs("ignored_files", &mut table, to),
    };
    table.finish(to);
    checker
}

/// The default language's own keys stand at the top; a table `languages.CODE` for it, which some
/// themes have, lies over them, but makes neither feeds nor an index, as in Zola.
fn languages(top: &mut Fields, default: &str, to: &mut Reading<'_>) -> Vec<Language> {
    let mut base = language(default, top, None, to);
    let top_alone = base.clone();
    let mut others = Vec::new();
    for entry in top.entries("languages", to).unwrap_or_default() {
        let span = entry.key_span.clone();
        let Some((code, mut table)) = language_table(entry, to) else { continue };
        if code == default {
            base = language(&code, &mut table, Some(base), to);
            warn_of_idle(&base, &top_alone, &span, to);
        } else {
            let beneath = Language { search: base.search.clone(), ..bare_language() };
            others.push(language(&code, &mut table, Some(beneath), to));
        }
        table.finish(to);
    }
    others.sort_by(|a, b| a.code.cmp(&b.code));
    others.insert(0, base);
    set_outputs(&mut others, &top_alone);
    others
}

fn warn_of_idle(base: &Language, top: &Language, span: &Range<usize>, to: &mut Reading<'_>) {
    let has_idle_feeds = base.generate_feeds && !top.generate_feeds;
    if has_idle_feeds || (base.build_search_index && !top.build_search_index) {
        let message = format!(
            "`languages.{}`, the default language, makes neither feeds nor a search index",
            base.code
        );
        let help = "set `generate_feeds` and `build_search_index` at the top of the file";
        to.warning(message, span, help);
    }
}

/// Decides what is written of all languages, the default one first.
fn set_outputs(languages: &mut [Language], top: &Language) {
    for language in &mut *languages {
        language.has_feeds = language.generate_feeds;
        language.has_search_index = top.build_search_index && language.build_search_index;
    }
    if let Some(default) = languages.first_mut() {
        default.has_feeds = top.generate_feeds;
    }
}

fn language_table(entry: Entry, to: &mut Reading<'_>) -> Option<(String, Fields)> {
    if !is_language_code(&entry.key) {
        to.error_with_help(
            format!("`{}` is no language code", entry.key),
            &entry.key_span,
            "use letters, digits and hyphens: `en`, `zh`, `pt-BR`",
        );
        return None;
    }
    let Data::Table(entries) = entry.value.data else {
        let found = entry.value.data.kind();
        to.error(
            format!("`languages.{}` must be a table, found {found}", entry.key),
            &entry.key_span,
        );
        return None;
    };
    let mut table = Fields::new(entries, format!("languages.{}.", entry.key));
    old_keys::rename_in_language(&mut table, to);
    Some((entry.key, table))
}

fn bare_language() -> Language {
    Language { feed_filenames: vec!["atom.xml".to_owned()], ..Language::default() }
}

fn language(
    code: &str,
    table: &mut Fields,
    base: Option<Language>,
    to: &mut Reading<'_>,
) -> Language {
    let base = base.unwrap_or_else(bare_language);
    let translations = table.json("translations", to);
    Language {
        code: Arc::from(code),
        title: table.text("title", to).or(base.title),
        description: table.text("description", to).or(base.description),
        generate_feeds: table.flag("generate_feeds", to).unwrap_or(base.generate_feeds),
        feed_filenames: feed_filenames(table, to).unwrap_or(base.feed_filenames),
        taxonomies: taxonomies(table, to).unwrap_or(base.taxonomies),
        has_feeds: false,
        has_search_index: false,
        build_search_index: table.flag("build_search_index", to).unwrap_or(base.build_search_index),
        search: table.table("search", to).map_or(base.search, |table| search_keys::read(table, to)),
        translations: if translations.is_empty() { base.translations } else { translations },
    }
}

fn feed_filenames(table: &mut Fields, to: &mut Reading<'_>) -> Option<Vec<String>> {
    let names = table.text_nodes("feed_filenames", to)?;
    let mut kept = Vec::new();
    for (name, span) in names {
        match segment_fault(&name) {
            Some(fault) => to.error(format!("`{name}` is no file name: {fault}"), &span),
            None => kept.push(name),
        }
    }
    Some(kept)
}

fn taxonomies(table: &mut Fields, to: &mut Reading<'_>) -> Option<Vec<TaxonomyConfig>> {
    let items = table.list("taxonomies", to)?;
    Some(items.into_iter().filter_map(|item| taxonomy(item, to)).collect())
}

fn taxonomy(item: Node, to: &mut Reading<'_>) -> Option<TaxonomyConfig> {
    let span = item.span;
    let Data::Table(entries) = item.data else {
        let found = item.data.kind();
        to.error_with_help(
            format!("a taxonomy must be a table, found {found}"),
            &span,
            "write `{ name = \"tags\" }`",
        );
        return None;
    };
    let mut table = Fields::new(entries, "taxonomies.");
    old_keys::rename_in_taxonomy(&mut table, to);
    let name = table.text_node("name", to);
    let slug = table.text_node("slug", to);
    let config = TaxonomyConfig {
        paginate_by: table.count("paginate_by", to).filter(|count| *count > 0),
        paginate_path: table.filled_text("paginate_path", to),
        feed: table.flag("feed", to).unwrap_or(false),
        render: table.flag("render", to).unwrap_or(true),
        ..TaxonomyConfig::default()
    };
    table.finish(to);
    let Some((name, name_span)) = name else {
        to.error("a taxonomy needs a `name`", &span);
        return None;
    };
    let has_slug = slug.as_ref().is_some_and(|(slug, _)| !slug.is_empty());
    let (shown, shown_span) = match &slug {
        Some((slug, span)) if has_slug => (slug, span),
        _ => (&name, &name_span),
    };
    if let Some(fault) = segment_fault(shown) {
        to.error(format!("`{shown}` cannot be part of an address: {fault}"), shown_span);
        return None;
    }
    let slug = slug.map(|(slug, _)| slug).unwrap_or_default();
    Some(TaxonomyConfig { name, slug, ..config })
}

/// The address of a taxonomy is its name by the rule for terms, unless it has a slug of its own.
fn slugify_taxonomies(config: &mut Config) {
    let strategy = config.slugify.taxonomies;
    let taxonomies = config.languages.iter_mut().flat_map(|language| &mut language.taxonomies);
    for taxonomy in taxonomies.filter(|taxonomy| taxonomy.slug.is_empty()) {
        taxonomy.slug = slugify_path(&taxonomy.name, strategy);
    }
}

fn extra(entry: Entry, config: &mut Config, to: &mut Reading<'_>) {
    let Data::Table(entries) = entry.value.data else {
        let found = entry.value.data.kind();
        to.error(format!("`extra` must be a table, found {found}"), &entry.value.span);
        return;
    };
    if let Some(own) = entries.iter().find(|entry| entry.key == "woodblock")
        && let Data::Table(own) = &own.value.data
    {
        config.woodblock = woodblock(Fields::new(own.clone(), "extra.woodblock."), to);
    }
    config.extra = entries_to_json(entries);
}

fn woodblock(mut table: Fields, to: &mut Reading<'_>) -> Woodblock {
    let links = [("absolute", Links::Absolute), ("root-relative", Links::RootRelative)];
    let syntaxes = [("tera", TemplateSyntax::Tera), ("minijinja", TemplateSyntax::MiniJinja)];
    let woodblock = Woodblock {
        links: table.choice("links", &links, to).unwrap_or_default(),
        templates: table.choice("templates", &syntaxes, to).unwrap_or_default(),
        raw_html: table.flag("raw_html", to).unwrap_or(true),
    };
    table.finish(to);
    woodblock
}

/// Puts the `extra` of `theme.toml` beneath the site's own.
fn lay_over_theme(config: &mut Config, root: &Path, diagnostics: &mut Vec<Diagnostic>) {
    let Some(theme) = &config.theme else { return };
    let file = Path::new("themes").join(theme).join("theme.toml");
    if !root.join("themes").join(theme).is_dir() {
        diagnostics.push(missing_theme(config, root, theme));
        return;
    }
    if !root.join(&file).exists() {
        return;
    }
    match source_file::read(root, &file) {
        Ok(text) => {
            let mut reading = Reading::new(&file, &text);
            let beneath = theme_extra(&text, &mut reading);
            diagnostics.append(&mut reading.diagnostics);
            merge_beneath(&mut config.extra, beneath);
        }
        Err(problem) => diagnostics.push(problem),
    }
}

fn missing_theme(config: &Config, root: &Path, theme: &str) -> Diagnostic {
    let names = source_file::folder_names(&root.join("themes"));
    let help = match crate::nearest(theme, names.iter().map(String::as_str)) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("put the theme's files under `themes/{theme}`"),
    };
    Diagnostic::error(format!("theme `{theme}` is not there"))
        .at_key(root, &config.file, &["theme"])
        .help(help)
}

fn theme_extra(text: &str, to: &mut Reading<'_>) -> Map<String, Json> {
    match toml_data::parse(text, 0..text.len()) {
        Ok(entries) => Fields::new(entries, "").json("extra", to),
        Err(problems) => {
            to.problems(problems);
            Map::new()
        }
    }
}

/// Fills in what is missing; tables are merged key by key.
fn merge_beneath(over: &mut Map<String, Json>, beneath: Map<String, Json>) {
    for (key, value) in beneath {
        match (over.get_mut(&key), value) {
            (Some(Json::Object(over)), Json::Object(beneath)) => merge_beneath(over, beneath),
            (Some(_), _) => {}
            (None, value) => {
                over.insert(key, value);
            }
        }
    }
}
