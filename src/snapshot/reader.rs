//! The reader: an open snapshot file, its current totals a few loads away.
//!
//! Invariant: within one epoch a reader never returns an older commit than it returned before. Reading never
//! writes, locks or makes a system call, unless a method says so.

use std::fs::{File, Metadata};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::copied::Page;
use super::error::{OpenError, ReadError};
use super::file::{self, Access, inode, inode_at};
use super::floor::Floor;
use super::frame::Frame;
use super::freshness::{Freshness, WriterState, freshness};
use super::geometry::Geometry;
use super::health::Health;
use super::identity::Identity;
use super::layout::{PAGE_BYTES, PAGE_WORDS, control};
use super::map::Map;
use super::rows::{Agent, Key, Keyed, ModelRow, ProjectRow, SessionRow};
use super::sync::get;
use super::totals::{Control, Period, Span, Totals};
use super::{Code, copied, mapped, os};

/// An open snapshot.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut reader = cco::snapshot::Reader::open("/home/me/.local/state/cco/usage.snapshot")?;
/// let totals = reader.totals()?;
/// println!("{} USD today", totals.today().counters.cost);
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    /// Whether to map files when that is safe.
    maps: bool,
    source: Source,
    inode: (u64, u64),
    identity: Identity,
    geometry: Geometry,
    floor: Floor,
}

#[derive(Debug)]
enum Source {
    Mapped(Map),
    Copied(File),
}

/// How a [`Reader::wait`] ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// There are newer totals.
    Changed,
    /// The timeout passed.
    TimedOut,
    /// The publisher has stopped or died; the next wait would notice a later one.
    WriterGone,
}

/// How often a wait checks the publisher and the path: a killed publisher wakes no one.
const CHECK_EVERY: Duration = Duration::from_secs(1);
/// Longer than any process waits, too short to overflow a clock.
const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 86_400);
/// How often a wait checks for a new commit if it cannot sleep on the notify word.
const POLL_EVERY: Duration = Duration::from_millis(10);

