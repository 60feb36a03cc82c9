//! Publishes sums to a snapshot.
//!
//! Invariant: a commit shows the current sums, with periods as of the time of the commit. Used by [`super::live`].

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use super::aggregate::Aggregates;
use super::blocks::Blocks;
use super::error::PublishError;
use super::tables::Tables;
use crate::limits::Limits;
use crate::period::{Calendar, Span};
use crate::snapshot::{
    HEARTBEAT_EVERY, Health, Loss, Period, Publication, ScanState, Writer, WriterOptions,
    survive_shortened_files,
};

/// Work that takes longer hangs.
const WORK_LIMIT: Duration = Duration::from_secs(15 * 60);

/// Sums, and the snapshot that shows them.
#[derive(Debug)]
pub struct Publisher {
    writer: Writer,
    tables: Tables,
    calendar: Calendar,
    /// What is shown.
    pub sums: Aggregates,
    blocks: Blocks,
    limits: Limits,
    /// Projects' working folders, by project.
    paths: BTreeMap<Arc<str>, (i64, Arc<str>)>,
    /// Projects whose folder became known since the last commit.
    located: Vec<Arc<str>>,
    /// While nothing happens, what is shown is right within this time, in milliseconds UTC.
    holds: Range<i64>,
    /// When a long operation last showed that the publisher is alive.
    beat_at: Instant,
    /// The last commit succeeded, so it shows all changes taken for it.
    is_shown: bool,
}

impl Publisher {
    /// Locks the snapshot at `path` and continues its lineage. Days are those of `zone`; weeks begin on `week_start`.
    pub fn open(
        path: &Path,
        zone: &TimeZone,
        zone_name: &str,
        week_start: Weekday,
    ) -> Result<Self, PublishError> {
        let options = WriterOptions {
            zone: zone_name.into(),
            week_start: week_start.to_monday_zero_offset().cast_unsigned(),
            program: env!("CARGO_PKG_VERSION").into(),
        };
        let calendar = Calendar::new(zone.clone(), week_start);
        if let Err(error) = survive_shortened_files() {
            tracing::warn!(%error, "if the snapshot is shortened, this publisher will die");
        }
        Ok(Self {
            writer: Writer::open(path, options).map_err(PublishError::Snapshot)?,
            tables: Tables::new(calendar.clone()),
            calendar,
            sums: Aggregates::default(),
            blocks: Blocks::default(),
            limits: Limits::default(),
            paths: BTreeMap::new(),
            located: Vec::new(),
            holds: 0..0,
            beat_at: Instant::now(),
            is_shown: false,
        })
    }

    /// Begins a new lineage: what was shown before may have been more than is known now.
    pub fn begin_lineage(&mut self) {
        self.writer.begin_lineage();
    }

    /// Notes a project's working folder, which a record of `at_ms` (UTC) named. The lowest
    /// (time, path) is kept, whatever their order.
    pub fn locate(&mut self, project: &Arc<str>, at_ms: i64, path: &Arc<str>) {
        let named = (at_ms, Arc::clone(path));
        if self.paths.get(project).is_none_or(|known| named < *known) {
            self.paths.insert(Arc::clone(project), named);
            self.located.push(Arc::clone(project));
        }
    }

    /// What is known of the account's limits.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Sets the account's limits for the next commit, which is due if they changed.
    pub fn set_limits(&mut self, limits: Limits) {
        self.is_shown &= self.limits == limits;
        self.limits = limits;
    }

    /// When time alone changes what must be shown, ms UTC: at midnight, at the end of the block that was shown, or at
    /// the time of a request that another clock dated in the future.
    pub fn next_change(&self) -> i64 {
        self.holds.end
    }

    /// Whether a commit at `now` (ms UTC) would show something new. That is also so after a clock was set
    /// back.
    pub fn is_due(&self, now: i64) -> bool {
        !self.is_shown || self.sums.has_changes() || !self.located.is_empty() || !self.holds.contains(&now)
    }

    /// Publishes the sums as of `now` (ms UTC) and returns the commit's generation.
    pub fn commit(&mut self, now: i64, scan_state: ScanState) -> Result<u64, PublishError> {
        let periods = self.calendar.periods(now).map_err(PublishError::Clock)?;
        self.is_shown = false;
        let mut changes = self.sums.take_changes();
        changes.projects.append(&mut self.located);
        self.blocks.update(&self.sums, &changes);
        let block = self.blocks.current(&self.sums, now);
        self.tables.update(self.writer.draft(), &self.sums, &changes, &self.paths, now);
        self.tables.update_limits(self.writer.draft(), &self.limits);
        let period = |span: Span| Period {
            start: span.start_ms,
            end: span.end_ms,
            counters: self.sums.between(span.start_ms, span.end_ms),
        };
        let publication = Publication {
            published_at: now,
            totals: self.sums.totals(),
            today: period(periods.today),
            this_week: period(periods.week),
            this_month: period(periods.month),
            block: block.map(|block| block.period),
            block_span: block.map(|block| block.span).unwrap_or_default(),
            scan_state,
            five_hour_limit: self.limits.five_hour(),
            seven_day_limit: self.limits.seven_day(),
            sessions_left_out: self.tables.sessions_left_out(&self.sums),
        };
        let generation = self.writer.commit(&publication).map_err(PublishError::Snapshot)?;
        let block_end = publication.block.map(|block| block.end);
        let next_request = self.sums.quarters(now.saturating_add(1), i64::MAX).next();
        let ends = [block_end, next_request.map(|(quarter, _)| quarter)];
        self.holds = now..ends.into_iter().flatten().fold(periods.next_change_ms(), i64::min);
        self.is_shown = true;
        Ok(generation)
    }

    /// Reports on the publisher itself, without a commit.
    pub fn report(&mut self, health: Health) {
        self.writer.report(health);
    }

    /// Does work that may take long and cannot be divided, and shows meanwhile, from another thread, that the publisher is
    /// alive: but not for ever, in case the work hangs.
    pub fn alive_during<T>(&self, work: impl FnOnce() -> T) -> T {
        std::thread::scope(|scope| {
            let (done, is_done) = mpsc::channel::<()>();
            let beat = move || {
                let began = Instant::now();
                while is_done.recv_timeout(HEARTBEAT_EVERY) == Err(RecvTimeoutError::Timeout)
                    && began.elapsed() < WORK_LIMIT
                {
                    self.writer.beat();
                }
            };
            if let Err(error) = std::thread::Builder::new().name("heartbeat".into()).spawn_scoped(scope, beat)
            {
                tracing::warn!(%error, "no heartbeat during long work: cannot start a thread");
            }
            let result = work();
            drop(done);
            result
        })
    }

    /// Shows that the publisher is alive, unless it did so lately. Call it during long operations.
    pub fn beat_if_due(&mut self) {
        if self.beat_at.elapsed() >= HEARTBEAT_EVERY {
            self.beat_at = Instant::now();
            self.writer.heartbeat();
        }
    }

    /// Shows that the publisher lives. If readers no longer see the snapshot, says why; it must be committed
    /// again then.
    pub fn heartbeat(&mut self) -> Option<Loss> {
        self.writer.heartbeat();
        self.writer.loss()
    }

    /// Makes sure that no other publisher can take the snapshot's path.
    pub fn keep_lock(&mut self) -> Result<bool, PublishError> {
        self.writer.keep_lock().map_err(PublishError::Snapshot)
    }

    /// Marks the snapshot as cleanly stopped.
    pub fn stop(self) {
        self.writer.stop();
    }
}

#[cfg(test)]
mod tests;
