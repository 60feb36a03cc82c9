//! Finds the transcripts below some roots.
//!
//! Invariant: the result depends on which files exist, never on the order in which a folder lists them. A
//! file that several paths lead to is listed once, under the lowest of them, and a folder is walked once per
//! root. Everything that cannot be read is reported with its reason. No file is opened here. Several threads
//! walk if the result is the same.

use std::collections::HashSet;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use walkdir::{DirEntry, WalkDir};

use super::roots::Root;
use super::skipped::SkippedPath;
use crate::ingest::claude::{self, NO_PROJECT};
use crate::ingest::threads::default_threads;
use crate::usage::{Exclude, project_key};

/// With fewer entries than this, threads cost more than they gain.
const MIN_ENTRIES: usize = 8;

/// More threads than this only wait for the file system.
const MAX_THREADS: usize = 4;

/// A file that may hold usage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcript {
    /// Where it is.
    pub path: PathBuf,
    /// The project's key: the first folder below `projects/`, or [`NO_PROJECT`].
    pub project: Arc<str>,
    /// The session of records that do not name one, taken from the file's name.
    pub session: Arc<str>,
    /// Its device number.
    pub device: u64,
    /// Its inode number.
    pub inode: u64,
    /// Its length when it was found, in bytes.
    pub bytes: u64,
    /// Its modification time when it was found, in nanoseconds UTC.
    pub modified_ns: i64,
}

/// A folder that may hold transcripts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// Where it is.
    pub path: PathBuf,
    /// Its device and inode numbers.
    pub file: (u64, u64),
    /// When an entry was last added or removed, or the folder itself changed, in nanoseconds UTC.
    pub changed_ns: i64,
}

/// The transcripts found, and the paths that could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discovery {
    /// In path order.
    pub transcripts: Vec<Transcript>,
    /// The folders that were walked, each under the path by which it was reached.
    pub folders: Vec<Folder>,
    /// In path order.
    pub skipped: Vec<SkippedPath>,
    /// Links, and further paths to known files and folders. Their targets can change without a visible change
    /// here.
    pub(super) aliases: Vec<Alias>,
}

/// A path to a file or folder that has another path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Alias {
    pub(super) path: PathBuf,
    /// The target's device and inode numbers, and whether it is a folder, because numbers are reused.
    pub(super) target: (u64, u64, bool),
}

impl Alias {
    /// The target with this metadata.
    pub(super) fn target(metadata: &Metadata) -> (u64, u64, bool) {
        (metadata.dev(), metadata.ino(), metadata.is_dir())
    }
}

/// Finds every `*.jsonl` below the `projects/` of these roots, following links.
pub fn discover(roots: &[Root]) -> Discovery {
    let mut found = Discovery::default();
    for root in roots {
        let projects = root.projects();
        scan_below(&projects, &projects, &Exclude::default(), &mut found);
    }
    found.normalize();
    found
}

impl Discovery {
    fn append(&mut self, mut other: Self) {
        self.transcripts.append(&mut other.transcripts);
        self.folders.append(&mut other.folders);
        self.skipped.append(&mut other.skipped);
        self.aliases.append(&mut other.aliases);
    }

    /// Sorts the result and lists every file once.
    pub(in crate::ingest) fn normalize(&mut self) {
        let Self { transcripts, skipped, aliases, .. } = self;
        transcripts.sort_by(|a, b| a.path.cmp(&b.path));
        let mut seen = HashSet::new();
        transcripts.retain(|Transcript { path, device, inode, .. }| {
            let is_first = seen.insert((*device, *inode));
            if !is_first {
                aliases.push(Alias { path: path.clone(), target: (*device, *inode, false) });
            }
            is_first
        });
        skipped.sort();
        skipped.dedup();
    }

    /// The same for a result put together from several scans. Returns false if more than one path leads to a
    /// file or folder, because a single scan might have reached it by a different path.
    pub(super) fn normalize_parts(&mut self) -> bool {
        self.normalize();
        self.folders.sort_by(|a, b| a.path.cmp(&b.path));
        let mut seen = HashSet::new();
        self.aliases.is_empty() && self.folders.iter().all(|folder| seen.insert(folder.file))
    }
}

