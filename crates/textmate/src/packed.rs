//! The grammars and themes that come with the program, in one file; `xtask/grammars/pack.mjs` writes
//! it and states its form.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::grammars::Source;

static PACKED: &[u8] = include_bytes!("../data/packed.bin");

/// What a packed file holds.
#[derive(Debug, Deserialize)]
pub struct Packed {
    /// Languages that are known, with or without a grammar.
    pub languages: Vec<Language>,
    grammars: Vec<PackedGrammar>,
    themes: Vec<PackedTheme>,
    #[serde(skip)]
    blobs: &'static [u8],
}

/// A language by its names.
#[derive(Debug, Clone, Deserialize)]
pub struct Language {
    /// The name it goes by.
    pub name: String,
    /// Its other names.
    pub aliases: Vec<String>,
    /// The scope of its grammar.
    pub scope: String,
}

#[derive(Debug, Deserialize)]
struct PackedGrammar {
    scope: String,
    at: usize,
    len: usize,
}

#[derive(Debug, Deserialize)]
struct PackedTheme {
    name: String,
    at: usize,
    len: usize,
}

impl Packed {
    /// What comes with the program.
    ///
    /// # Panics
    /// If the file in the program is not of its form, which the tests hold.
    pub fn embedded() -> Self {
        Self::open(PACKED).expect("the tests read the embedded file")
    }

    fn open(bytes: &'static [u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (index, blobs) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        let packed: Self = unpacked(index)?;
        Some(Self { blobs, ..packed })
    }

    /// The grammars.
    pub fn sources(&self) -> impl Iterator<Item = Source> {
        self.grammars.iter().map(|grammar| {
            let blob = self.blob(grammar.at, grammar.len);
            Source { scope: grammar.scope.clone(), read: Box::new(move || unpacked(blob)) }
        })
    }

    /// Names of the themes.
    pub fn theme_names(&self) -> impl Iterator<Item = &str> {
        self.themes.iter().map(|theme| theme.name.as_str())
    }

    /// The JSON of a theme.
    pub fn theme(&self, name: &str) -> Option<Json> {
        let theme = self.themes.iter().find(|theme| theme.name == name)?;
        unpacked(self.blob(theme.at, theme.len))
    }

    fn blob(&self, at: usize, len: usize) -> &'static [u8] {
        self.blobs.get(at..).and_then(|rest| rest.get(..len)).unwrap_or_default()
    }
}

fn unpacked<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let mut json = Vec::new();
    brotli_decompressor::BrotliDecompress(&mut &*bytes, &mut json).ok()?;
    serde_json::from_slice(&json).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammars::Grammars;

    #[test]
    fn every_grammar_and_theme_is_read() {
        let packed = Packed::embedded();
        let grammars = Grammars::new(packed.sources().collect());
        for grammar in &packed.grammars {
            assert!(grammars.find(&grammar.scope).is_some(), "{}", grammar.scope);
        }
        for name in packed.theme_names() {
            let theme = packed.theme(name).map(|json| crate::Theme::from_json(&json));
            assert!(theme.is_some_and(|theme| theme.is_ok()), "{name}");
        }
    }

    #[test]
    fn files_of_another_form_are_refused() {
        for bytes in [&b""[..], b"\0\0", b"\xff\xff\xff\xff", b"\0\0\0\0{}", b"\x02\0\0\0{}"] {
            assert!(Packed::open(bytes).is_none(), "{bytes:?}");
        }
    }
}
