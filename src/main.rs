//! `cco`: counts what Claude Code used, once, and publishes the totals.

use std::process::ExitCode;

fn main() -> ExitCode {
    cco::cli::run()
}
