//! The spool: a folder beside the snapshot in which status lines leave the reports they receive, and the publisher
//! leaves what it read in Claude Code's cache. From all of them the publisher takes the limits that readers see.
//!
//! Invariants: an entry is replaced by a rename, so it is read whole or not at all; entries, their sizes and their
//! number are bounded; a figure that no clock or account can have is ignored. Status lines write, the publisher reads
//! and cleans up; neither waits for the other. `cco limits` and `cco doctor` only read it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::standing::is_same_window;
use super::{AHEAD_MAX_MS, Key, LIMITS_MAX, Limits, Reading, Report, longest_ms, standing};
use crate::own_folder::{OwnFolder, Use, is_refusal};
use crate::snapshot::{Limit, LimitKind, Picodollars};

/// How often a session repeats the same report, in milliseconds.
const REPEAT_MS: i64 = 60_000;
/// The most entries that are read and kept; the newest are.
const ENTRIES_MAX: usize = 256;
/// The most bytes of an entry that are read.
const ENTRY_BYTES_MAX: u64 = 32 << 10;
/// The ending of entries' names.
const SUFFIX: &str = ".json";
/// The entry of Claude Code's cache. No session has a dot in its entry's name.
const CACHED: &str = "claude.cached.json";

/// Who told something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Claude Code, to a status line.
    StatusLine,
    /// Claude Code's cache, `.claude.json`.
    Cache,
}

/// What somebody told of a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Who.
    pub source: Source,
    /// Of which limit.
    pub key: Key,
    /// What.
    pub reading: Reading,
}

/// What is in an entry.
type Figures = BTreeMap<Key, Figure>;

/// An entry as it is written.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Entry {
    five_hour: Option<Figure>,
    seven_day: Option<Figure>,
    #[serde(default)]
    others: Vec<Other>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Other {
    /// A number of [`LimitKind`].
    kind: u32,
    #[serde(default)]
    scope: String,
    #[serde(flatten)]
    figure: Figure,
}

impl Entry {
    fn of(figures: &Figures) -> Self {
        let at = |kind| figures.get(&Key::of(kind)).copied();
        let is_other = |key: &&Key| !matches!(key.kind, LimitKind::FiveHour | LimitKind::SevenDay);
        let others = figures.iter().filter(|(key, _)| is_other(key));
        let others = others.map(|(key, figure)| Other {
            kind: key.kind as u32,
            scope: key.scope.clone(),
            figure: *figure,
        });
        Self {
            five_hour: at(LimitKind::FiveHour),
            seven_day: at(LimitKind::SevenDay),
            others: others.collect(),
        }
    }

    fn figures(self) -> Figures {
        let both = [(LimitKind::FiveHour, self.five_hour), (LimitKind::SevenDay, self.seven_day)];
        let both = both.into_iter().filter_map(|(kind, figure)| Some((Key::of(kind), figure?)));
        let others = self.others.into_iter().take(LIMITS_MAX).filter_map(|other| {
            Some((Key::at(LimitKind::of(other.kind.into()), &other.scope)?, other.figure))
        });
        others.chain(both).collect()
    }
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
    /// Picodollars that were spent; 0 if unknown.
    #[serde(default)]
    spent: u64,
    /// Picodollars that may be spent; 0 if unknown.
    #[serde(default)]
    allowed: u64,
}

impl Figure {
    fn of(reading: Reading) -> Self {
        let Limit { used_millionths, resets_at, seen_at } = reading.limit;
        let amount = |amount: Picodollars| u64::try_from(amount.0).unwrap_or(0);
        let (spent, allowed) = (amount(reading.spent), amount(reading.allowed));
        Self { used_millionths, resets_at, first_seen_at: seen_at, seen_at, spent, allowed }
    }

    fn reading(self) -> Reading {
        let Self { used_millionths, resets_at, seen_at, spent, allowed, .. } = self;
        let limit = Limit { used_millionths, resets_at, seen_at };
        Reading { limit, spent: Picodollars(spent.into()), allowed: Picodollars(allowed.into()) }
    }

    fn is_same(&self, other: &Self) -> bool {
        let said = |figure: &Self| (figure.used_millionths, figure.resets_at, figure.spent, figure.allowed);
        said(self) == said(other)
    }

