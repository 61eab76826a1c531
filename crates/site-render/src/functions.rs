//! Functions of templates, with Zola's names and keyword arguments.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use minijinja::value::{Kwargs, Object, Value, from_args};
use minijinja::{Environment, Error, ErrorKind, State};
use sha2::{Digest, Sha256, Sha384, Sha512};
use site_model::{Config, ContentId, TemplateSyntax, nearest};

use crate::arguments::Arguments;
use crate::files::Found;
use crate::library::Library;
use crate::markdown::{help_for_missing, percent_decode};
use crate::{files, images, load_data, objects};

/// Names of all functions, for "did you mean".
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    const OWN: &[&str] = &[
        "get_url",
        "get_page",
        "get_section",
        "get_taxonomy",
        "get_taxonomy_url",
        "get_taxonomy_term",
        "get_hash",
        "get_file_hash",
        "get_file_size",
        "get_image_metadata",
        "load_data",
        "resize_image",
        "trans",
        "now",
        "throw",
        "range",
        "dict",
        "namespace",
        "debug",
        "super",
        "loop",
    ];
    OWN.iter().copied()
}

/// Names of the functions that templates of both dialects share.
pub(crate) fn shared_names() -> impl Iterator<Item = &'static str> {
    const ENGINE: &[&str] =
        &["now", "throw", "range", "dict", "namespace", "debug", "super", "loop"];
    names().filter(|name| !ENGINE.contains(name))
}

/// What a function does.
type Body = fn(&Arc<Library>, &Arguments<'_>) -> Result<Value, Error>;

/// A function over a site.
pub(crate) struct SiteFunction {
    library: Arc<Library>,
    body: Body,
}

const BODIES: &[(&str, Body)] = &[
    ("get_url", get_url),
    ("get_page", get_page),
    ("get_section", get_section),
    ("get_taxonomy", get_taxonomy),
    ("get_taxonomy_url", get_taxonomy_url),
    ("get_taxonomy_term", get_taxonomy_term),
    ("get_hash", get_hash),
    ("get_file_hash", get_hash),
    ("get_file_size", get_file_size),
    ("get_image_metadata", images::get_image_metadata),
    ("load_data", load_data::load_data),
    ("resize_image", images::resize_image),
    ("now", now),
    ("throw", throw),
    ("trans", trans),
];

/// Adds all functions to an environment.
pub(crate) fn add(env: &mut Environment<'static>, library: &Arc<Library>) {
    for (name, body) in BODIES {
        let function = SiteFunction { library: library.clone(), body: *body };
        env.add_global(*name, Value::from_object(function));
    }
}

impl SiteFunction {
    /// Calls it from a template of Tera's syntax, which passes over arguments that it does not know.
    pub(crate) fn call_with(&self, arguments: &[(String, Value)]) -> Result<Value, Error> {
        (self.body)(&self.library, &Arguments::Tera(arguments))
    }
}

impl Object for SiteFunction {
    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        let (arguments,): (Kwargs,) = from_args(args)?;
        let arguments = Arguments::MiniJinja(arguments, state);
        let value = (self.body)(&self.library, &arguments)?;
        // Built-in templates stand under a site in Tera's syntax as well.
        if self.library.config().woodblock.templates == TemplateSyntax::MiniJinja {
            arguments.assert_all_used()?;
        }
        Ok(value)
    }
}

impl fmt::Debug for SiteFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SiteFunction").finish_non_exhaustive()
    }
}

fn fault(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}

/// A language by its code; an error names those there are.
fn language(library: &Library, code: Option<String>) -> Result<Arc<str>, Error> {
    let code = code.unwrap_or_else(|| library.config().default_language.clone());
    library.language(&code).ok_or_else(|| {
        let known: Vec<_> = library
            .config()
            .languages
            .iter()
            .map(|language| format!("`{}`", language.code))
            .collect();
        fault(format!("`{code}` is no language of this site, which has {}", known.join(", ")))
    })
}

/// A content path in another language: `a.md` to `a.en.md`, unless it names one already.
fn in_language(library: &Library, path: &str, lang: &str) -> String {
    let config = library.config();
    let stem = path.strip_suffix(".md").unwrap_or(path);
    let is_known = |code: &str| config.language(code).is_some();
    let stem = match stem.rsplit_once('.') {
        Some((before, code)) if is_known(code) && !code.contains('/') => before,
        _ => stem,
    };
    if lang == config.default_language { format!("{stem}.md") } else { format!("{stem}.{lang}.md") }
}

/// A path without parts that lead nowhere: `./a//b.md` is `a/b.md`.
fn without_dots(path: &str) -> String {
    let is_step = |part: &&str| !part.is_empty() && *part != ".";
    path.split('/').filter(is_step).collect::<Vec<_>>().join("/")
}

/// A page or section by its path below `content/`.
fn content(library: &Library, path: &str, lang: Option<String>) -> Result<ContentId, Error> {
    let path = path.strip_prefix("@/").unwrap_or(path);
    let path = match lang {
        Some(lang) => in_language(library, path, &language(library, Some(lang))?).into(),
        None => Cow::Borrowed(path),
    };
    library.site.content(&without_dots(&path)).ok_or_else(|| {
        fault(format!("there is no page `@/{path}`; {}", help_for_missing(library, &path)))
    })
}

