//! The writer: the one process that may change a snapshot.
//!
//! Invariant: a commit completes bank N mod 2 before it writes slot N mod 4, and never touches bytes that the
//! newest complete slot relies on; so whatever moment the writer is killed at, readers have that slot and its
//! tables. A file never changes its length: what outgrows it is written anew beside it and renamed over it.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::copied::{health_crc, slot_crc};
use super::draft::{Draft, place};
use super::error::{OpenError, WriteError};
use super::file::{self, Access};
use super::geometry::Geometry;
use super::health::Health;
use super::identity::Identity;
use super::layout::{
    BANKS, HEALTH_SLOTS, MAJOR, MINOR, PAGE_WORDS, Region, WORD_BYTES, control, identity as at, slot,
};
use super::lock::{Lock, lock_path};
use super::map::Map;
use super::os;
use super::reader::{Reader, identify};
use super::seqlock::{Sound, slot_of, store_words, write};
use super::sync::{AtomicU64, get, put};
use super::totals::{Lengths, Publication};

/// What a writer needs to know before its first commit.
#[derive(Clone, Debug)]
pub struct WriterOptions {
    /// Time zone of days and periods, an IANA name.
    pub zone: String,
    /// First day of the week: 0 Monday to 6 Sunday.
    pub week_start: u8,
    /// Version of the writing program.
    pub program: String,
}

/// The publisher's end of a snapshot. Holds the lock beside it as long as it lives.
#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    _lock: Lock,
    options: WriterOptions,
    epoch: u64,
    started_at: i64,
    sequence: u64,
    health_sequence: u64,
    health: Health,
    draft: Draft,
    current: Option<Current>,
    /// The file that stood under the path before this writer's first.
    predecessor: Option<Map>,
}

/// The file that commits go to.
#[derive(Debug)]
struct Current {
    map: Map,
    geometry: Geometry,
    names_bytes: usize,
}

impl Writer {
    /// Takes the lock beside `path` and carries on the lineage of the snapshot there, if there is one: its
    /// epoch, sequence and history. Readers see no change before the first commit. Folders are made as needed,
    /// private to the user.
    pub fn open(path: impl AsRef<Path>, options: WriterOptions) -> Result<Self, WriteError> {
        let path = path.as_ref();
        for (what, text, words) in [
            ("time zone", &options.zone, at::ZONE_WORDS),
            ("program version", &options.program, at::PROGRAM_WORDS),
        ] {
            if text.len() > words * WORD_BYTES {
                return Err(WriteError::TooLong { what, limit_bytes: words * WORD_BYTES });
            }
        }
        let lock = Lock::take(&lock_path(path))?;
        let mut writer = Self {
            path: path.into(),
            _lock: lock,
            options,
            epoch: new_epoch(),
            started_at: os::wall_clock_ms(),
            sequence: 0,
            health_sequence: 0,
            health: Health::default(),
            draft: Draft::new(),
            current: None,
            predecessor: None,
        };
        writer.carry_on()?;
        Ok(writer)
    }

    /// Takes over what the file under the path leaves: its lineage where it is readable, nothing where it is
    /// a damaged or foreign-version snapshot. What is no snapshot at all is not replaced.
    fn carry_on(&mut self) -> Result<(), WriteError> {
        let occupied = |source| WriteError::Occupied { path: self.path.clone(), source };
        let (file, metadata) = match file::open(&self.path, Access::Write) {
            Ok(opened) => opened,
            Err(OpenError::NotFound { .. }) => return Ok(()),
            Err(OpenError::Io { path, action, source }) => {
                return Err(WriteError::Io { path, action, source });
            }
            Err(error) => return Err(occupied(error)),
        };
        let identity = match identify(&file, &metadata, &self.path) {
            Ok((identity, _)) => identity,
            Err(error @ OpenError::NotASnapshot { .. }) if !is_blank(&file) => return Err(occupied(error)),
            Err(_) => return Ok(()),
        };
        let io = |action, source| WriteError::Io { path: self.path.clone(), action, source };
        let bytes = usize::try_from(metadata.len()).map_err(|_| WriteError::TooLarge { what: "the file" })?;
        let map = Map::writable(&file, bytes).map_err(|source| io("map", source))?;
        self.epoch = identity.epoch;
        // An odd sequence is that of a commit which a killed predecessor did not complete.
        let slots = map.words()[slot::FIRST..PAGE_WORDS].chunks_exact(slot::WORDS);
        self.sequence = slots.map(|slot| get(&slot[slot::SEQUENCE]).next_multiple_of(2)).max().unwrap_or(0);
        // The past totals are a comfort, not a duty: a bank that cannot be read starts the ring anew.
        if let Ok(frame) =
            Reader::open_copying(&self.path).map_err(drop).and_then(|mut r| r.frame().map_err(drop))
        {
            self.draft.restore_history(frame.history());
        }
        self.predecessor = Some(map);
        Ok(())
    }

