//! The running publisher: publishes what the ledger holds, catches up, and follows.
//!
//! Invariant: it sleeps until something happens, a heartbeat is due, or the calendar changes the totals. An error is
//! logged, shown in the health figures and retried; it never ends the publisher, unless its state folder is gone or
//! another publisher has it. The first commit is immediate, then at most 500 a second.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::backlog::Finished;
use super::cached_limits::CachedLimits;
use super::counter::Counter;
use super::error::PublishError;
use super::file_limit::file_limit_note;
use super::job::Job;
use super::nudge::Nudges;
use super::pace::{
    ANSWERED_WITHIN, ASKED_EVERY, COMMIT_EVERY, IN_USE, POLL_EVERY, RETRY_AFTER, STEP, pause_after,
    pause_unwatched,
};
use super::publisher::Publisher;
use super::requests::{Order, Requests};
use super::scan_summary::ScanSummary;
use crate::causes::causes;
use crate::ingest::{Progress, Root, Watch};
use crate::limits;
use crate::own_folder::Use;
use crate::snapshot::{Following, HEARTBEAT_EVERY, Health, Lock, ScanState, WriteError, trim_heap};

/// What the caller that runs a publisher may want to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// It is watching, and its totals are complete.
    Ready,
    /// Its loop ran once more; this happens at least every [`HEARTBEAT_EVERY`].
    Alive,
}

/// A publisher at work.
#[derive(Debug)]
pub struct Live {
    job: Job,
    publisher: Publisher,
    counter: Counter,
    health: Health,
    /// Whether the sums are complete.
    scan_state: ScanState,
    /// When the newest unpublished line was written, in nanoseconds UTC.
    unshown_write_ns: Option<i64>,
    /// Whether the last commit called them complete.
    shown_state: Option<ScanState>,
    /// The ledger's sums fell, and no commit of the new lineage was made yet.
    is_new_lineage_due: bool,
    /// Worktrees were found since the last commit. What is published does not depend on them, but whoever keeps answers
    /// from the ledger for a commit must ask again.
    has_new_worktrees: bool,
    /// What Claude Code's cache says of limits.
    cached_limits: CachedLimits,
    /// Held until the end.
    lock: Lock,
}

impl Live {
    /// Takes the locks, opens the ledger, and publishes at once what it holds, if anything.
    pub fn open(job: Job) -> Result<Self, PublishError> {
        let refused = |source| WriteError::Io { path: job.state.path().to_owned(), action: "create", source };
        job.state.make().map_err(|source| PublishError::State(refused(source)))?;
        let lock = Lock::take(&job.state.lock()).map_err(PublishError::State)?;
        Self::open_with(lock, job)
    }

    /// The same for a caller that already holds the state folder's lock.
    pub fn open_with(lock: Lock, job: Job) -> Result<Self, PublishError> {
        let refused = |source| WriteError::Io { path: job.state.path().to_owned(), action: "use", source };
        job.state.check(Use::Write).map_err(|source| PublishError::State(refused(source)))?;
        let mut publisher = Publisher::open(&job.snapshot, &job.zone, &job.zone_name, job.week_start)?;
        let (roots, excluded) = (job.roots.clone(), job.exclude.clone());
        let counter = Counter::open(
            &job.state,
            roots,
            excluded,
            job.prices.clone(),
            job.threads,
            job.keeps_titles,
            &mut publisher,
        )?;
        // A snapshot without its ledger: the first count was never stored, or the ledger was deleted. The transcripts
        // may hold less now.
        let is_new_lineage_due = counter.has_fallen()?;
        if is_new_lineage_due || counter.is_new()? {
            publisher.begin_lineage();
        }
        let (health, scan_state) = (Health::default(), ScanState::CatchingUp);
        let mut live = Self {
            job,
            publisher,
            counter,
            health,
            scan_state,
            unshown_write_ns: None,
            shown_state: None,
            is_new_lineage_due,
            has_new_worktrees: false,
            cached_limits: CachedLimits::default(),
            lock,
        };
        live.pass_on_cached_limits();
        live.take_limits();
        if live.publisher.sums.totals().requests > 0 {
            live.commit()?;
        }
        Ok(live)
    }

