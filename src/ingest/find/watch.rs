//! Where something has happened below some roots, as the system reports it.
//!
//! Each folder below a root's `projects/` has a watch of its own. A new folder is watched and then reported, so nothing
//! in it is missed. If a root has no `projects/`, the root itself is watched, and if the root is missing, the folder it
//! would be in. What the system reports is gathered, each path once, until [`Watch::next`] takes it.
//!
//! Invariants: no file is opened here. What may have been missed is reported by [`Events::needs_full_scan`], and what cannot be
//! watched by [`Watch::obstacle`]: then only scanning finds changes. If nothing happens, nothing runs. A report only says
//! where to look, so one too many does no harm. The cost of an event does not depend on how many folders are watched.
//! Used by the publisher, which scans now and then in any case and then [covers](Watch::add_folders) what it found.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use walkdir::WalkDir;

use super::discover::Folder;
use super::events::{EventSet, RootPaths};
use super::system::{Event, Id, Obstacle, Refusal, System, Waker};
use crate::ingest::claude::PROJECTS;
use crate::usage::Exclude;

/// What has happened since it was last asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// Transcripts and folders to look at, in order.
    pub paths: Vec<PathBuf>,
    /// Folders [beside](Watch::watch_beside) the roots in which something appeared.
    pub beside: Vec<Beside>,
    /// Events were lost or a folder could not be watched: scan everything.
    pub needs_full_scan: bool,
    /// How often events were lost or a watch was refused.
    pub lost: u64,
    /// A [`Waker`] was used.
    pub woken: bool,
}

/// A folder beside the roots in which other programs leave things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beside(usize);

/// Watches the folders of some roots.
pub struct Watch {
    system: System,
    roots: Vec<PathBuf>,
    root_paths: Vec<RootPaths>,
    excluded: Exclude,
    watched: Watched,
    /// Watches of folders beside the roots, `None` if one was refused.
    beside: Vec<Option<Id>>,
    /// Folders that could not be watched when they were last met.
    unwatched: HashSet<PathBuf>,
    /// Why the last of them could not be.
    obstacle: Option<Obstacle>,
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("watched", &self.watched.by_id.len()).finish_non_exhaustive()
    }
}

impl Watch {
    /// Watches these roots, whether they exist or not, except excluded folders. What is there already is not reported:
    /// scan once after this.
    pub fn new(roots: Vec<PathBuf>, excluded: Exclude) -> Self {
        let root_paths = roots.iter().map(|root| RootPaths::of(root)).collect();
        let mut watch = Self {
            system: System::new(),
            roots,
            root_paths,
            excluded,
            watched: Watched::default(),
            beside: Vec::new(),
            unwatched: HashSet::new(),
            obstacle: None,
        };
        for root in watch.roots.clone() {
            watch.watch_root(&root);
        }
        watch.leave_outposts();
        watch
    }

    /// What ends a wait from another thread.
    pub fn waker(&self) -> Waker {
        self.system.waker()
    }

    /// Also reports what appears in a folder that has nothing to do with the roots. The folder must exist.
    pub fn watch_beside(&mut self, folder: &Path) -> Beside {
        self.beside.push(self.system.add(folder).ok());
        Beside(self.beside.len() - 1)
    }

    /// Whether the system reports what appears in such a folder; if not, look there now and then.
    pub fn is_watched(&self, Beside(index): Beside) -> bool {
        self.beside[index].is_some()
    }

    /// Why some folder could not be watched, so that only scanning finds what happens there; `None` if all are.
    pub fn obstacle(&self) -> Option<Obstacle> {
        self.obstacle
    }

    /// How many folders could not be watched when they were last met.
    pub fn unwatched(&self) -> usize {
        self.unwatched.len()
    }

    /// Whether changes in a folder are found by scanning alone.
    pub fn is_unwatched(&self, folder: &Path) -> bool {
        self.unwatched.contains(folder)
    }

    /// The watched folders, in the order of their paths.
    pub fn watched(&self) -> impl Iterator<Item = &Path> {
        self.watched.by_path.keys().map(PathBuf::as_path)
    }

    /// Waits until something happens, but no longer than this, and gives out all that has.
    pub fn next(&mut self, timeout: Duration) -> Events {
        // If the clock cannot express the time, there is no limit.
        let until = Instant::now().checked_add(timeout);
        loop {
            let mut set = EventSet::default();
            let (watched, roots, beside) = (&mut self.watched, &self.root_paths, &mut self.beside);
            let woken = self.system.wait(until, |event| take(&event, &mut set, watched, roots, beside));
            let timed_out = !woken && set == EventSet::default();
            let events = self.attend(set, woken);
            if events != Events::default() || timed_out && until.is_some_and(|until| Instant::now() >= until)
            {
                return events;
            }
        }
    }

