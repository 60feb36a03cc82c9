//! Where something has happened below some roots, as the system tells it.
//!
//! Each folder below a root's `projects/` has a watch of its own, so that a new one is watched, and then
//! reported to be looked at, before anything in it can be missed. Of a root without `projects/` the root
//! itself is watched, and of one that is not there the folder it would be in; nothing else ever is. What the
//! system reports is gathered, once each, until [`Watch::next`] takes all of it.
//!
//! Invariants: nothing is read here but folders' lists; what may have been missed is told, by
//! [`Events::sweep`]; where nothing happens nothing runs, there is no timer and no polling. What is reported
//! is only where to look: a report too many does no harm. Used by the publisher, which sweeps now and then in
//! any case and then [refreshes](Watch::refresh) the watches.

use std::collections::{BTreeSet, HashMap};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use notify::event::{CreateKind, ModifyKind, RenameMode};
use notify::{ErrorKind, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use walkdir::WalkDir;

use super::discover::is_named_like_one;
use super::roots::PROJECTS;

/// What has happened since it was last asked.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// Transcripts and folders to look at, in order.
    pub paths: Vec<PathBuf>,
    /// Events were lost or folders could not be watched: everything is to be looked at.
    pub sweep: bool,
    /// How often events were lost or a watch was refused since it was last asked.
    pub lost: u64,
    /// A [`Waker`] was used.
    pub woken: bool,
}

/// Ends a wait from another thread.
#[derive(Clone, Debug)]
pub struct Waker(Arc<Shared>);

impl Waker {
    /// Lets the wait that is under way, or else the next one, return at once.
    pub fn wake(&self) {
        self.0.gather(|gathered| gathered.woken = true);
    }
}

/// Watches the folders of some roots.
pub struct Watch {
    watcher: RecommendedWatcher,
    shared: Arc<Shared>,
    roots: Vec<PathBuf>,
    excluded: Vec<PathBuf>,
    /// Watched folders by path, with device and inode, which tell a folder from its successor.
    watched: HashMap<PathBuf, (u64, u64)>,
    /// Some folder's watch was refused, and it was said so.
    limited: bool,
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("watched", &self.watched.len()).finish_non_exhaustive()
    }
}

/// The system gives no way to watch folders.
#[derive(Debug)]
pub struct WatchError(notify::Error);

impl std::fmt::Display for WatchError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("cannot watch folders: end other programs that do, or raise fs.inotify.max_user_instances")
    }
}

impl std::error::Error for WatchError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

impl Watch {
    /// Watches these roots, there or not, but for excluded folders. What is there already is not reported:
    /// sweep once after this.
    pub fn new(roots: Vec<PathBuf>, excluded: Vec<PathBuf>) -> Result<Self, WatchError> {
        let shared = Arc::new(Shared::default());
        let gathering = Arc::clone(&shared);
        let places: Vec<Place> = roots.iter().map(|root| Place::of(root)).collect();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            gathering.take_in(event, &places);
        });
        let watched = HashMap::new();
        let watcher = watcher.map_err(WatchError)?;
        let mut watch = Self { watcher, shared, roots, excluded, watched, limited: false };
        watch.refresh();
        Ok(watch)
    }

    /// What ends a wait from another thread.
    pub fn waker(&self) -> Waker {
        Waker(Arc::clone(&self.shared))
    }

    /// Whether some folder could not be watched, so that only a sweep sees what happens there.
    pub fn is_limited(&self) -> bool {
        self.limited
    }

    /// Waits until something happens, but no longer than this, and gives out all that has.
    pub fn next(&mut self, timeout: Duration) -> Events {
        let until = Instant::now().checked_add(timeout);
        loop {
            let gathered = self.shared.wait(until);
            let timed_out = gathered.is_empty();
            let events = self.attend(gathered);
            if timed_out || events != Events::default() {
                return events;
            }
        }
    }

    /// Sets the watches that are missing: of folders that appeared unseen, and of those that were refused.
    pub fn refresh(&mut self) {
        self.limited = false;
        for root in self.roots.clone() {
            self.watch_root(&root);
        }
    }

    /// Watches what is new and says where to look.
    fn attend(&mut self, gathered: Gathered) -> Events {
        let Gathered { mut paths, removed, appeared, lost, sweep, woken } = gathered;
        for path in removed {
            // The system's watches went with the folders.
            self.watched.retain(|watched, _| !watched.starts_with(&path));
            paths.insert(path);
        }
        let mut refused = false;
        for path in appeared {
            if !path.is_dir() {
                continue;
            }
            for root in self.roots.clone() {
                let projects = root.join(PROJECTS);
                if path.starts_with(&projects) {
                    refused |= !self.watch_below(&path);
                } else if projects.starts_with(&path) {
                    refused |= !self.watch_root(&root);
                }
            }
            // Only now, so that what comes into it after the look is reported.
            paths.insert(path);
        }
        if sweep && lost > 0 {
            tracing::warn!(lost, "events were lost: looking at everything");
        }
        Events {
            paths: paths.into_iter().collect(),
            sweep: sweep || refused,
            lost: lost + u64::from(refused),
            woken,
        }
    }

    /// Watches what is there of a root. Whether no watch was refused.
    fn watch_root(&mut self, root: &Path) -> bool {
        let projects = root.join(PROJECTS);
        if projects.is_dir() {
            // The root's other files change at every prompt: it is left alone while it need not be watched.
            let complete = self.watch_below(&projects);
            return complete && self.watch_one(root, true);
        }
        match root.parent() {
            Some(parent) if !root.is_dir() => !parent.is_dir() || self.watch_one(parent, true),
            _ => self.watch_one(root, true),
        }
    }

    /// Watches a folder and those below it. Whether no watch was refused.
    fn watch_below(&mut self, folder: &Path) -> bool {
        let mut walk = WalkDir::new(folder).follow_links(true).into_iter();
        let mut walked = HashMap::new();
        while let Some(entry) = walk.next() {
            // What cannot be walked is named by a sweep.
            let Ok(entry) = entry else { continue };
            if !entry.file_type().is_dir() {
                continue;
            }
            let Ok(metadata) = entry.metadata() else { continue };
            let is_left_out = self.excluded.iter().any(|excluded| entry.path().starts_with(excluded));
            let file = (metadata.dev(), metadata.ino());
            if is_left_out || walked.insert(file, ()).is_some() {
                walk.skip_current_dir();
                continue;
            }
            // A walk lists a folder after it has given it out, so it is watched before.
            if !self.watch_one(entry.path(), false) {
                return false;
            }
        }
        true
    }
}
