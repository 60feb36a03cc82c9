//! Where something has happened below some roots, as the system tells it.
//!
//! Each folder below a root's `projects/` has a watch of its own, so that a new one is watched, and then
//! reported to be looked at, before anything in it can be missed. Of a root without `projects/` the root
//! itself is watched, and of one that is not there the folder it would be in; nothing else ever is. What the
//! system reports is gathered, once each, until [`Watch::next`] takes all of it.
//!
//! Invariants: no file is opened here; what may have been missed is told, by [`Events::sweep`]; where nothing
//! happens nothing runs, there is no timer and no polling. What is reported is only where to look: a report
//! too many does no harm. Used by the publisher, which sweeps now and then in any case and then
//! [covers](Watch::cover) what it met.

use std::collections::{HashMap, HashSet};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use notify::{ErrorKind, RecommendedWatcher, RecursiveMode, Watcher};
use walkdir::WalkDir;

use super::discover::Folder;
use super::gathered::{Gathered, Gathering, Place};
use crate::ingest::claude::PROJECTS;
use crate::usage::Exclude;

/// What has happened since it was last asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// Transcripts and folders to look at, in order.
    pub paths: Vec<PathBuf>,
    /// Events were lost or a folder could not be watched: everything is to be looked at.
    pub sweep: bool,
    /// How often events were lost or a watch was refused.
    pub lost: u64,
    /// A [`Waker`] was used.
    pub woken: bool,
}

/// Ends a wait from another thread.
#[derive(Clone, Debug)]
pub struct Waker(Arc<Gathering>);

impl Waker {
    /// Lets the wait that is under way, or else the next one, return at once.
    pub fn wake(&self) {
        self.0.add(|gathered| gathered.woken = true);
    }
}

/// The system gives no way to watch folders.
#[derive(Debug)]
pub struct WatchError(notify::Error);

impl std::fmt::Display for WatchError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(
            "cannot watch folders: end other programs that do, or raise fs.inotify.max_user_instances",
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
    gathering: Arc<Gathering>,
    roots: Vec<PathBuf>,
    excluded: Exclude,
    /// The paths of watched folders by device and inode: the system knows one watch a folder.
    watched: HashMap<(u64, u64), PathBuf>,
    /// Some folder's watch was refused, and it was said so.
    limited: bool,
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("watched", &self.watched.len()).finish_non_exhaustive()
    }
}

/// A watch was refused.
struct Refused;

impl Watch {
    /// Watches these roots, there or not, but for excluded folders. What is there already is not reported:
    /// sweep once after this.
    pub fn new(roots: Vec<PathBuf>, excluded: Exclude) -> Result<Self, WatchError> {
        let gathering = Arc::new(Gathering::default());
        let gatherer = Arc::clone(&gathering);
        let places: Vec<Place> = roots.iter().map(|root| Place::of(root)).collect();
        let watcher = notify::recommended_watcher(move |event| gatherer.take_in(event, &places));
        let watcher = watcher.map_err(WatchError)?;
        let mut watch = Self { watcher, gathering, roots, excluded, watched: HashMap::new(), limited: false };
        for root in watch.roots.clone() {
            watch.limited |= watch.watch_root(&root).is_err();
        }
        watch.leave_outposts();
        Ok(watch)
    }

    /// What ends a wait from another thread.
    pub fn waker(&self) -> Waker {
        Waker(Arc::clone(&self.gathering))
    }

    /// Whether some folder could not be watched, so that only a sweep sees what happens there.
    pub fn is_limited(&self) -> bool {
        self.limited
    }

    /// The watched folders, in no order.
    pub fn watched(&self) -> impl Iterator<Item = &Path> {
        self.watched.values().map(PathBuf::as_path)
    }

    /// Waits until something happens, but no longer than this, and gives out all that has.
    pub fn next(&mut self, timeout: Duration) -> Events {
        // A time beyond what the clock can tell is none.
        let until = Instant::now().checked_add(timeout);
        loop {
            let gathered = self.gathering.wait(until);
            let timed_out = gathered == Gathered::default();
            let events = self.attend(gathered);
            if timed_out || events != Events::default() {
                return events;
            }
        }
    }

    /// Sets the watches that are missing of folders which a look at everything met: of those that appeared
    /// unseen, and of those that were refused. Gives out the folders that were not watched before: what came
    /// into them after that look is to be looked for.
    pub fn cover(&mut self, folders: Vec<Folder>) -> Vec<PathBuf> {
        // A look tells nothing of roots without `projects/`.
        let roots: Vec<PathBuf> =
            self.roots.iter().filter(|root| !root.join(PROJECTS).is_dir()).cloned().collect();
        let mut refused = roots.iter().any(|root| self.watch_root(root).is_err());
        let mut unwatched = Vec::new();
        for Folder { path, file, .. } in folders {
            match self.watch_one(&path, file, false) {
                Ok(true) => unwatched.push(path),
                Ok(false) => {}
                Err(Refused) => refused = true,
            }
        }
        // What was said once is not said again while it lasts.
        self.limited = refused;
        self.leave_outposts();
        unwatched
    }

