//! The transcripts below some roots.
//!
//! Invariant: the result depends on what is there, never on the order a folder lists it in. A file that
//! several paths lead to is taken once, under the lowest of them; a folder is walked once a root. What cannot
//! be taken is named with its reason, and nothing is opened here. Several threads walk where that cannot show.

use std::collections::HashSet;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use walkdir::{DirEntry, WalkDir};

use super::roots::Root;
use super::skipped::Skipped;
use crate::ingest::claude::{self, NO_PROJECT};
use crate::ingest::threads::default_threads;
use crate::usage::Exclude;

/// Below as many entries threads would not pay.
const FEW_FOLDERS: usize = 8;

/// More threads wait for the file system rather than for each other.
const MOST_THREADS: usize = 4;

/// A file that may hold usage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcript {
    /// Where it is.
    pub path: PathBuf,
    /// The project's key: the first folder below `projects/`, or [`NO_PROJECT`].
    pub project: Arc<str>,
    /// The session of records that name none, from the file's name.
    pub session: Arc<str>,
    /// Device it lies on.
    pub device: u64,
    /// Its number there.
    pub inode: u64,
    /// Its length when it was found, in bytes.
    pub bytes: u64,
    /// When it was last written to then, in nanoseconds UTC.
    pub modified_ns: i64,
}

/// A folder that may hold transcripts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// Where it is.
    pub path: PathBuf,
    /// Its device, and its number there.
    pub file: (u64, u64),
    /// When something last came into it or left it, or itself was changed, in nanoseconds UTC.
    pub changed_ns: i64,
}

/// The transcripts found, and what could not be taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discovery {
    /// In the order of their paths.
    pub transcripts: Vec<Transcript>,
    /// The folders that were walked, each under the path it was met by.
    pub folders: Vec<Folder>,
    /// In the order of their paths.
    pub skipped: Vec<Skipped>,
    /// Links of all kinds, and what was met before: what they lead to may change without a trace here.
    pub(super) aliases: Vec<Alias>,
}

/// A path that leads to something that has another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Alias {
    pub(super) path: PathBuf,
    /// The device of what it leads to, its number there, and whether it is a folder: numbers are used again.
    pub(super) leads_to: (u64, u64, bool),
}

impl Alias {
    /// What a path with this state leads to.
    pub(super) fn leads_to(metadata: &Metadata) -> (u64, u64, bool) {
        (metadata.dev(), metadata.ino(), metadata.is_dir())
    }
}

/// Finds every `*.jsonl` below the `projects/` of these roots, following links.
pub fn discover(roots: &[Root]) -> Discovery {
    let mut found = Discovery::default();
    for root in roots {
        let projects = root.projects();
        look_below(&projects, &projects, &Exclude::default(), &mut found);
    }
    found.settle();
    found
}

impl Discovery {
    fn add(&mut self, mut other: Self) {
        self.transcripts.append(&mut other.transcripts);
        self.folders.append(&mut other.folders);
        self.skipped.append(&mut other.skipped);
        self.aliases.append(&mut other.aliases);
    }

    /// Brings what was found into order, and takes every file once.
    pub(in crate::ingest) fn settle(&mut self) {
        let Self { transcripts, skipped, aliases, .. } = self;
        transcripts.sort_by(|a, b| a.path.cmp(&b.path));
        let mut seen = HashSet::new();
        transcripts.retain(|Transcript { path, device, inode, .. }| {
            let is_first = seen.insert((*device, *inode));
            if !is_first {
                aliases.push(Alias { path: path.clone(), leads_to: (*device, *inode, false) });
            }
            is_first
        });
        skipped.sort();
        skipped.dedup();
    }

    /// The same for what was put together from several looks. False where more than one way led to something, so that
    /// one look might have met it by another.
    pub(super) fn settle_together(&mut self) -> bool {
        self.settle();
        self.folders.sort_by(|a, b| a.path.cmp(&b.path));
        let mut seen = HashSet::new();
        self.aliases.is_empty() && self.folders.iter().all(|folder| seen.insert(folder.file))
    }
}

/// Adds what is at `start`, which is `projects` or lies below it, and below it.
pub(in crate::ingest) fn look_below(
    projects: &Path,
    start: &Path,
    excluded: &Exclude,
    found: &mut Discovery,
) {
    if start == projects
        && let Some(all) = look_on_all_threads(projects, excluded)
    {
        return found.add(all);
    }
    // Folders on the way down count as walked, so that a link back up is none into them.
    let above = start.ancestors().skip(1).take_while(|above| above.starts_with(projects));
    let mut folders: HashSet<(u64, u64)> =
        above.filter_map(|above| above.metadata().ok()).map(|above| (above.dev(), above.ino())).collect();
    let mut walk = Walk { projects, start, excluded, folders: &mut folders, found };
    // Links are followed: nothing ends it early.
    let _whole = walk.all(Links::Followed);
}

/// What a walk does with links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Links {
    Followed,
    /// The first one ends it.
    Absent,
}

