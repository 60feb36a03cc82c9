//! A full scan that skips listing the folders that have not changed.
//!
//! Listing is most of the cost of a scan, and it wakes every program that watches the folders. A folder's
//! change time says whether an entry was added or removed, so the known files of an unchanged folder only
//! need a `stat`.
//!
//! Invariant: a rescan finds exactly what a full scan would find. It lists a folder again if the folder
//! changed, or if it changed so shortly before it was last listed that a later change could have the same
//! time. It lists everything if a folder changed while anything is reachable by more than one path, if a file
//! or a link's target was replaced, or if anything was skipped. Everything is also listed now and then,
//! because some file systems do not keep folder times, or keep them by a clock that runs behind. Used by the
//! follower.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::discover::{Alias, Discovery, Folder, Transcript, changed_ns, modified_ns};

/// How long after listing everything a scan lists everything again.
const LIST_ALL_EVERY: Duration = Duration::from_secs(600);

/// A folder is settled if its last change is older than this when it is listed. The coarsest file system
/// clock ticks every 2 s.
const SETTLED_NS: i64 = 3_000_000_000;

/// If more folders than this changed, everything is listed.
const MAX_CHANGED: usize = 32;

/// The result of a full scan, from which the next scan starts.
#[derive(Debug)]
pub(in crate::ingest) struct FullScan {
    /// What was found.
    pub(in crate::ingest) found: Discovery,
    /// When the scan began, in nanoseconds UTC.
    began_ns: i64,
    /// When everything must be listed again.
    list_all_at: Instant,
    /// Folders that did not exist.
    absent: Vec<PathBuf>,
}

impl FullScan {
    /// Runs `scan`, which finds everything below these folders.
    pub(in crate::ingest) fn run(
        scan: impl FnOnce() -> Discovery,
        folders: impl Iterator<Item = PathBuf>,
    ) -> Self {
        let (began, began_ns) = (Instant::now(), now_ns());
        let absent = folders.filter(|folder| !folder.is_dir()).collect();
        Self { found: scan(), began_ns, list_all_at: began + LIST_ALL_EVERY, absent }
    }

    /// What the same scan would find now. `scan` adds what is at and below a path. `None` if only a full scan
    /// can tell.
    pub(in crate::ingest) fn rescan(self, scan: impl Fn(&Path, &mut Discovery)) -> Option<Self> {
        self.rescan_at(Instant::now(), now_ns(), scan)
    }

    fn rescan_at(mut self, now: Instant, now_ns: i64, scan: impl Fn(&Path, &mut Discovery)) -> Option<Self> {
        let must_list_all = now >= self.list_all_at
            || !self.found.skipped.is_empty()
            || self.absent.iter().any(|folder| folder.is_dir())
            || !self.found.aliases.iter().all(has_same_target);
        if must_list_all {
            return None;
        }
        let settled_before_ns = self.began_ns.saturating_sub(SETTLED_NS);
        let must_list = |folder: &&Folder| folder.changed_ns >= settled_before_ns || !is_unchanged(folder);
        let changed: Vec<PathBuf> =
            self.found.folders.iter().filter(must_list).map(|folder| folder.path.clone()).collect();
        self.began_ns = now_ns;
        if changed.is_empty() {
            return self.found.transcripts.iter_mut().all(refresh).then_some(self);
        }
        // Listing one folder gives the same as a full scan only if nothing is reachable by more than one
        // path.
        if changed.len() > MAX_CHANGED || !self.found.aliases.is_empty() {
            return None;
        }
        let is_topmost =
            |folder: &&PathBuf| !folder.ancestors().skip(1).any(|above| changed.iter().any(|f| f == above));
        let topmost: Vec<&PathBuf> = changed.iter().filter(is_topmost).collect();
        let Discovery { transcripts, folders, .. } = &mut self.found;
        let is_elsewhere = |path: &Path| !topmost.iter().any(|folder| path.starts_with(folder));
        transcripts.retain(|transcript| is_elsewhere(&transcript.path));
        folders.retain(|folder| is_elsewhere(&folder.path));
        if !transcripts.iter_mut().all(refresh) {
            return None;
        }
        for folder in &topmost {
            scan(folder, &mut self.found);
        }
        // If a topmost folder is gone, it was a root's `projects/`: any other would have changed its parent.
        (self.found.normalize_parts() && topmost.iter().all(|folder| folder.is_dir())).then_some(self)
    }
}

/// Whether a folder has the same entries as before.
fn is_unchanged(folder: &Folder) -> bool {
    folder.path.metadata().is_ok_and(|metadata| {
        metadata.is_dir()
            && (metadata.dev(), metadata.ino()) == folder.file
            && changed_ns(&metadata) == folder.changed_ns
    })
}

/// Whether a path still leads to the same file or folder.
fn has_same_target(alias: &Alias) -> bool {
    alias.path.metadata().is_ok_and(|metadata| Alias::target(&metadata) == alias.target)
}

/// Updates a transcript's length and time. Returns false if it is no longer the same file.
fn refresh(transcript: &mut Transcript) -> bool {
    let Ok(metadata) = transcript.path.metadata() else { return false };
    (transcript.bytes, transcript.modified_ns) = (metadata.len(), modified_ns(&metadata));
    metadata.is_file() && (metadata.dev(), metadata.ino()) == (transcript.device, transcript.inode)
}

fn now_ns() -> i64 {
    // With a clock before 1970, no folder counts as settled.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
