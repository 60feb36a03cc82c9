//! Where everything stands in a snapshot file: the one place that knows offsets.
//!
//! A file is page 0 (4,096 bytes) and, behind it, the regions that the directory in page 0 names. All words
//! are 8 bytes, little-endian. `LAYOUT.md` is generated from this module (`cco layout`) and checked by a test.
//!
//! | Offset | Size | Part                                             | Written                      |
//! |-------:|-----:|--------------------------------------------------|------------------------------|
//! |      0 |  512 | static part: identity and directory, checksummed | at creation, then never      |
//! |    512 |   64 | state line: superseded, state                    | at replacement, at stop      |
//! |    576 |   64 | heartbeat line: monotonic and wall time          | every 5 s, also when idle    |
//! |    640 |   64 | notify line: the word readers wait on            | at each commit               |
//! |    704 |   64 | reserved                                         | zero                         |
//! |    768 | 3328 | four L1 slots of 104 words                       | slot N mod 4 at commit N     |
//! |   4096 |    … | regions: bank headers, health, names, tables     | bank N mod 2 at commit N     |
//!
//! Compatibility: reserved words are zero. A minor version may give meaning to reserved words, lengthen rows
//! and add regions; readers ignore what they do not know and use the row size of the directory. Anything else
//! is a new major version, which older readers refuse. The schema hash is that of the names of a minor version.
//! A file never changes its length and no byte of its static part; growth is a new file under the same path.

mod document;
mod fields;
mod schema;

pub use self::document::document;
pub use self::fields::{CONTROL, Field, IDENTITY, SLOT};
pub use self::schema::{FNV_OFFSET, fnv1a, schema_hash};

/// Bytes in a word.
pub const WORD_BYTES: usize = 8;
/// `CCOSNAP` and a newline that text-mode copying would damage, as a little-endian word.
pub const MAGIC: u64 = u64::from_le_bytes(*b"CCOSNAP\n");
/// Reads as this number only where byte order agrees.
pub const ENDIAN_MARK: u64 = 0x0102_0304_0506_0708;
/// Layout versions that this code writes: the major breaks, the minor adds.
pub const MAJOR: u32 = 1;
/// See [`MAJOR`].
pub const MINOR: u32 = 0;
/// Bytes in page 0: enough for identity and totals, in one `pread`.
pub const PAGE_BYTES: usize = 4096;
/// Words in page 0.
pub const PAGE_WORDS: usize = PAGE_BYTES / WORD_BYTES;

/// Word offsets of the static part.
pub mod identity {
    /// [`super::MAGIC`].
    pub const MAGIC: usize = 0;
    /// [`super::ENDIAN_MARK`].
    pub const ENDIAN: usize = MAGIC + 1;
    /// Major version in the high half, minor in the low.
    pub const VERSION: usize = ENDIAN + 1;
    /// [`super::schema_hash`].
    pub const SCHEMA: usize = VERSION + 1;
    /// Random number of the lineage; never zero.
    pub const EPOCH: usize = SCHEMA + 1;
    /// Length of the file in bytes.
    pub const FILE_BYTES: usize = EPOCH + 1;
    /// Process id of the writer, in its own pid namespace.
    pub const WRITER_PID: usize = FILE_BYTES + 1;
    /// When the writer started, ms UTC.
    pub const WRITER_START: usize = WRITER_PID + 1;
    /// Boot id, two words; zero where the system has none.
    pub const BOOT_ID: usize = WRITER_START + 1;
    /// When the file was created, ms UTC.
    pub const CREATED_AT: usize = BOOT_ID + 2;
    /// First day of the week in the low byte: 0 Monday to 6 Sunday.
    pub const OPTIONS: usize = CREATED_AT + 1;
    /// Version of the writing program: UTF-8 text padded with zeros.
    pub const PROGRAM: usize = OPTIONS + 1;
    /// Words of [`PROGRAM`].
    pub const PROGRAM_WORDS: usize = 3;
    /// Time zone of days and periods: IANA name padded with zeros.
    pub const ZONE: usize = PROGRAM + PROGRAM_WORDS;
    /// Words of [`ZONE`].
    pub const ZONE_WORDS: usize = 8;
    /// Region directory.
    pub const DIRECTORY: usize = ZONE + ZONE_WORDS + 1;
    /// Entries the directory has room for; unused ones are zero.
    pub const DIRECTORY_ENTRIES: usize = 12;
    /// Words of an entry: row size in the high half and id in the low; offset; capacity.
    pub const ENTRY_WORDS: usize = 3;
    /// CRC-32 of the bytes before it.
    pub const CHECKSUM: usize = 63;
    /// Words of the static part.
    pub const WORDS: usize = CHECKSUM + 1;
}

