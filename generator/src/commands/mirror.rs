//! `woodblock mirror`.

use std::sync::Arc;

use jiff::Timestamp;
use release::{MirrorOptions, Mirrored, Origin, Progress, TrustSource};

use crate::args::MirrorArgs;
use crate::failure::Outcome;
use crate::report;

/// Pulls the current release, or finishes and heals what an earlier pull began.
pub(super) fn run(args: &MirrorArgs) -> Outcome {
    let origin = Origin::parse(&args.origin)?;
    let also: Result<Vec<_>, _> = args.also.iter().map(|text| Origin::parse(text)).collect();
    let trust = match &args.trust {
        Some(file) => TrustSource::File(file.clone()),
        None => TrustSource::FirstUse,
    };
    let bar = report::progress("files", 0);
    let drawn = bar.clone();
    let progress = move |step: &Progress| match step {
        Progress::Planned { files, .. } => drawn.set_length(*files as u64),
        Progress::Fetched { .. } => drawn.inc(1),
        _ => {}
    };
    let options = MirrorOptions {
        other_sources: also?,
        progress: Some(Arc::new(progress)),
        ..MirrorOptions::new(Timestamp::now())
    };
    let mirrored = release::mirror(&origin, &args.dir, &trust, &options);
    bar.finish_and_clear();
    report(&mirrored?);
    Ok(())
}

fn report(mirrored: &Mirrored) {
    for path in &mirrored.healed {
        report::note(format!("healed {path}"));
    }
    let word = if mirrored.is_switched { "now serving" } else { "already serving" };
    report::result(format!("{word} release {} at {}", mirrored.release, mirrored.tree.display()));
    report::note(format!(
        "{} files, {} fetched ({}), valid until {}",
        mirrored.files,
        mirrored.fetched_files,
        report::size(mirrored.fetched_bytes),
        mirrored.expires.strftime("%Y-%m-%d")
    ));
    if mirrored.is_first_use {
        report::note(format!(
            "first pull: compare the publisher's fingerprint, told another way than by the site, with\n  {}",
            mirrored.fingerprint
        ));
    }
}
