//! How `woodblock index` reads HTML: what was typed over what a `pagefind.toml`, `.yml`, `.yaml` or
//! `.json` says in the folder that the command runs in.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json};
use site_model::Diagnostic;

use crate::args::HtmlArgs;
use crate::failure::{Failure, Outcome};

/// Files that are looked for, the first one found counts.
const FILES: [&str; 4] = ["pagefind.toml", "pagefind.yml", "pagefind.yaml", "pagefind.json"];
/// Pages, unless a pattern is given.
const PAGES: &str = "**/*.{html,htm}";
/// Keys that are Pagefind's and have no work to do here.
const WITHOUT_WORK: [&str; 7] =
    ["include_characters", "logfile", "quiet", "serve", "silent", "verbose", "write_playground"];

/// How HTML is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HtmlSettings {
    /// Which files, below the folder.
    pub(crate) glob: String,
    /// The element outside of which nothing counts.
    pub(crate) root_selector: Option<String>,
    /// Elements whose text is left out.
    pub(crate) exclude_selectors: Vec<String>,
    /// Language of all pages, whatever they state.
    pub(crate) force_language: Option<String>,
    /// Language of pages that state none.
    pub(crate) lang: String,
    /// Whether addresses keep `index.html`.
    pub(crate) keep_index_url: bool,
}

impl Default for HtmlSettings {
    fn default() -> Self {
        Self {
            glob: PAGES.into(),
            root_selector: None,
            exclude_selectors: Vec::new(),
            force_language: None,
            lang: "en".into(),
            keep_index_url: false,
        }
    }
}

impl HtmlSettings {
    /// The main part of a page's language.
    pub(crate) fn lang_of(&self, stated: Option<&str>) -> String {
        let lang = self.force_language.as_deref().or(stated).unwrap_or(&self.lang);
        lang.split(['-', '_']).next().unwrap_or_default().to_lowercase()
    }
}

/// What a configuration file says.
#[derive(Debug, Default)]
pub(crate) struct HtmlConfig {
    /// How HTML is read.
    pub(crate) html: HtmlSettings,
    /// The site's folder, for a command that names none.
    pub(crate) site: Option<PathBuf>,
    /// Where the index is written, for a command that says nothing.
    pub(crate) output: Option<PathBuf>,
    /// Keys that are not known or have no work to do.
    pub(crate) warnings: Vec<Diagnostic>,
}

/// Resolves what was typed, and what the file in `folder` says.
///
/// # Errors
/// [`Failure::Content`] where the file cannot be understood.
pub(crate) fn resolve(folder: &Path, lang: &str, typed: &HtmlArgs) -> Outcome<HtmlConfig> {
    let mut config = HtmlConfig::default();
    if let Some(file) = FILES.iter().map(|name| folder.join(name)).find(|file| file.is_file()) {
        let keys = parse(&file).map_err(|message| problem(&file, message))?;
        for (key, value) in &keys {
            config.take(&file, key, value).map_err(|message| problem(&file, message))?;
        }
    }
    let html = &mut config.html;
    lang.clone_into(&mut html.lang);
    html.glob = typed.glob.clone().unwrap_or(std::mem::take(&mut html.glob));
    html.root_selector = typed.root_selector.clone().or(html.root_selector.take());
    html.exclude_selectors.extend(typed.exclude_selectors.iter().cloned());
    html.force_language = typed.force_language.clone().or(html.force_language.take());
    html.keep_index_url |= typed.keep_index_url;
    Ok(config)
}

fn problem(file: &Path, message: String) -> Failure {
    Failure::Content(vec![Diagnostic::error(message).in_file(file)])
}

fn parse(file: &Path) -> Result<Map<String, Json>, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("cannot be read: {error}"))?;
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("toml") => site_model::parse_toml(&text),
        Some("json") => {
            serde_json::from_str(&text).map_err(|error| format!("no JSON object: {error}"))
        }
        _ => match site_model::parse_yaml(&text)? {
            Json::Object(settings) => Ok(settings),
            _ => Err("no mapping of settings".into()),
        },
    }
}

