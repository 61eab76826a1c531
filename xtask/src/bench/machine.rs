//! On what, when and with which versions something was measured.

use std::fs;
use std::process::Command;
use std::thread;

use serde_json::{Value, json};

use crate::shell::{self, Workspace};

/// The machine, its load, the time and the commit.
pub(crate) fn now(workspace: &Workspace) -> Value {
    let said = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        let printed = shell::output(command.args(arguments).current_dir(&workspace.root));
        printed.unwrap_or_default().trim().to_owned()
    };
    json!({
        "processor": processor(),
        "cores": thread::available_parallelism().map_or(0, usize::from),
        "memory_gib": memory_gib(),
        "load": fs::read_to_string("/proc/loadavg").ok().and_then(|text| {
            text.split_whitespace().next().map(str::to_owned)
        }),
        "time": said("date", &["-u", "+%Y-%m-%d %H:%M"]),
        "commit": said("git", &["rev-parse", "--short=10", "HEAD"]),
    })
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("model name"));
    line.and_then(|line| line.split_once(": ")).map_or("unknown", |(_, name)| name).to_owned()
}

fn memory_gib() -> u64 {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or(0).div_ceil(1 << 20)
}