    /// Scans everything, counts what is new and publishes it, as it goes if there is much. The totals are complete
    /// afterwards.
    pub fn catch_up(&mut self, progress: &Progress) -> Result<ScanSummary, PublishError> {
        let mut summary = self.scan(progress)?;
        while self.counter.has_backlog() {
            if let Some(finished) = self.advance(progress)? {
                summary = finished;
            }
            if self.is_due() {
                self.commit()?;
            }
        }
        if self.is_due() {
            self.commit()?;
        }
        // The totals do not wait for the disk.
        self.find_repositories(ANSWERED_WITHIN)?;
        if self.is_due() {
            self.commit()?;
        }
        Ok(summary)
    }

    /// Scans everything and counts what is new. If there is much, it is only begun, and [`advance`](Self::advance) goes
    /// on with it.
    fn scan(&mut self, progress: &Progress) -> Result<ScanSummary, PublishError> {
        let summary = self.counter.scan_all(&mut self.publisher, progress)?;
        self.counted(summary, true)
    }

    /// Counts a little more of the backlog. Returns the summary of the whole scan once all of it is counted.
    fn advance(&mut self, progress: &Progress) -> Result<Option<ScanSummary>, PublishError> {
        let finished = self.counter.advance(&mut self.publisher, progress, STEP)?;
        let Some(Finished { summary, is_full, again }) = finished else { return Ok(None) };
        let summary = self.counted(summary, is_full)?;
        if !again.is_empty() {
            self.scan_paths(&again)?;
        }
        Ok(Some(summary))
    }

    /// [`advance`](Self::advance) for a publisher that keeps running: afterwards it gives back the memory of a backlog.
    fn advance_and_trim(&mut self, progress: &Progress) -> Result<(), PublishError> {
        if self.advance(progress)?.is_some() {
            trim_heap();
        }
        Ok(())
    }

    /// Something was counted, or much was found and is being counted. A first count is published before it is stored,
    /// because storing it does not change the totals.
    fn counted(&mut self, mut summary: ScanSummary, is_full: bool) -> Result<ScanSummary, PublishError> {
        self.scan_state =
            if self.counter.has_backlog() { ScanState::CatchingUp } else { ScanState::Complete };
        if summary.is_partial {
            return Ok(summary);
        }
        self.note(&summary, is_full);
        if self.counter.is_ahead() {
            let shown = self.commit();
            let Self { publisher, counter, .. } = self;
            summary.commit_us = publisher.alive_during(|| counter.store())?;
            self.health.count_commit(summary.commit_us);
            self.note_extent();
            self.report();
            shown?;
            // Whoever asked the ledger at the commit before found it empty, and asks again at this one.
            self.commit()?;
        }
        Ok(summary)
    }