    /// Whether it is possible at `now`: it was seen by then, and its window ends neither before it was seen nor later
    /// than a window can.
    fn is_plausible(&self, kind: LimitKind, now: i64) -> bool {
        let left = self.resets_at.saturating_sub(self.first_seen_at);
        self.first_seen_at <= self.seen_at
            && self.seen_at <= now.saturating_add(AHEAD_MAX_MS)
            && self.first_seen_at > now.saturating_sub(longest_ms(kind))
            && (self.resets_at == 0 || (-AHEAD_MAX_MS..=longest_ms(kind)).contains(&left))
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
pub fn leave(snapshot: &Path, session: &str, seen: &Limits) -> io::Result<()> {
    let Some(now) = seen.iter().map(|(_, reading)| reading.limit.seen_at).max() else { return Ok(()) };
    let folder = folder_of(snapshot);
    let name = entry_name(session);
    let mut figures: Figures =
        seen.iter().map(|(key, reading)| (key.clone(), Figure::of(*reading))).collect();
    let known = OwnFolder::open(&folder, Use::Read).and_then(|folder| read(&folder, &name));
    if let Ok(Some(before)) = known {
        let is_new = figures.keys().any(|key| !before.contains_key(key));
        let mut is_known = !is_new;
        for (key, before) in before {
            if let Some(figure) = figures.get_mut(&key) {
                is_known &= is_repeated(figure, before);
            } else if figures.len() < LIMITS_MAX && before.is_plausible(key.kind, now) {
                // A report without this limit does not take back an earlier one.
                figures.insert(key, before);
            }
        }
        if is_known {
            return Ok(());
        }
    }
    write(snapshot, &name, &figures)
}

/// Leaves what stands in Claude Code's cache, in place of what stood there before.
pub fn leave_cached(snapshot: &Path, cached: &Limits) -> io::Result<()> {
    if cached.is_empty() {
        return match OwnFolder::open(&folder_of(snapshot), Use::Write) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            folder => folder?.remove(CACHED),
        };
    }
    let figures = cached.iter().map(|(key, reading)| (key.clone(), Figure::of(*reading))).collect();
    write(snapshot, CACHED, &figures)
}

fn write(snapshot: &Path, name: &str, figures: &Figures) -> io::Result<()> {
    if !snapshot.parent().is_some_and(Path::is_dir) {
        return Err(io::ErrorKind::NotFound.into());
    }
    let bytes = serde_json::to_vec(&Entry::of(figures))?;
    OwnFolder::make(&folder_of(snapshot))?.replace(name, &bytes, false)
}

/// Keeps the session's earlier report if it is still right: the first time of the same figure, or a larger figure of the
/// same window. Returns whether nothing needs to be written.
fn is_repeated(figure: &mut Figure, before: Figure) -> bool {
    if before.first_seen_at > figure.seen_at {
        return false;
    }
    if is_same_window(figure.reading(), before.reading()) && before.used_millionths > figure.used_millionths {
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
pub fn gather(folder: &Path, known: &Limits, now: i64) -> io::Result<Limits> {
    let folder = match OwnFolder::open(folder, Use::Write) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Limits::default()),
        other => other?,
    };
    let Found { entries, useless } = entries(&folder, now)?;
    for name in useless {
        clear_away(&folder.path().join(name), now);
    }
    let mut reports: BTreeMap<Key, Vec<Report>> = BTreeMap::new();
    for (key, figure) in entries.into_iter().flat_map(|(_, figures)| figures) {
        let report = Report { reading: figure.reading(), first_seen_at: figure.first_seen_at };
        // Of several spellings one is shown, whoever was read first.
        let spelling = reports.keys().find(|known| **known == key).map(|known| known.scope.clone());
        let before = reports.remove(&key).unwrap_or_default();
        let scope = spelling.into_iter().chain([key.scope]).min().unwrap_or_default();
        reports.entry(Key { kind: key.kind, scope }).or_insert(before).push(report);
    }
    let stands = |(key, mut reports): (Key, Vec<Report>)| {
        // This must not choose the window: it can be old.
        let known = known.get(&key).map(|reading| Report { reading: *reading, first_seen_at: i64::MIN });
        reports.extend(known);
        Some((key, standing(&reports, now)?))
    };
    Ok(reports.into_iter().filter_map(stands).collect())
}

/// All that is in a spool at `now` (ms UTC), and who told it; nothing is changed.
pub fn reports(folder: &Path, now: i64) -> io::Result<Vec<Told>> {
    let folder = match OwnFolder::open(folder, Use::Read) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let told = |(source, figures): (Source, Figures)| {
        figures.into_iter().map(move |(key, figure)| Told { source, key, reading: figure.reading() })
    };
    Ok(entries(&folder, now)?.entries.into_iter().flat_map(told).collect())
}

/// What is in a spool.
#[derive(Default)]
struct Found {
    /// The plausible figures of the newest entries.
    entries: Vec<(Source, Figures)>,
    /// The names of files that have none.
    useless: Vec<OsString>,
}

fn entries(folder: &OwnFolder, now: i64) -> io::Result<Found> {
    let mut found = Found::default();
    for name in newest_first(folder)? {
        let is_wanted = |name: &&str| name.ends_with(SUFFIX) && found.entries.len() < ENTRIES_MAX;
        let figures = match name.to_str().filter(is_wanted) {
            Some(name) => read(folder, name)?.unwrap_or_default(),
            None => Figures::new(),
        };
        let figures: Figures =
            figures.into_iter().filter(|(key, figure)| figure.is_plausible(key.kind, now)).collect();
        match figures.is_empty() {
            true => found.useless.push(name),
            false if name == CACHED => found.entries.push((Source::Cache, figures)),
            false => found.entries.push((Source::StatusLine, figures)),
        }
    }
    Ok(found)
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
fn read(folder: &OwnFolder, name: &str) -> io::Result<Option<Figures>> {
    let file = match folder.read(name) {
        Err(error) if is_refusal(&error) => return Ok(None),
        other => other?,
    };
    let Some(file) = file else { return Ok(None) };
    let mut bytes = Vec::new();
    file.take(ENTRY_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(serde_json::from_slice::<Entry>(&bytes).ok().map(Entry::figures))
}

/// The name of a session's entry: the letters and digits of its id, up to a bounded length.
fn entry_name(session: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let name: String = session.chars().take(64).map(plain).collect();
    let name = if name.is_empty() { "unnamed".into() } else { name };
    name + SUFFIX
}
