//! `woodblock check`.

use std::path::PathBuf;

use crate::args::CheckArgs;
use crate::failure::Outcome;
use crate::report;
use crate::settings::SiteSettings;
use crate::site::{self, Outward};

/// Takes the site all the way to its rendered files and reports what is wrong; writes nothing.
pub(super) fn run(root: PathBuf, config: Option<PathBuf>, args: CheckArgs) -> Outcome {
    let settings = SiteSettings::resolve(root, config, args.site)?;
    let outward = if args.skip_external_links { Outward::Skip } else { Outward::Fetch };
    let summary = site::check(&settings, outward)?;
    report::note(format!("{summary}: no errors"));
    Ok(())
}
