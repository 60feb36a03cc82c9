//! How much of the account's limits is used, as status lines report it: each leaves its report in a spool beside the
//! snapshot, from which the publisher takes what stands for all readers.
//!
//! Claude Code tells each status line what its own session last heard, so terminals differ: an idle one repeats an old
//! figure whenever it is redrawn, and a cleared one reports it as if it were new. Within a window usage only grows, so
//! the larger figure is the newer one. A session's entry says when its figure was *first* seen, which tells windows
//! apart. [`standing`] is the one place that chooses.
//!
//! Invariants: an entry is replaced by a rename, so it is read whole or not at all; entries, their sizes and their
//! number are bounded; a figure that no clock or account can have is ignored. Status lines write, the publisher reads
//! and clears away; neither waits for the other.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::own_folder::{OwnFolder, Use, is_refusal};
use crate::snapshot::Limit;

/// The longest time until a limit is reset, in milliseconds: seven days, and a day for clocks that differ.
pub(crate) const WINDOW_MAX_MS: i64 = 8 * 86_400_000;
/// How far an entry's clock may be ahead, in milliseconds.
const AHEAD_MAX_MS: i64 = 60_000;
/// Two reports of one window's end can differ by a second or so; different windows end further apart, in milliseconds.
const SAME_WINDOW_MS: u64 = 60_000;
/// How often a session repeats the same report, in milliseconds.
const REPEAT_MS: i64 = 60_000;
/// The most entries that are read and kept; the newest are.
const ENTRIES_MAX: usize = 256;
/// The most bytes of an entry that are read.
const ENTRY_BYTES_MAX: u64 = 4096;
/// The ending of entries' names.
const SUFFIX: &str = ".json";

/// The account's limits, as far as they are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// The 5-hour limit.
    pub five_hour: Option<Limit>,
    /// The 7-day limit.
    pub seven_day: Option<Limit>,
}

/// A report on a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// What it says.
    pub limit: Limit,
    /// When its session first reported this, ms UTC.
    pub first_seen_at: i64,
}

impl From<Limit> for Report {
    /// A report whose first time is its last.
    fn from(limit: Limit) -> Self {
        Self { limit, first_seen_at: limit.seen_at }
    }
}

/// The report on a limit that is right at `now` (ms UTC), whatever the order of `reports`: the largest figure of the
/// window that was first reported last. A window that is over, or whose end is unknown, gives way to one that is not.
pub fn standing(reports: &[Report], now: i64) -> Option<Limit> {
    let rank = |report: &&Report| {
        let Limit { used_millionths, resets_at, .. } = report.limit;
        (!report.limit.is_over(now), resets_at != 0, report.first_seen_at, used_millionths)
    };
    let newest = reports.iter().max_by_key(rank)?.limit;
    let is_same = |report: &&Report| is_same_window(report.limit, newest);
    let largest = |report: &&Report| (report.limit.used_millionths, report.limit.seen_at);
    reports.iter().filter(is_same).max_by_key(largest).map(|report| report.limit)
}

/// Whether two reports are known to be about one window.
fn is_same_window(a: Limit, b: Limit) -> bool {
    a == b || a.resets_at != 0 && b.resets_at != 0 && a.resets_at.abs_diff(b.resets_at) <= SAME_WINDOW_MS
}

/// One session's reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    five_hour: Option<Figure>,
    seven_day: Option<Figure>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Figure {
    /// The used share, in millionths of the limit.
    used_millionths: u64,
    /// When it is reset, ms UTC; 0 if unknown.
    resets_at: i64,
    /// When this session first reported this, ms UTC.
    first_seen_at: i64,
    /// When it last did so, ms UTC.
    seen_at: i64,
}

impl Figure {
    fn of(limit: Limit) -> Self {
        let Limit { used_millionths, resets_at, seen_at } = limit;
        Self { used_millionths, resets_at, first_seen_at: seen_at, seen_at }
    }

    fn limit(self) -> Limit {
        let Self { used_millionths, resets_at, seen_at, .. } = self;
        Limit { used_millionths, resets_at, seen_at }
    }

    fn is_same(&self, other: &Self) -> bool {
        (self.used_millionths, self.resets_at) == (other.used_millionths, other.resets_at)
    }

    /// Whether it is possible at `now`: it was seen by then, and its window ends neither before it was seen nor later
    /// than a window can.
    fn is_plausible(&self, now: i64) -> bool {
        let left = self.resets_at.saturating_sub(self.first_seen_at);
        self.first_seen_at <= self.seen_at
            && self.seen_at <= now.saturating_add(AHEAD_MAX_MS)
            && self.first_seen_at > now.saturating_sub(WINDOW_MAX_MS)
            && (self.resets_at == 0 || (-AHEAD_MAX_MS..=WINDOW_MAX_MS).contains(&left))
    }
}

/// The spool folder for a snapshot's publisher.
pub fn folder_of(snapshot: &Path) -> PathBuf {
    let mut name = snapshot.file_name().map(OsString::from).unwrap_or_default();
    name.push(".limits");
    snapshot.with_file_name(name)
}

/// Creates the spool, private to the user, if it does not exist.
pub fn make_folder(spool: &Path) -> io::Result<()> {
    OwnFolder::make(spool).map(|_| ())
}