/// Adds what is at and below `start`, which is `projects` or a path below it.
pub(in crate::ingest) fn scan_below(
    projects: &Path,
    start: &Path,
    excluded: &Exclude,
    found: &mut Discovery,
) {
    if start == projects
        && let Some(all) = scan_on_threads(projects, excluded)
    {
        return found.append(all);
    }
    // Folders above count as walked, so a link to a parent folder is not followed.
    let above = start.ancestors().skip(1).take_while(|above| above.starts_with(projects));
    let mut folders: HashSet<(u64, u64)> =
        above.filter_map(|above| above.metadata().ok()).map(|above| (above.dev(), above.ino())).collect();
    let mut walk = Walk { projects, start, excluded, folders: &mut folders, found };
    // A walk that follows links never stops early.
    let _complete = walk.run(Links::Follow);
}

/// What a walk does with links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Links {
    Follow,
    /// Stop the walk at the first link.
    Stop,
}

/// Scans everything below `projects`, sharing its folders among threads.
///
/// `None` if the result could differ from that of one walk in name order: if a folder is reached twice, by a
/// link or otherwise, or if `projects` itself cannot be read.
fn scan_on_threads(projects: &Path, excluded: &Exclude) -> Option<Discovery> {
    let entries: Vec<_> = projects.read_dir().ok()?.collect::<Result<_, _>>().ok()?;
    let kinds: Vec<_> = entries.iter().map(|entry| entry.file_type()).collect::<Result<_, _>>().ok()?;
    if entries.len() < MIN_ENTRIES
        || kinds.iter().any(|kind| kind.is_symlink())
        || excluded.covers(projects, projects)
    {
        return None;
    }
    let metadata = projects.metadata().ok()?;
    let above = (metadata.dev(), metadata.ino());
    let next = AtomicUsize::new(0);
    let share = || {
        let (mut found, mut folders) = (Discovery::default(), HashSet::from([above]));
        while let Some(entry) = entries.get(next.fetch_add(1, Ordering::Relaxed)) {
            let start = &entry.path();
            Walk { projects, start, excluded, folders: &mut folders, found: &mut found }.run(Links::Stop)?;
        }
        Some(found)
    };
    let threads = default_threads().get().min(MAX_THREADS);
    let shares: Vec<Option<Discovery>> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(share)).collect();
        let first = share();
        let others = others.into_iter().map(|other| other.join().expect("walking does not panic"));
        others.chain([first]).collect()
    });
    let mut all = Discovery::default();
    all.folders.push(Folder { path: projects.into(), file: above, changed_ns: changed_ns(&metadata) });
    for share in shares {
        all.append(share?);
    }
    all.folders.sort_by(|a, b| a.path.cmp(&b.path));
    let mut files = HashSet::new();
    all.folders.iter().all(|folder| files.insert(folder.file)).then_some(all)
}

/// A walk over everything at and below a path.
struct Walk<'a> {
    projects: &'a Path,
    start: &'a Path,
    excluded: &'a Exclude,
    /// Folders that must not be walked again.
    folders: &'a mut HashSet<(u64, u64)>,
    found: &'a mut Discovery,
}

impl Walk<'_> {
    /// Adds everything. `None` if a link stopped the walk.
    fn run(&mut self, links: Links) -> Option<()> {
        // In name order, so a folder is first reached by the lowest of its paths.
        let mut walk = WalkDir::new(self.start).follow_links(true).sort_by_file_name().into_iter();
        while let Some(entry) = walk.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) if links == Links::Stop && error.loop_ancestor().is_some() => return None,
                Err(error) => {
                    self.found.skipped.push(SkippedPath::unwalkable(&error, self.start));
                    continue;
                }
            };
            if links == Links::Stop && entry.path_is_symlink() {
                return None;
            }
            if !self.add(entry) {
                walk.skip_current_dir();
            }
        }
        Some(())
    }

    /// Adds an entry. Returns false if it is a folder that must not be walked.
    fn add(&mut self, entry: DirEntry) -> bool {
        let found = &mut *self.found;
        let is_folder = entry.file_type().is_dir();
        if entry.path_is_symlink()
            && let Ok(metadata) = entry.metadata()
        {
            let target = Alias::target(&metadata);
            found.aliases.push(Alias { path: entry.path().into(), target });
        }
        let is_named = entry.path() != self.projects && claude::is_transcript_name(entry.file_name());
        if !is_folder && !is_named {
            return true;
        }
        if self.excluded.covers(self.projects, entry.path()) {
            return !is_folder;
        }
        match entry.metadata() {
            Ok(metadata) if is_folder => {
                if is_named {
                    found
                        .skipped
                        .push(SkippedPath::because(entry.path(), "it is a folder with a transcript's name"));
                    return false;
                }
                let file = (metadata.dev(), metadata.ino());
                if !self.folders.insert(file) {
                    let target = Alias::target(&metadata);
                    found.aliases.push(Alias { path: entry.into_path(), target });
                    return false;
                }
                let changed_ns = changed_ns(&metadata);
                found.folders.push(Folder { path: entry.into_path(), file, changed_ns });
            }
            Ok(metadata) if metadata.is_file() => {
                found.transcripts.push(Transcript {
                    project: project(&entry, self.projects),
                    session: claude::session_of(entry.path()),
                    device: metadata.dev(),
                    inode: metadata.ino(),
                    bytes: metadata.len(),
                    modified_ns: modified_ns(&metadata),
                    path: entry.into_path(),
                });
            }
            Ok(_) => found.skipped.push(SkippedPath::because(entry.path(), "it is not a regular file")),
            Err(error) => found.skipped.push(SkippedPath::unwalkable(&error, self.start)),
        }
        true
    }
}

