//! Metrics in front of their real readers: promtool, and a Prometheus that scrapes a real publisher for a while.
//!
//! Both are in Debian's package `prometheus`. Where it is not installed, these tests say that they are skipped.

#[path = "../serve/client.rs"]
#[allow(dead_code)] // other tests use more of it
mod client;
mod dashboard;
#[path = "../serve/host.rs"]
#[allow(dead_code)] // other tests use more of it
mod host;
#[path = "../ledger_cli/place.rs"]
#[allow(dead_code)] // other tests use more of it
mod place;
mod prometheus;
mod promtool;
#[path = "../skipped/mod.rs"]
mod skipped;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A file in `tools/observability`.
fn tool(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/observability").join(name)
}

/// Whether a program is there; says so if it is not.
fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if found.is_err() {
        skipped::skipped(format_args!("{program} is not there: apt-get install prometheus"));
    }
    found.is_ok()
}
