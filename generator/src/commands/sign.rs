//! `woodblock sign`.

use jiff::Timestamp;
use release::SignOptions;

use crate::args::SignArgs;
use crate::failure::Outcome;
use crate::report;

/// Signs a built site.
pub(super) fn run(args: &SignArgs) -> Outcome {
    let options =
        SignOptions { now: Timestamp::now(), lifetime_days: args.expires, sequence: None };
    let signed = release::sign(&args.dist, &args.keys, &options)?;
    report::result(format!("release {} (sequence {})", signed.release, signed.sequence));
    report::note(format!(
        "{} files, {}, valid until {}, fingerprint {}",
        signed.files,
        report::size(signed.bytes),
        signed.expires.strftime("%Y-%m-%d"),
        signed.fingerprint
    ));
    Ok(())
}
