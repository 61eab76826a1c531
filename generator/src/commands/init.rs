//! `woodblock init`: a small site that builds, searches and can be grown.

use std::fs;
use std::path::Path;

use crate::args::InitArgs;
use crate::failure::{Failure, Outcome};
use crate::report;

/// Path and text of each file of a new site.
const FILES: [(&str, &str); 8] = [
    ("config.toml", include_str!("init/config.toml")),
    ("woodblock.toml", include_str!("init/woodblock.toml")),
    ("content/_index.md", include_str!("init/home.md")),
    ("content/first.md", include_str!("init/first.md")),
    ("templates/base.html", include_str!("init/base.html")),
    ("templates/index.html", include_str!("init/index.html")),
    ("templates/page.html", include_str!("init/page.html")),
    ("static/style.css", include_str!("init/style.css")),
];

/// Writes the files that are not there yet.
pub(super) fn run(args: &InitArgs) -> Outcome {
    let folder = &args.name;
    let occupied = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if occupied && !args.force {
        return Err(Failure::usage(format!(
            "`{}` is not empty; choose another folder, or go on with --force (files that exist stay)",
            folder.display()
        )));
    }
    for (path, text) in FILES {
        write_missing(&folder.join(path), text)?;
    }
    report::note(format!("a new site is in {}; look at it with", folder.display()));
    report::note(format!("  woodblock --root {} serve", folder.display()));
    Ok(())
}

fn write_missing(file: &Path, text: &str) -> Outcome {
    if file.exists() {
        report::note(format!("kept {}", file.display()));
        return Ok(());
    }
    if let Some(parent) = file.parent() {
        fs::create_dir_all(parent).map_err(|e| Failure::io("make the folder", parent, e))?;
    }
    fs::write(file, text).map_err(|e| Failure::io("write", file, e))
}
