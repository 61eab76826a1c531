//! Languages by the words that name them in fences.

use textmate::Language;

/// Name of text that is no language.
pub(super) const PLAIN: &str = "plain";

/// All languages there are.
#[derive(Debug)]
pub(super) struct Languages {
    all: Vec<Language>,
}

impl Languages {
    /// - `own`: of the site; they go first.
    pub(super) fn new(own: Vec<Language>, packed: Vec<Language>) -> Self {
        let plain = Language {
            name: PLAIN.to_owned(),
            aliases: vec!["txt".to_owned(), "text".to_owned(), String::new()],
            scope: String::new(),
        };
        Self { all: own.into_iter().chain([plain]).chain(packed).collect() }
    }

    /// The language of a word; none if nobody knows it.
    pub(super) fn find(&self, word: &str) -> Option<&Language> {
        let word = word.to_lowercase();
        let is_known = |language: &&Language| {
            language.name.to_lowercase() == word || language.aliases.contains(&word)
        };
        self.all.iter().find(is_known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_languages() {
        let own = Language {
            name: "Rust".to_owned(),
            aliases: Vec::new(),
            scope: "source.own".to_owned(),
        };
        let languages = Languages::new(vec![own], textmate::Packed::embedded().languages);
        let table = [
            ("rs", Some(("rust", "source.rust"))),
            ("rust", Some(("Rust", "source.own"))),
            ("Bash", Some(("shellscript", "source.shell"))),
            ("", Some(("plain", ""))),
            ("txt", Some(("plain", ""))),
            ("no such language", None),
        ];
        for (word, expected) in table {
            let found = languages.find(word).map(|it| (it.name.as_str(), it.scope.as_str()));
            assert_eq!(found, expected, "{word}");
        }
    }
}
