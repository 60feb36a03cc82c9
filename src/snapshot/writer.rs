//! The writer: the one process that may change a snapshot.
//!
//! It owns the lock, the file and the draft; what a commit stores, and in which order, is `commit.rs`.
//! Invariant: a file never changes its length. When tables outgrow it, a new file is written beside it and renamed over
//! it.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::commit;
use super::draft::Draft;
use super::error::{OpenError, WriteError};
use super::file::{self, Access, inode};
use super::geometry::Geometry;
use super::health::Health;
use super::identity::Identity;
use super::layout::{
    MAGIC, MAJOR, MAX_FILE_BYTES, MINOR, PAGE_WORDS, Region, WORD_BYTES, control, identity as at,
};
use super::lock::{Lock, lock_path};
use super::loss::{self, Loss};
use super::map::Map;
use super::os;
use super::reader::{Reader, identify};
use super::sections::slots;
use super::seqlock::{Section, store_words};
use super::swap;
use super::sync::{get, put};
use super::totals::Publication;

/// At one commit per nanosecond it would take a century to get there.
const SEQUENCE_LIMIT: u64 = 1 << 62;

/// What a writer needs to know before its first commit.
#[derive(Clone, Debug)]
pub struct WriterOptions {
    /// Time zone of days and periods, as an IANA name, offset, POSIX rule or `local time`.
    pub zone: String,
    /// First day of the week: 0 Monday to 6 Sunday.
    pub week_start: u8,
    /// Version of the writing program.
    pub program: String,
}

/// The publisher's end of a snapshot. Holds the lock beside the file as long as it lives.
#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    lock: Lock,
    options: WriterOptions,
    epoch: u64,
    started_at: i64,
    sequence: u64,
    health_sequence: u64,
    health: Health,
    draft: Draft,
    current: Option<Current>,
    /// The file that was at the path before this writer's first.
    predecessor: Option<Map>,
}

/// The file that commits go to.
#[derive(Debug)]
struct Current {
    map: Map,
    inode: (u64, u64),
    geometry: Geometry,
    names_bytes: usize,
}

impl Writer {
    /// Takes the lock beside `path` and continues the lineage of the snapshot there, if there is one: its epoch,
    /// sequence and history. Readers see no change before the first commit. Creates folders if needed, private to
    /// the user.
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
            lock,
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