impl HtmlConfig {
    fn take(&mut self, file: &Path, key: &str, value: &Json) -> Result<(), String> {
        let html = &mut self.html;
        match key {
            "site" | "source" => self.site = Some(text(key, value)?.into()),
            // Below the site: known once that is.
            "output_subdir" | "bundle_dir" => {
                let below = PathBuf::from(text(key, value)?);
                self.output = self.output.take().or(Some(PathBuf::from("\0").join(below)));
            }
            "output_path" => self.output = Some(text(key, value)?.into()),
            "glob" => html.glob = text(key, value)?,
            "root_selector" => html.root_selector = Some(text(key, value)?),
            "exclude_selectors" => html.exclude_selectors = texts(key, value)?,
            "force_language" => html.force_language = Some(text(key, value)?),
            "keep_index_url" => html.keep_index_url = value.as_bool().unwrap_or_default(),
            _ => self.warnings.push(warning(file, key)),
        }
        Ok(())
    }

    /// Where the index of `site` is written if nothing was typed.
    pub(crate) fn output_for(&self, site: &Path) -> PathBuf {
        match &self.output {
            Some(path) => path.strip_prefix("\0").map_or(path.clone(), |below| site.join(below)),
            None => site.join("woodblock"),
        }
    }
}

fn warning(file: &Path, key: &str) -> Diagnostic {
    let message = if WITHOUT_WORK.contains(&key) {
        format!("`{key}` has no work to do here and is left aside")
    } else {
        format!("unknown key `{key}` is left aside")
    };
    Diagnostic::warning(message).in_file(file).help("docs/pagefind.md lists the keys that count")
}

fn text(key: &str, value: &Json) -> Result<String, String> {
    value.as_str().map(str::to_owned).ok_or_else(|| format!("`{key}` must be a string"))
}

/// A string, or a list of strings.
fn texts(key: &str, value: &Json) -> Result<Vec<String>, String> {
    let Json::Array(items) = value else { return text(key, value).map(|text| vec![text]) };
    items.iter().map(|item| text(key, item)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(name: &str, content: &str, typed: &HtmlArgs) -> Outcome<HtmlConfig> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(name), content).unwrap();
        resolve(folder.path(), "de", typed)
    }

    #[test]
    fn each_form_of_the_file_is_read_and_typed_words_win() {
        let yaml = "site: public\nexclude_selectors:\n  - \"#nav\"\n  - .x\nforce_language: pt\n";
        let config = resolved("pagefind.yml", yaml, &HtmlArgs::default()).unwrap();
        assert_eq!(config.html.exclude_selectors, ["#nav", ".x"]);
        assert_eq!(config.site.as_deref(), Some(Path::new("public")));
        assert_eq!(config.html.lang_of(Some("en-GB")), "pt");

        let toml = "root_selector = \"main\"\noutput_subdir = \"find\"\nverbose = true\nodd = 1\n";
        let typed = HtmlArgs { root_selector: Some("#app".into()), ..HtmlArgs::default() };
        let config = resolved("pagefind.toml", toml, &typed).unwrap();
        assert_eq!(config.html.root_selector.as_deref(), Some("#app"));
        assert_eq!(config.output_for(Path::new("dist")), Path::new("dist/find"));
        assert_eq!(config.warnings.len(), 2);
        assert!(config.warnings[1].message.contains("unknown key `odd`"));

        let config = resolved("pagefind.json", "{\"output_path\":\"o\"}", &typed).unwrap();
        assert_eq!(config.output_for(Path::new("dist")), Path::new("o"));
        assert_eq!(config.html.lang_of(None), "de");
    }

    #[test]
    fn a_file_that_cannot_be_understood_is_named() {
        for (name, content) in
            [("pagefind.toml", "glob = 3"), ("pagefind.json", "[]"), ("pagefind.yml", "a: [")]
        {
            let Err(Failure::Content(problems)) = resolved(name, content, &HtmlArgs::default())
            else {
                panic!("{content} was taken")
            };
            assert!(problems[0].file.as_ref().unwrap().ends_with(name));
        }
    }

    #[test]
    fn without_a_file_the_index_lies_in_the_site() {
        let folder = tempfile::tempdir().unwrap();
        let config = resolve(folder.path(), "en", &HtmlArgs::default()).unwrap();
        assert_eq!(config.html, HtmlSettings::default());
        assert_eq!(config.output_for(Path::new("dist")), Path::new("dist/woodblock"));
    }
}
