//! Who counts: this process, or the publisher that runs already and is asked to.
//!
//! Invariant: either way the snapshot shows, afterwards, at least what the transcripts held when this began, or it
//! is said that it does not.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::error::PublishError;
use super::job::Job;
use super::live::Live;
use super::nudge::Nudge;
use crate::snapshot::{Reader, WriteError, WriterState, is_held, lock_path};

/// How long the publisher of the snapshot may take to answer before it is said that it is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the state folder may be held by what publishes nothing here: another command that soon ends, or a
/// publisher that is only beginning. As long may a publisher that failed try again.
const GRACE: Duration = Duration::from_secs(2);
/// How often it is looked whether an answer is there: asking costs microseconds, a small look at everything
/// some milliseconds.
const CHECK_EVERY: Duration = Duration::from_millis(5);
/// How often it is tried to publish after all.
const TRY_EVERY: Duration = Duration::from_millis(100);

/// Who counts.
#[derive(Debug)]
pub enum Turn {
    /// This process: nobody else publishes.
    Ours(Box<Live>),
    /// Another process, which has done so.
    Theirs,
}

/// What is worth saying while a publisher is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// It reads transcripts, which takes a while.
    Waiting(Holder),
    /// It cannot count what is new; what it published before is there.
    Failing(Holder),
}

/// Why there is nobody to count.
#[derive(Debug)]
#[non_exhaustive]
pub enum TurnError {
    /// This process cannot publish, for another reason than that one does.
    Publish(PublishError),
    /// The publisher that runs cannot be asked.
    Ask(io::Error),
    /// The state folder is held by one that publishes elsewhere.
    Elsewhere {
        /// Who holds it.
        holder: Holder,
        /// The state folder.
        state: PathBuf,
        /// Where nothing is published.
        snapshot: PathBuf,
    },
    /// The state folder is held by one that does not answer.
    Silent {
        /// Who holds it.
        holder: Holder,
        /// The state folder.
        state: PathBuf,
    },
}

/// Takes the publisher's place where it is free, else asks the publisher for a scan and waits for it.
pub fn take_turn(job: &Job, mut notify: impl FnMut(Notice)) -> Result<Turn, TurnError> {
    let mut holder = match open(job)? {
        Ok(live) => return Ok(Turn::Ours(live)),
        Err(holder) => holder,
    };
    let nudge = Nudge::send(&job.state).map_err(TurnError::Ask)?;
    let (began, asked_at) = (Instant::now(), super::now());
    let (mut tried, mut is_said) = (began, false);
    loop {
        let is_answered = nudge.is_answered().map_err(TurnError::Ask)?;
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
        let publishes_here = is_held(&lock_path(&job.snapshot)).map_err(TurnError::Ask)?;
        if !publishes_here && (is_answered || began.elapsed() >= GRACE) {
            let (state, snapshot) = (job.state.path().to_owned(), job.snapshot.clone());
            return Err(TurnError::Elsewhere { holder, state, snapshot });
        }
        if publishes_here && began.elapsed() >= GRACE {
            match silence(&job.snapshot, asked_at) {
                Silence::Reading if began.elapsed() < PATIENCE || is_said => {}
                Silence::Reading => {
                    notify(Notice::Waiting(holder));
                    is_said = true;
                }
                Silence::Failing => {
                    notify(Notice::Failing(holder));
                    return Ok(Turn::Theirs);
                }
                Silence::Dead if began.elapsed() < PATIENCE => {}
                Silence::Dead => {
                    return Err(TurnError::Silent { holder, state: job.state.path().to_owned() });
                }
            }
        }
        sleep(CHECK_EVERY);
    }
}

/// The process that holds the state folder's lock, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder(Option<u32>);

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(pid) => write!(f, "another publisher (process {pid})"),
            None => f.write_str("another publisher"),
        }
    }
}

/// Takes the publisher's place, or says who has it.
fn open(job: &Job) -> Result<Result<Box<Live>, Holder>, TurnError> {
    match Live::open(job.clone()) {
        Ok(live) => Ok(Ok(Box::new(live))),
        Err(PublishError::State(WriteError::Locked { holder, .. })) => Ok(Err(Holder(holder))),
        Err(error) => Err(TurnError::Publish(error)),
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

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting(holder) => write!(f, "waiting for {holder}, which is reading transcripts"),
            Self::Failing(holder) => write!(
                f,
                "{holder} cannot count the latest changes; showing its last totals; to find the cause: cco daemon status"
            ),
        }
    }
}

impl TurnError {
    /// Whether another publisher is in the way.
    pub fn is_locked(&self) -> bool {
        match self {
            Self::Publish(error) => error.is_locked(),
            Self::Ask(_) => false,
            Self::Elsewhere { .. } | Self::Silent { .. } => true,
        }
    }
}

impl fmt::Display for TurnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Publish(error) => error.fmt(f),
            Self::Ask(_) => f.write_str("cannot ask the running publisher"),
            Self::Elsewhere { holder, state, snapshot } => write!(
                f,
                "{holder} uses {} but does not publish to {}: stop it, or use --snapshot with the file it publishes",
                state.display(),
                snapshot.display()
            ),
            Self::Silent { holder, state } => write!(
                f,
                "{holder} uses {} but does not respond; to show its last totals: cco-peek; to stop it: cco daemon stop",
                state.display()
            ),
        }
    }
}

impl std::error::Error for TurnError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Publish(error) => error.source(),
            Self::Ask(error) => Some(error),
            Self::Elsewhere { .. } | Self::Silent { .. } => None,
        }
    }
}
