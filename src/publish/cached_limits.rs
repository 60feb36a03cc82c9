//! What Claude Code's own cache says of limits, in the state files that belong to the roots.
//!
//! Invariants: a file is opened again only if it changed; it must be a regular file of bounded size that belongs to the
//! owner of its root; only its limits are kept. Nothing uses the network. Used by [`super::live`] at each full scan.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::ingest::{cached_usage, state_files};
use crate::limits::{Key, Limits, Report, in_cache, standing};
use crate::own_folder;

/// The longest state file that is read, in bytes.
const BYTES_MAX: u64 = 64 << 20;

/// The state files as they were read last.
#[derive(Debug, Default)]
pub(super) struct CachedLimits {
    read: BTreeMap<PathBuf, (Stamp, Limits)>,
}

/// What changes with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    bytes: u64,
    modified_ns: i128,
}

impl Stamp {
    fn of(found: &Metadata) -> Self {
        let modified_ns = i128::from(found.mtime()) * 1_000_000_000 + i128::from(found.mtime_nsec());
        Self { device: found.dev(), inode: found.ino(), bytes: found.len(), modified_ns }
    }
}

impl CachedLimits {
    /// Reads what changed in the state files of these roots. Gives what stands in all of them, if that may differ from
    /// before: at the first look it does.
    pub(super) fn look(&mut self, roots: &[PathBuf], now: i64) -> Option<Limits> {
        let mut is_changed = self.read.is_empty();
        let mut there = BTreeMap::new();
        for root in roots {
            for path in state_files(root) {
                let before = self.read.remove(&path);
                let (after, is_new) = look_at(root, &path, before, now);
                is_changed |= is_new;
                there.extend(after.map(|after| (path, after)));
            }
        }
        // A root of before that is none now.
        is_changed |= !self.read.is_empty();
        self.read = there;
        is_changed.then(|| self.standing(now))
    }

    fn standing(&self, now: i64) -> Limits {
        let mut reports: BTreeMap<Key, Vec<Report>> = BTreeMap::new();
        for (key, reading) in self.read.values().flat_map(|(_, limits)| limits.iter()) {
            reports.entry(key.clone()).or_default().push(Report::from(*reading));
        }
        reports.into_iter().filter_map(|(key, reports)| Some((key, standing(&reports, now)?))).collect()
    }
}

/// A state file now, and whether that is new: as before if it did not change, nothing if there is none to read.
fn look_at(
    root: &Path,
    path: &Path,
    before: Option<(Stamp, Limits)>,
    now: i64,
) -> (Option<(Stamp, Limits)>, bool) {
    let was_there = before.is_some();
    let found = match fs::metadata(path) {
        Ok(found) if found.is_file() => found,
        // None, or not a file of Claude Code's.
        _ => return (None, was_there),
    };
    let stamp = Stamp::of(&found);
    if let Some(before) = before.filter(|before| before.0 == stamp) {
        return (Some(before), false);
    }
    match read(root, path, now) {
        Ok(limits) => (Some((stamp, limits)), true),
        Err(error) => {
            tracing::debug!(%error, path = %path.display(), "no limits from Claude Code's cache");
            (None, was_there)
        }
    }
}

fn read(root: &Path, path: &Path, now: i64) -> io::Result<Limits> {
    let Some(mut file) = own_folder::open_regular(path)? else { return Ok(Limits::default()) };
    let found = file.metadata()?;
    if found.uid() != fs::metadata(root)?.uid() {
        return Err(io::Error::other("it belongs to somebody else than the folder of the transcripts"));
    }
    if found.len() > BYTES_MAX {
        return Err(io::Error::other(format!("it is longer than {BYTES_MAX} bytes")));
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(usize::try_from(found.len()).unwrap_or(usize::MAX))?;
    // One that grows meanwhile is read again.
    file.by_ref().take(found.len()).read_to_end(&mut bytes)?;
    Ok(cached_usage(&bytes).map(|told| in_cache(told, now)).unwrap_or_default())
}

#[cfg(test)]
mod tests;
