//! `woodblock verify`.

use anyhow::anyhow;
use jiff::Timestamp;
use release::{Authenticity, Verification, VerifyOptions};

use crate::args::VerifyArgs;
use crate::failure::{Failure, Outcome};
use crate::report;

/// Reads every file and names each that is not as signed.
pub(super) fn run(args: &VerifyArgs) -> Outcome {
    let options = VerifyOptions { now: Timestamp::now(), trust: args.trust.clone() };
    let found = release::verify(&args.dir, &options)?;
    for fault in &found.faults {
        report::result(fault);
    }
    report::note(authenticity(&found.authenticity));
    judge(args, &found)?;
    report::result(format!(
        "release {}: {} files, {}, all as signed",
        found.release,
        found.files,
        report::size(found.bytes)
    ));
    Ok(())
}

fn judge(args: &VerifyArgs, found: &Verification) -> Outcome {
    if !found.is_whole() {
        let mend = "`woodblock mirror` heals a mirror, `woodblock build` a built site";
        return Err(Failure::data(anyhow!(
            "{} of {} files are not as the manifest says ({mend})",
            found.faults.len(),
            found.files
        )));
    }
    match &found.authenticity {
        Authenticity::Unsigned => {
            Err(Failure::data(anyhow!("nobody signed this site; sign it with `woodblock sign`")))
        }
        Authenticity::Signed { is_expired: true, expires, .. } if !args.offline => {
            Err(Failure::data(anyhow!(
                "the signature expired on {}; pull the current release, or pass --offline for a copy that is kept as it is",
                expires.strftime("%Y-%m-%d")
            )))
        }
        Authenticity::Signed { .. } => Ok(()),
    }
}

fn authenticity(authenticity: &Authenticity) -> String {
    match authenticity {
        Authenticity::Unsigned => "unsigned".to_owned(),
        Authenticity::Signed { sequence, expires, fingerprint, is_self_declared, .. } => {
            let whose = match is_self_declared {
                true => {
                    "by the keys that the site itself names; pass --trust to check whose they are"
                }
                false => "by trusted keys",
            };
            format!(
                "sequence {sequence}, signed {whose}\nfingerprint {fingerprint}, valid until {}",
                expires.strftime("%Y-%m-%d")
            )
        }
    }
}