    /// Follows the transcripts until an order arrives, and returns the order.
    pub fn run(&mut self, requests: &Requests, mut on: impl FnMut(Event)) -> Result<Order, PublishError> {
        // Watching many folders takes longer than scanning them, so publish what is there first.
        self.attempt(|live| live.scan(requests.progress()).map(drop));
        if self.is_due() {
            self.attempt_commit();
        }
        let mut watch = Watch::new(self.job.roots.clone(), self.job.exclude.clone());
        let mut nudges = Nudges::of(&self.job.state);
        let asked = watch.watch_beside(nudges.folder());
        let spool = limits::folder_of(&self.job.snapshot);
        if let Err(error) = limits::make_folder(&spool) {
            tracing::warn!(%error, "status lines cannot leave what they hear of the limits");
        }
        let spool = watch.watch_beside(&spool);
        requests.wake_by(watch.waker());
        // Writes are reported from here on.
        let mut scan_at = Instant::now();
        let mut beat_at = Instant::now();
        let mut commit_at = Instant::now();
        let mut poll_at = Instant::now();
        let mut find_at = Instant::now();
        let mut is_ready = false;
        loop {
            let now = Instant::now();
            if now >= scan_at && !self.counter.has_backlog() {
                nudges.note();
                self.pass_on_cached_limits();
                self.take_limits();
                let mut pause = RETRY_AFTER;
                if !self.attempt(|live| live.scan_watched(&mut watch).map(|wait| pause = wait)) {
                    nudges.put_off();
                }
                self.note_following(&watch, pause);
                scan_at = now + pause;
            }
            if self.counter.has_backlog() && !self.attempt(|live| live.advance_and_trim(requests.progress()))
            {
                nudges.put_off();
                scan_at = Instant::now() + RETRY_AFTER;
            }
            if now >= find_at
                && !self.counter.has_backlog()
                && !self.attempt(|live| live.find_repositories(Duration::ZERO))
            {
                find_at = Instant::now() + RETRY_AFTER;
            }
            if self.is_due() && Instant::now() >= commit_at {
                self.keep_place()?;
                let pause = if self.attempt_commit() { COMMIT_EVERY } else { RETRY_AFTER };
                commit_at = Instant::now() + pause;
            }
            if !self.is_due() && !self.counter.has_backlog() {
                nudges.answer();
            }
            if Instant::now() >= beat_at {
                self.keep_place()?;
                if let Some(loss) = self.publisher.heartbeat() {
                    tracing::warn!("{loss}: publishing it again");
                    self.attempt_commit();
                }
                beat_at = Instant::now() + HEARTBEAT_EVERY;
                if !watch.is_watched(spool) {
                    self.take_limits();
                }
            }
            if watch.obstacle().is_some() && now >= poll_at {
                let folders = self.unwatched_in_use(&watch);
                if !folders.is_empty() && !self.attempt(|live| live.scan_paths(&folders)) {
                    scan_at = scan_at.min(Instant::now() + RETRY_AFTER);
                }
                poll_at = Instant::now() + POLL_EVERY;
            }
            if !self.counter.has_backlog() && !std::mem::replace(&mut is_ready, true) {
                on(Event::Ready);
            }
            on(Event::Alive);
            if let Some(order) = requests.next_order() {
                return Ok(order);
            }
            let change_at = if self.is_due() { commit_at } else { Instant::now() + self.until_change() };
            let mut until = beat_at.min(change_at);
            until = if self.counter.has_backlog() { Instant::now() } else { until.min(scan_at) };
            if watch.obstacle().is_some() {
                until = until.min(poll_at);
            }
            if !watch.is_watched(asked) {
                until = until.min(Instant::now() + ASKED_EVERY);
            }
            let events = watch.next(until.saturating_duration_since(Instant::now()));
            self.health.lost_events += events.lost;
            if events.beside.contains(&spool) {
                self.take_limits();
            }
            let is_asked = requests.take_scan()
                || events.beside.contains(&asked)
                || !watch.is_watched(asked) && nudges.are_there();
            if events.needs_full_scan || is_asked {
                scan_at = Instant::now();
            } else if !events.paths.is_empty() && !self.attempt(|live| live.scan_paths(&events.paths)) {
                scan_at = scan_at.min(Instant::now() + RETRY_AFTER);
            }
        }
    }

    /// Finds out which projects are worktrees. If there are new ones, a commit is due.
    fn find_repositories(&mut self, within: Duration) -> Result<(), PublishError> {
        self.has_new_worktrees |= self.counter.find_repositories(within)?;
        Ok(())
    }

    /// Makes sure that this is still the publisher of its state folder and snapshot, whatever was deleted, moved or
    /// replaced. An error ends the publisher: it would write where nobody reads, or beside another one.
    fn keep_place(&mut self) -> Result<(), PublishError> {
        self.counter.check_place()?;
        let kept = [
            ("the state folder's", self.lock.keep().map_err(PublishError::State)),
            ("the snapshot's", self.publisher.keep_lock()),
        ];
        for (whose, kept) in kept {
            match kept {
                Ok(false) => {}
                Ok(true) => tracing::warn!("{whose} lock was deleted: taken again"),
                Err(error) if error.is_locked() => return Err(error),
                // A folder that cannot be read now may be readable at the next beat.
                Err(error) => self.note_error(&error),
            }
        }
        Ok(())
    }

