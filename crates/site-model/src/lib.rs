//! Files to model.

mod config;
mod diagnostic;
mod site;

pub use config::{Config, Options, load_config};
pub use diagnostic::{Diagnostic, Place, Severity};
pub use site::{InjectedPage, Site, load};
