//! Names of themes that this program does not have, and which theme of its own each gets instead.

/// The theme a name gets.
pub(super) struct Found {
    pub(super) packed: &'static str,
    /// Whether it is that very theme; else it is the one most like it.
    pub(super) is_exact: bool,
}

/// The theme of a name.
pub(super) fn find(name: &str) -> Option<Found> {
    let (_, packed, is_exact) = NAMES.iter().find(|(known, ..)| *known == name)?;
    Some(Found { packed, is_exact: *is_exact })
}

/// All names.
pub(super) fn all<'a>() -> impl Iterator<Item = &'a str> {
    NAMES.iter().map(|(name, ..)| *name)
}

/// Name, theme, and whether it is that very one.
#[rustfmt::skip]
const NAMES: &[(&str, &str, bool)] = &[
    ("agola-dark", "two-dark", false),
    ("ascetic-white", "inspired-github", false),
    ("aurora-x", "catppuccin-mocha", false),
    ("axar", "monokai-extended", false),
    ("ayu-light", "one-half-light", false),
    ("ayu-mirage", "one-half-dark", false),
    ("base16-atelierdune-light", "base16-ocean-light", false),
    ("bbedit", "inspired-github", false),
    ("boron", "monokai-extended", false),
    ("charcoal", "base16-eighties-dark", false),
    ("cheerfully-light", "one-half-light", false),
    ("classic-modified", "one-half-light", false),
    ("demain", "base16-eighties-dark", false),
    ("dimmed-fluid", "base16-ocean-dark", false),
    ("gray-matter-dark", "base16-mocha-dark", false),
    ("green", "dark-neon", false),
    ("idle", "inspired-github", false),
    ("ir-white", "inspired-github", false),
    ("kronuz", "monokai-extended", false),
    ("material-dark", "base16-ocean-dark", false),
    ("material-light", "one-half-light", false),
    ("nyx-bold", "monokai-extended", false),
    ("one-dark", "one-half-dark", false),
    ("OneHalfDark", "one-half-dark", true),
    ("OneHalfLight", "one-half-light", true),
    ("railsbase16-green-screen-dark", "dark-neon", false),
    ("subway-madrid", "one-half-light", false),
    ("subway-moscow", "base16-eighties-dark", false),
    ("Tomorrow", "one-half-light", false),
    ("visual-studio-dark", "one-half-dark", false),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_of_the_table_is_there() {
        let packed = textmate::Packed::embedded();
        let has = |name: &str| packed.theme_names().any(|known| known == name);
        for (name, theme, _) in NAMES {
            assert!(has(theme) && !has(name), "{name}");
        }
    }
}