/// Word offsets of the control words, each kind on its own cache line.
pub mod control {
    /// 1 once a newer file stands under the path.
    pub const SUPERSEDED: usize = 64;
    /// 1 running, 2 stopped cleanly.
    pub const STATE: usize = SUPERSEDED + 1;
    /// Milliseconds of the boot-time clock at the last heartbeat.
    pub const HEARTBEAT_MONOTONIC: usize = 72;
    /// Milliseconds UTC at the last heartbeat.
    pub const HEARTBEAT_WALL: usize = HEARTBEAT_MONOTONIC + 1;
    /// Number of commits and other changes; its low 32 bits are the futex.
    pub const NOTIFY: usize = 80;
    /// [`STATE`] of a publisher at work.
    pub const RUNNING: u64 = 1;
    /// [`STATE`] after a clean stop.
    pub const STOPPED: u64 = 2;
}

/// Words of an L1 slot, and where they stand in it.
pub mod slot {
    /// First slot, as a word offset in page 0.
    pub const FIRST: usize = 96;
    /// Slots in page 0.
    pub const COUNT: usize = 4;
    /// Words of a slot.
    pub const WORDS: usize = 104;
    /// Sequence word of the section.
    pub const SEQUENCE: usize = 0;
    /// CRC-32 of all other words of the slot.
    pub const CRC: usize = 1;
    /// Words of the slot in use, these five included.
    pub const LENGTH: usize = 2;
    /// When it was published, ms UTC.
    pub const PUBLISHED_AT: usize = 3;
    /// The bank of tables that belongs to it.
    pub const BANK: usize = 4;
    /// Totals of all time: [`super::counters::WORDS`].
    pub const TOTALS: usize = 5;
    /// Today, this week, this month and the current block, each start, end and counters.
    pub const PERIODS: usize = TOTALS + super::counters::WORDS;
    /// Number of periods.
    pub const PERIOD_COUNT: usize = 4;
    /// Words of a period.
    pub const PERIOD_WORDS: usize = 2 + super::counters::WORDS;
    /// 0 catching up, 1 complete.
    pub const SCAN_STATE: usize = PERIODS + PERIOD_COUNT * PERIOD_WORDS;
    /// Five-hour and seven-day limits, each: used (millionths), resets at, seen at (ms UTC; 0 unknown).
    pub const LIMITS: usize = SCAN_STATE + 1;
    /// Words of a limit.
    pub const LIMIT_WORDS: usize = 3;
    /// Rows in use of models, projects, sessions, days, hours and history.
    pub const LENGTHS: usize = LIMITS + 2 * LIMIT_WORDS;
    /// Sessions that the table had no room for.
    pub const SESSIONS_LEFT_OUT: usize = LENGTHS + 6;
    /// Position of the oldest row of the history ring.
    pub const HISTORY_OLDEST: usize = SESSIONS_LEFT_OUT + 1;
    /// Bytes of names that stand.
    pub const NAMES_BYTES: usize = HISTORY_OLDEST + 1;
    /// End of what this version uses.
    pub const USED: usize = NAMES_BYTES + 1;
}

/// The words of a set of counters, wherever one stands.
pub mod counters {
    /// Names in order; cost is 128 bits, low word first.
    pub const NAMES: [&str; WORDS] = [
        "requests",
        "messages",
        "input_tokens",
        "output_tokens",
        "cache_write_5m_tokens",
        "cache_write_1h_tokens",
        "cache_read_tokens",
        "web_search_requests",
        "unpriced_tokens",
        "cost_picodollars_low",
        "cost_picodollars_high",
    ];
    /// Number of words.
    pub const WORDS: usize = 11;
}

/// A part of the file behind page 0. Numbers are in the file and never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum Region {
    /// Sequence and check word of each bank.
    Banks = 1,
    /// The publisher's health: a ring of sections of its own.
    Health = 2,
    /// Text that rows point into: bytes, append-only.
    Names = 3,
    /// Models.
    Models = 4,
    /// Projects.
    Projects = 5,
    /// The newest sessions.
    Sessions = 6,
    /// Days in the file's zone.
    Days = 7,
    /// Hours, UTC.
    Hours = 8,
    /// Ring of past totals.
    History = 9,
    /// Hash table from session id to row.
    SessionIndex = 10,
    /// Hash table from project key to row.
    ProjectIndex = 11,
}

impl Region {
    /// All regions, in the order they stand in the file.
    pub const ALL: [Self; 11] = [
        Self::Banks,
        Self::Health,
        Self::Names,
        Self::Models,
        Self::Projects,
        Self::Sessions,
        Self::Days,
        Self::Hours,
        Self::History,
        Self::SessionIndex,
        Self::ProjectIndex,
    ];

    /// The tables whose rows a bank's check word covers, in the order of [`slot::LENGTHS`].
    pub const TABLES: [Self; 6] =
        [Self::Models, Self::Projects, Self::Sessions, Self::Days, Self::Hours, Self::History];

    /// The regions that stand in two banks.
    pub const BANKED: [Self; 8] = [
        Self::Models,
        Self::Projects,
        Self::Sessions,
        Self::Days,
        Self::Hours,
        Self::History,
        Self::SessionIndex,
        Self::ProjectIndex,
    ];

