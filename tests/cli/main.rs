//! The program from outside: what it writes, says and returns, above all when something is wrong.

mod bad_content;
mod bad_index;
mod bad_release;
mod commands;
mod determinism;
mod full_disk;
mod live_reload;
mod site;
