//! The snapshot that requests read, and the bodies made from it.
//!
//! Each request looks at the snapshot itself: a few loads for the commit, and a few system calls for the publisher's
//! life. So an answer has the newest commit, and a publisher that died a moment ago is not shown as live.
//!
//! Invariant: a body is made once for a commit, a state of the publisher, the alerts that go on and a stretch of time in
//! which no period or limit ends; for ages and clocks in it, again when it is a second old. Everyone else gets the same bytes.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::aliases::Names;
use super::rendition::Rendition;
use crate::causes::causes;
use crate::report::{View, Want, open_to_follow};
use crate::snapshot::{Limit, LimitRow, OpenError, ReadError, Reader, WriterState};

/// After this time ages in a body are made new.
const AGE: Duration = Duration::from_secs(1);
/// How often a read is tried that the publisher overtakes.
const ATTEMPTS: usize = 4;

/// Why there is nothing to show.
#[derive(Debug)]
pub(super) enum Absent {
    /// Nothing is published yet.
    Unpublished,
    /// Something is, and cannot be read.
    Unreadable(String),
}

/// A commit, and whether its publisher lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Commit {
    pub(super) epoch: u64,
    pub(super) generation: u64,
    pub(super) writer: WriterState,
    /// The file is no longer the one at its path.
    is_replaced: bool,
}

#[cfg(test)]
impl Commit {
    /// A commit of a publisher that lives.
    pub(super) fn living(epoch: u64, generation: u64) -> Self {
        Self { epoch, generation, writer: WriterState::Live, is_replaced: false }
    }
}

/// The snapshot.
#[derive(Debug)]
pub(super) struct Source {
    path: PathBuf,
    mark: String,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    reader: Option<Reader>,
    /// The last body for each kind of client.
    made: [Option<Made>; Names::ALL.len()],
}

#[derive(Clone, Debug)]
struct Made {
    commit: Commit,
    /// The version of the alerts in it.
    alerts: u64,
    /// Until then no period or limit ends, ms UTC.
    valid_until_ms: i64,
    at: Instant,
    body: Arc<Rendition>,
}

impl Commit {
    /// That of a view.
    pub(super) fn of(view: &View) -> Self {
        Self {
            epoch: view.identity.epoch,
            generation: view.totals.generation(),
            writer: view.freshness.writer,
            is_replaced: view.freshness.replaced,
        }
    }

    /// Whether the figures follow the transcripts.
    pub(super) fn is_live(self) -> bool {
        self.writer == WriterState::Live && !self.is_replaced
    }

    /// The commit as an event's id.
    pub(super) fn id(self) -> String {
        format!("{:016x}-{}", self.epoch, self.generation)
    }

    /// The state of its publisher.
    pub(super) fn state(self) -> &'static str {
        match self.writer {
            _ if self.is_replaced => "replaced",
            WriterState::Live => "live",
            WriterState::Stopped => "stopped",
            WriterState::Dead => "dead",
        }
    }
}

impl Source {
    /// Reads this snapshot. `mark` is part of each version.
    pub(super) fn new(path: PathBuf, mark: String) -> Self {
        Self { path, mark, open: Mutex::default() }
    }

    /// The newest commit.
    pub(super) fn commit(&self) -> Result<Commit, Absent> {
        self.open().look(&self.path)
    }

    /// Totals and tables of the newest commit.
    pub(super) fn view(&self) -> Result<View, Absent> {
        let mut open = self.open();
        open.look(&self.path)?;
        open.view(&self.path)
    }

    /// Totals of the newest commit and the publisher's health, without tables.
    pub(super) fn health(&self) -> Result<View, Absent> {
        let mut open = self.open();
        open.look(&self.path)?;
        open.read(&self.path, |reader| {
            let mut view = View::of(reader, Want::Totals, now_ms())?;
            view.health = reader.health()?;
            Ok(view)
        })
    }

    /// The account's 5-hour limit in the newest commit, if it is known.
    pub(super) fn five_hour_limit(&self) -> Result<Option<Limit>, Absent> {
        let mut open = self.open();
        open.look(&self.path)?;
        open.read(&self.path, |reader| Ok(reader.totals()?.five_hour_limit()))
    }