    /// Its name in documents and errors.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Banks => "banks",
            Self::Health => "health",
            Self::Names => "names",
            Self::Models => "models",
            Self::Projects => "projects",
            Self::Sessions => "sessions",
            Self::Days => "days",
            Self::Hours => "hours",
            Self::History => "history",
            Self::SessionIndex => "session_index",
            Self::ProjectIndex => "project_index",
        }
    }

    /// How many copies of it stand one behind the other.
    pub const fn copies(self) -> usize {
        match self {
            Self::Banks | Self::Health | Self::Names => 1,
            _ => BANKS,
        }
    }

    /// Bytes of a row as this version knows it; a file's may be longer.
    pub const fn row_bytes(self) -> usize {
        let fields = self.fields();
        match self {
            Self::Names => 1,
            Self::Banks => BANK_WORDS * WORD_BYTES,
            Self::Health => HEALTH_WORDS * WORD_BYTES,
            Self::SessionIndex | Self::ProjectIndex => WORD_BYTES,
            _ => (fields.len() + counters::WORDS) * WORD_BYTES,
        }
    }

    /// Names and units of the words of a row before its counters (of all its words where it has none).
    pub const fn fields(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Banks => &[("sequence", ""), ("check", "sum of the CRC-32 of all rows")],
            Self::Health => HEALTH_FIELDS,
            Self::Names => &[],
            Self::Models => &[("name", "name")],
            Self::Projects => {
                &[("project", "name"), ("path", "name"), ("first_at", "ms UTC"), ("last_at", "ms UTC")]
            }
            Self::Sessions => {
                &[("session", "name"), ("project", "name"), ("first_at", "ms UTC"), ("last_at", "ms UTC")]
            }
            Self::Days => &[("date", "yyyymmdd")],
            Self::Hours => &[("start", "ms UTC")],
            Self::History => &[("at", "ms UTC")],
            Self::SessionIndex | Self::ProjectIndex => &[("entry", "hash high half, row + 1 low half")],
        }
    }
}

/// Banks of tables.
pub const BANKS: usize = 2;
/// Words of a bank header: a cache line.
pub const BANK_WORDS: usize = 8;
/// Sections in the health ring.
pub const HEALTH_SLOTS: usize = 4;
/// Words of a health section.
pub const HEALTH_WORDS: usize = 64;
/// Words of a health section: sequence, CRC-32 of the others, then the figures.
pub const HEALTH_FIELDS: &[(&str, &str)] = &[
    ("sequence", ""),
    ("crc", "CRC-32 of the others"),
    ("updated_at", "ms UTC"),
    ("roots", ""),
    ("files", ""),
    ("file_bytes", "bytes"),
    ("skipped_files", ""),
    ("passes", ""),
    ("bytes_read", "bytes"),
    ("lines", ""),
    ("records", ""),
    ("requests", ""),
    ("duplicates_merged", ""),
    ("malformed_lines", ""),
    ("unfinished_lines", ""),
    ("synthetic_records", ""),
    ("bad_timestamps", ""),
    ("truncations", ""),
    ("lost_events", ""),
    ("errors", ""),
    ("last_error_at", "ms UTC"),
    ("scan_us", "µs of the last full scan"),
    ("pass_us", "µs of the last pass"),
    ("commit_us", "µs of the last ledger commit"),
    ("publish_us", "µs of the last publish"),
    ("lag_us", "µs from a transcript's write to its publish"),
];

const _: () = {
    assert!(cfg!(target_endian = "little"), "snapshots are little-endian; so must the machine be");
    assert!(size_of::<usize>() == 8, "snapshots need a 64-bit target");
    assert!(identity::WORDS * WORD_BYTES == 512);
    let end = identity::DIRECTORY + identity::DIRECTORY_ENTRIES * identity::ENTRY_WORDS;
    assert!(end <= identity::CHECKSUM && Region::ALL.len() <= identity::DIRECTORY_ENTRIES);
    assert!(identity::ZONE == 15 && identity::DIRECTORY == 24);
    assert!(control::SUPERSEDED * WORD_BYTES == 512);
    assert!(control::HEARTBEAT_MONOTONIC * WORD_BYTES == 576);
    assert!(control::NOTIFY * WORD_BYTES == 640);
    assert!(slot::FIRST * WORD_BYTES == 768 && (slot::WORDS * WORD_BYTES).is_multiple_of(64));
    assert!((slot::FIRST + slot::COUNT * slot::WORDS) == PAGE_WORDS);
    assert!(slot::PERIODS == 16 && slot::SCAN_STATE == 68 && slot::LENGTHS == 75);
    assert!(slot::USED == 84 && slot::USED <= slot::WORDS);
    assert!(HEALTH_FIELDS.len() <= HEALTH_WORDS);
    assert!(Region::Sessions.row_bytes() == 120 && Region::History.row_bytes() == 96);
};