    /// Sets the watches that are missing of the folders that a scan met: those that appeared unseen, and those that
    /// were refused. Gives out the folders that are watched from now on: look there again for what came after the scan.
    pub fn add_folders(&mut self, folders: Vec<Folder>) -> Vec<PathBuf> {
        self.unwatched.clear();
        self.obstacle = None;
        let mut added = Vec::new();
        for Folder { path, file, .. } in folders {
            if self.watch_one(&path, file) {
                added.push(path);
            }
        }
        // A scan says nothing of roots without `projects/`, nor of one that appeared after it had looked there.
        for root in self.roots.clone() {
            let projects = root.join(PROJECTS);
            if self.is_watched_now(&projects) || self.unwatched.contains(&projects) {
                continue;
            }
            self.watch_root(&root);
            if self.is_watched_now(&projects) {
                added.push(projects);
            }
        }
        self.leave_outposts();
        added
    }

    /// Watches what is new and says where to look.
    fn attend(&mut self, set: EventSet, woken: bool) -> Events {
        let EventSet { mut paths, mut removed, appeared, beside, lost } = set;
        let (folders, others): (Vec<PathBuf>, Vec<PathBuf>) =
            appeared.into_iter().partition(|path| path.is_dir());
        removed.extend(others.into_iter().filter(|path| !path.exists()));
        for path in &removed {
            for id in self.watched.remove_below(path) {
                self.system.remove(id);
            }
        }
        let refused = self.unwatched.len();
        for root in self.roots.clone() {
            let projects = root.join(PROJECTS);
            for folder in folders.iter().filter(|folder| folder.starts_with(&projects)) {
                self.watch_below(&projects, folder);
            }
            if folders.iter().chain(&removed).any(|path| projects.starts_with(path)) {
                self.watch_root(&root);
                self.leave_outposts();
            }
        }
        let refused = self.unwatched.len() > refused;
        // After the watches are set, so that what comes into a folder later is reported.
        paths.extend(folders);
        paths.extend(removed);
        if lost > 0 {
            tracing::warn!(lost, "events of watched folders were lost: scanning everything");
        }
        let lost = lost + u64::from(refused);
        Events {
            paths: paths.into_iter().collect(),
            beside: beside.into_iter().map(Beside).collect(),
            needs_full_scan: lost > 0,
            lost,
            woken,
        }
    }

    /// Watches what exists of a root.
    fn watch_root(&mut self, root: &Path) {
        let Some(folder) = nearest(root) else { return };
        if folder == root.join(PROJECTS) {
            self.watch_below(&folder, &folder);
        } else if let Ok(metadata) = folder.metadata() {
            self.watch_one(&folder, (metadata.dev(), metadata.ino()));
        }
        // What it is watched for may have come before its watch was set.
        if nearest(root).is_some_and(|now| now != folder) {
            self.watch_root(root);
        }
    }

    /// Watches a folder, which is `projects` or lies below it, and those below it.
    fn watch_below(&mut self, projects: &Path, folder: &Path) {
        let mut walked = HashSet::new();
        let mut walk = WalkDir::new(folder).follow_links(true).into_iter();
        while let Some(entry) = walk.next() {
            // What cannot be walked is named by a scan.
            let Ok(entry) = entry else { continue };
            if !entry.file_type().is_dir() {
                continue;
            }
            let Ok(metadata) = entry.metadata() else { continue };
            let file = (metadata.dev(), metadata.ino());
            if self.excluded.covers(projects, entry.path()) || !walked.insert(file) {
                walk.skip_current_dir();
                continue;
            }
            // A walk gives a folder out before it lists it: what comes later is reported.
            self.watch_one(entry.path(), file);
        }
    }

    /// Watches one folder under one of its paths. Says whether it was not watched before and is now.
    fn watch_one(&mut self, folder: &Path, file: (u64, u64)) -> bool {
        if let Some((id, known)) = self.watched.of_file(file) {
            let leads_there = || known.metadata().is_ok_and(|other| (other.dev(), other.ino()) == file);
            if known == folder || leads_there() {
                return false;
            }
            // It was moved.
            self.watched.remove(id);
            self.system.remove(id);
        }
        match self.system.add(folder) {
            Ok(id) => {
                self.watched.insert(id, folder, file);
                true
            }
            Err(Refusal::Folder) => false,
            Err(Refusal::Obstacle(obstacle)) => {
                if self.obstacle != Some(obstacle) {
                    tracing::warn!(folder = %folder.display(), "not all folders are watched, so they are polled: {obstacle}");
                }
                self.obstacle = Some(obstacle);
                self.unwatched.insert(folder.into());
                false
            }
        }
    }

