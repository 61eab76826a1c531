//! What the search index in Zola's formats holds: the table `search`.

use crate::fields::{Fields, Reading};

/// Contents and form of the search index of a language.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent switch of Zola's")]
pub struct Search {
    /// Whether titles are in it.
    pub include_title: bool,
    /// Whether descriptions are.
    pub include_description: bool,
    /// Whether dates are.
    pub include_date: bool,
    /// Whether paths are.
    pub include_path: bool,
    /// Whether the text is.
    pub include_content: bool,
    /// Characters of a text that are kept; `None`: all.
    pub truncate_content_length: Option<usize>,
    /// Library it is for, and kind of file.
    pub index_format: IndexFormat,
}

/// Library the index is for, and kind of file it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IndexFormat {
    /// elasticlunr, as a script.
    #[default]
    ElasticlunrJavascript,
    /// elasticlunr, as JSON.
    ElasticlunrJson,
    /// Fuse.js, as a script.
    FuseJavascript,
    /// Fuse.js, as JSON.
    FuseJson,
}

impl IndexFormat {
    /// Its name in the configuration.
    pub fn name(self) -> &'static str {
        FORMATS.iter().find(|(_, format)| *format == self).map_or("", |(name, _)| name)
    }

    /// Whether the file is a script.
    pub fn is_script(self) -> bool {
        matches!(self, Self::ElasticlunrJavascript | Self::FuseJavascript)
    }

    /// Whether it is for elasticlunr.
    pub fn is_elasticlunr(self) -> bool {
        matches!(self, Self::ElasticlunrJavascript | Self::ElasticlunrJson)
    }

    /// Name of the file of a language.
    pub fn file_name(self, lang: &str) -> String {
        let ending = if self.is_script() { "js" } else { "json" };
        format!("search_index.{lang}.{ending}")
    }
}

const FORMATS: &[(&str, IndexFormat)] = &[
    ("elasticlunr_javascript", IndexFormat::ElasticlunrJavascript),
    ("elasticlunr_json", IndexFormat::ElasticlunrJson),
    ("fuse_javascript", IndexFormat::FuseJavascript),
    ("fuse_json", IndexFormat::FuseJson),
];

impl Default for Search {
    fn default() -> Self {
        Self {
            include_title: true,
            include_description: false,
            include_date: false,
            include_path: false,
            include_content: true,
            truncate_content_length: None,
            index_format: IndexFormat::default(),
        }
    }
}

pub(crate) fn read(mut table: Fields, to: &mut Reading<'_>) -> Search {
    let default = Search::default();
    let search = Search {
        include_title: table.flag("include_title", to).unwrap_or(default.include_title),
        include_description: table.flag("include_description", to).unwrap_or(false),
        include_date: table.flag("include_date", to).unwrap_or(false),
        include_path: table.flag("include_path", to).unwrap_or(false),
        include_content: table.flag("include_content", to).unwrap_or(default.include_content),
        truncate_content_length: table.count("truncate_content_length", to),
        index_format: table.choice("index_format", FORMATS, to).unwrap_or_default(),
    };
    table.finish(to);
    search
}
