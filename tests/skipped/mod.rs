//! Says that a test is skipped where somebody sees it: cargo shows nothing of what a test that passes prints.

use std::fmt::Display;
use std::fs::OpenOptions;
use std::io::Write as _;

/// The file that names what was skipped; `.ci/run` prints it at its end.
const LOG: &str = "CCO_SKIPPED_LOG";

/// Reports that the test that runs on this thread is skipped.
pub(crate) fn skipped(why: impl Display) {
    let thread = std::thread::current();
    let line = format!("SKIPPED {}: {why}\n", thread.name().unwrap_or("a test"));
    eprint!("{line}");
    if let Some(path) = std::env::var_os(LOG).filter(|path| !path.is_empty()) {
        // In one write: tests append side by side.
        let log = OpenOptions::new().create(true).append(true).open(path);
        log.and_then(|mut log| log.write_all(line.as_bytes())).expect("the log of skipped tests");
    }
}