impl Reader {
    /// Opens and maps the snapshot at `path`.
    ///
    /// A mapping relies on publishers never shortening a file. If something else shortens it, readers fault, unless the
    /// program asked for errors instead ([`super::survive_shortened_files`]); with that, a reader beyond those that can be watched
    /// at once reads by copying. [`Reader::open_copying`] avoids that risk. A file from another boot or machine is read by copying until a
    /// publisher replaces it: a power cut may have saved only part of its last commits, and only checksums show it.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::open_as(path.as_ref(), true)
    }

    /// Opens the snapshot at `path` without mapping it: each read copies through the system, validated by
    /// checksums. For hosts that cannot map files or must not fault.
    pub fn open_copying(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::open_as(path.as_ref(), false)
    }

    fn open_as(path: &Path, maps: bool) -> Result<Self, OpenError> {
        let (file, metadata) = file::open(path, Access::Read)?;
        let (identity, geometry) = identify(&file, &metadata, path, &mut [0; PAGE_WORDS])?;
        let examine = |source| OpenError::Io { path: path.into(), action: "examine", source };
        let inode = inode(&file, &metadata).map_err(examine)?;
        let source = if maps && identity.is_of_this_boot() {
            let too_large =
                |_| OpenError::Damaged { path: path.into(), what: "the file is larger than memory" };
            let bytes = usize::try_from(metadata.len()).map_err(too_large)?;
            let refused = |source| OpenError::Io { path: path.into(), action: "map", source };
            let map = Map::read_only(&file, bytes).map_err(refused)?;
            // Who asked never to be ended by a fault gets the way to read that has none.
            if map.is_unguarded() { Source::Copied(file) } else { Source::Mapped(map) }
        } else {
            Source::Copied(file)
        };
        let floor = Floor::new(identity.epoch);
        Ok(Self { path: path.into(), maps, source, inode, identity, geometry, floor })
    }

    /// The path it was opened under.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The identity that the open file states.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The newest totals, copied; nothing is allocated. They include the control words: if
    /// [`Control::superseded`] is set, [`Reader::refresh`] opens the newer file.
    #[inline]
    pub fn totals(&mut self) -> Result<Totals, ReadError> {
        let mut totals = Totals::EMPTY;
        self.totals_into(&mut totals)?;
        Ok(totals)
    }

    /// The same into earlier totals: moving them costs as much as loading them. Do not use them after an error.
    #[inline]
    pub fn totals_into(&mut self, totals: &mut Totals) -> Result<(), ReadError> {
        match &self.source {
            Source::Mapped(map) => {
                let read = mapped::totals_into(map.words(), self.floor.sequence(), totals);
                whole(map, read)?;
            }
            Source::Copied(file) => *totals = copied::totals(file, self.floor.sequence())?,
        }
        self.floor.raise(totals.sequence());
        Ok(())
    }

    /// One set of counters of the newest commit, with the start and end of its period: a part of what
    /// [`totals`](Self::totals) copies. Check whether the period [is over](Period::is_over).
    #[inline(always)] // moving a period costs as much as loading it
    pub fn counters(&mut self, span: Span) -> Result<Period, ReadError> {
        let Source::Mapped(map) = &self.source else { return self.copied_counters(span) };
        let mut period = Period::default();
        let read = mapped::counters_into(map.words(), self.floor.sequence(), span, &mut period);
        self.floor.raise(whole(map, read)?);
        Ok(period)
    }

    /// The same without a mapping. Not inlined, because totals need stack space.
    #[inline(never)]
    fn copied_counters(&mut self, span: Span) -> Result<Period, ReadError> {
        self.totals().map(|totals| totals.over(span))
    }

    /// Totals and tables of one commit.
    pub fn frame(&mut self) -> Result<Frame, ReadError> {
        let mut frame = Frame::empty(self.totals()?);
        self.frame_into(&mut frame)?;
        Ok(frame)
    }

    /// Fills an earlier frame again, reusing its memory. Do not use the frame's tables after an error.
    pub fn frame_into(&mut self, frame: &mut Frame) -> Result<(), ReadError> {
        match &self.source {
            Source::Mapped(map) => {
                whole(map, mapped::frame(map.words(), &self.geometry, self.floor.sequence(), frame))
            }
            Source::Copied(file) => copied::frame(file, &self.geometry, self.floor.sequence(), frame),
        }?;
        self.floor.raise(frame.totals().sequence());
        Ok(())
    }

    /// The session with this id, if it is among the newest; without a scan if the file is mapped.
    pub fn session(&mut self, agent: Agent, id: &str) -> Result<Option<SessionRow>, ReadError> {
        self.find(Key { agent, text: id })
    }

    /// The project with this key (its folder's name); without a scan if the file is mapped.
    pub fn project(&mut self, agent: Agent, key: &str) -> Result<Option<ProjectRow>, ReadError> {
        self.find(Key { agent, text: key })
    }

    /// The model with this id. There are few, so they are looked through.
    pub fn model(&mut self, agent: Agent, id: &str) -> Result<Option<ModelRow>, ReadError> {
        self.find(Key { agent, text: id })
    }

    fn find<R: Keyed>(&mut self, key: Key<&str>) -> Result<Option<R>, ReadError> {
        if let Source::Mapped(map) = &self.source {
            let read = mapped::row(map.words(), &self.geometry, self.floor.sequence(), key);
            let (sequence, row) = whole(map, read)?;
            self.floor.raise(sequence);
            return Ok(row);
        }
        let frame = self.frame()?;
        Ok(frame.rows::<R>().find(|row| {
            let Key { agent, text } = row.key();
            agent == key.agent && frame.name(text) == key.text
        }))
    }

    /// The publisher's health, if it reported any.
    pub fn health(&self) -> Result<Option<Health>, ReadError> {
        match &self.source {
            Source::Mapped(map) => whole(map, mapped::health(map.words(), &self.geometry)),
            Source::Copied(file) => copied::health(file, &self.geometry),
        }
    }

    /// Whether a publisher is alive, and the age of its last heartbeat. Reads clocks, the lock and the path.
    pub fn freshness(&self) -> Result<Freshness, ReadError> {
        freshness(&self.path, self.inode, &self.identity, self.control()?)
            .map_err(|source| ReadError::Io { action: "examine", source })
    }

    /// Opens the file at the path if it is not the open one; true if it was another. If the new file cannot be
    /// opened, the reader keeps the old one.
    pub fn refresh(&mut self) -> Result<bool, OpenError> {
        let unchanged = inode_at(&self.path).is_ok_and(|now| now == self.inode);
        if unchanged {
            return Ok(false);
        }
        let mut newer = Self::open_as(&self.path, self.maps)?;
        newer.floor = self.floor.in_file_of(newer.identity.epoch);
        *self = newer;
        Ok(true)
    }

    /// Sleeps until there are newer totals than the last returned, at most `timeout`. Notices a replaced file, and
    /// within about a second a publisher that is gone. If the file was deleted, waits as long as a publisher lives,
    /// because it will write the file again.
    pub fn wait(&mut self, timeout: Duration) -> Result<Wait, ReadError> {
        // A timeout that overflows the clock never comes.
        let deadline = Instant::now().checked_add(timeout).unwrap_or_else(|| Instant::now() + FOR_EVER);
        let mut check_at = Instant::now() + CHECK_EVERY;
        let stopped_before = self.control()?.stopped;
        loop {
            let Some(seen) = self.look()? else { return Ok(Wait::Changed) };
            let control = self.control()?;
            if control.superseded && self.refresh_if_there()? {
                continue;
            }
            if control.stopped && !stopped_before {
                return Ok(Wait::WriterGone);
            }
            let now = Instant::now();
            if now >= deadline {
                return Ok(Wait::TimedOut);
            }
            if now >= check_at {
                check_at = now + CHECK_EVERY;
                if self.refresh_if_there()? {
                    continue;
                }
                // Whether the open file is current does not matter: a deleted one is about to be written again.
                if self.freshness()?.writer != WriterState::Live {
                    return Ok(Wait::WriterGone);
                }
            }
            self.sleep(seen, (deadline - now).min(check_at - now));
        }
    }

    /// The notify word to sleep on, or `None` if there is a newer commit than the last returned.
    fn look(&self) -> Result<Option<u32>, ReadError> {
        match &self.source {
            Source::Mapped(map) => Ok(mapped::look(map.words(), self.floor.sequence())),
            Source::Copied(file) => match copied::totals(file, self.floor.sequence()) {
                Ok(totals) => Ok((totals.sequence() <= self.floor.sequence()).then_some(0)),
                // Nothing newer can be read now; the next check is a moment away.
                Err(ReadError::Busy) => Ok(Some(0)),
                Err(error) => Err(error),
            },
        }
    }

    fn sleep(&self, seen: u32, most: Duration) {
        match &self.source {
            Source::Mapped(map) => os::futex_wait(&map.words()[control::NOTIFY], seen, most),
            Source::Copied(_) => std::thread::sleep(most.min(POLL_EVERY)),
        }
    }

    /// [`Reader::refresh`], but a deleted file only counts as not there yet.
    fn refresh_if_there(&mut self) -> Result<bool, ReadError> {
        match self.refresh() {
            Err(OpenError::NotFound { .. }) => Ok(false),
            refreshed => refreshed.map_err(ReadError::Reopen),
        }
    }

    fn control(&self) -> Result<Control, ReadError> {
        match &self.source {
            Source::Mapped(map) => whole(map, Ok(Control::decode(|word| get(&map.words()[word])))),
            Source::Copied(file) => {
                let mut page = [0; PAGE_WORDS];
                copied::read_page(file, &mut page)?;
                Ok(Control::decode(|word| page[word]))
            }
        }
    }
}

