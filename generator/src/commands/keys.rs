//! `woodblock keys`.

use jiff::Timestamp;
use release::KeysOptions;

use crate::args::{KeysAction, KeysArgs};
use crate::failure::Outcome;
use crate::report;

/// Makes keys; never overwrites any.
pub(super) fn run(args: KeysArgs) -> Outcome {
    let KeysAction::Init { dir, expires } = args.action;
    let options = KeysOptions { now: Timestamp::now(), lifetime_days: expires };
    let created = release::keys_init(&dir, &options)?;
    for file in &created.files {
        report::result(file.display());
    }
    report::note(format!("fingerprint {}", created.fingerprint));
    report::note(
        "keep the .key files secret and out of the site; give trust.json to those who mirror",
    );
    Ok(())
}