fn get_url(library: &Arc<Library>, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let path: String = arguments.get("path")?;
    let lang: Option<String> = arguments.get("lang")?;
    let trailing_slash: Option<bool> = arguments.get("trailing_slash")?;
    let cachebust: Option<bool> = arguments.get("cachebust")?;
    let config = library.config();
    if path.starts_with("@/") {
        let (path, anchor) =
            path.split_once('#').map_or((path.as_str(), None), |(p, a)| (p, Some(a)));
        let id = content(library, &percent_decode(path), lang)?;
        let url = config.link(&library.site.source(id).path);
        let url = anchor.map_or(url.clone(), |anchor| format!("{url}#{anchor}"));
        return Ok(Value::from_safe_string(url));
    }
    let is_tera = config.woodblock.templates == TemplateSyntax::Tera;
    if path.contains("://") && !is_tera {
        return Ok(Value::from_safe_string(path));
    }
    let lang = lang.map(|lang| language(library, Some(lang))).transpose()?;
    let mut url = match config.woodblock.templates {
        TemplateSyntax::Tera => tera_url(config, &path, lang.as_deref(), trailing_slash),
        TemplateSyntax::MiniJinja => own_url(config, &path, lang.as_deref(), trailing_slash),
    };
    if cachebust.unwrap_or(false) {
        let bytes = file_bytes(library, &path)?;
        url = format!("{url}?h={}", hex(&Sha256::digest(bytes)[..10]));
    }
    Ok(Value::from_safe_string(url))
}

fn file(library: &Library, path: &str) -> Result<Found, Error> {
    let found = files::find(library, path).map_err(fault)?;
    found.ok_or_else(|| fault(files::missing(library, "file", path)))
}

fn own_url(config: &Config, path: &str, lang: Option<&str>, slash: Option<bool>) -> String {
    let prefix = lang.map(|lang| config.language_prefix(lang)).unwrap_or_default();
    let mut address = format!("{prefix}{}", path.trim_start_matches('/'));
    if slash.unwrap_or(false) && !address.ends_with('/') {
        address.push('/');
    }
    config.link(&address)
}

/// Zola's rule: no slash at the end unless asked for, and none behind a feed or an anchor.
fn tera_url(config: &Config, path: &str, lang: Option<&str>, slash: Option<bool>) -> String {
    let lang = lang.filter(|lang| *lang != config.default_language);
    let is_in_language = |lang: &str| path.get(1..).is_some_and(|rest| rest.starts_with(lang));
    let path = match lang.filter(|lang| path.is_empty() || !is_in_language(lang)) {
        Some(lang) => format!("{lang}/{path}"),
        None => path.to_owned(),
    };
    let feeds = config.language(&config.default_language).map(|it| it.feed_filenames.as_slice());
    let is_feed = feeds.unwrap_or_default().iter().any(|name| path.ends_with(name.as_str()));
    let url = config.link(path.strip_prefix('/').unwrap_or(&path));
    let url = url.strip_suffix('/').unwrap_or(&url);
    if slash.unwrap_or(false) && !is_feed && !path.contains('#') {
        format!("{url}/")
    } else {
        url.to_owned()
    }
}

fn file_bytes(library: &Library, path: &str) -> Result<Vec<u8>, Error> {
    let bytes = file(library, path)?.bytes(library);
    bytes.map_err(|problem| fault(format!("cannot read {path}: {problem}")))
}

fn get_page(library: &Arc<Library>, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let path: &str = arguments.get("path")?;
    match content(library, path, arguments.get("lang")?)? {
        ContentId::Page(id) => Ok(objects::page(library, id)),
        ContentId::Section(_) => {
            Err(fault(format!("`{path}` is a section; use get_section(path=\"{path}\")")))
        }
    }
}

fn get_section(library: &Arc<Library>, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let path: &str = arguments.get("path")?;
    let metadata_only: Option<bool> = arguments.get("metadata_only")?;
    match content(library, path, arguments.get("lang")?)? {
        ContentId::Section(id) if metadata_only.unwrap_or(false) => {
            Ok(objects::section_metadata(library, id))
        }
        ContentId::Section(id) => Ok(objects::section(library, id)),
        ContentId::Page(_) => {
            Err(fault(format!("`{path}` is a page; use get_page(path=\"{path}\")")))
        }
    }
}

/// The number of a taxonomy; nothing when none is required and there is none.
fn taxonomy(library: &Library, arguments: &Arguments<'_>) -> Result<Option<usize>, Error> {
    let kind: String = arguments.get("kind")?;
    let required: Option<bool> = arguments.get("required")?;
    let lang = language(library, arguments.get("lang")?)?;
    let taxonomies = &library.site.taxonomies;
    let found = taxonomies.iter().position(|it| it.lang == lang && it.config.name == kind);
    if found.is_none() && required.unwrap_or(true) {
        let known = taxonomies.iter().map(|it| it.config.name.as_str());
        let hint = nearest(&kind, known).map(|name| format!("; did you mean `{name}`?"));
        let hint = hint.unwrap_or_default();
        return Err(fault(format!("there is no taxonomy `{kind}` in language `{lang}`{hint}")));
    }
    Ok(found)
}