    /// Watches what is new and says where to look.
    fn attend(&mut self, gathered: Gathered) -> Events {
        let Gathered { mut paths, mut removed, appeared, lost, woken } = gathered;
        let (folders, others): (Vec<PathBuf>, Vec<PathBuf>) =
            appeared.into_iter().partition(|path| path.is_dir());
        removed.extend(others.into_iter().filter(|path| !path.exists()));
        for path in &removed {
            // The system's watches went with the folders.
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
                self.leave_outposts();
            }
        }
        self.limited |= refused;
        // Only now, so that what comes into a folder after it was looked at is reported.
        paths.extend(folders);
        paths.extend(removed);
        if lost > 0 {
            tracing::warn!(lost, "events of watched folders were lost: looking at everything");
        }
        let lost = lost + u64::from(refused);
        Events { paths: paths.into_iter().collect(), sweep: lost > 0, lost, woken }
    }

    /// Watches what there is of a root.
    fn watch_root(&mut self, root: &Path) -> Result<(), Refused> {
        let Some(folder) = nearest(root) else { return Ok(()) };
        if folder == root.join(PROJECTS) {
            self.watch_below(&folder, false)?;
        } else if let Ok(metadata) = folder.metadata() {
            self.watch_one(&folder, (metadata.dev(), metadata.ino()), false)?;
        }
        // What it is watched for may have come before its watch was set.
        if nearest(root).is_none_or(|now| now == folder) { Ok(()) } else { self.watch_root(root) }
    }

    /// Watches a folder and those below it; `again` also those that are known to be watched.
    fn watch_below(&mut self, folder: &Path, again: bool) -> Result<(), Refused> {
        let mut walked = HashSet::new();
        let mut walk = WalkDir::new(folder).follow_links(true).into_iter();
        while let Some(entry) = walk.next() {
            // What cannot be walked is named by a sweep.
            let Ok(entry) = entry else { continue };
            if !entry.file_type().is_dir() {
                continue;
            }
            let Ok(metadata) = entry.metadata() else { continue };
            let file = (metadata.dev(), metadata.ino());
            let is_left_out = self.excluded.covers(entry.path());
            if is_left_out || !walked.insert(file) {
                walk.skip_current_dir();
                continue;
            }
            // A walk gives a folder out before it lists it: what comes later is reported.
            self.watch_one(entry.path(), file, again)?;
        }
        Ok(())
    }

    /// Watches one folder under one of its paths. Whether it was not watched before and is now.
    fn watch_one(&mut self, folder: &Path, file: (u64, u64), again: bool) -> Result<bool, Refused> {
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
            Err(error) if is_nobodys_limit(&error) => {
                tracing::debug!(%error, folder = %folder.display(), "cannot watch a folder");
                Ok(false)
            }
            Err(error) => {
                if !self.limited {
                    let folder = folder.display();
                    tracing::warn!(%error, %folder, "not all folders can be watched: raise fs.inotify.max_user_watches; until then changes show after the next sweep");
                }
                self.limited = true;
                Err(Refused)
            }
        }
    }

    /// Gives up the watches beside and above the `projects/` folders that no root needs any more.
    fn leave_outposts(&mut self) {
        let needed: HashSet<PathBuf> = self.roots.iter().filter_map(|root| nearest(root)).collect();
        let roots = self.roots.iter();
        let below: Vec<PathBuf> = roots.clone().map(|root| root.join(PROJECTS)).collect();
        let outposts = roots.flat_map(|root| [Some(&**root), root.parent()]).flatten();
        for outpost in outposts.filter(|&outpost| !needed.contains(outpost)) {
            let is_below = below.iter().any(|projects| outpost.starts_with(projects));
            let known = self.watched.iter().find(|(_, watched)| *watched == outpost).map(|(&file, _)| file);
            if let (false, Some(file)) = (is_below, known) {
                self.watched.remove(&file);
                if let Err(error) = self.watcher.unwatch(outpost) {
                    // It went with its folder.
                    tracing::debug!(%error, "a watch was gone already");
                }
            }
        }
    }
}

/// The folder to watch for a root: its `projects/`, or what they would appear in.
fn nearest(root: &Path) -> Option<PathBuf> {
    let projects = root.join(PROJECTS);
    let places = [Some(&*projects), Some(root), root.parent()];
    places.into_iter().flatten().find(|folder| folder.is_dir()).map(Path::to_owned)
}

/// Whether a watch failed for the folder's own reasons: it is gone, or may not be looked into.
fn is_nobodys_limit(error: &notify::Error) -> bool {
    match &error.kind {
        ErrorKind::PathNotFound | ErrorKind::WatchNotFound => true,
        ErrorKind::Io(source) => {
            matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied)
        }
        _ => false,
    }
}
