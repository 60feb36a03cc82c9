//! The transcripts below some roots.
//!
//! Invariant: the result depends on what is there, never on the order a folder lists it in. A file that
//! several paths lead to is taken once, under the lowest of them; a folder is walked once a root. What cannot
//! be taken is named with its reason, and nothing is opened here.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::Metadata;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use walkdir::{DirEntry, WalkDir};

use super::project::NO_PROJECT;
use super::roots::Root;
use super::stats::Skipped;
use crate::usage::Exclude;

/// The end of a transcript's name.
const SUFFIX: &str = ".jsonl";

/// A file that may hold usage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcript {
    /// Where it is.
    pub path: PathBuf,
    /// The project's key: the first folder below `projects/`, or [`NO_PROJECT`].
    pub project: Arc<str>,
    /// The session of records that name none: the file's stem.
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
    /// Brings what was found into order, and takes every file once.
    pub(super) fn settle(&mut self) {
        let Self { transcripts, skipped, .. } = self;
        transcripts.sort_by(|a, b| a.path.cmp(&b.path));
        let mut seen = HashSet::new();
        transcripts.retain(|file| seen.insert((file.device, file.inode)));
        skipped.sort();
        skipped.dedup();
    }
}

/// Adds what is at `start`, which is `projects` or lies below it, and below it.
pub(super) fn look_below(projects: &Path, start: &Path, excluded: &Exclude, found: &mut Discovery) {
    // Folders on the way down count as walked, so that a link back up is none into them.
    let above = start.ancestors().skip(1).take_while(|above| above.starts_with(projects));
    let mut folders: HashSet<(u64, u64)> =
        above.filter_map(|above| above.metadata().ok()).map(|above| (above.dev(), above.ino())).collect();
    // In the order of names, so that a folder is first met by the lowest of its paths.
    let mut walk = WalkDir::new(start).follow_links(true).sort_by_file_name().into_iter();
    while let Some(entry) = walk.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                found.skipped.push(unwalkable(&error, start));
                continue;
            }
        };
        let is_folder = entry.file_type().is_dir();
        let is_named = entry.path() != projects && entry.file_name().as_bytes().ends_with(SUFFIX.as_bytes());
        if !is_folder && !is_named {
            continue;
        }
        if excluded.covers(entry.path()) {
            if is_folder {
                walk.skip_current_dir();
            }
            continue;
        }
        match entry.metadata() {
            Ok(metadata) if is_folder => {
                if is_named {
                    found.skipped.push(skipped(entry.path(), "it is a folder named like a transcript"));
                }
                let file = (metadata.dev(), metadata.ino());
                if is_named || !folders.insert(file) {
                    walk.skip_current_dir();
                } else {
                    found.folders.push(Folder { path: entry.into_path(), file });
                }
            }
            Ok(metadata) if metadata.is_file() => {
                found.transcripts.push(Transcript {
                    project: project(&entry, projects),
                    session: stem(entry.file_name()),
                    device: metadata.dev(),
                    inode: metadata.ino(),
                    bytes: metadata.len(),
                    modified_ns: modified_ns(&metadata),
                    path: entry.into_path(),
                });
            }
            Ok(_) => found.skipped.push(skipped(entry.path(), "it is not a regular file")),
            Err(error) => found.skipped.push(unwalkable(&error, start)),
        }
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
pub(super) fn modified_ns(metadata: &Metadata) -> i64 {
    metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec())
}

/// Whether a path has the name of a transcript.
pub(super) fn is_named_like_one(path: &Path) -> bool {
    path.as_os_str().as_bytes().ends_with(SUFFIX.as_bytes())
}

fn stem(name: &OsStr) -> Arc<str> {
    let name = name.as_bytes();
    let stem = name.strip_suffix(SUFFIX.as_bytes()).unwrap_or(name);
    String::from_utf8_lossy(stem).into()
}

pub(super) fn skipped(path: &Path, reason: impl Into<String>) -> Skipped {
    Skipped { path: path.into(), reason: reason.into() }
}

/// What a walk below `start` could not look at.
pub(super) fn unwalkable(error: &walkdir::Error, start: &Path) -> Skipped {
    let path = error.path().unwrap_or(start);
    match (error.loop_ancestor(), error.io_error()) {
        (Some(ancestor), _) => skipped(path, format!("it links back to {}", ancestor.display())),
        (None, Some(source)) => skipped(path, format!("cannot look at it: {source}")),
        (None, None) => skipped(path, error.to_string()),
    }
}