/// What was read through a mapping, unless its file was shortened: words that it lost read as zeros.
#[inline]
fn whole<T>(map: &Map, read: Result<T, ReadError>) -> Result<T, ReadError> {
    if map.is_lost() { Err(ReadError::Shrunk) } else { read }
}

/// Reads page 0 of an opened file into `page` and checks its static part.
pub(crate) fn identify(
    file: &File,
    metadata: &Metadata,
    path: &Path,
    page: &mut Page,
) -> Result<(Identity, Geometry), OpenError> {
    let short = |why| OpenError::NotASnapshot { path: path.into(), why };
    if metadata.len() == 0 {
        return Err(short("it is empty"));
    }
    if metadata.len() < PAGE_BYTES as u64 {
        return Err(short("it is shorter than a page"));
    }
    copied::read_page(file, page).map_err(|error| match error {
        ReadError::Io { action, source } => OpenError::Io { path: path.into(), action, source },
        _ => short("it is shorter than a page"),
    })?;
    Identity::decode(page, metadata.len(), path)
}

/// What one look at a snapshot shows: who wrote it, its totals, and whether its publisher lives.
#[derive(Clone, Debug)]
pub struct Peek {
    /// The identity that the file states.
    pub identity: Identity,
    /// The newest totals.
    pub totals: Totals,
    /// Whether a publisher is alive.
    pub freshness: Freshness,
}

/// Reads the totals at `path` once, in as few system calls as possible, without mapping.
pub fn peek(path: impl AsRef<Path>) -> Result<Peek, PeekError> {
    let path = path.as_ref();
    let (file, metadata) = file::open(path, Access::Read).map_err(PeekError::Open)?;
    let mut page = [0; PAGE_WORDS];
    let (identity, _) = identify(&file, &metadata, path, &mut page).map_err(PeekError::Open)?;
    let totals = copied::totals_of(&mut page, &file, 0).map_err(PeekError::Read)?;
    let freshness = inode(&file, &metadata)
        .and_then(|inode| freshness(path, inode, &identity, totals.control()))
        .map_err(|source| PeekError::Read(ReadError::Io { action: "examine", source }))?;
    Ok(Peek { identity, totals, freshness })
}

/// Why one look at a snapshot failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum PeekError {
    /// The snapshot could not be opened.
    Open(OpenError),
    /// It was opened but gave no values.
    Read(ReadError),
}

impl PeekError {
    /// Its number in the one list.
    pub const fn code(&self) -> Code {
        match self {
            Self::Open(error) => error.code(),
            Self::Read(error) => error.code(),
        }
    }
}

impl std::fmt::Display for PeekError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Open(error) => error.fmt(f),
            Self::Read(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for PeekError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Open(error) => error.source(),
            Self::Read(error) => error.source(),
        }
    }
}

// Miri cannot map files.
#[cfg(all(test, not(miri)))]
mod tests;
