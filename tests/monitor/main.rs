//! `cco monitor` on real terminals: in tmux as people use it, and on a bare one for what tmux hides.

mod bare;
#[path = "../ledger_cli/place.rs"]
#[allow(dead_code)] // other tests use more of it
mod place;
#[cfg(target_os = "linux")]
mod shell;
#[cfg(target_os = "linux")]
#[path = "../skipped/mod.rs"]
mod skipped;
#[path = "../terminal/mod.rs"]
#[allow(dead_code)] // as above
mod terminal;
#[cfg(target_os = "linux")]
mod tmux;