    /// The tables of the next commit.
    pub fn draft(&mut self) -> &mut Draft {
        &mut self.draft
    }

    /// Sequence of the last commit of this lineage; 0 before the first.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Publishes the draft and `publication` as one commit and wakes the readers that wait. Returns the
    /// commit's generation. After an error the commit before it stands, and the next may succeed.
    pub fn commit(&mut self, publication: &Publication) -> Result<u64, WriteError> {
        let sequence = self.sequence + 2;
        self.draft.note_history(publication);
        if self.draft.is_outgrown() || self.current.is_none() {
            self.replace(sequence, publication)?;
        } else {
            self.update(sequence, publication);
        }
        self.sequence = sequence;
        self.heartbeat();
        if let Some(current) = &self.current {
            notify(current.map.words());
        }
        Ok(sequence / 2)
    }

    /// Shows readers that the publisher lives. To be called every [`super::HEARTBEAT_EVERY`].
    pub fn heartbeat(&mut self) {
        if let Some(current) = &self.current {
            beat(current.map.words());
        }
    }

    /// Reports health, without a commit.
    pub fn report(&mut self, health: Health) {
        self.health = health;
        self.health_sequence += 2;
        if let Some(current) = &self.current {
            write_health(current, self.health_sequence, &self.health);
        }
    }

    /// Marks the snapshot as cleanly stopped and gives the lock back.
    pub fn stop(mut self) {
        self.heartbeat();
        if let Some(current) = &self.current {
            put(&current.map.words()[control::STATE], control::STOPPED);
            notify(current.map.words());
        }
    }

    /// A commit into the current file: the rows that changed in the last two commits, then the slot.
    fn update(&mut self, sequence: u64, publication: &Publication) {
        let Some(current) = &mut self.current else { return };
        let words = current.map.words();
        let geometry = &current.geometry;
        let names = geometry.of(Region::Names).start(0);
        store_bytes(words, names, current.names_bytes, self.draft.names());
        current.names_bytes = self.draft.names().len();

        let bank = slot_of(sequence, BANKS);
        let check = check(&mut self.draft);
        let banks = geometry.of(Region::Banks);
        let header = &words[banks.start(0) + bank * banks.row_words()..][..banks.row_words()];
        let draft = &self.draft;
        write::<Sound>(&header[0], sequence, || {
            for region in Region::BANKED {
                let span = geometry.of(region);
                let table = draft.table(region);
                for row in table.stale() {
                    let start = span.start(bank) + row * span.row_words();
                    store_words(&words[start..], table.row(row));
                }
            }
            put(&header[1], check);
        });
        write_slot(words, sequence, bank, publication, &lengths(&self.draft));
        for region in Region::BANKED {
            self.draft.table_mut(region).committed(false);
        }
    }

    /// A commit as a new file: all rows in both banks, then the rename.
    fn replace(&mut self, sequence: u64, publication: &Publication) -> Result<(), WriteError> {
        if self.draft.is_outgrown() {
            self.draft.compact();
        }
        let geometry = Geometry::plan(|region| self.draft.capacity(region));
        let (file, beside) = self.create_beside()?;
        let io = |action, source| WriteError::Io { path: beside.clone(), action, source };
        let made = self.fill(&file, geometry, sequence, publication, &io).and_then(|current| {
            // Otherwise a power cut could leave the new name on blocks that were never written.
            file.sync_data().map_err(|source| io("sync", source))?;
            std::fs::rename(&beside, &self.path).map_err(|source| io("rename", source))?;
            Ok(current)
        });
        let current = made.inspect_err(|_| {
            // What is left would be removed at the next attempt as well; the first error is the one to tell.
            let _ = std::fs::remove_file(&beside);
        })?;
        self.draft.settled();
        let old = self.current.replace(current).map(|old| old.map).or(self.predecessor.take());
        if let Some(old) = old {
            put(&old.words()[control::SUPERSEDED], 1);
            notify(old.words());
        }
        Ok(())
    }

