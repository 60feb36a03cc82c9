//! A publisher that is kept at work: lines appended at a steady rate while something else is measured.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use corpus::{Append, AppendError};

/// Lines a second: more than sixteen busy sessions write.
pub(crate) const RATE: &str = "100/s";

/// Does `work` while lines are appended below `root`; returns how many were.
pub(crate) fn beside<T>(root: &Path, work: impl FnOnce() -> T) -> (T, u64) {
    let is_over = AtomicBool::new(false);
    let ingest = || {
        let mut lines = 0;
        let rate = Some(RATE.parse().expect("a rate"));
        let append = Append { lines: u64::MAX, rate, seed: 3, split: false };
        let ended = corpus::append(&append, root, |_| {
            lines += 1;
            // Nothing else ends it.
            if is_over.load(Ordering::Relaxed) { Err(io::ErrorKind::Interrupted.into()) } else { Ok(()) }
        });
        let Err(AppendError::Io { source, .. }) = ended else { panic!("{ended:?}") };
        assert_eq!(source.kind(), io::ErrorKind::Interrupted, "{source}");
        lines
    };
    std::thread::scope(|scope| {
        let ingest = scope.spawn(ingest);
        let done = work();
        is_over.store(true, Ordering::Relaxed);
        (done, ingest.join().expect("lines"))
    })
}