    /// Leaves what changed in Claude Code's cache where status lines leave what they hear.
    fn pass_on_cached_limits(&mut self) {
        let Some(cached) = self.cached_limits.look(&self.job.roots, super::now()) else { return };
        if let Err(error) = limits::leave_cached(&self.job.snapshot, &cached) {
            tracing::warn!(%error, "cannot pass on what Claude Code's cache says of the limits");
        }
    }

    /// Reads the newest limits from status lines and Claude Code's cache.
    fn take_limits(&mut self) {
        let known = self.publisher.limits();
        match limits::gather(&limits::folder_of(&self.job.snapshot), known, super::now()) {
            Ok(limits) => self.publisher.set_limits(limits),
            Err(error) => tracing::warn!(%error, "cannot read what was reported of the limits"),
        }
    }

    /// Stops cleanly and tells readers. Returns the state folder's lock, for a caller that is not done.
    pub fn stop(self) -> Lock {
        self.publisher.stop();
        self.lock
    }

    /// Ends and returns the state folder's lock, so another publisher can start at once.
    pub fn hand_over(self) -> Lock {
        self.lock
    }

    /// Scans everything and watches all of it. Returns how long to wait until the next scan: the longer, the longer
    /// this one took, but not if it found what watching had missed.
    fn scan_watched(&mut self, watch: &mut Watch) -> Result<Duration, PublishError> {
        let summary = self.scan(&Progress::default())?;
        let unwatched = watch.add_folders(summary.folders);
        if !unwatched.is_empty() {
            self.scan_paths(&unwatched)?;
        }
        let took = if summary.stats.bytes == 0 {
            Duration::from_micros(summary.duration_us)
        } else {
            Duration::ZERO
        };
        Ok(if watch.obstacle().is_some() { pause_unwatched(took) } else { pause_after(took) })
    }

    /// Folders that cannot be watched and hold transcripts written to lately.
    fn unwatched_in_use(&self, watch: &Watch) -> Vec<PathBuf> {
        let in_use_ns = i64::try_from(IN_USE.as_nanos()).unwrap_or(i64::MAX);
        let since_ns = super::now().saturating_mul(1_000_000).saturating_sub(in_use_ns);
        let active = self.counter.active_folders(since_ns);
        active.into_iter().filter(|folder| watch.is_unwatched(folder)).collect()
    }

    /// Counts what is new at these paths.
    fn scan_paths(&mut self, paths: &[PathBuf]) -> Result<(), PublishError> {
        let summary = self.counter.scan_paths(paths, &mut self.publisher)?;
        self.counted(summary, false).map(drop)
    }

    /// Runs a step; false if it failed and a full scan is needed.
    fn attempt(&mut self, step: impl FnOnce(&mut Self) -> Result<(), PublishError>) -> bool {
        step(self).inspect_err(|error| self.note_error(error)).is_ok()
    }

    /// Commits; false if it failed and must be retried.
    fn attempt_commit(&mut self) -> bool {
        self.attempt(Self::commit)
    }

    fn commit(&mut self) -> Result<(), PublishError> {
        let started = Instant::now();
        let generation = self.publisher.commit(super::now(), self.scan_state)?;
        if self.is_new_lineage_due {
            self.counter.keep_lineage()?;
            self.is_new_lineage_due = false;
        }
        self.shown_state = Some(self.scan_state);
        self.has_new_worktrees = false;
        if let Some(written_ns) = self.unshown_write_ns.take() {
            let lag_us = (i64::try_from(jiff::Timestamp::now().as_nanosecond()).unwrap_or(i64::MAX)
                - written_ns)
                / 1000;
            self.health.lag_us = u64::try_from(lag_us).unwrap_or(0);
        }
        self.health.count_publish(super::micros(started));
        tracing::debug!(generation, us = self.health.publish_us, "published");
        self.report();
        Ok(())
    }

