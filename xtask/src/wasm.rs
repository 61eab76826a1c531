//! The browser bundle: search-wasm compiled, bound, optimised and packed into
//! `generator/embedded/`, where the generator's build script takes it from.
//!
//! The bytes depend on the sources and the pinned tools alone: every path of this machine is
//! remapped, and the gzip header carries no time.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::characters;
use crate::minify;
use crate::optimize;
use crate::shell::{self, Workspace};
use crate::stamp::{self, Inputs};
use crate::trim;

const TARGET: &str = "wasm32-unknown-unknown";

/// What a first search loads, with the words of one language, the longer ones.
const FIRST: [&str; 4] = ["results.js", "search.js", "words.zh.js", "worker.js"];

/// Builds the bundle where something it is made from changed.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    ensure_target(workspace)?;
    let compiled = compile(workspace)?;
    let embedded = workspace.root.join("generator/embedded");
    let digest = inputs(workspace, &compiled)?;
    let held = embedded.join(".stamp");
    if stamp::is_current(&held, &digest) {
        return Ok(());
    }
    let scratch = compiled.with_extension("bundle");
    replace_folder(&scratch)?;
    bind(&compiled, &scratch)?;
    trim::panics(&scratch.join("engine_bg.wasm"))?;
    let optimised = optimize::smallest(workspace, &scratch.join("engine_bg.wasm"), &scratch)?;
    replace_folder(&embedded)?;
    write(&embedded.join("engine.wasm.gz"), &gzip(&optimised)?)?;
    write(&embedded.join("characters.gz"), &gzip(&characters::packed(workspace)?)?)?;
    let sources = workspace.root.join("search-wasm/js");
    minify::scripts(workspace, &sources, &scratch.join("engine.js"), &embedded)?;
    report_size(&scratch, &embedded, &optimised)?;
    stamp::leave(&held, &digest)
}

/// Adds the wasm target to the pinned toolchain. Where rustup may not install on its own,
/// `targets` in rust-toolchain.toml is not enough.
fn ensure_target(workspace: &Workspace) -> Result<()> {
    let mut sysroot = Command::new("rustc");
    sysroot.args(["--print", "sysroot"]).current_dir(&workspace.root);
    let sysroot = PathBuf::from(shell::output(&mut sysroot)?.trim());
    if sysroot.join("lib/rustlib").join(TARGET).join("lib").is_dir() {
        return Ok(());
    }
    shell::say(&format!("adding the target {TARGET}"));
    shell::run(Command::new("rustup").args(["target", "add", TARGET]).current_dir(&workspace.root))
}

/// Instructions that two branches share stay in both: brotli packs repeats better than jumps.
const NOT_SUNK: &str = "-Cllvm-args=-simplifycfg-sink-common=false";

/// Compiles search-wasm; cargo itself knows when there is nothing to do.
fn compile(workspace: &Workspace) -> Result<PathBuf> {
    let target = workspace.target()?;
    let mut flags = remapping(workspace)?;
    flags.push(NOT_SUNK.into());
    let mut build = workspace.cargo();
    build
        .args(["build", "--package", "search-wasm", "--lib", "--profile", "wasm"])
        .args(["--target", TARGET])
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    shell::run(&mut build)?;
    Ok(target.join(TARGET).join("wasm/search_wasm.wasm"))
}

/// Flags that keep this machine's folders out of the bytes.
fn remapping(workspace: &Workspace) -> Result<Vec<String>> {
    let mut sysroot = Command::new("rustc");
    sysroot.args(["--print", "sysroot"]).current_dir(&workspace.root);
    let sysroot = shell::output(&mut sysroot)?;
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")));
    let home = home.context("neither CARGO_HOME nor HOME is set")?;
    // The last flag that matches wins: the registry below the home keeps its hash folder out too.
    let mut folders = vec![
        (PathBuf::from(sysroot.trim()), "/toolchain".to_owned()),
        (workspace.root.clone(), "/woodblock".to_owned()),
        (home.clone(), "/cargo".to_owned()),
    ];
    if let Ok(registries) = fs::read_dir(home.join("registry/src")) {
        let mut registries: Vec<_> = registries.flatten().map(|entry| entry.path()).collect();
        registries.sort();
        folders.extend(registries.into_iter().map(|path| (path, "/crates".to_owned())));
    }
    let flag =
        |(from, to): (PathBuf, String)| format!("--remap-path-prefix={}={to}", from.display());
    Ok(folders.into_iter().map(flag).collect())
}

/// Everything the bundle is made from, beside the tools' sources.
fn inputs(workspace: &Workspace, compiled: &Path) -> Result<String> {
    let mut inputs = Inputs::default();
    inputs.add_file("wasm", compiled)?;
    inputs.add_file("optimizer", &workspace.root.join("xtask/node/package-lock.json"))?;
    inputs.add("characters", &characters::packed(workspace)?);
    inputs.add("wasm-bindgen", wasm_bindgen_version(workspace)?.as_bytes());
    inputs.add(
        "this step",
        concat!(
            include_str!("wasm.rs"),
            include_str!("trim.rs"),
            include_str!("optimize.rs"),
            include_str!("minify.rs")
        )
        .as_bytes(),
    );
    for script in scripts(workspace)? {
        let name = script.file_name().unwrap_or_default().to_string_lossy().into_owned();
        inputs.add_file(&name, &script)?;
    }
    Ok(inputs.digest())
}

fn wasm_bindgen_version(workspace: &Workspace) -> Result<String> {
    let manifest = workspace.root.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).context("cannot read the workspace's Cargo.toml")?;
    let line = text.lines().find(|line| line.starts_with("wasm-bindgen-cli-support"));
    Ok(line.context("Cargo.toml names no wasm-bindgen-cli-support")?.to_owned())
}

/// The loader, worker and service worker, in name order.
fn scripts(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let folder = workspace.root.join("search-wasm/js");
    let entries =
        fs::read_dir(&folder).with_context(|| format!("cannot read `{}`", folder.display()))?;
    let mut scripts: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_file() && path.extension().is_some_and(|ext| ext == "js"))
        .collect();
    scripts.sort();
    Ok(scripts)
}

/// Makes the JavaScript glue and the module that fits it: `engine.js`, `engine_bg.wasm`.
fn bind(compiled: &Path, folder: &Path) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(compiled)
        .out_name("engine")
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .demangle(false)
        .remove_name_section(false)
        .remove_producers_section(true)
        .generate(folder)
        .context("wasm-bindgen could not bind the module")
}

/// Packs bytes with no name and no time in the header. Zopfli takes seconds for what zlib does in
/// one, and every visitor who searches downloads 4 % less.
fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut packed = Vec::new();
    zopfli::compress(zopfli::Options::default(), zopfli::Format::Gzip, bytes, &mut packed)
        .context("cannot pack a file of the bundle")?;
    Ok(packed)
}

fn report_size(scratch: &Path, embedded: &Path, optimised: &[u8]) -> Result<()> {
    let module = scratch.join("engine.wasm");
    write(&module, optimised)?;
    let scripts = FIRST.map(|name| embedded.join(name));
    let scripts = optimize::brotli_len(&scripts.each_ref().map(PathBuf::as_path))?;
    let engine = optimize::brotli_len(&[&module])?;
    shell::say(&format!(
        "a first search: {} bytes of script and engine in brotli ({scripts} and {engine})",
        scripts + engine
    ));
    Ok(())
}

fn replace_folder(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)
            .with_context(|| format!("cannot clear `{}`", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| format!("cannot write `{}`", path.display()))
}
