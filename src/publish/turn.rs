//! Decides who counts: this process, or the publisher that is already running.
//!
//! Invariant: afterwards the snapshot shows at least what the transcripts held at the start, or the caller is told
//! that it does not.

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

/// How long to wait for the publisher before telling the user.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait for the first publish of a process that has not published yet.
const START_PATIENCE: Duration = Duration::from_secs(120);
/// How long another process may hold the state folder without publishing here: a command that ends soon, or a
/// publisher that is starting. A publisher with an error has as long to retry.
const GRACE: Duration = Duration::from_secs(2);
/// How often to check for the answer. A check takes microseconds, a small full scan some milliseconds.
const CHECK_EVERY: Duration = Duration::from_millis(5);
/// How often to try to take the publisher's place.
const TRY_EVERY: Duration = Duration::from_millis(100);

/// Who counts.
#[derive(Debug)]
pub enum Turn {
    /// This process: no other publisher is running.
    Ours(Box<Live>),
    /// Another process, which has finished counting.
    Theirs,
}

/// What to tell the user while waiting for a publisher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// It is reading transcripts.
    Waiting(Holder),
    /// It cannot count the latest changes; its last totals are still there.
    Failing(Holder),
}

/// Why neither process counts.
#[derive(Debug)]
#[non_exhaustive]
pub enum TurnError {
    /// This process cannot publish, and not because another one does.
    Publish(PublishError),
    /// The running publisher cannot be asked.
    Ask(io::Error),
    /// A publisher of another snapshot holds the state folder.
    Elsewhere {
        /// Who holds it.
        holder: Holder,
        /// The state folder.
        state: PathBuf,
        /// The snapshot that it does not publish.
        snapshot: PathBuf,
    },
    /// A publisher that does not respond holds the state folder.
    Silent {
        /// Who holds it.
        holder: Holder,
        /// The state folder.
        state: PathBuf,
    },
}

/// Takes the publisher's place if it is free; otherwise asks the publisher for a full scan and waits for it.
pub fn take_turn(job: &Job, mut notify: impl FnMut(Notice)) -> Result<Turn, TurnError> {
    let mut holder = match open(job)? {
        Ok(live) => return Ok(Turn::Ours(live)),
        Err(holder) => holder,
    };
    let nudge = Nudge::send(&job.state).map_err(TurnError::Ask)?;
    let (began, asked_at) = (Instant::now(), super::now());
    let (mut tried, mut is_said) = (began, false);
    let mut elsewhere_since: Option<Instant> = None;
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
        // A publisher that reloads or stops gives the snapshot back a moment before the state folder.
        let since = if publishes_here { None } else { Some(elsewhere_since.unwrap_or_else(Instant::now)) };
        elsewhere_since = since;
        if since.is_some_and(|since| since.elapsed() >= GRACE) {
            let (state, snapshot) = (job.state.path().to_owned(), job.snapshot.clone());
            return Err(TurnError::Elsewhere { holder, state, snapshot });
        }
        if publishes_here && began.elapsed() >= GRACE {
            match silence(&job.snapshot, holder, asked_at) {
                Silence::Failing => {
                    notify(Notice::Failing(holder));
                    return Ok(Turn::Theirs);
                }
                _ if began.elapsed() < PATIENCE => {}
                Silence::Starting if began.elapsed() >= START_PATIENCE => {
                    return Err(TurnError::Silent { holder, state: job.state.path().to_owned() });
                }
                Silence::Reading | Silence::Starting if is_said => {}
                Silence::Reading | Silence::Starting => {
                    notify(Notice::Waiting(holder));
                    is_said = true;
                }
                Silence::Dead => {
                    return Err(TurnError::Silent { holder, state: job.state.path().to_owned() });
                }
            }
        }
        sleep(CHECK_EVERY);
    }
}

/// The process that holds the state folder's lock, if its id is known.
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

/// Takes the publisher's place, or returns who holds it.
fn open(job: &Job) -> Result<Result<Box<Live>, Holder>, TurnError> {
    match Live::open(job.clone()) {
        Ok(live) => Ok(Ok(Box::new(live))),
        Err(PublishError::State(WriteError::Locked { holder, .. })) => Ok(Err(Holder(holder))),
        Err(error) => Err(TurnError::Publish(error)),
    }
}

/// Why a publisher has not answered.
enum Silence {
    /// It is reading, which takes long if much is new.
    Reading,
    /// It reported an error after the request. Its last totals are still there.
    Failing,
    /// It has published nothing yet.
    Starting,
    /// It hangs.
    Dead,
}

fn silence(snapshot: &Path, holder: Holder, asked_at: i64) -> Silence {
    let Ok(mut reader) = Reader::open_copying(snapshot) else { return Silence::Starting };
    if holder.0.is_some_and(|pid| u64::from(pid) != reader.identity().writer_pid) {
        return Silence::Starting;
    }
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

/// Whether a live publisher writes the snapshot at this path.
fn shows_life(snapshot: &Path) -> bool {
    // If it cannot be read, the next reader reports why.
    let freshness = Reader::open_copying(snapshot).ok().and_then(|reader| reader.freshness().ok());
    freshness.is_some_and(|freshness| freshness.writer == WriterState::Live)
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting(holder) => write!(f, "waiting for {holder}, which is reading transcripts"),
            Self::Failing(holder) => write!(
                f,
                "{holder} cannot count the latest changes; showing its last totals; to find the cause: cco daemon \
                 status"
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