    /// Takes over the lineage of the file at the path if it is readable, and nothing if it is damaged or has another
    /// version. A file that is not a snapshot at all is not replaced.
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
        let identity = match identify(&file, &metadata, &self.path, &mut [0; PAGE_WORDS]) {
            Ok((identity, _)) => identity,
            Err(error @ OpenError::NotASnapshot { .. }) if !is_remnant(&file) => return Err(occupied(error)),
            Err(_) => return Ok(()),
        };
        let io = |action, source| WriteError::Io { path: self.path.clone(), action, source };
        let bytes = usize::try_from(metadata.len()).map_err(|_| WriteError::TooLarge { what: "the file" })?;
        let map = Map::writable(&file, bytes).map_err(|source| io("map", source))?;
        // An odd sequence is from a commit that a killed predecessor did not complete.
        let highest = slots(map.words()).sections().map(Section::sequence).max().unwrap_or(0);
        // Numbers that no publisher could have reached are damage: the lineage ends there. It also ends if a power
        // cut may have lost commits that readers saw: their numbers would be used twice.
        let stopped = get(&map.words()[control::STATE]) == control::STOPPED;
        if highest <= SEQUENCE_LIMIT && (stopped || identity.is_of_this_boot()) {
            self.epoch = identity.epoch;
            self.sequence = highest.next_multiple_of(2);
        }
        // History is optional: if the bank cannot be read, the ring starts empty.
        if let Ok(frame) =
            Reader::open_copying(&self.path).map_err(drop).and_then(|mut r| r.frame().map_err(drop))
        {
            self.draft.restore_history(frame.history());
        }
        self.predecessor = Some(map);
        Ok(())
    }

    /// Ends the lineage: the next commit is a new file with a new epoch. Use it when totals may be lower than those
    /// shown before, so readers do not take them for a step back.
    pub fn begin_lineage(&mut self) {
        self.epoch = new_epoch();
        if self.current.is_some() {
            self.draft.outgrow();
        }
    }

    /// Gives the tables of a writer that has not been used yet room for so many rows, in the order of [`Region::TABLES`],
    /// and bytes of names. For small files in tests; real ones begin with room for an ordinary user.
    #[doc(hidden)]
    pub fn with_room(&mut self, rows: [u64; Region::TABLES.len()], names_bytes: u64) {
        self.draft = Draft::with_room(rows, names_bytes);
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
    /// commit's generation. After an error the previous commit stays readable, and the next may succeed.
    pub fn commit(&mut self, publication: &Publication) -> Result<u64, WriteError> {
        let sequence = self.sequence + 2;
        self.draft.note_history(publication);
        self.loss();
        match &mut self.current {
            Some(current) if !self.draft.is_outgrown() => {
                let words = current.map.words();
                let names_bytes = current.names_bytes;
                commit::update(words, &current.geometry, &mut self.draft, names_bytes, sequence, publication);
                current.names_bytes = self.draft.names().len();
                if current.map.is_lost() {
                    self.draft.outgrow();
                    self.replace(sequence, publication)?;
                }
            }
            _ => self.replace(sequence, publication)?,
        }
        self.sequence = sequence;
        if let Some(current) = &self.current {
            commit::beat(current.map.words());
            commit::notify(current.map.words());
        }
        Ok(sequence / 2)
    }

    /// Shows readers that the publisher lives. Call it every [`super::HEARTBEAT_EVERY`], and look for a [`loss`] then.
    ///
    /// [`loss`]: Self::loss
    pub fn heartbeat(&mut self) {
        if let Some(current) = self.current.as_ref().filter(|current| current.can_be_written(&self.path)) {
            commit::beat(current.map.words());
        }
    }

    /// The same from another thread, while the writer's own is busy.
    #[cfg(feature = "publisher")]
    pub(crate) fn beat(&self) {
        if let Some(current) = &self.current {
            commit::beat(current.map.words());
        }
    }

    /// Makes sure that this writer still has the lock beside the snapshot's path: see [`Lock::keep`].
    pub fn keep_lock(&mut self) -> Result<bool, WriteError> {
        self.lock.keep()
    }

    /// What became of the file under the writer's hands, if readers at the path no longer see it. Asks the system. The next
    /// commit then makes a new file; a commit asks for itself, an idle publisher should ask at each heartbeat and commit.
    pub fn loss(&mut self) -> Option<Loss> {
        let current = self.current.as_ref()?;
        let loss = loss::at_path(&self.path, current.inode, current.geometry.file_bytes())
            .or_else(|| loss::in_words(current.map.words(), self.sequence))
            .or_else(|| current.map.is_lost().then_some(Loss::Resized));
        if loss.is_some() {
            self.draft.outgrow();
        }
        loss
    }

    /// Reports health, without a commit.
    pub fn report(&mut self, health: Health) {
        self.health = health;
        self.health_sequence += 2;
        if let Some(current) = self.current.as_ref().filter(|current| current.can_be_written(&self.path)) {
            commit::write_health(current.map.words(), &current.geometry, self.health_sequence, &self.health);
        }
    }

    /// Marks the snapshot as cleanly stopped and releases the lock.
    pub fn stop(mut self) {
        self.heartbeat();
        if let Some(current) = self.current.as_ref().filter(|current| current.can_be_written(&self.path)) {
            put(&current.map.words()[control::STATE], control::STOPPED);
            commit::notify(current.map.words());
        }
    }

    /// A commit as a new file: all rows in both banks, then the rename.
    fn replace(&mut self, sequence: u64, publication: &Publication) -> Result<(), WriteError> {
        let loss = self.loss();
        if loss == Some(Loss::Replaced) {
            self.refuse_stranger()?;
        }
        if self.draft.is_outgrown() {
            self.draft.compact();
        }
        let geometry = Geometry::plan(|region| self.draft.capacity(region));
        let (file, beside) = self.create_beside()?;
        let io = |action, source| WriteError::Io { path: beside.clone(), action, source };
        let made = self.fill(&file, geometry, sequence, publication, &io).and_then(|current| {
            swap::sync(&file).map_err(|source| io("sync", source))?;
            swap::rename(&beside, &self.path).map_err(|source| io("rename", source))?;
            Ok(current)
        });
        let current = made.inspect_err(|_| {
            // The next attempt would remove it too, and the first error is the one to report.
            let _ = std::fs::remove_file(&beside);
        })?;
        self.draft.settled();
        let resized = loss == Some(Loss::Resized);
        let old = self.current.replace(current).map(|old| old.map).or(self.predecessor.take());
        // Words that a file has lost can only be written if that is survived.
        if let Some(old) = old.filter(|old| old.is_watched() || !resized) {
            swap::supersede(old.words());
        }
        Ok(())
    }

    /// Creates the file that will be renamed over the snapshot; removes one that a killed predecessor left.
    fn create_beside(&self) -> Result<(File, PathBuf), WriteError> {
        let mut beside = self.path.as_os_str().to_owned();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        let io = |action, source| WriteError::Io { path: beside.clone(), action, source };
        match std::fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io("remove", error)),
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        let file = os::guarded(&mut options).open(&beside).map_err(|source| io("create", source))?;
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
        if geometry.file_bytes() > MAX_FILE_BYTES {
            return Err(WriteError::TooLarge { what: "the file" });
        }
        os::allocate(file, geometry.file_bytes()).map_err(|source| io("allocate", source))?;
        let bytes =
            usize::try_from(geometry.file_bytes()).map_err(|_| WriteError::TooLarge { what: "the file" })?;
        let map = Map::writable(file, bytes).map_err(|source| io("map", source))?;
        let words = map.words();

        let identity = Identity {
            layout: (MAJOR, MINOR),
            epoch: self.epoch,
            file_bytes: geometry.file_bytes(),
            writer_pid: u64::from(std::process::id()),
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
        commit::fill(words, &geometry, &mut self.draft, sequence, publication);
        if self.health_sequence > 0 {
            commit::write_health(words, &geometry, self.health_sequence, &self.health);
        }
        let metadata = file.metadata().map_err(|source| io("examine", source))?;
        let inode = inode(file, &metadata).map_err(|source| io("examine", source))?;
        Ok(Current { geometry, inode, names_bytes: self.draft.names().len(), map })
    }

    /// An error if the file that took the snapshot's place is not a snapshot: it is someone's, and stays.
    fn refuse_stranger(&self) -> Result<(), WriteError> {
        let occupied = |source| WriteError::Occupied { path: self.path.clone(), source };
        let opened = file::open(&self.path, Access::Read);
        match opened.and_then(|(file, metadata)| {
            identify(&file, &metadata, &self.path, &mut [0; PAGE_WORDS]).map_err(|error| match error {
                OpenError::NotASnapshot { .. } if is_remnant(&file) => {
                    OpenError::NotFound { path: self.path.clone() }
                }
                error => error,
            })
        }) {
            Err(
                error @ (OpenError::NotASnapshot { .. }
                | OpenError::NotAFile { .. }
                | OpenError::ForeignOwner { .. }),
            ) => Err(occupied(error)),
            _ => Ok(()),
        }
    }
}

impl Current {
    /// Whether all words of it can be stored to: always where a shortened file is survived.
    fn can_be_written(&self, path: &Path) -> bool {
        self.map.is_watched()
            || loss::at_path(path, self.inode, self.geometry.file_bytes()) != Some(Loss::Resized)
    }
}

/// Whether a file is what is left of a snapshot: a power cut may leave a first page of zeros, and a file that someone
/// shortened begins as a snapshot does. There is nothing to lose in it.
fn is_remnant(file: &File) -> bool {
    let mut page = [0; PAGE_WORDS * WORD_BYTES];
    let Ok(read) = os::read_at(file, &mut page, 0) else { return false };
    let page = &page[..read];
    page.iter().all(|byte| *byte == 0) || page.starts_with(&MAGIC.to_le_bytes())
}

/// A number that no other lineage has: from the keys that the standard library draws at random.
fn new_epoch() -> u64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    let mut hasher = std::collections::hash_map::RandomState::new().build_hasher();
    hasher.write_i64(os::wall_clock_ms());
    hasher.write_u32(std::process::id());
    hasher.finish().max(1)
}

// Miri cannot map files; the tests of `commit.rs` show it the same stores on heap memory.
#[cfg(all(test, not(miri)))]
mod tests;