/// The first folder below `projects`.
fn project(entry: &DirEntry, projects: &Path) -> Arc<str> {
    let below = entry.path().strip_prefix(projects).unwrap_or(entry.path());
    let mut below = below.components();
    match below.next() {
        Some(first) if below.next().is_some() => project_key(&first.as_os_str().to_string_lossy()),
        _ => NO_PROJECT.into(),
    }
}

/// A file's modification time, in nanoseconds UTC. A time out of range reads as the nearest bound.
pub(in crate::ingest) fn modified_ns(metadata: &Metadata) -> i64 {
    metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec())
}

/// When a folder's entries or its metadata last changed, in nanoseconds UTC.
pub(super) fn changed_ns(metadata: &Metadata) -> i64 {
    // A program that copies folders may set their modification time back, which updates the change time. Some
    // file systems return the creation time as the change time. So take the later of the two.
    let changed_ns = metadata.ctime().saturating_mul(1_000_000_000).saturating_add(metadata.ctime_nsec());
    changed_ns.max(modified_ns(metadata))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    /// Projects in folders of several depths, and files beside them.
    fn projects() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for project in 0..20 {
            let below = folder.path().join(format!("p{project}"));
            fs::create_dir_all(below.join("session/subagents")).unwrap();
            for name in ["b.jsonl", "a.jsonl", "notes.txt", "session/subagents/agent.jsonl"] {
                fs::write(below.join(name), name).unwrap();
            }
        }
        fs::write(folder.path().join("lone.jsonl"), "").unwrap();
        fs::create_dir(folder.path().join("named.jsonl")).unwrap();
        folder
    }

    fn one_walk(projects: &Path, excluded: &Exclude) -> Discovery {
        let (mut found, mut folders) = (Discovery::default(), HashSet::new());
        let mut walk = Walk { projects, start: projects, excluded, folders: &mut folders, found: &mut found };
        walk.run(Links::Follow).unwrap();
        found.normalize();
        found
    }

    #[test]
    fn threads_find_what_one_walk_finds() {
        let folder = projects();
        let excluded = Exclude::new(&[folder.path().join("p3"), folder.path().join("p4/session")]).unwrap();
        let mut found = scan_on_threads(folder.path(), &excluded).expect("no links");
        found.normalize();
        let mut expected = one_walk(folder.path(), &excluded);
        assert_eq!((found.transcripts.len(), found.skipped.len()), (57, 1));
        expected.folders.sort_by(|a, b| a.path.cmp(&b.path));
        assert_eq!(found, expected);
    }

    #[test]
    fn with_a_link_anywhere_one_walk_decides_the_order() {
        for link in ["p7/session/linked", "linked"] {
            let folder = projects();
            symlink(folder.path().join("p1"), folder.path().join(link)).unwrap();
            assert_eq!(scan_on_threads(folder.path(), &Exclude::default()), None, "{link}");
            let mut found = Discovery::default();
            scan_below(folder.path(), folder.path(), &Exclude::default(), &mut found);
            found.normalize();
            assert_eq!(found, one_walk(folder.path(), &Exclude::default()), "{link}");
        }
    }
}
