//! The program from outside: what it writes, says and returns, above all when something is wrong.

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod bad_content;
mod bad_index;
mod bad_release;
mod checks;
mod commands;
mod determinism;
mod full_disk;
mod large_values;
mod live_reload;
mod loopback;
mod plain_site;
mod remote_data;
mod segments;
mod sets;
mod site;