    /// Whether a folder is there and watched, under whichever of its paths.
    fn is_watched_now(&self, folder: &Path) -> bool {
        folder
            .metadata()
            .is_ok_and(|metadata| self.watched.of_file((metadata.dev(), metadata.ino())).is_some())
    }

    /// Gives up the watches above `projects/` folders that are watched. Until they are, the event that one appeared may
    /// still be on its way.
    fn leave_outposts(&mut self) {
        let mut needed = HashSet::new();
        for root in &self.roots {
            for place in places(root).filter(|place| place.is_dir()) {
                let is_watched = self.is_watched_now(&place);
                needed.insert(place);
                if is_watched {
                    break;
                }
            }
        }
        let roots = self.roots.iter();
        let below: Vec<PathBuf> = roots.clone().map(|root| root.join(PROJECTS)).collect();
        let outposts = roots.flat_map(|root| [Some(&**root), root.parent()]).flatten();
        for outpost in outposts.filter(|&outpost| !needed.contains(outpost)) {
            let is_below = below.iter().any(|projects| outpost.starts_with(projects));
            if let (false, Some(&id)) = (is_below, self.watched.by_path.get(outpost)) {
                self.watched.remove(id);
                self.system.remove(id);
            }
        }
    }
}

/// Takes an event into a set.
fn take(
    event: &Event<'_>,
    set: &mut EventSet,
    watched: &mut Watched,
    roots: &[RootPaths],
    beside: &mut [Option<Id>],
) {
    let (id, name, what) = match *event {
        Event::Lost => return set.lost += 1,
        Event::Ended(id) => {
            // From now on it is looked at now and then, until the publisher starts again.
            beside.iter_mut().filter(|known| **known == Some(id)).for_each(|known| *known = None);
            return watched.remove(id);
        }
        Event::Itself(id, what) => (id, None, what),
        Event::Entry(id, name, what) => (id, Some(name), what),
    };
    if let Some(index) = beside.iter().position(|&known| known == Some(id)) {
        set.beside.insert(index);
    }
    // A watch that is given up may still have events in the queue.
    let Some((folder, _)) = watched.by_id.get(&id) else { return };
    let path = name.map_or_else(|| folder.clone(), |name| folder.join(name));
    if roots.iter().any(|root| root.concern(&path)) {
        set.add(what, path);
    }
}

/// The watched folders: by watch, by path, and by device and inode, because the system has one watch per folder.
#[derive(Debug, Default)]
struct Watched {
    by_id: HashMap<Id, (PathBuf, (u64, u64))>,
    by_path: BTreeMap<PathBuf, Id>,
    by_file: HashMap<(u64, u64), Id>,
}

impl Watched {
    fn insert(&mut self, id: Id, path: &Path, file: (u64, u64)) {
        self.remove(id);
        if let Some(&other) = self.by_path.get(path) {
            self.remove(other);
        }
        self.by_id.insert(id, (path.into(), file));
        self.by_path.insert(path.into(), id);
        self.by_file.insert(file, id);
    }

    fn remove(&mut self, id: Id) {
        if let Some((path, file)) = self.by_id.remove(&id) {
            self.by_path.remove(&path);
            self.by_file.remove(&file);
        }
    }

    /// Forgets a folder and those below it; gives out their watches.
    fn remove_below(&mut self, path: &Path) -> Vec<Id> {
        let below = self.by_path.range(path.to_owned()..).take_while(|(known, _)| known.starts_with(path));
        let ids: Vec<Id> = below.map(|(_, &id)| id).collect();
        ids.iter().for_each(|&id| self.remove(id));
        ids
    }

    fn of_file(&self, file: (u64, u64)) -> Option<(Id, PathBuf)> {
        let &id = self.by_file.get(&file)?;
        self.by_id.get(&id).map(|(path, _)| (id, path.clone()))
    }
}

/// The folder to watch for a root: the first of its places that exists.
fn nearest(root: &Path) -> Option<PathBuf> {
    places(root).find(|folder| folder.is_dir())
}

/// Where `projects/` is or would appear: itself, the root, the folder that the root would appear in.
fn places(root: &Path) -> impl Iterator<Item = PathBuf> {
    [Some(root.join(PROJECTS)), Some(root.into()), root.parent().map(Path::to_owned)].into_iter().flatten()
}
