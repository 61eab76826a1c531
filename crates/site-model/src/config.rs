//! config.toml.
use crate::Diagnostic;
use std::path::PathBuf;

/// What the command line says about a run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The site's root folder.
    pub root: PathBuf,
    /// Configuration file; `None`: `zola.toml` or `config.toml` of the root.
    pub config: Option<PathBuf>,
    /// Takes the place of `base_url` of the configuration.
    pub base_url: Option<String>,
    /// Whether drafts are loaded.
    pub drafts: bool,
    /// The build's date: what `now()` says.
    pub today: jiff::civil::Date,
}

/// The configuration.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Address of the site, without a final slash.
    pub base_url: String,
}

/// Reads the configuration.
pub fn load_config(_options: &Options) -> Result<Config, Vec<Diagnostic>> {
    Ok(Config::default())
}