/// Leaves a report from `session` for the publisher of the snapshot at `snapshot`; the figures' `seen_at` is now. A report
/// that is already in the spool and is recent is not written again. Fails if the snapshot's folder does not exist: a
/// status line creates no state folder.
pub fn leave(snapshot: &Path, session: &str, seen: Limits) -> io::Result<()> {
    if seen == Limits::default() {
        return Ok(());
    }
    let folder = folder_of(snapshot);
    let name = entry_name(session);
    let mut entry =
        Entry { five_hour: seen.five_hour.map(Figure::of), seven_day: seen.seven_day.map(Figure::of) };
    let known = OwnFolder::open(&folder, Use::Read).and_then(|folder| read(&folder, &name));
    if let Ok(Some(before)) = known {
        let is_known = [(&mut entry.five_hour, before.five_hour), (&mut entry.seven_day, before.seven_day)]
            .map(|(figure, before)| is_repeated(figure, before));
        if is_known == [true, true] {
            return Ok(());
        }
    }
    if !snapshot.parent().is_some_and(Path::is_dir) {
        return Err(io::ErrorKind::NotFound.into());
    }
    OwnFolder::make(&folder)?.replace(&name, &serde_json::to_vec(&entry)?, false)
}

/// Keeps the session's earlier report if it is still right: the first time of the same figure, or a larger figure of the
/// same window. Returns whether nothing needs to be written.
fn is_repeated(figure: &mut Option<Figure>, before: Option<Figure>) -> bool {
    let Some(before) = before else { return figure.is_none() };
    let Some(figure) = figure else {
        // A report without this limit does not take back an earlier one.
        *figure = Some(before);
        return true;
    };
    if before.first_seen_at > figure.seen_at {
        return false;
    }
    if is_same_window(figure.limit(), before.limit()) && before.used_millionths > figure.used_millionths {
        *figure = before;
        return true;
    }
    if !figure.is_same(&before) {
        return false;
    }
    figure.first_seen_at = before.first_seen_at;
    figure.seen_at - before.seen_at < REPEAT_MS
}

/// The account's limits at `now` (ms UTC), from all entries of a spool and what was `known` before. Removes entries that
/// are of no more use.
pub fn gather(folder: &Path, known: Limits, now: i64) -> io::Result<Limits> {
    let folder = match OwnFolder::open(folder, Use::Write) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Limits::default()),
        other => other?,
    };
    let (mut five_hour, mut seven_day) = (Vec::new(), Vec::new());
    let mut kept = 0;
    for name in newest_first(&folder)? {
        let path = folder.path().join(&name);
        let name = name.to_str().filter(|name| name.ends_with(SUFFIX) && kept < ENTRIES_MAX);
        let entry = match name {
            Some(name) => read(&folder, name)?,
            None => None,
        };
        let figures = entry.map(|entry| [entry.five_hour, entry.seven_day]).unwrap_or_default();
        let [five, seven] = figures.map(|figure| figure.filter(|figure| figure.is_plausible(now)));
        if five.is_none() && seven.is_none() {
            clear_away(&path, now);
            continue;
        }
        kept += 1;
        for (reports, figure) in [(&mut five_hour, five), (&mut seven_day, seven)] {
            let report =
                |figure: Figure| Report { limit: figure.limit(), first_seen_at: figure.first_seen_at };
            reports.extend(figure.map(report));
        }
    }
    let stands = |mut reports: Vec<Report>, known: Option<Limit>| {
        if !reports.is_empty() {
            // This must not choose the window: it can be old.
            reports.extend(known.map(|limit| Report { limit, first_seen_at: i64::MIN }));
        }
        standing(&reports, now)
    };
    Ok(Limits {
        five_hour: stands(five_hour, known.five_hour),
        seven_day: stands(seven_day, known.seven_day),
    })
}

/// The names of the files in a folder, last written first.
fn newest_first(folder: &OwnFolder) -> io::Result<Vec<OsString>> {
    let written = |name: OsString| {
        // A status line may be replacing this entry; it is then read in its new form.
        let modified = fs::symlink_metadata(folder.path().join(&name)).and_then(|it| it.modified());
        (modified.unwrap_or(std::time::UNIX_EPOCH), name)
    };
    let mut found: Vec<_> = folder.names()?.into_iter().map(written).collect();
    found.sort_by(|a, b| b.cmp(a));
    Ok(found.into_iter().map(|(_, name)| name).collect())
}

/// Removes a useless file, unless it is so new that a status line may be about to rename it.
fn clear_away(path: &Path, now: i64) {
    let modified = fs::symlink_metadata(path).and_then(|metadata| metadata.modified());
    let age_ms = modified
        .ok()
        .and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok())
        .map(|at| now.saturating_sub(i64::try_from(at.as_millis()).unwrap_or(i64::MAX)));
    if age_ms.is_some_and(|age_ms| age_ms > REPEAT_MS) {
        // If this fails, the file is ignored and removed later.
        let _ = fs::remove_file(path);
    }
}

/// Reads an entry; `None` if the file is not an entry, or is gone.
fn read(folder: &OwnFolder, name: &str) -> io::Result<Option<Entry>> {
    let file = match folder.read(name) {
        Err(error) if is_refusal(&error) => return Ok(None),
        other => other?,
    };
    let Some(file) = file else { return Ok(None) };
    let mut bytes = Vec::new();
    file.take(ENTRY_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(serde_json::from_slice(&bytes).ok())
}

/// The name of a session's entry: the letters and digits of its id, up to a bounded length.
fn entry_name(session: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let name: String = session.chars().take(64).map(plain).collect();
    let name = if name.is_empty() { "unnamed".into() } else { name };
    name + SUFFIX
}

#[cfg(test)]
mod tests;
