//! Watches some roots for changes, using the system's file events.
//!
//! Each folder below a root's `projects/` has its own watch. A new folder is watched first and reported
//! second, so nothing in it can be missed. If a root has no `projects/`, the root itself is watched; if the
//! root does not exist, its parent is. Nothing else is ever watched. Events are queued, each path once, until
//! [`Watch::next`] takes them all.
//!
//! Invariants: no file is opened here. If events may have been missed, [`Events::sweep`] says so. If nothing
//! happens, nothing runs: there is no timer and no polling. An event only says which paths to scan, so an
//! extra event does no harm. Used by the publisher, which also does a full scan now and then and then
//! [covers](Watch::cover) the folders that it found.

use std::collections::{HashMap, HashSet};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use notify::{ErrorKind, RecommendedWatcher, RecursiveMode, Watcher};
use walkdir::WalkDir;

use super::discover::Folder;
use super::events::{EventQueue, EventSet, RootPaths};
use crate::ingest::claude::PROJECTS;
use crate::usage::Exclude;

/// What has happened since the last call of [`Watch::next`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// Transcripts and folders to scan, in order.
    pub paths: Vec<PathBuf>,
    /// Events were lost or a folder could not be watched. Do a full scan.
    pub sweep: bool,
    /// How often events were lost or a watch was refused.
    pub lost: u64,
    /// Whether a [`Waker`] was used.
    pub woken: bool,
}

/// Ends a wait from another thread.
#[derive(Clone, Debug)]
pub struct Waker(Arc<EventQueue>);

impl Waker {
    /// Makes the current wait return at once. If there is no current wait, the next one returns at once.
    pub fn wake(&self) {
        self.0.update(|events| events.woken = true);
    }
}

/// The system cannot watch folders.
#[derive(Debug)]
pub struct WatchError(notify::Error);

impl std::fmt::Display for WatchError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(
            "cannot watch folders: stop other programs that watch folders, or raise fs.inotify.max_user_instances",
        )
    }
}

impl std::error::Error for WatchError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// Watches the folders of some roots.
pub struct Watch {
    watcher: RecommendedWatcher,
    queue: Arc<EventQueue>,
    roots: Vec<PathBuf>,
    excluded: Exclude,
    /// The paths of watched folders by device and inode: the system has one watch per folder.
    watched: HashMap<(u64, u64), PathBuf>,
    /// Whether some folder's watch was refused, which has been logged.
    limited: bool,
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("watched", &self.watched.len()).finish_non_exhaustive()
    }
}

/// The system refused a watch.
struct WatchRefused;

impl Watch {
    /// Watches these roots, whether or not they exist, except excluded folders. Existing files are not
    /// reported, so do a full scan after this.
    pub fn new(roots: Vec<PathBuf>, excluded: Exclude) -> Result<Self, WatchError> {
        let queue = Arc::new(EventQueue::default());
        let paths: Vec<RootPaths> = roots.iter().map(|root| RootPaths::of(root)).collect();
        let watcher = notify::recommended_watcher({
            let queue = Arc::clone(&queue);
            move |event| queue.push(event, &paths)
        });
        let watcher = watcher.map_err(WatchError)?;
        let mut watch = Self { watcher, queue, roots, excluded, watched: HashMap::new(), limited: false };
        for root in watch.roots.clone() {
            watch.limited |= watch.watch_root(&root).is_err();
        }
        watch.unwatch_unneeded();
        Ok(watch)
    }

    /// A handle that ends a wait from another thread.
    pub fn waker(&self) -> Waker {
        Waker(Arc::clone(&self.queue))
    }

    /// Whether some folder could not be watched. Only a full scan sees changes there.
    pub fn is_limited(&self) -> bool {
        self.limited
    }

    /// The watched folders, in no particular order.
    pub fn watched(&self) -> impl Iterator<Item = &Path> {
        self.watched.values().map(PathBuf::as_path)
    }

    /// Waits at most this long until something happens, and returns everything that has.
    pub fn next(&mut self, timeout: Duration) -> Events {
        // A timeout too long for the clock means no deadline.
        let deadline = Instant::now().checked_add(timeout);
        loop {
            let set = self.queue.wait(deadline);
            let timed_out = set == EventSet::default();
            let events = self.process(set);
            if timed_out || events != Events::default() {
                return events;
            }
        }
    }

    /// Adds the missing watches for the folders that a full scan found: those that appeared without an event,
    /// and those whose watch was refused. Returns the folders that were not watched before. Scan them again:
    /// files may have been added to them since the full scan.
    pub fn cover(&mut self, folders: Vec<Folder>) -> Vec<PathBuf> {
        // A scan finds no folders for roots without `projects/`.
        let roots: Vec<PathBuf> =
            self.roots.iter().filter(|root| !root.join(PROJECTS).is_dir()).cloned().collect();
        let mut refused = roots.iter().any(|root| self.watch_root(root).is_err());
        let mut unwatched = Vec::new();
        for Folder { path, file, .. } in folders {
            match self.watch_folder(&path, file, false) {
                Ok(true) => unwatched.push(path),
                Ok(false) => {}
                Err(WatchRefused) => refused = true,
            }
        }
        // While watches are refused, the warning is not repeated.
        self.limited = refused;
        self.unwatch_unneeded();
        unwatched
    }

