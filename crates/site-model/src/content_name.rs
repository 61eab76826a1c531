//! What a Markdown file's name says: kind, language, date, and the name for the address.
//!
//! ```text
//! name ::= ("_index" | "index" | date? stem) ("." language)? ".md"
//! date ::= YYYY-MM-DD ("T" time offset)? " "* ("-" | "_")
//! ```

use crate::config::Config;
use crate::date::ContentDate;

/// What the file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `_index.md`
    Section,
    /// `index.md`: a page with its assets beside it.
    IndexPage,
    /// Any other.
    Page,
}

/// A file name taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ContentName {
    pub(crate) kind: Kind,
    /// Name without language and `.md`.
    pub(crate) stem: String,
    pub(crate) lang: String,
}

/// Why a file is not loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NameFault {
    /// No language of the site has this code.
    UnknownLanguage(String),
    /// `_index.en.md` where `en` is the default language, whose file is `_index.md`.
    DefaultLanguageSection,
}

/// Takes a name apart, or says what is wrong with it.
pub(crate) fn parse(file_name: &str, config: &Config) -> Result<ContentName, NameFault> {
    let name = file_name.strip_suffix(".md").unwrap_or(file_name);
    let (stem, lang) = language(name, config)?;
    let kind = match stem {
        "_index" => Kind::Section,
        _ if stem.starts_with("_index.") => return Err(NameFault::DefaultLanguageSection),
        "index" => Kind::IndexPage,
        _ => Kind::Page,
    };
    Ok(ContentName { kind, stem: stem.to_owned(), lang: lang.to_owned() })
}

/// On a site of one language a dot is part of the name; on others only a configured code, or what
/// looks like a code, is taken as a language.
fn language<'a>(name: &'a str, config: &'a Config) -> Result<(&'a str, &'a str), NameFault> {
    let default = config.default_language.as_str();
    let Some((stem, suffix)) = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()) else {
        return Ok((name, default));
    };
    // Zola reads no language from the default one's code: `a.en.md` is the page `a-en`.
    if suffix == default && config.is_multilingual() {
        return Ok((name, default));
    }
    if let Some(language) = config.language(suffix)
        && (config.is_multilingual() || matches!(stem, "index" | "_index"))
    {
        return Ok((stem, &language.code));
    }
    if matches!(stem, "index" | "_index") || config.is_multilingual() && is_code_like(suffix) {
        return Err(NameFault::UnknownLanguage(suffix.to_owned()));
    }
    Ok((name, default))
}

fn is_code_like(suffix: &str) -> bool {
    let (language, region) = suffix.split_once('-').unwrap_or((suffix, "XX"));
    language.len() == 2
        && language.bytes().all(|byte| byte.is_ascii_lowercase())
        && (2..=4).contains(&region.len())
        && region.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Splits a date from the start of a name.
pub(crate) fn split_date(stem: &str) -> (Option<ContentDate>, &str) {
    let cut = stem.char_indices().map(|(idx, _)| idx).find(|idx| {
        *idx >= 10 && stem[*idx..].starts_with(['-', '_', ' ']) && is_date(&stem[..*idx])
    });
    match cut {
        Some(cut) => {
            let rest = stem[cut..].trim_start();
            match rest.strip_prefix(['-', '_']).filter(|rest| !rest.is_empty()) {
                Some(rest) => (ContentDate::parse(&stem[..cut]), rest),
                None => (None, stem),
            }
        }
        None => (ContentDate::parse(stem), stem),
    }
}

fn is_date(text: &str) -> bool {
    ContentDate::parse(text).is_some()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::Language;

    fn config(codes: &[&str]) -> Config {
        let language = |code: &&str| Language { code: Arc::from(*code), ..Language::default() };
        Config {
            default_language: codes[0].to_owned(),
            languages: codes.iter().map(language).collect(),
            ..Config::default()
        }
    }

    #[test]
    fn names_are_taken_apart() {
        let config = config(&["zh", "en"]);
        let table = [
            ("_index.md", Ok((Kind::Section, "_index", "zh"))),
            ("_index.en.md", Ok((Kind::Section, "_index", "en"))),
            ("index.en.md", Ok((Kind::IndexPage, "index", "en"))),
            ("a.md", Ok((Kind::Page, "a", "zh"))),
            ("v1.5.md", Ok((Kind::Page, "v1.5", "zh"))),
            ("a.zh.md", Ok((Kind::Page, "a.zh", "zh"))),
            ("_index.zh.md", Err("zh")),
            ("a.fr.md", Err("fr")),
            ("_index.fr.md", Err("fr")),
            ("办事.en.md", Ok((Kind::Page, "办事", "en"))),
            (".md", Ok((Kind::Page, "", "zh"))),
        ];
        for (name, expected) in table {
            let found = parse(name, &config);
            let found = found.as_ref().map(|n| (n.kind, n.stem.as_str(), n.lang.as_str()));
            let expected = expected.map_err(|code: &str| match code {
                "zh" => NameFault::DefaultLanguageSection,
                other => NameFault::UnknownLanguage(other.to_owned()),
            });
            assert_eq!(found.map_err(Clone::clone), expected, "{name}");
        }
    }

    #[test]
    fn a_dot_is_part_of_the_name_on_a_site_of_one_language() {
        assert_eq!(parse("a.fr.md", &config(&["en"])).unwrap().stem, "a.fr");
    }

    #[test]
    fn dates_are_split_from_names() {
        let table = [
            ("2018-10-10-hello", (Some("2018-10-10"), "hello")),
            ("2018-10-10_hello", (Some("2018-10-10"), "hello")),
            ("2021-01-23 -hello new", (Some("2021-01-23"), "hello new")),
            ("2018-10-10T10:00:00Z-a", (Some("2018-10-10T10:00:00Z"), "a")),
            ("2018-10-10T10:00:00+08:00-a", (Some("2018-10-10T10:00:00+08:00"), "a")),
            ("2018-10-10", (Some("2018-10-10"), "2018-10-10")),
            ("2018-10-10-", (None, "2018-10-10-")),
            ("2018-13-10-a", (None, "2018-13-10-a")),
            ("hello-2018-10-10", (None, "hello-2018-10-10")),
            ("甲乙丙丁戊己庚辛", (None, "甲乙丙丁戊己庚辛")),
        ];
        for (stem, (date, rest)) in table {
            let found = split_date(stem);
            assert_eq!((found.0.map(|d| d.text).as_deref(), found.1), (date, rest), "{stem}");
        }
    }
}