    /// Creates the file that will be renamed over the snapshot; one that a killed predecessor left is removed.
    fn create_beside(&self) -> Result<(File, PathBuf), WriteError> {
        let mut beside = self.path.as_os_str().to_owned();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        let io = |action, source| WriteError::Io { path: beside.clone(), action, source };
        match std::fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io("remove", error)),
            _ => {}
        }
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC)
            .open(&beside)
            .map_err(|source| io("create", source))?;
        Ok((file, beside))
    }

    fn fill(
        &mut self,
        file: &File,
        geometry: Geometry,
        sequence: u64,
        publication: &Publication,
        io: &dyn Fn(&'static str, io::Error) -> WriteError,
    ) -> Result<Current, WriteError> {
        os::allocate(file, geometry.file_bytes()).map_err(|source| io("allocate", source))?;
        let bytes =
            usize::try_from(geometry.file_bytes()).map_err(|_| WriteError::TooLarge { what: "the file" })?;
        let map = Map::writable(file, bytes).map_err(|source| io("map", source))?;
        let words = map.words();

        let identity = Identity {
            layout: (MAJOR, MINOR),
            epoch: self.epoch,
            file_bytes: geometry.file_bytes(),
            writer_pid: std::process::id(),
            writer_started_at: self.started_at,
            boot_id: os::boot_id(),
            created_at: os::wall_clock_ms(),
            week_start: self.options.week_start,
            program: self.options.program.clone(),
            zone: self.options.zone.clone(),
        };
        let mut page = [0; at::WORDS];
        identity.encode(&geometry, &mut page);
        store_words(words, &page);
        put(&words[control::STATE], control::RUNNING);

        let names = self.draft.names();
        store_bytes(words, geometry.of(Region::Names).start(0), 0, names);
        let names_bytes = names.len();
        for bank in 0..BANKS {
            for region in Region::BANKED {
                store_words(&words[geometry.of(region).start(bank)..], self.draft.table(region).words());
            }
        }
        let bank = slot_of(sequence, BANKS);
        let check = check(&mut self.draft);
        let banks = geometry.of(Region::Banks);
        let header = &words[banks.start(0) + bank * banks.row_words()..];
        write::<Sound>(&header[0], sequence, || put(&header[1], check));
        write_slot(words, sequence, bank, publication, &lengths(&self.draft));
        beat(words);
        let current = Current { geometry, names_bytes, map };
        if self.health_sequence > 0 {
            write_health(&current, self.health_sequence, &self.health);
        }
        Ok(current)
    }
}

/// Brings the checks of all tables up to date and returns their sum.
fn check(draft: &mut Draft) -> u64 {
    Region::TABLES.into_iter().fold(0, |sum: u64, table| sum.wrapping_add(draft.table_mut(table).check()))
}

fn lengths(draft: &Draft) -> Lengths {
    let mut rows = [0; Region::TABLES.len()];
    for table in Region::TABLES {
        rows[place(table)] = draft.table(table).len() as u64;
    }
    Lengths { rows, history_oldest: draft.history_oldest() as u64, names_bytes: draft.names().len() as u64 }
}

fn write_slot(words: &[AtomicU64], sequence: u64, bank: usize, publication: &Publication, lengths: &Lengths) {
    let mut body = [0; slot::WORDS];
    body[slot::SEQUENCE] = sequence;
    publication.encode(bank, lengths, &mut body);
    body[slot::CRC] = u64::from(slot_crc(&body));
    let section = &words[slot::FIRST + slot_of(sequence, slot::COUNT) * slot::WORDS..][..slot::WORDS];
    write::<Sound>(&section[slot::SEQUENCE], sequence, || store_words(&section[1..], &body[1..]));
}

fn write_health(current: &Current, sequence: u64, health: &Health) {
    let mut body = health.encode();
    body[0] = sequence;
    body[1] = u64::from(health_crc(&body));
    let span = current.geometry.of(Region::Health);
    let start = span.start(0) + slot_of(sequence, HEALTH_SLOTS) * span.row_words();
    let section = &current.map.words()[start..][..body.len()];
    write::<Sound>(&section[0], sequence, || store_words(&section[1..], &body[1..]));
}

/// Stores bytes `from..` of a byte region that starts at word `start`. The word that `from` falls into is
/// stored whole: its bytes before `from` are what they were.
fn store_bytes(words: &[AtomicU64], start: usize, from: usize, bytes: &[u8]) {
    let first = from / WORD_BYTES;
    for (index, part) in bytes[first * WORD_BYTES..].chunks(WORD_BYTES).enumerate() {
        let mut word = [0; WORD_BYTES];
        word[..part.len()].copy_from_slice(part);
        put(&words[start + first + index], u64::from_le_bytes(word));
    }
}

fn beat(words: &[AtomicU64]) {
    put(&words[control::HEARTBEAT_MONOTONIC], os::boot_clock_ms());
    put(&words[control::HEARTBEAT_WALL], os::wall_clock_ms().cast_unsigned());
}

/// Wakes the readers that wait for a change.
fn notify(words: &[AtomicU64]) {
    let word = &words[control::NOTIFY];
    put(word, get(word).wrapping_add(1));
    os::futex_wake(word);
}

/// Whether a file's first page is all zeros: what a power cut may leave of a snapshot, and nothing to lose.
fn is_blank(file: &File) -> bool {
    let mut page = [0; PAGE_WORDS * WORD_BYTES];
    file.read_at(&mut page, 0).is_ok_and(|read| page[..read].iter().all(|byte| *byte == 0))
}

/// A number that no other lineage has: from the keys that the standard library draws at random.
fn new_epoch() -> u64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    let mut hasher = std::collections::hash_map::RandomState::new().build_hasher();
    hasher.write_i64(os::wall_clock_ms());
    hasher.write_u32(std::process::id());
    hasher.finish().max(1)
}

#[cfg(test)]
mod tests;
