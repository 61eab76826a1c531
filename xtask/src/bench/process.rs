//! What a program costs: wall time, processor time, peak memory, for it and all it starts.
//!
//! Read from `/proc` while it runs: processor time once more after its end, before it is waited
//! for, so it is exact for what the program waited for itself; the peak of memory is a look every
//! few milliseconds at the kernel's own high-water mark. Elsewhere than on Linux both are unknown.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

/// Between two looks.
const LOOK: Duration = Duration::from_millis(5);
/// Kernel ticks a second, on every Linux that Rust runs on.
const TICKS: f64 = 100.0;

/// What one run cost.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    /// Seconds from start to end.
    pub(crate) wall_s: f64,
    /// User and system seconds.
    pub(crate) cpu_s: f64,
    /// User seconds of the program alone and of what it waited for.
    pub(crate) user_s: f64,
    /// Highest sum of the high-water marks of the processes that were alive at once, in bytes.
    pub(crate) peak_bytes: u64,
}

impl Cost {
    pub(crate) fn to_json(self) -> Value {
        json!({
            "wall_s": self.wall_s, "cpu_s": self.cpu_s, "user_s": self.user_s,
            "peak_bytes": self.peak_bytes,
        })
    }
}

/// Runs a command to its end, at most `most`, its output on ours.
pub(crate) fn measure(command: &mut Command, most: Duration) -> Result<Cost> {
    let line = format!("{command:?}");
    let start = Instant::now();
    let child = command.stdin(Stdio::null()).spawn();
    let mut child = child.with_context(|| format!("cannot start {line}"))?;
    let mut watch = Watch::default();
    while !watch.look(child.id()) {
        if start.elapsed() > most {
            stop(&mut child, &watch);
            bail!("{line} took longer than {} s and was stopped", most.as_secs());
        }
        thread::sleep(LOOK);
        if !cfg!(target_os = "linux") && child.try_wait()?.is_some() {
            break;
        }
    }
    let wall_s = start.elapsed().as_secs_f64();
    let status = child.wait()?;
    if !status.success() {
        bail!("{line} failed ({status})");
    }
    let (cpu_s, user_s) = (watch.cpu_s(), watch.user_s());
    Ok(Cost { wall_s, cpu_s, user_s, peak_bytes: watch.peak_bytes })
}

fn stop(child: &mut Child, watch: &Watch) {
    // A program that is not ended with its children would leave them behind.
    for pid in watch.cpu_ticks.keys().filter(|pid| **pid != child.id()) {
        let _ = Command::new("kill").arg(pid.to_string()).status();
    }
    let _ = child.kill();
    let _ = child.wait();
}

#[derive(Default)]
struct Watch {
    /// Process → ticks it and what it waited for took, at the last look.
    cpu_ticks: BTreeMap<u32, u64>,
    /// Ticks of the first process with what it waited for.
    first: u64,
    /// Those of them that were spent outside of the kernel.
    user: u64,
    peak_bytes: u64,
}

impl Watch {
    /// Looks at the process and all below it; returns whether the process has ended.
    fn look(&mut self, pid: u32) -> bool {
        let mut bytes = 0;
        for process in family(pid) {
            bytes += high_water(process);
            if let Some(stat) = Stat::of(process) {
                self.cpu_ticks.insert(process, stat.own);
            }
        }
        self.peak_bytes = self.peak_bytes.max(bytes);
        let Some(stat) = Stat::of(pid) else { return cfg!(target_os = "linux") };
        self.first = stat.own + stat.waited_for;
        self.user = stat.user;
        stat.state == 'Z'
    }

    /// What the first process reports of itself and of what it waited for, or the sum of what was
    /// seen, where it left others to themselves.
    #[expect(clippy::cast_precision_loss, reason = "ticks are few")]
    fn cpu_s(&self) -> f64 {
        self.first.max(self.cpu_ticks.values().sum()) as f64 / TICKS
    }

    #[expect(clippy::cast_precision_loss, reason = "ticks are few")]
    fn user_s(&self) -> f64 {
        self.user as f64 / TICKS
    }
}

/// Fields of `/proc/PID/stat`.
struct Stat {
    state: char,
    parent: u32,
    own: u64,
    waited_for: u64,
    user: u64,
}

impl Stat {
    fn of(pid: u32) -> Option<Self> {
        let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name stands in brackets and may hold anything.
        let fields: Vec<&str> = text[text.rfind(')')? + 1..].split_whitespace().collect();
        let number = |at: usize| fields.get(at).and_then(|text| text.parse::<u64>().ok());
        Some(Self {
            state: fields.first()?.chars().next()?,
            parent: fields.get(1)?.parse().ok()?,
            own: number(11)? + number(12)?,
            waited_for: number(13)? + number(14)?,
            user: number(11)? + number(13)?,
        })
    }
}

/// The process and everything below it.
fn family(pid: u32) -> Vec<u32> {
    let mut found = vec![pid];
    let mut at = 0;
    while at < found.len() {
        let tasks = format!("/proc/{}/task", found[at]);
        for task in fs::read_dir(tasks).into_iter().flatten().flatten() {
            let text = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            found.extend(text.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
        }
        at += 1;
    }
    found.retain(|process| *process == pid || Stat::of(*process).is_some_and(|s| s.parent != 0));
    found
}

fn high_water(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_childs_work_is_counted_with_its_parent() {
        // Holds 32 MB and spins in a process below the one that is started.
        let script = "sh -c 'x=$(head -c 32000000 /dev/zero | tr \"\\\\0\" a); i=0; \
            while [ $i -lt 200000 ]; do i=$((i+1)); done'; true";
        let cost = measure(Command::new("sh").args(["-c", script]), Duration::from_mins(1));
        let cost = cost.unwrap();
        assert!(cost.cpu_s > 0.05, "{cost:?}");
        assert!(cost.peak_bytes > 30_000_000, "{cost:?}");
    }

    #[test]
    fn what_takes_too_long_is_stopped() {
        let error = measure(Command::new("sleep").arg("30"), Duration::from_millis(100));
        assert!(error.unwrap_err().to_string().contains("was stopped"));
    }
}
