//! Lines appended as running sessions write them, each timed until a reader sees its tokens.

use std::path::{Path, PathBuf};
use std::time::Duration;

use cco::snapshot::{Reader, Wait};
use corpus::{Append, Spec};

use super::publisher::Publisher;
use super::times::Times;

/// Between a line that is seen and the next: longer than a publisher's pace, so that none is held up by the commit
/// before it, and some microseconds more, different ones each time, so as not to fall in step with it.
const PAUSE: Duration = Duration::from_micros(2500);

/// A root of a few sessions, to be appended to beside transcripts that are only read.
pub(crate) fn root_in(folder: &Path) -> PathBuf {
    let root = folder.join("appended");
    let spec = Spec { bytes: 400_000, files: 20, projects: 4, seed: 4711, ..Spec::default() };
    corpus::generate(&spec, &root).expect("a corpus");
    root
}

/// Appends so many lines: from before the write of a line until a reader that waits has its tokens. Lines that bring
/// none, two in three, are written and not timed.
pub(crate) fn visible(publisher: &Publisher, root: &Path, lines: u64) -> Times {
    let mut times = Times::default();
    each(publisher, root, lines, PAUSE, |_, begun_us| {
        let now_us = jiff::Timestamp::now().as_microsecond();
        times.push(Duration::from_micros(u64::try_from(now_us - begun_us).unwrap_or(0)));
    });
    times
}

/// Appends so many lines, and calls `seen` with the time before its write (in microseconds) once a line's tokens are
/// in what the reader has.
pub(crate) fn each(
    publisher: &Publisher,
    root: &Path,
    lines: u64,
    pause: Duration,
    mut seen: impl FnMut(&mut Reader, i64),
) {
    let append = Append { lines, rate: None, seed: 1, split: false };
    let mut reader = publisher.reader();
    let before = tokens(&mut reader);
    let mut told = 0;
    let made = corpus::append(&append, root, |line| {
        if line.tokens.total() > told {
            told = line.tokens.total();
            while tokens(&mut reader) < before + told {
                let waited = reader.wait(Duration::from_secs(30)).expect("a publisher");
                assert_ne!(waited, Wait::TimedOut, "the line was not published");
            }
            seen(&mut reader, line.begun_us);
        }
        if !pause.is_zero() {
            std::thread::sleep(pause + Duration::from_micros(line.bytes % 1000));
        }
        Ok(())
    });
    let made = made.expect("appends");
    assert_eq!(tokens(&mut reader), before + made.truth.tokens.total(), "what was appended, once");
}

fn tokens(reader: &mut Reader) -> u64 {
    reader.totals().expect("totals").all_time().total_tokens()
}