    /// Whether there is something new to publish. The totals of a count that has just begun are not.
    fn is_due(&self) -> bool {
        let has_something = self.shown_state.is_some() || !self.counter.has_backlog();
        let is_news = self.has_new_worktrees || self.shown_state != Some(self.scan_state);
        has_something && (is_news || self.publisher.is_due(super::now()))
    }

    /// How long until the calendar changes the totals. A clock that jumps is noticed within one heartbeat.
    fn until_change(&self) -> Duration {
        let ms = self.publisher.next_change().saturating_sub(super::now());
        Duration::from_millis(u64::try_from(ms).unwrap_or(0)).min(HEARTBEAT_EVERY)
    }

    /// Adds a scan to the health figures.
    fn note(&mut self, summary: &ScanSummary, is_full: bool) {
        self.note_extent();
        let health = &mut self.health;
        health.passes += 1;
        if is_full {
            health.scan_us = summary.duration_us;
            health.roots = self.job.roots.iter().filter(|root| Root::new(*root).is_ok()).count() as u64;
            health.skipped_files = summary.skipped.len() as u64;
        }
        // A full scan may find lines written long before watching began.
        if !is_full && summary.stats.records > 0 && summary.newest_write_ns > 0 {
            self.unshown_write_ns = Some(summary.newest_write_ns);
        }
        health.bytes_read += summary.stats.bytes;
        health.lines += summary.stats.lines;
        health.records += summary.stats.records;
        health.duplicates_merged += summary.duplicates;
        health.malformed_lines += summary.stats.malformed;
        health.unfinished_lines = summary.stats.incomplete;
        health.synthetic_records += summary.stats.synthetic;
        health.bad_timestamps += summary.stats.bad_timestamps;
        health.truncations += summary.truncations;
        health.count_pass(summary.duration_us);
        if summary.commit_us > 0 {
            health.count_commit(summary.commit_us);
        }
        let (files, bytes, records) = (summary.files, summary.stats.bytes, summary.stats.records);
        let (duplicates, us) = (summary.duplicates, summary.duration_us);
        if is_full && bytes > 0 {
            tracing::info!(files, bytes, records, duplicates, us, "full scan");
        } else {
            tracing::debug!(is_full, files, bytes, records, duplicates, us, "scan");
        }
        self.report();
    }

    fn note_extent(&mut self) {
        (self.health.files, self.health.file_bytes) = self.counter.totals();
    }

    /// Shows how changes are noticed, and what the publisher takes. Asks the system, so only after a scan.
    fn note_following(&mut self, watch: &Watch, pause: Duration) {
        self.health.resident_bytes = super::resident_bytes().unwrap_or(0);
        self.health.ledger_bytes = self.counter.ledger_bytes().unwrap_or(0);
        let polls = watch.obstacle().is_some();
        self.health.following = if polls { Following::Polling } else { Following::Watching };
        let interval = if polls { pause.min(POLL_EVERY) } else { Duration::ZERO };
        self.health.poll_interval_ms = u64::try_from(interval.as_millis()).unwrap_or(u64::MAX);
        self.health.folders_unwatched = watch.unwatched() as u64;
        self.report();
    }

    fn note_error(&mut self, error: &PublishError) {
        let note = error.is_of_files().then(file_limit_note).flatten();
        let note = note.map_or_else(String::new, |note| format!(" ({note})"));
        tracing::error!("{}{note}; the last totals stay, trying again", causes(error));
        self.health.errors += 1;
        self.health.last_error_at = super::now();
        self.report();
    }

    fn report(&mut self) {
        self.health.updated_at = super::now();
        self.health.requests = self.publisher.sums.totals().requests;
        self.publisher.report(self.health);
    }
}

#[cfg(test)]
mod tests;
