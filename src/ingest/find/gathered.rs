//! What the system reports of watched folders, gathered until somebody takes it.
//!
//! Invariant: what waits here is bounded by the number of paths below the roots, however often something
//! happens to them; nothing that could be a change of a transcript or a folder is left out. Filled by
//! `notify`'s thread, which does no more than this; emptied by [`super::watch`] alone.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use notify::EventKind;
use notify::event::{ModifyKind, RenameMode};

use crate::ingest::claude::{self, PROJECTS};

/// What was reported.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Gathered {
    /// Transcripts that something happened to.
    pub(super) paths: BTreeSet<PathBuf>,
    /// Folders, or what may have been some, that are not there any more.
    pub(super) removed: BTreeSet<PathBuf>,
    /// What may be a folder that is new, or may now be looked into.
    pub(super) appeared: BTreeSet<PathBuf>,
    /// How often reports were lost.
    pub(super) lost: u64,
    /// Somebody wants whoever waits to return.
    pub(super) woken: bool,
}

/// What is gathered on one thread and awaited on another.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    gathered: Mutex<Gathered>,
    came: Condvar,
}

/// A root and the two folders that matter to whether it is one.
#[derive(Debug)]
pub(super) struct Place {
    parent: Option<PathBuf>,
    root: PathBuf,
    projects: PathBuf,
}

impl Place {
    pub(super) fn of(root: &Path) -> Self {
        Self { parent: root.parent().map(Path::to_owned), root: root.into(), projects: root.join(PROJECTS) }
    }

    fn concerns(&self, path: &Path) -> bool {
        path.starts_with(&self.projects) || path == self.root || Some(path) == self.parent.as_deref()
    }
}

impl Gathering {
    /// Takes in what the system reports.
    pub(super) fn take_in(&self, event: notify::Result<notify::Event>, places: &[Place]) {
        let event = match event {
            Ok(event) if event.need_rescan() => return self.add(|gathered| gathered.lost += 1),
            Ok(event) => event,
            Err(error) => {
                tracing::debug!(%error, "a report failed");
                return self.add(|gathered| gathered.lost += 1);
            }
        };
        // Reading, also by this program, changes nothing, and what was written was reported as such before it
        // was closed. Both halves of a renaming are reported by themselves.
        let says_nothing = matches!(
            event.kind,
            EventKind::Access(_) | EventKind::Modify(ModifyKind::Name(RenameMode::Both)) | EventKind::Other
        );
        if says_nothing {
            return;
        }
        for path in event.paths {
            if !places.iter().any(|place| place.concerns(&path)) {
                continue;
            }
            match event.kind {
                _ if claude::is_transcript(&path) => self.add(|gathered| {
                    gathered.paths.insert(path);
                }),
                EventKind::Modify(ModifyKind::Data(_)) => {}
                EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(RenameMode::From)) => {
                    self.add(|gathered| {
                        gathered.removed.insert(path);
                    });
                }
                _ => self.add(|gathered| {
                    gathered.appeared.insert(path);
                }),
            }
        }
    }

    /// Adds something and wakes whoever waits for it.
    pub(super) fn add(&self, add: impl FnOnce(&mut Gathered)) {
        add(&mut self.lock());
        self.came.notify_one();
    }

    /// Waits for something, no longer than until then, and takes all there is.
    pub(super) fn wait(&self, until: Option<Instant>) -> Gathered {
        let mut gathered = self.lock();
        while *gathered == Gathered::default() {
            gathered = match until.map(|until| until.saturating_duration_since(Instant::now())) {
                Some(left) if left.is_zero() => break,
                Some(left) => {
                    self.came.wait_timeout(gathered, left).unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.came.wait(gathered).unwrap_or_else(PoisonError::into_inner),
            };
        }
        std::mem::take(&mut gathered)
    }

    fn lock(&self) -> MutexGuard<'_, Gathered> {
        // A half-made addition is still a set of paths.
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
