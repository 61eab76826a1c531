//! `cargo xtask test`: every test there is, with what it needs installed first.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::fuzz;
use crate::shell::{self, Workspace};
use crate::{node, site};

/// Programs that the browser tests can drive, best first.
const BROWSERS: [&str; 5] =
    ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"];

/// Runs every step, also past a failed one, and fails if any did.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    ensure_components(workspace)?;
    let mut steps = Steps::default();
    steps.take("format", || shell::run(workspace.cargo().args(["fmt", "--all", "--check"])));
    let built = steps.take("site", || site::build(workspace).map(drop));
    steps.take("lints", || {
        let lints = ["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"];
        shell::run(workspace.cargo().args(lints))
    });
    steps.take("rust tests", || {
        shell::run(workspace.cargo().args(["test", "--workspace", "--no-fail-fast", "--quiet"]))
    });
    steps.take("fuzz targets, briefly", || fuzz::short(workspace));
    if built {
        steps.take("browser tests", || browser_tests(workspace));
    }
    if shell::find(&["cargo-deny"]).is_some() {
        steps.take("licences and advisories", || {
            shell::run(workspace.cargo().args([
                "deny",
                "--offline",
                "check",
                "licenses",
                "bans",
                "sources",
            ]))
        });
    }
    steps.summary()
}

/// Adds rustfmt and clippy to the pinned toolchain where they are missing.
fn ensure_components(workspace: &Workspace) -> Result<()> {
    for (command, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if shell::output(workspace.cargo().args([command, "--version"])).is_err() {
            let mut add = Command::new("rustup");
            shell::run(add.args(["component", "add", component]).current_dir(&workspace.root))?;
        }
    }
    Ok(())
}

/// What was run, how long it took and whether it passed.
#[derive(Default)]
struct Steps(Vec<(&'static str, Duration, Result<()>)>);

impl Steps {
    /// Runs a step; returns whether it passed.
    fn take(&mut self, name: &'static str, step: impl FnOnce() -> Result<()>) -> bool {
        shell::say(&format!("── {name}"));
        let start = Instant::now();
        let outcome = step();
        if let Err(error) = &outcome {
            shell::say(&format!("error: {error:#}"));
        }
        let passed = outcome.is_ok();
        self.0.push((name, start.elapsed(), outcome));
        passed
    }

    fn summary(self) -> Result<()> {
        shell::say("── summary");
        for (name, took, outcome) in &self.0 {
            let word = if outcome.is_ok() { "passed" } else { "FAILED" };
            shell::say(&format!("{word}  {:>7.1} s  {name}", took.as_secs_f64()));
        }
        let failed: Vec<_> = self
            .0
            .iter()
            .filter(|(.., outcome)| outcome.is_err())
            .map(|(name, ..)| *name)
            .collect();
        shell::say(&format!(
            "steps: {} passed, {} failed",
            self.0.len() - failed.len(),
            failed.len()
        ));
        if !failed.is_empty() {
            bail!("failed: {}", failed.join(", "));
        }
        Ok(())
    }
}

/// Drives a real browser over the built site.
fn browser_tests(workspace: &Workspace) -> Result<()> {
    let folder = workspace.root.join("tests/browser");
    let node = node::program()?;
    let browser = browser()?;
    fonts()?;
    node::packages(&folder)?;
    let woodblock = workspace.target()?.join("release/woodblock");
    shell::run(
        Command::new(node)
            // A failed test may leave its server open: nothing waits for that. The time-out holds for a
            // whole file; the longest takes three minutes.
            .args(["--test", "--test-concurrency=1", "--test-force-exit", "--test-timeout=1200000"])
            .args(test_files(&folder)?)
            .current_dir(&folder)
            .env("WOODBLOCK_CHROMIUM", browser)
            .env("WOODBLOCK_BIN", woodblock)
            .env("WOODBLOCK_DIST", workspace.root.join("dist")),
    )
}

fn test_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("cannot read `{}`", folder.display()))?;
    let is_test = |path: &PathBuf| path.to_string_lossy().contains(".test.");
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).filter(is_test).collect();
    files.sort();
    if files.is_empty() {
        bail!("no browser test found in `{}`", folder.display());
    }
    Ok(files)
}

/// A Chromium or Chrome; installed when there is none.
fn browser() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("WOODBLOCK_CHROMIUM").map(PathBuf::from)
        && named.is_file()
    {
        return Ok(named);
    }
    if shell::find(&BROWSERS).is_none() {
        shell::apt_install(&["chromium"])?;
    }
    shell::find(&BROWSERS).context("no Chromium or Chrome found; install one")
}

/// A font with Chinese characters: without one, every screenshot and width would be wrong.
fn fonts() -> Result<()> {
    let lists_chinese =
        |_| shell::output(Command::new("fc-list").args([":lang=zh", "family"])).ok();
    let found = shell::find(&["fc-list"]).and_then(lists_chinese);
    if found.is_some_and(|families| !families.trim().is_empty()) {
        return Ok(());
    }
    shell::apt_install(&["fontconfig", "fonts-noto-cjk"])
}