    /// The body for the newest commit and this version of alerts. `is_known` says whether the client has a body already,
    /// `make` makes one of a view under a version.
    pub(super) fn body(
        &self,
        names: Names,
        alerts: u64,
        is_known: impl Fn(&Rendition) -> bool,
        make: impl FnOnce(&View, &str) -> Result<Rendition, Absent>,
    ) -> Result<Arc<Rendition>, Absent> {
        let now = now_ms();
        let mut open = self.open();
        let commit = open.look(&self.path)?;
        let kept = &open.made[names as usize];
        let is_valid =
            |made: &&Made| made.commit == commit && made.alerts == alerts && now < made.valid_until_ms;
        if let Some(made) = kept.as_ref().filter(is_valid)
            && (made.at.elapsed() < AGE || is_known(&made.body))
        {
            return Ok(Arc::clone(&made.body));
        }
        let view = open.view(&self.path)?;
        let commit = Commit::of(&view);
        let (began_ms, valid_until_ms) = stretch(&view);
        let (state, names_mark) = (commit.state(), names.mark());
        let version = format!("{}-{state}-{began_ms:x}-{alerts:x}-{}{names_mark}", commit.id(), self.mark);
        let body = Arc::new(make(&view, &version)?);
        open.made[names as usize] =
            Some(Made { commit, alerts, valid_until_ms, at: Instant::now(), body: Arc::clone(&body) });
        Ok(body)
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn look(&mut self, path: &Path) -> Result<Commit, Absent> {
        let commit = self.look_at_open(path)?;
        let Some(reader) = self.reader.as_mut().filter(|_| commit.is_replaced) else { return Ok(commit) };
        match reader.refresh() {
            Ok(true) => return self.look_at_open(path),
            // A file that was deleted is about to be written again.
            Ok(false) | Err(OpenError::NotFound { .. }) => {}
            Err(error) => tracing::debug!("cannot open the newer snapshot: {}", causes(&error)),
        }
        Ok(commit)
    }

    fn look_at_open(&mut self, path: &Path) -> Result<Commit, Absent> {
        self.read(path, |reader| {
            let totals = reader.totals()?;
            let freshness = reader.freshness()?;
            Ok(Commit {
                epoch: reader.identity().epoch,
                generation: totals.generation(),
                writer: freshness.writer,
                is_replaced: freshness.replaced,
            })
        })
    }

    fn view(&mut self, path: &Path) -> Result<View, Absent> {
        self.read(path, |reader| View::of(reader, Want::Tables, now_ms()))
    }

    /// Reads from the open file; opens it first if none is.
    fn read<T>(
        &mut self,
        path: &Path,
        read: impl Fn(&mut Reader) -> Result<T, ReadError>,
    ) -> Result<T, Absent> {
        let mut last = ReadError::Busy;
        for _ in 0..ATTEMPTS {
            let reader = match &mut self.reader {
                Some(reader) => reader,
                none => none.insert(open_to_follow(path).map_err(Absent::of_open)?),
            };
            match read(reader) {
                Err(ReadError::NothingPublished) => return Err(Absent::Unpublished),
                Err(error) => {
                    if !matches!(error, ReadError::Busy) {
                        self.reader = None;
                    }
                    last = error;
                }
                Ok(read) => return Ok(read),
            }
        }
        Err(Absent::Unreadable(causes(&last).to_string()))
    }
}

impl Absent {
    fn of_open(error: OpenError) -> Self {
        match error {
            OpenError::NotFound { .. } => Self::Unpublished,
            error => Self::Unreadable(causes(&error).to_string()),
        }
    }
}

/// The stretch of time around a view in which no period or limit ends: when the last one ended, and when the next will.
pub(super) fn stretch(view: &View) -> (i64, i64) {
    let totals = &view.totals;
    let periods = [totals.today(), totals.this_week(), totals.this_month()];
    let limits = view.frame.iter().flat_map(|frame| frame.rows::<LimitRow>()).map(|row| row.resets_at);
    let ends =
        periods.iter().map(|period| period.end).chain(totals.block().map(|block| block.end)).chain(limits);
    let (mut last, mut next) = (0, i64::MAX);
    for end in ends {
        if end <= view.now {
            last = last.max(end);
        } else {
            next = next.min(end);
        }
    }
    (last, next)
}

pub(super) fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
