//! `woodblock build`.

use std::path::PathBuf;
use std::time::Instant;

use crate::args::BuildArgs;
use crate::failure::Outcome;
use crate::output::Policy;
use crate::report;
use crate::settings::{SiteSettings, check_output};
use crate::site;

/// Builds the site into its output folder.
pub(super) fn run(root: PathBuf, config: Option<PathBuf>, args: BuildArgs) -> Outcome {
    let start = Instant::now();
    let mut settings = SiteSettings::resolve(root, config, args.site)?;
    settings.minify |= args.minify;
    let output = match args.output_dir {
        Some(typed) => typed,
        None => settings.root.join(site_model::load_config(&settings.model_options())?.output_dir),
    };
    check_output(&settings.root, &output)?;
    let policy = if args.force { Policy::Replace } else { Policy::OwnFoldersOnly };
    let summary = site::build(&settings, &output, policy)?;
    report::note(format!("{summary} in {}", report::seconds(start.elapsed())));
    Ok(())
}
