//! How much of the account's limits is used, as status lines hear it: left by each in a spool beside the snapshot,
//! from which the publisher takes the newest for all readers.
//!
//! Claude Code tells each status line what its own session last heard, so that terminals differ: one that rests
//! repeats an old figure whenever it is drawn again. A session's entry therefore says when its figure was *first*
//! seen, and the entry with the latest such time is the newest word on the account.
//!
//! Invariants: an entry is replaced by a rename, so that it is read whole or not at all; entries, their sizes and
//! their number are bounded; a figure that no clock or account can have is no figure. Status lines write, the
//! publisher reads and clears away; neither waits for the other.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::own_folder::{OwnFolder, Use, is_refusal};
use crate::snapshot::Limit;

/// Longest time a limit can have left: seven days, and a day for clocks that differ, in milliseconds.
const WINDOW_MAX_MS: i64 = 8 * 86_400_000;
/// How far the clock of an entry may be ahead, in milliseconds.
const AHEAD_MAX_MS: i64 = 60_000;
/// How often a session repeats what is known already, in milliseconds.
const REPEAT_MS: i64 = 60_000;
/// Entries that are read, and kept.
const ENTRIES_MAX: usize = 256;
/// Bytes of an entry that are read.
const ENTRY_BYTES_MAX: u64 = 4096;
/// How the names of entries end.
const SUFFIX: &str = ".json";

/// The account's limits, as far as they are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Of five hours.
    pub five_hour: Option<Limit>,
    /// Of seven days.
    pub seven_day: Option<Limit>,
}

/// What one session's status line saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    five_hour: Option<Figure>,
    seven_day: Option<Figure>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Figure {
    /// Used part, in millionths of the limit.
    used_millionths: u64,
    /// When it starts anew, ms UTC; 0 unknown.
    resets_at: i64,
    /// When this session first heard so, ms UTC.
    first_seen_at: i64,
    /// When it last did, ms UTC.
    seen_at: i64,
}

impl Figure {
    fn of(limit: Limit) -> Self {
        let Limit { used_millionths, resets_at, seen_at } = limit;
        Self { used_millionths, resets_at, first_seen_at: seen_at, seen_at }
    }

    fn is_same(&self, other: &Self) -> bool {
        (self.used_millionths, self.resets_at) == (other.used_millionths, other.resets_at)
    }

    /// Whether it can be so at `now`: seen by then, and of a window that ends neither before it was seen nor
    /// later than any window does.
    fn is_plausible(&self, now: i64) -> bool {
        let left = self.resets_at.saturating_sub(self.first_seen_at);
        self.first_seen_at <= self.seen_at
            && self.seen_at <= now.saturating_add(AHEAD_MAX_MS)
            && self.first_seen_at > now.saturating_sub(WINDOW_MAX_MS)
            && (self.resets_at == 0 || (-AHEAD_MAX_MS..=WINDOW_MAX_MS).contains(&left))
    }
}

/// The spool of a snapshot's publisher.
pub fn folder_of(snapshot: &Path) -> PathBuf {
    let mut name = snapshot.file_name().map(OsString::from).unwrap_or_default();
    name.push(".limits");
    snapshot.with_file_name(name)
}

/// Makes the spool, private to the user, if it is not there.
pub fn make_folder(spool: &Path) -> io::Result<()> {
    OwnFolder::make(spool).map(|_| ())
}

/// Leaves what the status line of `session` saw for the publisher of the snapshot at `snapshot`; a figure's
/// `seen_at` is now. What is in the spool already, and was said lately, is not said again. Only where a
/// snapshot's folder is there: a status line makes no state folder.
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

/// Lets a figure that is the one known before keep its first time. Whether it need not be told again.
fn is_repeated(figure: &mut Option<Figure>, before: Option<Figure>) -> bool {
    let Some(figure) = figure else { return true };
    let Some(before) = before else { return false };
    if !figure.is_same(&before) || before.first_seen_at > figure.seen_at {
        return false;
    }
    figure.first_seen_at = before.first_seen_at;
    figure.seen_at - before.seen_at < REPEAT_MS
}

/// The newest of what is in a spool, as of `now` (ms UTC). Entries that can be of no use any more are removed.
pub fn gather(folder: &Path, now: i64) -> io::Result<Limits> {
    let folder = match OwnFolder::open(folder, Use::Write) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Limits::default()),
        other => other?,
    };
    let (mut five_hour, mut seven_day) = (None, None);
    let mut kept = 0;
    for name in folder.names()? {
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
        for (newest, figure) in [(&mut five_hour, five), (&mut seven_day, seven)] {
            let rank = |figure: &Figure| (figure.first_seen_at, figure.seen_at, figure.used_millionths);
            if figure.as_ref().map(rank) > newest.as_ref().map(rank) {
                *newest = figure;
            }
        }
    }
    let limit = |figure: Figure| Limit {
        used_millionths: figure.used_millionths,
        resets_at: figure.resets_at,
        seen_at: figure.seen_at,
    };
    Ok(Limits { five_hour: five_hour.map(limit), seven_day: seven_day.map(limit) })
}

/// Removes what is of no use, unless it is so young that somebody may be about to rename it.
fn clear_away(path: &Path, now: i64) {
    let modified = fs::symlink_metadata(path).and_then(|metadata| metadata.modified());
    let age_ms = modified
        .ok()
        .and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok())
        .map(|at| now.saturating_sub(i64::try_from(at.as_millis()).unwrap_or(i64::MAX)));
    if age_ms.is_some_and(|age_ms| age_ms > REPEAT_MS) {
        // What cannot be removed now is passed over, now and later.
        let _ = fs::remove_file(path);
    }
}

/// An entry; `None` if it is gone or is not an entry.
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

/// The name of a session's entry: the session's own letters and digits, as many as a name can bear.
fn entry_name(session: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let name: String = session.chars().take(64).map(plain).collect();
    let name = if name.is_empty() { "unnamed".into() } else { name };
    name + SUFFIX
}

#[cfg(test)]
mod tests;
