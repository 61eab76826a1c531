//! What hosts of static files take.

use std::collections::BTreeMap;
use std::fs;

use site_model::Diagnostic;
use site_render::{Contents, OutputFile};

/// Most files that the smallest plans of common hosts take.
const MAX_FILES: usize = 20_000;

/// Most bytes of one file there: 25 MiB.
const MAX_FILE_LEN: u64 = 25 << 20;

/// A warning for too many files, naming the fullest folders, and one for each that is too large.
pub(super) fn exceeded(files: &[OutputFile]) -> Vec<Diagnostic> {
    let too_large = files.iter().filter_map(|file| {
        let len = len(&file.contents);
        let message = format!("`{}` has {len} bytes, more than 25 MiB", file.path);
        (len > MAX_FILE_LEN).then(|| {
            Diagnostic::warning(message)
                .help("split it, or serve it from where large files are taken")
        })
    });
    let mut problems: Vec<_> = too_large.collect();
    if files.len() > MAX_FILES {
        let message = format!("the site has {} files, more than {MAX_FILES}", files.len());
        let help = format!("most of them lie in {}", fullest(files));
        problems.push(Diagnostic::warning(message).help(help));
    }
    problems
}

fn len(contents: &Contents) -> u64 {
    match contents {
        Contents::Bytes(bytes) => bytes.len() as u64,
        Contents::Copy(from) => fs::metadata(from).map_or(0, |data| data.len()),
    }
}

/// The three folders at the top with most files.
fn fullest(files: &[OutputFile]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for file in files {
        let folder = file.path.split_once('/').map_or(".", |(folder, _)| folder);
        *counts.entry(folder).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
    let shown = counts.iter().take(3).map(|(name, count)| format!("`{name}` ({count})"));
    shown.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_files_are_told_with_the_fullest_folders() {
        let file = |idx: usize| OutputFile {
            path: format!("{}/{idx}.html", if idx.is_multiple_of(3) { "a" } else { "b" }),
            contents: Contents::Bytes(Vec::new()),
        };
        let files: Vec<_> = (0..=MAX_FILES).map(file).collect();
        let problems = exceeded(&files);
        assert_eq!(problems.len(), 1);
        assert_eq!(
            problems[0].help.as_deref(),
            Some("most of them lie in `b` (13334), `a` (6667)")
        );
        assert!(exceeded(&files[1..]).is_empty());
    }
}
