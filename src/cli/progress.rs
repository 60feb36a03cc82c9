//! The bar on stderr while a long scan runs; nothing where stderr is no terminal or the scan is short.

use std::io::{IsTerminal as _, stderr};
use std::sync::mpsc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::ingest::Progress;

/// Scans shorter than this show no bar.
const PATIENCE: Duration = Duration::from_millis(400);
const EVERY: Duration = Duration::from_millis(80);

/// Runs `work` over `bytes` of transcripts, showing how far `progress` is.
pub(super) fn with_bar<T>(progress: &Progress, bytes: u64, work: impl FnOnce() -> T) -> T {
    if !stderr().is_terminal() {
        return work();
    }
    std::thread::scope(|scope| {
        let (done, is_done) = mpsc::channel::<()>();
        scope.spawn(move || show(progress, bytes, &is_done));
        let result = work();
        drop(done); // ends the bar
        result
    })
}

fn show(progress: &Progress, bytes: u64, is_done: &mpsc::Receiver<()>) {
    let wait = |time| is_done.recv_timeout(time) == Err(mpsc::RecvTimeoutError::Timeout);
    if !wait(PATIENCE) {
        return;
    }
    let template = "reading transcripts {wide_bar} {decimal_bytes}/{decimal_total_bytes} ({eta} left)";
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(bytes).with_style(style);
    while wait(EVERY) {
        bar.set_position(progress.bytes());
    }
    bar.finish_and_clear();
}
