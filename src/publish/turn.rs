//! Who counts: this process, or the publisher that runs already and is asked to.
//!
//! Invariant: either way the snapshot shows, afterwards, at least what the transcripts held when this began, or it
//! is said that it does not.

use std::fmt;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::failure::Described;
use super::{Exit, Failure, note};
use crate::publish::{Job, Live, Nudge, PublishError};
use crate::snapshot::{Reader, WriteError, WriterState, is_held, lock_path};

/// How long the publisher of the snapshot may take to answer before it is said that it is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the state folder may be held by what publishes nothing here: another command that soon ends, or a
/// publisher that is only beginning. As long may a publisher that failed try again.
const GRACE: Duration = Duration::from_secs(2);
/// How often it is looked whether an answer is there: asking costs microseconds, a small look at everything
/// some milliseconds.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// How often it is tried to publish after all.
const TRY_EVERY: Duration = Duration::from_millis(100);

/// Who counts.
pub(super) enum Turn {
    /// This process: nobody else publishes.
    Ours(Box<Live>),
    /// Another process, which has done so.
    Theirs,
}

/// Takes the publisher's place where it is free, else asks the publisher for a look at everything and awaits it.
pub(super) fn take_turn(job: &Job) -> Result<Turn, Failure> {
    let mut holder = match open(job)? {
        Ok(live) => return Ok(Turn::Ours(live)),
        Err(holder) => holder,
    };
    let nudge = Nudge::send(&job.state).map_err(ask_failure)?;
    let (began, asked_at) = (Instant::now(), jiff::Timestamp::now().as_millisecond());
    let (mut tried, mut is_said) = (began, false);
    loop {
        let is_answered = nudge.is_answered().map_err(ask_failure)?;
        if is_answered && shows_life(&job.snapshot) {
            return Ok(Turn::Theirs);
        }
        if is_answered || tried.elapsed() >= TRY_EVERY {
            tried = Instant::now();
            holder = match open(job)? {
                Ok(live) => return Ok(Turn::Ours(live)),
                Err(holder) => holder,
            };
        }
        let publishes_here = is_held(&lock_path(&job.snapshot)).map_err(ask_failure)?;
        if !publishes_here && (is_answered || began.elapsed() >= GRACE) {
            let words = format!(
                "{holder} uses {} but does not publish to {}: stop it, or use --snapshot with the file it publishes",
                job.state.path().display(),
                job.snapshot.display()
            );
            return Err(Failure::new(Exit::Locked, words));
        }
        if publishes_here && began.elapsed() >= GRACE {
            match silence(&job.snapshot, asked_at) {
                Silence::Reading if began.elapsed() < PATIENCE || is_said => {}
                Silence::Reading => {
                    note(&format!("cco: waiting for {holder}, which is reading transcripts"));
                    is_said = true;
                }
                Silence::Failing => {
                    note(&format!(
                        "cco: {holder} cannot count the latest changes; showing its last totals; to find the cause: \
                         cco daemon status"
                    ));
                    return Ok(Turn::Theirs);
                }
                Silence::Dead if began.elapsed() < PATIENCE => {}
                Silence::Dead => {
                    let words = format!(
                        "{holder} uses {} but does not respond; to show its last totals: cco-peek; to stop it: cco \
                         daemon stop",
                        job.state.path().display()
                    );
                    return Err(Failure::new(Exit::Locked, words));
                }
            }
        }
        sleep(LOOK_EVERY);
    }
}

/// The process that holds the state folder's lock, as far as it is known.
struct Holder(Option<u32>);

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(pid) => write!(f, "another publisher (process {pid})"),
            None => f.write_str("another publisher"),
        }
    }
}

/// Takes the publisher's place, or says who has it.
fn open(job: &Job) -> Result<Result<Box<Live>, Holder>, Failure> {
    match Live::open(job.clone()) {
        Ok(live) => Ok(Ok(Box::new(live))),
        Err(PublishError::State(WriteError::Locked { holder, .. })) => Ok(Err(Holder(holder))),
        Err(error) => Err(error.into()),
    }
}

/// What a publisher does that does not answer.
enum Silence {
    /// It reads, which takes long where there is much that is new.
    Reading,
    /// It reported an error since it was asked. What it published before is there.
    Failing,
    /// It hangs, or has nothing to show.
    Dead,
}

fn silence(snapshot: &Path, asked_at: i64) -> Silence {
    let Ok(mut reader) = Reader::open_copying(snapshot) else { return Silence::Dead };
    if !reader.freshness().is_ok_and(|freshness| freshness.writer == WriterState::Live) {
        return Silence::Dead;
    }
    let has_failed =
        reader.health().is_ok_and(|health| health.is_some_and(|it| it.last_error_at >= asked_at));
    match (has_failed, reader.totals()) {
        (false, _) => Silence::Reading,
        (true, Ok(_)) => Silence::Failing,
        (true, Err(_)) => Silence::Dead,
    }
}

/// Whether a publisher keeps the snapshot at this path.
fn shows_life(snapshot: &Path) -> bool {
    // One that cannot be read shows none; whoever reads it next says why.
    let freshness = Reader::open_copying(snapshot).ok().and_then(|reader| reader.freshness().ok());
    freshness.is_some_and(|freshness| freshness.writer == WriterState::Live)
}

fn ask_failure(source: std::io::Error) -> Failure {
    Failure::new(Exit::Failed, Described { what: "cannot ask the running publisher", source })
}
