//! A folder in which other processes leave things for the publisher.
//!
//! Invariant: what comes into the folder after the watch began wakes the publisher, or the watch could not be
//! had, which is said once; then what is left there is found when everything is looked at anyway.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use notify::event::ModifyKind;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::ingest::Waker;

/// Watches one folder.
#[derive(Debug)]
pub(super) struct FolderWatch {
    has_come: Arc<AtomicBool>,
    /// Watches as long as it lives; `None` where the system refused.
    _watcher: Option<RecommendedWatcher>,
}

impl FolderWatch {
    /// Watches a folder, which is made as needed, private to the user. `what` is left there, in words.
    pub(super) fn new(folder: &Path, waker: Waker, what: &str) -> Self {
        let has_come = Arc::new(AtomicBool::new(false));
        let watcher = watcher(folder, waker, Arc::clone(&has_come));
        if let Err(error) = &watcher {
            tracing::warn!(%error, "cannot watch for {what}: they wait for the next sweep");
        }
        Self { has_come, _watcher: watcher.ok() }
    }

    /// Whether something has come since this was last asked.
    pub(super) fn has_come(&self) -> bool {
        self.has_come.swap(false, Ordering::AcqRel)
    }

    /// One that nothing wakes.
    #[cfg(test)]
    pub(super) fn asleep() -> Self {
        Self { has_come: Arc::default(), _watcher: None }
    }
}

fn watcher(folder: &Path, waker: Waker, has_come: Arc<AtomicBool>) -> notify::Result<RecommendedWatcher> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // After an error, or with events lost, something may have come.
        let is_news = |event: notify::Event| {
            event.need_rescan()
                || matches!(event.kind, EventKind::Create(_) | EventKind::Modify(ModifyKind::Name(_)))
        };
        if event.map_or(true, is_news) {
            has_come.store(true, Ordering::Release);
            waker.wake();
        }
    })?;
    watcher.watch(folder, RecursiveMode::NonRecursive)?;
    Ok(watcher)
}
