//! A pull that dies, and machines that refuse to write: `current` is always whole.
//!
//! The pull runs in a process of its own: this test binary again, asked for `child_pull` alone.
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod support;

use std::env;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use release::{Origin, VerifyOptions, mirror, verify};
use support::{Publisher, big, impatient};

const ORIGIN: &str = "RELEASE_TEST_ORIGIN";
const DIR: &str = "RELEASE_TEST_DIR";
const TRUST: &str = "RELEASE_TEST_TRUST";
const STOP_AT: &str = "RELEASE_TEST_STOP_AT";
const REACHED: &str = "step reached";

/// The process that dies: pulls as told by the environment and waits for death at a step.
#[test]
#[ignore = "run by the other tests in a process of its own"]
fn child_pull() {
    let Ok(origin) = env::var(ORIGIN) else { return };
    let stop_at: usize = env::var(STOP_AT).map_or(usize::MAX, |at| at.parse().unwrap());
    let step = AtomicUsize::new(0);
    let mut options = impatient(support::NOW);
    options.threads = 1;
    options.progress = Some(Arc::new(move |_| {
        if step.fetch_add(1, Ordering::Relaxed) == stop_at {
            println!("\n{REACHED}");
            thread::sleep(Duration::from_mins(10));
        }
    }));
    let trust = release::TrustSource::File(env::var(TRUST).unwrap().into());
    let dir = env::var(DIR).unwrap();
    match mirror(&Origin::parse(&origin).unwrap(), Path::new(&dir), &trust, &options) {
        Ok(mirrored) => println!("\npulled {}", mirrored.sequence),
        Err(error) => println!("\nfailed: {error}"),
    }
}

/// A command that runs [`child_pull`], with `wrapper` in front.
fn child(publisher: &Publisher, dir: &Path, wrapper: &[&str]) -> Command {
    let exe = env::current_exe().unwrap();
    let mut words: Vec<String> = wrapper.iter().map(|word| (*word).to_owned()).collect();
    words.push(exe.to_str().unwrap().to_owned());
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).args(["child_pull", "--exact", "--ignored", "--nocapture"]);
    command.env(ORIGIN, publisher.site()).env(DIR, dir);
    command.env(TRUST, publisher.keys().join("trust.json"));
    command
}

/// Starts a pull and kills it (SIGKILL) at a step; `false` when the pull has fewer steps.
fn kill_at(publisher: &Publisher, step: usize) -> bool {
    let mut command = child(publisher, &publisher.mirror_dir(), &[]);
    command.env(STOP_AT, step.to_string()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut process: Child = command.spawn().unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let reached = lines.map_while(Result::ok).any(|line| line == REACHED);
    process.kill().unwrap();
    process.wait().unwrap();
    reached
}

// Row 17.
#[test]
fn killed_at_any_step_the_old_or_the_new_release_is_served_whole() {
    let options = VerifyOptions { now: support::NOW, trust: None };
    let mut steps = 0;
    loop {
        let publisher = Publisher::new();
        publisher.pull().unwrap();
        let old = publisher.served();
        publisher.put("index.html", b"<p>new home");
        publisher.put("more.html", b"<p>more");
        publisher.put("big.bin", &big(2));
        publisher.sign(2);
        let reached = kill_at(&publisher, steps);
        let served = publisher.served();
        assert!(served == old || served == publisher.published(), "step {steps}");
        assert!(verify(&publisher.mirror_dir(), &options).unwrap().is_whole(), "step {steps}");
        assert_eq!(publisher.pull().unwrap().sequence, 2);
        publisher.assert_mirrored();
        if !reached {
            break;
        }
        steps += 1;
    }
    assert!(steps >= 7, "verified, planned, three files, linked, switched: {steps}");
}

#[test]
fn killed_in_the_first_pull_nothing_is_served_and_the_next_finishes() {
    for step in [0, 3, 7] {
        let publisher = Publisher::new();
        assert!(kill_at(&publisher, step));
        assert!(!publisher.mirror_dir().join("current").exists());
        publisher.pull().unwrap();
        publisher.assert_mirrored();
    }
}

// Row 19: a file-size limit instead of a full disk, which any user can have.
#[test]
fn at_the_file_size_limit_the_old_release_stays_and_the_pull_resumes() {
    let publisher = Publisher::new();
    publisher.pull().unwrap();
    let old = publisher.served();
    publisher.put("big.bin", &big(2));
    publisher.sign(2);
    let limited = ["sh", "-c", "trap '' XFSZ; ulimit -f 64; exec \"$@\"", "sh"];
    let output = child(&publisher, &publisher.mirror_dir(), &limited).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("failed: no room to write"), "{said}");
    assert_eq!(publisher.served(), old);
    publisher.pull().unwrap();
    publisher.assert_mirrored();
}

/// Runs a script as root of a namespace of its own, where it may mount; `None` when the system
/// does not let this user do so.
fn in_namespace(publisher: &Publisher, dir: &Path, script: &str) -> Option<String> {
    let probe =
        Command::new("unshare").args(["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]).output();
    if !probe.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: no namespace to mount in");
        return None;
    }
    let wrapper = ["unshare", "-rm", "sh", "-ec", script, "sh"];
    let output = child(publisher, dir, &wrapper).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    Some(said)
}

// Row 19: a disk that is really full.
#[test]
fn on_a_full_disk_the_old_release_stays_and_the_pull_resumes() {
    let publisher = Publisher::new();
    let dir = publisher.dir.path().join("disk");
    std::fs::create_dir(&dir).unwrap();
    publisher.put("big.bin", &big(2));
    publisher.sign(2);
    let script = format!(
        "mount -t tmpfs -o size=100k none {0}; \"$@\"; ls {0}/objects; test ! -e {0}/current
         mount -o remount,size=1m {0}; \"$@\"; test -e {0}/current/big.bin",
        dir.display()
    );
    let Some(said) = in_namespace(&publisher, &dir, &script) else { return };
    let (full, after) = said.split_once("failed: ").expect("the first pull fails");
    assert!(!full.contains("pulled"), "{said}");
    assert!(after.starts_with("no room to write") && after.contains("pulled 2"), "{said}");
}

// Row 20.
#[test]
fn on_a_read_only_file_system_the_old_release_stays_served() {
    let publisher = Publisher::new();
    let dir = publisher.dir.path().join("disk");
    std::fs::create_dir(&dir).unwrap();
    let script = format!(
        "mount -t tmpfs none {0}; \"$@\"; mount -o remount,ro {0}
         rm -r $RELEASE_TEST_ORIGIN; mkdir $RELEASE_TEST_ORIGIN; \"$@\"
         cat {0}/current/index.html",
        dir.display()
    );
    let Some(said) = in_namespace(&publisher, &dir, &script) else { return };
    assert!(said.contains("pulled 1"), "{said}");
    assert!(said.contains("failed: cannot") && said.contains("ead-only"), "{said}");
    assert!(said.contains("<p>home"), "{said}");
}
