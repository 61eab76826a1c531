//! The workspace's places, and other programs.

use std::env;
use std::ffi::OsStr;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// Where things are.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// Folder of the workspace's Cargo.toml, which is the site's root too.
    pub(crate) root: PathBuf,
    /// The cargo that runs us.
    pub(crate) cargo: PathBuf,
}

impl Workspace {
    /// The workspace that this program was built in.
    pub(crate) fn here() -> Self {
        // Cargo says at run time where the package lies now: with a target folder that several
        // clones share, this program may have been compiled for another of them.
        let package = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let package = package.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = package.parent().expect("xtask lies in a folder");
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        Self { root: root.to_path_buf(), cargo: cargo.into() }
    }

    /// A cargo command at the root.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = Command::new(&self.cargo);
        command.current_dir(&self.root);
        command
    }

    /// Folder that cargo builds into, as cargo itself resolves it.
    pub(crate) fn target(&self) -> Result<PathBuf> {
        let mut command = self.cargo();
        command.args(["metadata", "--no-deps", "--format-version", "1"]);
        let metadata: serde_json::Value = serde_json::from_str(&output(&mut command)?)
            .context("cargo metadata printed no JSON")?;
        let target = metadata["target_directory"].as_str();
        Ok(target.context("cargo metadata names no target directory")?.into())
    }
}

/// Prints a line of progress.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Prints a line of a result, on stdout.
pub(crate) fn print(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Runs a command to its end, its output on ours.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = shown(command);
    let status =
        command.stdin(Stdio::null()).status().with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// Runs a command to its end and returns what it printed on stdout.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let line = shown(command);
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start `{line}`"))?;
    if !output.status.success() {
        bail!("`{line}` failed ({})", output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{line}` printed no UTF-8"))
}

/// The first of these programs that is on the PATH.
pub(crate) fn find(names: &[&str]) -> Option<PathBuf> {
    let folders: Vec<_> = env::split_paths(&env::var_os("PATH")?).collect();
    names.iter().find_map(|name| {
        folders.iter().map(|folder| folder.join(name)).find(|program| program.is_file())
    })
}

/// Installs Debian packages; says what to do by hand where that cannot be.
pub(crate) fn apt_install(packages: &[&str]) -> Result<()> {
    let by_hand = || format!("install {} by hand and run this again", packages.join(", "));
    let apt = find(&["apt-get"]).with_context(by_hand)?;
    say(&format!("installing {}", packages.join(", ")));
    let as_root = |args: &[&str]| {
        let mut command = match find(&["sudo"]) {
            Some(sudo) if !is_root() => {
                let mut command = Command::new(sudo);
                command.arg("-n").arg(&apt);
                command
            }
            _ => Command::new(&apt),
        };
        command.args(args).env("DEBIAN_FRONTEND", "noninteractive");
        command.stdout(Stdio::null());
        run(&mut command).with_context(by_hand)
    };
    as_root(&["update", "-q"])?;
    let mut install = vec!["install", "-q", "-y", "--no-install-recommends"];
    install.extend(packages);
    as_root(&install)
}

fn is_root() -> bool {
    output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

fn shown(command: &Command) -> String {
    let words: Vec<_> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect();
    words.join(" ")
}
