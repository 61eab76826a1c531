//! The command line resolved: what the typed arguments, the environment and the defaults mean.

use std::env;
use std::path::{Component, Path, PathBuf};

use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};

use crate::args::SiteArgs;
use crate::failure::{Failure, Outcome};

/// Where a site is and how to read it.
#[derive(Clone, Debug)]
pub(crate) struct SiteSettings {
    /// Folder with config.toml, content/, themes/.
    pub(crate) root: PathBuf,
    /// Configuration file, if one was named.
    pub(crate) config: Option<PathBuf>,
    /// Address that replaces `base_url`.
    pub(crate) base_url: Option<String>,
    /// Whether drafts are part of the site.
    pub(crate) drafts: bool,
    /// Whether HTML is minified even if the configuration does not say so.
    pub(crate) minify: bool,
    /// Whether templates may fetch data.
    pub(crate) remote_data: bool,
    /// Date of the build: the only clock that output may depend on.
    pub(crate) today: Date,
}

impl SiteSettings {
    /// Resolves the arguments of a command that reads a site.
    pub(crate) fn resolve(root: PathBuf, config: Option<PathBuf>, site: SiteArgs) -> Outcome<Self> {
        if !root.is_dir() {
            return Err(Failure::usage(format!(
                "the root `{}` is no folder; name the site's folder with --root",
                root.display()
            )));
        }
        let today = build_date(site.date.as_deref())?;
        let SiteArgs { base_url, drafts, remote_data, .. } = site;
        Ok(Self { root, config, base_url, drafts, minify: false, remote_data, today })
    }

    /// The options of the crate that reads content.
    pub(crate) fn model_options(&self) -> site_model::Options {
        site_model::Options {
            root: self.root.clone(),
            config: self.config.clone(),
            base_url: self.base_url.clone(),
            drafts: self.drafts,
            today: self.today,
        }
    }
}

/// `--date`, or `SOURCE_DATE_EPOCH` (seconds, as reproducible-builds.org defines it), or today in
/// UTC.
pub(crate) fn build_date(typed: Option<&str>) -> Outcome<Date> {
    if let Some(typed) = typed {
        return typed.parse().map_err(|_| {
            Failure::usage(format!("--date `{typed}` is no date; write it as 2026-11-22"))
        });
    }
    let now = match env::var("SOURCE_DATE_EPOCH") {
        Ok(seconds) => epoch(&seconds)?,
        Err(_) => Timestamp::now(),
    };
    Ok(now.to_zoned(TimeZone::UTC).date())
}

fn epoch(seconds: &str) -> Outcome<Timestamp> {
    seconds.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok()).ok_or_else(|| {
        Failure::usage(format!(
            "SOURCE_DATE_EPOCH is `{seconds}`; it must be the seconds since 1970 as one number"
        ))
    })
}

/// Makes sure that replacing `output` cannot take the site with it.
pub(crate) fn check_output(root: &Path, output: &Path) -> Outcome {
    let (root, output) = (plain_absolute(root)?, plain_absolute(output)?);
    let sources = ["content", "static", "templates", "themes"].map(|name| root.join(name));
    if root.starts_with(&output) || sources.iter().any(|source| output.starts_with(source)) {
        return Err(Failure::usage(format!(
            "the output folder `{}` holds or lies in the site's own files; choose another with --output-dir",
            output.display()
        )));
    }
    Ok(())
}

/// The path without `.` and `..`, symbolic links resolved as far as it exists.
fn plain_absolute(path: &Path) -> Outcome<PathBuf> {
    let absolute = std::path::absolute(path).map_err(|e| Failure::io("find", path, e))?;
    let mut plain = PathBuf::new();
    for part in absolute.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            part => plain.push(part),
        }
        if let Ok(real) = plain.canonicalize() {
            plain = real;
        }
    }
    Ok(plain)
}
