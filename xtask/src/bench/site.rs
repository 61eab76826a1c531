//! `cargo xtask bench site`: ours, Zola and Hugo build the same generated site.
//!
//! Every case is built into an empty folder as often as asked; the medians are printed in one
//! table, with the machine and its load under it, and every run is kept in `target/bench/site.json`.
//! Peers take part when their programs are named. "With" a search index each makes its own: ours that of
//! this project, Zola that for elasticlunr, Hugo none. With `--serve`, one page is edited under `serve`
//! and the time until browsers are told to reload is printed instead.

mod corpus;
mod options;
mod prose;
mod serve;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::bench::machine;
use crate::bench::process::{self, Cost};
use crate::shell::{self, Workspace};
use corpus::{Dialect, Shape};
use options::{Navigation, Options, Search};
use table::Row;

/// A build that takes longer is stopped and shown as such.
const MOST: Duration = Duration::from_mins(20);
/// What takes longer than this is not run again for a median.
const LONG_S: f64 = 120.0;

/// Edits of a page under `serve`.
const EDITS: usize = 15;

/// Who builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Generator {
    Ours,
    Zola,
    Hugo,
}

/// A generator and its program.
struct Contender {
    generator: Generator,
    program: PathBuf,
}

/// Measures all that the options ask for and prints the table.
pub(super) fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let options = Options::parse(arguments)?;
    let contenders = contenders(workspace, &options)?;
    let scratch = workspace.target()?.join("bench/site");
    if options.serve {
        return measure_serve(workspace, &options, &contenders[0].program, &scratch);
    }
    let mut rows = Vec::new();
    for shape in shapes(&options) {
        for contender in &contenders {
            // Hugo has no search index of its own.
            if contender.generator != Generator::Hugo || shape.search == Search::Without {
                shell::say(&format!("{} builds {shape:?}", contender.name()));
                rows.push(contender.measure(&scratch, shape, options.runs)?);
            }
        }
    }
    let _ = fs::remove_dir_all(&scratch);
    let machine = machine::now(workspace);
    table::keep(&rows, &machine, &workspace.target()?.join("bench/site.json"))?;
    table::print(&rows, &machine)
}

/// Edits a page under `serve`, for each size, and prints the times.
fn measure_serve(
    workspace: &Workspace,
    options: &Options,
    program: &Path,
    scratch: &Path,
) -> Result<()> {
    let mut rows = Vec::new();
    for shape in shapes(options).into_iter().filter(|shape| shape.search == Search::Without) {
        let site = scratch.join("source");
        empty(&site)?;
        corpus::write(&site, Dialect::Ours, shape)?;
        shell::say(&format!("ours serves {shape:?}"));
        rows.push((shape, serve::measure(program, &site, EDITS)?));
    }
    let _ = fs::remove_dir_all(scratch);
    table::print_edits(&rows, &machine::now(workspace))
}

fn contenders(workspace: &Workspace, options: &Options) -> Result<Vec<Contender>> {
    let ours = match &options.bin {
        Some(program) => program.clone(),
        None => built(workspace)?,
    };
    let mut contenders = vec![Contender { generator: Generator::Ours, program: ours }];
    let zola = options.zola.iter().map(|program| (Generator::Zola, program));
    let hugo = options.hugo.iter().map(|program| (Generator::Hugo, program));
    for (generator, program) in zola.chain(hugo) {
        contenders.push(Contender { generator, program: program.clone() });
    }
    Ok(contenders)
}

/// The program of this workspace, built as it is shipped.
fn built(workspace: &Workspace) -> Result<PathBuf> {
    shell::run(workspace.cargo().args(["build", "--release", "--package", "woodblock"]))?;
    let name = format!("woodblock{}", std::env::consts::EXE_SUFFIX);
    Ok(workspace.target()?.join("release").join(name))
}

fn shapes(options: &Options) -> Vec<Shape> {
    let navigations = [Navigation::Static, Navigation::Sections];
    let searches = [Search::Without, Search::With];
    let mut shapes = Vec::new();
    for pages in options.sizes.iter().copied() {
        for search in searches.into_iter().filter(|it| options.search.is_none_or(|one| one == *it))
        {
            for navigation in
                navigations.into_iter().filter(|it| options.navigation.is_none_or(|one| one == *it))
            {
                shapes.push(Shape { pages, navigation, search });
            }
        }
    }
    shapes
}

impl Contender {
    fn name(&self) -> &'static str {
        match self.generator {
            Generator::Ours => "ours",
            Generator::Zola => "Zola",
            Generator::Hugo => "Hugo",
        }
    }

    fn dialect(&self) -> Dialect {
        match self.generator {
            Generator::Ours => Dialect::Ours,
            Generator::Zola => Dialect::Zola,
            Generator::Hugo => Dialect::Hugo,
        }
    }

    /// The command that builds a site; what it says of its progress is not printed.
    fn build(&self, site: &Path, output: &Path) -> Command {
        let mut command = Command::new(&self.program);
        match self.generator {
            Generator::Ours | Generator::Zola => {
                command
                    .arg("--root")
                    .arg(site)
                    .args(["build", "--force", "--output-dir"])
                    .arg(output);
            }
            Generator::Hugo => {
                command.arg("--source").arg(site).arg("--destination").arg(output).arg("--quiet");
            }
        }
        command
    }

    fn measure(&self, scratch: &Path, shape: Shape, runs: usize) -> Result<Row> {
        let (site, output) = (scratch.join("source"), scratch.join("output"));
        empty(&site)?;
        corpus::write(&site, self.dialect(), shape)?;
        let mut costs: Vec<Cost> = Vec::new();
        while costs.len() < runs && costs.last().is_none_or(|cost| cost.wall_s < LONG_S) {
            empty(&output)?;
            let mut command = self.build(&site, &output);
            command.stdout(log(scratch)?).stderr(log(scratch)?);
            match process::measure(&mut command, MOST) {
                Ok(cost) => costs.push(cost),
                Err(error) => {
                    shell::say(&format!("{error:#}; see {}", scratch.join("log").display()));
                    break;
                }
            }
        }
        let (files, bytes) = if costs.is_empty() { (0, 0) } else { size(&output)? };
        empty(&output)?;
        Ok(Row { shape, name: self.name(), costs, files, bytes })
    }
}

fn log(scratch: &Path) -> Result<fs::File> {
    let file = fs::File::options().create(true).append(true).open(scratch.join("log"));
    file.context("cannot write the log of the builds")
}

fn empty(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))
}

/// Number and bytes of the files below a folder.
fn size(folder: &Path) -> Result<(u64, u64)> {
    let (mut files, mut bytes) = (0, 0);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            let (more_files, more_bytes) = size(&entry.path())?;
            (files, bytes) = (files + more_files, bytes + more_bytes);
        } else {
            (files, bytes) = (files + 1, bytes + entry.metadata()?.len());
        }
    }
    Ok((files, bytes))
}