/// Looks at everything below `projects`, whose folders are shared out among threads.
///
/// `None` where that would not find what a walk in the order of names does: where a folder is met twice, by a link or
/// otherwise, or `projects` itself cannot be read.
fn look_on_all_threads(projects: &Path, excluded: &Exclude) -> Option<Discovery> {
    let entries: Vec<_> = projects.read_dir().ok()?.collect::<Result<_, _>>().ok()?;
    let kinds: Vec<_> = entries.iter().map(|entry| entry.file_type()).collect::<Result<_, _>>().ok()?;
    if entries.len() < FEW_FOLDERS || kinds.iter().any(|kind| kind.is_symlink()) || excluded.covers(projects)
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
            Walk { projects, start, excluded, folders: &mut folders, found: &mut found }
                .all(Links::Absent)?;
        }
        Some(found)
    };
    let threads = default_threads().get().min(MOST_THREADS);
    let shares: Vec<Option<Discovery>> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(share)).collect();
        let own = share();
        let others = others.into_iter().map(|other| other.join().expect("walking does not panic"));
        others.chain([own]).collect()
    });
    let mut all = Discovery::default();
    all.folders.push(Folder { path: projects.into(), file: above, changed_ns: changed_ns(&metadata) });
    for share in shares {
        all.add(share?);
    }
    all.folders.sort_by(|a, b| a.path.cmp(&b.path));
    let mut files = HashSet::new();
    all.folders.iter().all(|folder| files.insert(folder.file)).then_some(all)
}

/// A walk over what is at a path and below it.
struct Walk<'a> {
    projects: &'a Path,
    start: &'a Path,
    excluded: &'a Exclude,
    /// Folders that are not to be walked again.
    folders: &'a mut HashSet<(u64, u64)>,
    found: &'a mut Discovery,
}

impl Walk<'_> {
    /// Adds everything; `None` where a link ended it.
    fn all(&mut self, links: Links) -> Option<()> {
        // In the order of names, so that a folder is first met by the lowest of its paths.
        let mut walk = WalkDir::new(self.start).follow_links(true).sort_by_file_name().into_iter();
        while let Some(entry) = walk.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) if links == Links::Absent && error.loop_ancestor().is_some() => return None,
                Err(error) => {
                    self.found.skipped.push(Skipped::unwalkable(&error, self.start));
                    continue;
                }
            };
            if links == Links::Absent && entry.path_is_symlink() {
                return None;
            }
            if !self.take(entry) {
                walk.skip_current_dir();
            }
        }
        Some(())
    }

    /// Adds an entry; says whether what is below it is to be walked, should it be a folder.
    fn take(&mut self, entry: DirEntry) -> bool {
        let found = &mut *self.found;
        let is_folder = entry.file_type().is_dir();
        if entry.path_is_symlink()
            && let Ok(metadata) = entry.metadata()
        {
            let leads_to = Alias::leads_to(&metadata);
            found.aliases.push(Alias { path: entry.path().into(), leads_to });
        }
        let is_named = entry.path() != self.projects && claude::is_transcript_name(entry.file_name());
        if !is_folder && !is_named {
            return true;
        }
        if self.excluded.covers(entry.path()) {
            return !is_folder;
        }
        match entry.metadata() {
            Ok(metadata) if is_folder => {
                if is_named {
                    found
                        .skipped
                        .push(Skipped::because(entry.path(), "it is a folder named like a transcript"));
                    return false;
                }
                let file = (metadata.dev(), metadata.ino());
                if !self.folders.insert(file) {
                    let leads_to = Alias::leads_to(&metadata);
                    found.aliases.push(Alias { path: entry.into_path(), leads_to });
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
            Ok(_) => found.skipped.push(Skipped::because(entry.path(), "it is not a regular file")),
            Err(error) => found.skipped.push(Skipped::unwalkable(&error, self.start)),
        }
        true
    }
}

/// The first folder below `projects`.
fn project(entry: &DirEntry, projects: &Path) -> Arc<str> {
    let below = entry.path().strip_prefix(projects).unwrap_or(entry.path());
    let mut below = below.components();
    match below.next() {
        Some(first) if below.next().is_some() => first.as_os_str().to_string_lossy().into(),
        _ => NO_PROJECT.into(),
    }
}

/// When a file was last written to, in nanoseconds UTC; a time that is out of all bounds reads as the bound.
pub(in crate::ingest) fn modified_ns(metadata: &Metadata) -> i64 {
    metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec())
}

/// When a folder's entries, or what is known of it itself, last changed, in nanoseconds UTC.
pub(super) fn changed_ns(metadata: &Metadata) -> i64 {
    // Whoever copies folders sets back the time of their entries, which changes the other; and some file systems keep
    // the time of their creation in its place.
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

    fn one_after_another(projects: &Path, excluded: &Exclude) -> Discovery {
        let (mut found, mut folders) = (Discovery::default(), HashSet::new());
        let mut walk = Walk { projects, start: projects, excluded, folders: &mut folders, found: &mut found };
        walk.all(Links::Followed).unwrap();
        found.settle();
        found
    }

    #[test]
    fn threads_find_what_one_walk_does() {
        let folder = projects();
        let excluded = Exclude::new(&[folder.path().join("p3"), folder.path().join("p4/session")]).unwrap();
        let mut found = look_on_all_threads(folder.path(), &excluded).expect("no links");
        found.settle();
        let mut expected = one_after_another(folder.path(), &excluded);
        assert_eq!((found.transcripts.len(), found.skipped.len()), (57, 1));
        expected.folders.sort_by(|a, b| a.path.cmp(&b.path));
        assert_eq!(found, expected);
    }

    #[test]
    fn a_link_anywhere_leaves_the_order_to_one_walk() {
        for link in ["p7/session/linked", "linked"] {
            let folder = projects();
            symlink(folder.path().join("p1"), folder.path().join(link)).unwrap();
            assert_eq!(look_on_all_threads(folder.path(), &Exclude::default()), None, "{link}");
            let mut found = Discovery::default();
            look_below(folder.path(), folder.path(), &Exclude::default(), &mut found);
            found.settle();
            assert_eq!(found, one_after_another(folder.path(), &Exclude::default()), "{link}");
        }
    }
}