fn get_taxonomy(library: &Arc<Library>, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let found = taxonomy(library, arguments)?;
    Ok(found.map_or_else(|| Value::from(()), |idx| objects::taxonomy(library, idx)))
}

/// The numbers of a taxonomy and of a term in it, by the term's name or slug.
fn term(
    library: &Library,
    arguments: &Arguments<'_>,
    name: &str,
) -> Result<Option<(usize, usize)>, Error> {
    let required: Option<bool> = arguments.get("required")?;
    let Some(idx) = taxonomy(library, arguments)? else { return Ok(None) };
    let found = library.term(idx, name);
    if found.is_none() && required.unwrap_or(true) {
        let terms = &library.site.taxonomies[idx].terms;
        let hint = nearest(name, terms.iter().map(|term| term.name.as_str()));
        let hint = hint.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
        let taxonomy = &library.site.taxonomies[idx].config.name;
        return Err(fault(format!("there is no term `{name}` in taxonomy `{taxonomy}`{hint}")));
    }
    Ok(found.map(|term| (idx, term)))
}

fn get_taxonomy_url(library: &Arc<Library>, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let name: String = arguments.get("name")?;
    Ok(match term(library, arguments, &name)? {
        Some((taxonomy, term)) => {
            let path = &library.site.taxonomies[taxonomy].terms[term].path;
            Value::from_safe_string(library.config().link(path))
        }
        None => Value::from(()),
    })
}

fn get_taxonomy_term(library: &Arc<Library>, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let name: String = arguments.get("term")?;
    let include_pages: Option<bool> = arguments.get("include_pages")?;
    Ok(match term(library, arguments, &name)? {
        Some((taxonomy, term)) => {
            objects::term(library, taxonomy, term, include_pages.unwrap_or(true))
        }
        None => Value::from(()),
    })
}

fn get_hash(library: &Arc<Library>, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let path: Option<String> = arguments.get("path")?;
    let literal: Option<String> = arguments.get("literal")?;
    let sha_type: Option<u32> = arguments.get("sha_type")?;
    let base64: Option<bool> = arguments.get("base64")?;
    let bytes = match (path, literal) {
        (Some(path), None) => file_bytes(library, &path)?,
        (None, Some(text)) => text.into_bytes(),
        _ => return Err(fault("get_hash needs one of `path` and `literal`")),
    };
    let digest = match sha_type.unwrap_or(384) {
        256 => Sha256::digest(&bytes).to_vec(),
        384 => Sha384::digest(&bytes).to_vec(),
        512 => Sha512::digest(&bytes).to_vec(),
        other => return Err(fault(format!("sha_type is 256, 384 or 512, found {other}"))),
    };
    let text = if base64.unwrap_or(true) { BASE64.encode(&digest) } else { hex(&digest) };
    Ok(Value::from_safe_string(text))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]])
        .map(char::from)
        .collect()
}

/// Bytes of a file.
fn get_file_size(library: &Arc<Library>, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let path: String = arguments.get("path")?;
    let len = file(library, &path)?.len_bytes(library);
    len.map(Value::from).map_err(|problem| fault(format!("cannot read {path}: {problem}")))
}

/// The build's date: a clock would make two builds differ.
fn now(library: &Arc<Library>, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let timestamp: Option<bool> = arguments.get("timestamp")?;
    let _utc: Option<bool> = arguments.get("utc")?;
    let today = site_model::ContentDate::from_day(library.site.today);
    Ok(match timestamp {
        Some(true) => Value::from(today.seconds),
        _ => Value::from(today.text),
    })
}

fn throw(_library: &Arc<Library>, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let message: String = arguments.get("message")?;
    Err(fault(message))
}

/// A word in a language: the one named, else that of the page where templates are ours, else, as in
/// Zola, the site's default one.
fn trans(library: &Arc<Library>, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let key: String = arguments.get("key")?;
    let lang: Option<String> = arguments.get("lang")?;
    let is_own = library.config().woodblock.templates == TemplateSyntax::MiniJinja;
    let current = || arguments.variable("lang").and_then(|lang| lang.as_str().map(str::to_owned));
    let lang = lang.or_else(|| if is_own { current() } else { None });
    let lang = language(library, lang)?;
    let words = library.config().language(&lang).map(|language| &language.translations);
    match words.and_then(|words| words.get(&key)) {
        Some(serde_json::Value::String(word)) => Ok(Value::from(word.as_str())),
        Some(other) => Ok(crate::values::from_json(other)),
        None => {
            let known = words.into_iter().flat_map(|words| words.keys().map(String::as_str));
            let hint = nearest(&key, known).map(|name| format!("; did you mean `{name}`?"));
            let hint = hint.unwrap_or_default();
            Err(fault(format!("there is no translation `{key}` in language `{lang}`{hint}")))
        }
    }
}