    /// Watches new folders and returns the paths to scan.
    fn process(&mut self, set: EventSet) -> Events {
        let EventSet { mut paths, mut removed, appeared, lost, woken } = set;
        let (folders, others): (Vec<PathBuf>, Vec<PathBuf>) =
            appeared.into_iter().partition(|path| path.is_dir());
        removed.extend(others.into_iter().filter(|path| !path.exists()));
        for path in &removed {
            // The system removed the watches together with the folders.
            self.watched.retain(|_, watched| !watched.starts_with(path));
        }
        let mut refused = false;
        for root in self.roots.clone() {
            let projects = root.join(PROJECTS);
            for folder in folders.iter().filter(|folder| folder.starts_with(&projects)) {
                refused |= self.watch_below(folder, true).is_err();
            }
            if folders.iter().chain(&removed).any(|path| projects.starts_with(path)) {
                refused |= self.watch_root(&root).is_err();
                self.unwatch_unneeded();
            }
        }
        self.limited |= refused;
        // Report folders only after watching them, so files added after their scan cause events.
        paths.extend(folders);
        paths.extend(removed);
        if lost > 0 {
            tracing::warn!(lost, "file events were lost: doing a full scan");
        }
        let lost = lost + u64::from(refused);
        Events { paths: paths.into_iter().collect(), sweep: lost > 0, lost, woken }
    }

    /// Watches a root's `projects/` with everything below it, or the nearest folder where `projects/` would
    /// appear.
    fn watch_root(&mut self, root: &Path) -> Result<(), WatchRefused> {
        let Some(folder) = nearest_folder(root) else { return Ok(()) };
        if folder == root.join(PROJECTS) {
            self.watch_below(&folder, false)?;
        } else if let Ok(metadata) = folder.metadata() {
            self.watch_folder(&folder, (metadata.dev(), metadata.ino()), false)?;
        }
        // The awaited folder may have appeared before the watch was set.
        if nearest_folder(root).is_none_or(|now| now == folder) { Ok(()) } else { self.watch_root(root) }
    }

    /// Watches a folder and the folders below it. With `again`, also sets watches that are thought to exist.
    fn watch_below(&mut self, folder: &Path, again: bool) -> Result<(), WatchRefused> {
        let mut walked = HashSet::new();
        let mut walk = WalkDir::new(folder).follow_links(true).into_iter();
        while let Some(entry) = walk.next() {
            // A full scan reports what cannot be walked.
            let Ok(entry) = entry else { continue };
            if !entry.file_type().is_dir() {
                continue;
            }
            let Ok(metadata) = entry.metadata() else { continue };
            let file = (metadata.dev(), metadata.ino());
            let is_excluded = self.excluded.covers(entry.path());
            if is_excluded || !walked.insert(file) {
                walk.skip_current_dir();
                continue;
            }
            // The walk returns a folder before listing it, so anything added later causes an event.
            self.watch_folder(entry.path(), file, again)?;
        }
        Ok(())
    }

    /// Watches one folder under one of its paths. Returns whether the folder is newly watched.
    fn watch_folder(&mut self, folder: &Path, file: (u64, u64), again: bool) -> Result<bool, WatchRefused> {
        if let Some(watched) = self.watched.get(&file) {
            let is_same = watched == folder;
            let is_alias = || watched.metadata().is_ok_and(|other| (other.dev(), other.ino()) == file);
            if is_same && !again || !is_same && is_alias() {
                return Ok(false);
            }
        }
        match self.watcher.watch(folder, RecursiveMode::NonRecursive) {
            Ok(()) => {
                self.watched.insert(file, folder.into());
                Ok(true)
            }
            Err(error) if is_about_folder(&error) => {
                tracing::debug!(%error, folder = %folder.display(), "cannot watch a folder");
                Ok(false)
            }
            Err(error) => {
                if !self.limited {
                    let folder = folder.display();
                    tracing::warn!(%error, %folder, "cannot watch all folders: raise fs.inotify.max_user_watches; until then, some changes appear only after the next full scan");
                }
                self.limited = true;
                Err(WatchRefused)
            }
        }
    }

    /// Removes the watches on roots and their parents that no root needs any more.
    fn unwatch_unneeded(&mut self) {
        let needed: HashSet<PathBuf> = self.roots.iter().filter_map(|root| nearest_folder(root)).collect();
        let roots = self.roots.iter();
        let projects: Vec<PathBuf> = roots.clone().map(|root| root.join(PROJECTS)).collect();
        let folders = roots.flat_map(|root| [Some(&**root), root.parent()]).flatten();
        for folder in folders.filter(|&folder| !needed.contains(folder)) {
            let is_below = projects.iter().any(|projects| folder.starts_with(projects));
            let known = self.watched.iter().find(|(_, watched)| *watched == folder).map(|(&file, _)| file);
            if let (false, Some(file)) = (is_below, known) {
                self.watched.remove(&file);
                if let Err(error) = self.watcher.unwatch(folder) {
                    // The system removed it together with its folder.
                    tracing::debug!(%error, "a watch no longer existed");
                }
            }
        }
    }
}

/// The folder to watch for a root: its `projects/`, or the nearest folder above where it would appear.
fn nearest_folder(root: &Path) -> Option<PathBuf> {
    let projects = root.join(PROJECTS);
    let folders = [Some(&*projects), Some(root), root.parent()];
    folders.into_iter().flatten().find(|folder| folder.is_dir()).map(Path::to_owned)
}

/// Whether a watch failed because of the folder, not because of a limit: the folder is gone or cannot be
/// read.
fn is_about_folder(error: &notify::Error) -> bool {
    match &error.kind {
        ErrorKind::PathNotFound | ErrorKind::WatchNotFound => true,
        ErrorKind::Io(source) => {
            matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied)
        }
        _ => false,
    }
}
