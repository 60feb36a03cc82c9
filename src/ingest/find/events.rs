//! The events that the system reports for watched folders, queued until the watch takes them.
//!
//! Invariant: the queue is bounded by the number of paths below the roots, however often something happens to
//! them. No event that could be a change of a transcript or a folder is dropped. `notify`'s thread fills the
//! queue and does nothing else; only [`super::watch`] empties it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use notify::EventKind;
use notify::event::{ModifyKind, RenameMode};

use crate::ingest::claude::{self, PROJECTS};

/// The events since the queue was last emptied.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct EventSet {
    /// Transcripts that something happened to.
    pub(super) paths: BTreeSet<PathBuf>,
    /// Paths that were removed and may have been folders.
    pub(super) removed: BTreeSet<PathBuf>,
    /// Paths that may be folders and are new or newly readable.
    pub(super) appeared: BTreeSet<PathBuf>,
    /// How often events were lost.
    pub(super) lost: u64,
    /// Whether a waker wants the wait to end.
    pub(super) woken: bool,
}

/// A queue of events, filled on one thread and awaited on another.
#[derive(Debug, Default)]
pub(super) struct EventQueue {
    events: Mutex<EventSet>,
    added: Condvar,
}

/// The paths that matter to a root: its folder, its parent and its `projects/`.
#[derive(Debug)]
pub(super) struct RootPaths {
    parent: Option<PathBuf>,
    root: PathBuf,
    projects: PathBuf,
}

impl RootPaths {
    pub(super) fn of(root: &Path) -> Self {
        Self { parent: root.parent().map(Path::to_owned), root: root.into(), projects: root.join(PROJECTS) }
    }

    fn concerns(&self, path: &Path) -> bool {
        path.starts_with(&self.projects) || path == self.root || Some(path) == self.parent.as_deref()
    }
}

impl EventQueue {
    /// Adds what the system reports.
    pub(super) fn push(&self, event: notify::Result<notify::Event>, roots: &[RootPaths]) {
        let event = match event {
            Ok(event) if event.need_rescan() => return self.update(|events| events.lost += 1),
            Ok(event) => event,
            Err(error) => {
                tracing::debug!(%error, "cannot receive an event");
                return self.update(|events| events.lost += 1);
            }
        };
        // Reading changes nothing, and this program reads too. A write is reported as such before the file is
        // closed. Each half of a rename has its own event.
        let is_irrelevant = matches!(
            event.kind,
            EventKind::Access(_) | EventKind::Modify(ModifyKind::Name(RenameMode::Both)) | EventKind::Other
        );
        if is_irrelevant {
            return;
        }
        for path in event.paths {
            if !roots.iter().any(|root| root.concerns(&path)) {
                continue;
            }
            match event.kind {
                _ if claude::is_transcript(&path) => self.update(|events| {
                    events.paths.insert(path);
                }),
                EventKind::Modify(ModifyKind::Data(_)) => {}
                EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(RenameMode::From)) => {
                    self.update(|events| {
                        events.removed.insert(path);
                    });
                }
                _ => self.update(|events| {
                    events.appeared.insert(path);
                }),
            }
        }
    }

    /// Changes the set of events and wakes the thread that waits for it.
    pub(super) fn update(&self, change: impl FnOnce(&mut EventSet)) {
        change(&mut self.lock());
        self.added.notify_one();
    }

    /// Waits for an event until `deadline`, then takes all events. Without a deadline, waits for as long as
    /// it takes.
    pub(super) fn wait(&self, deadline: Option<Instant>) -> EventSet {
        let mut events = self.lock();
        while *events == EventSet::default() {
            events = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                Some(left) if left.is_zero() => break,
                Some(left) => self.added.wait_timeout(events, left).unwrap_or_else(PoisonError::into_inner).0,
                None => self.added.wait(events).unwrap_or_else(PoisonError::into_inner),
            };
        }
        std::mem::take(&mut events)
    }

    fn lock(&self) -> MutexGuard<'_, EventSet> {
        // A half-made change still leaves valid sets of paths.
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
