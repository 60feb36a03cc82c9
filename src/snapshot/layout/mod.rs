//! Where everything stands in a snapshot file: the one place that knows offsets.
//!
//! A file is page 0 (8,192 bytes) and, after it, the regions that the directory in page 0 names. All words are 8 bytes,
//! little-endian. `LAYOUT.md`, and the JSON that each file carries, are made from this module (`cco layout`) and checked
//! by tests.
//!
//! | Offset | Size | Part                                             | Written                      |
//! |-------:|-----:|--------------------------------------------------|------------------------------|
//! |      0 | 1024 | static part: identity and directory, checksummed | at creation, then never      |
//! |   1024 |   64 | state line: superseded, state                    | at replacement, at stop      |
//! |   1088 |   64 | heartbeat line: monotonic and wall time          | every 5 s, also when idle    |
//! |   1152 |   64 | notify line: the word readers wait on            | at each commit               |
//! |   1216 |   64 | reserved                                         | zero                         |
//! |   1280 | 6912 | four L1 slots of 216 words                       | slot N mod 4 at commit N     |
//! |   8192 |    … | regions: bank headers, health, names, tables     | bank N mod 2 at commit N     |
//!
//! Compatibility: reserved words are zero. A minor version may give meaning to reserved words, lengthen rows
//! and add regions; readers ignore what they do not know and use the row size of the directory. Anything else
//! is a new major version, which older readers refuse. The schema hash is that of the names of a minor version.
//! A file never changes its length and no byte of its static part; growth is a new file under the same path.

mod document;
mod fields;
mod json;
mod schema;

pub use self::document::document;
pub(crate) use self::fields::HISTOGRAMS;
pub use self::fields::{CONTROL, COUNTERS, Field, HEALTH, IDENTITY, LIMIT, PERIOD, SLOT, UNITS, row_fields};
pub use self::json::layout_json;
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
pub const PAGE_BYTES: usize = 8192;
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
    pub const DIRECTORY_ENTRIES: usize = 32;
    /// Words of an entry: row size in the high half and id in the low; offset; capacity.
    pub const ENTRY_WORDS: usize = 3;
    /// CRC-32 of the bytes before it.
    pub const CHECKSUM: usize = 127;
    /// Words of the static part.
    pub const WORDS: usize = CHECKSUM + 1;
}

/// Word offsets of the control words, each kind on its own cache line.
pub mod control {
    /// 1 once a newer file stands under the path.
    pub const SUPERSEDED: usize = 128;
    /// 1 running, 2 stopped cleanly.
    pub const STATE: usize = SUPERSEDED + 1;
    /// Milliseconds of the boot-time clock at the last heartbeat.
    pub const HEARTBEAT_MONOTONIC: usize = 136;
    /// Milliseconds UTC at the last heartbeat.
    pub const HEARTBEAT_WALL: usize = HEARTBEAT_MONOTONIC + 1;
    /// Number of commits and other changes; its low 32 bits are the futex.
    pub const NOTIFY: usize = 144;
    /// [`STATE`] of a publisher at work.
    pub const RUNNING: u64 = 1;
    /// [`STATE`] after a clean stop.
    pub const STOPPED: u64 = 2;
}

/// Words of an L1 slot, and where they stand in it.
pub mod slot {
    /// First slot, as a word offset in page 0.
    pub const FIRST: usize = 160;
    /// Slots in page 0.
    pub const COUNT: usize = 4;
    /// Words of a slot.
    pub const WORDS: usize = 216;
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
    /// Times of the block's first and last request, ms UTC.
    pub const BLOCK_SPAN: usize = PERIODS + PERIOD_COUNT * PERIOD_WORDS;
    /// 0 catching up, 1 complete.
    pub const SCAN_STATE: usize = BLOCK_SPAN + 2;
    /// Five-hour and seven-day limits, each: used (millionths), resets at, seen at (ms UTC; 0 unknown).
    pub const LIMITS: usize = SCAN_STATE + 1;
    /// Words of a limit.
    pub const LIMIT_WORDS: usize = 3;
    /// Rows in use of the tables, in the order of [`super::Region::TABLES`].
    pub const LENGTHS: usize = LIMITS + 2 * LIMIT_WORDS;
    /// Sessions that the table had no room for.
    pub const SESSIONS_LEFT_OUT: usize = LENGTHS + super::Region::TABLES.len();
    /// Position of the oldest row of the history ring.
    pub const HISTORY_OLDEST: usize = SESSIONS_LEFT_OUT + 1;
    /// Bytes of names that stand.
    pub const NAMES_BYTES: usize = HISTORY_OLDEST + 1;
    /// End of what this version uses.
    pub const USED: usize = NAMES_BYTES + 1;
}

/// The words of a set of counters, wherever one stands.
pub mod counters {
    /// API requests.
    pub const REQUESTS: usize = 0;
    /// Merged transcript records.
    pub const MESSAGES: usize = REQUESTS + 1;
    /// Uncached input.
    pub const INPUT: usize = MESSAGES + 1;
    /// Output, thinking included.
    pub const OUTPUT: usize = INPUT + 1;
    /// Written to the five-minute cache.
    pub const CACHE_WRITE_5M: usize = OUTPUT + 1;
    /// Written to the one-hour cache.
    pub const CACHE_WRITE_1H: usize = CACHE_WRITE_5M + 1;
    /// Read from the cache.
    pub const CACHE_READ: usize = CACHE_WRITE_1H + 1;
    /// Server-side web searches.
    pub const WEB_SEARCH: usize = CACHE_READ + 1;
    /// Tokens of models without a price.
    pub const UNPRICED: usize = WEB_SEARCH + 1;
    /// Cost in picodollars, 128 bits, low word first.
    pub const COST: usize = UNPRICED + 1;
    /// Output spent on thinking.
    pub const THINKING: usize = COST + 2;
    /// Server-side web fetches.
    pub const WEB_FETCH: usize = THINKING + 1;
    /// Messages whose final usage never reached the disk.
    pub const PROVISIONAL_MESSAGES: usize = WEB_FETCH + 1;
    /// The output of those messages.
    pub const PROVISIONAL_OUTPUT: usize = PROVISIONAL_MESSAGES + 1;
    /// End of what this version uses.
    pub const USED: usize = PROVISIONAL_OUTPUT + 1;
    /// Number of words; those from [`USED`] on are reserved.
    pub const WORDS: usize = 16;
}

/// Word offsets in the rows of tables.
pub mod row {
    use super::counters;

    /// A model.
    pub mod model {
        use super::counters;
        /// Its id.
        pub const NAME: usize = 0;
        /// Its agent.
        pub const AGENT: usize = NAME + 1;
        /// All its requests.
        pub const COUNTERS: usize = AGENT + 1;
        /// Words of a row.
        pub const WORDS: usize = COUNTERS + counters::WORDS;
    }

    /// A project.
    pub mod project {
        use super::counters;
        /// Its key.
        pub const PROJECT: usize = 0;
        /// Its working directory.
        pub const PATH: usize = PROJECT + 1;
        /// Its agent.
        pub const AGENT: usize = PATH + 1;
        /// First request.
        pub const FIRST_AT: usize = AGENT + 1;
        /// Last request.
        pub const LAST_AT: usize = FIRST_AT + 1;
        /// All its requests.
        pub const COUNTERS: usize = LAST_AT + 1;
        /// Those of the slot's `today`.
        pub const TODAY: usize = COUNTERS + counters::WORDS;
        /// Words of a row.
        pub const WORDS: usize = TODAY + counters::WORDS;
    }

    /// A session.
    pub mod session {
        use super::counters;
        /// Its id.
        pub const SESSION: usize = 0;
        /// The project of its latest request.
        pub const PROJECT: usize = SESSION + 1;
        /// Its agent.
        pub const AGENT: usize = PROJECT + 1;
        /// First request.
        pub const FIRST_AT: usize = AGENT + 1;
        /// Last request.
        pub const LAST_AT: usize = FIRST_AT + 1;
        /// All its requests.
        pub const COUNTERS: usize = LAST_AT + 1;
        /// Words of a row.
        pub const WORDS: usize = COUNTERS + counters::WORDS;
    }

    /// A day, an hour, or totals at a moment: when, then the counters.
    pub mod timed {
        use super::counters;
        /// The date as a number, or ms UTC.
        pub const WHEN: usize = 0;
        /// The counters.
        pub const COUNTERS: usize = WHEN + 1;
        /// Words of a row.
        pub const WORDS: usize = COUNTERS + counters::WORDS;
    }

    /// An agent.
    pub mod agent {
        use super::counters;
        /// Its number.
        pub const AGENT: usize = 0;
        /// Its name.
        pub const NAME: usize = AGENT + 1;
        /// All its requests.
        pub const COUNTERS: usize = NAME + 1;
        /// Words of a row.
        pub const WORDS: usize = COUNTERS + counters::WORDS;
    }

    /// A limit of the account.
    pub mod limit {
        /// Its agent.
        pub const AGENT: usize = 0;
        /// What it limits.
        pub const KIND: usize = AGENT + 1;
        /// What it is limited to, such as a model's name.
        pub const SCOPE: usize = KIND + 1;
        /// Used part.
        pub const USED: usize = SCOPE + 1;
        /// When it starts over.
        pub const RESETS_AT: usize = USED + 1;
        /// When it was reported.
        pub const SEEN_AT: usize = RESETS_AT + 1;
        /// Spent, two words.
        pub const SPENT: usize = SEEN_AT + 1;
        /// Allowed, two words.
        pub const ALLOWED: usize = SPENT + 2;
        /// Words of a row.
        pub const WORDS: usize = ALLOWED + 2;
    }

    const _: () = assert!(counters::USED <= counters::WORDS);
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
    /// Agents.
    Agents = 12,
    /// Limits of the account.
    Limits = 13,
    /// This layout as JSON: bytes.
    Layout = 14,
}

impl Region {
    /// All regions, in the order they stand in the file.
    pub const ALL: [Self; 14] = [
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
        Self::Agents,
        Self::Limits,
        Self::Layout,
    ];

    /// The tables whose rows a bank's check word covers, in the order of [`slot::LENGTHS`].
    pub const TABLES: [Self; 8] = [
        Self::Models,
        Self::Projects,
        Self::Sessions,
        Self::Days,
        Self::Hours,
        Self::History,
        Self::Agents,
        Self::Limits,
    ];

    /// The regions that stand in two banks.
    pub const BANKED: [Self; 10] = [
        Self::Models,
        Self::Projects,
        Self::Sessions,
        Self::Days,
        Self::Hours,
        Self::History,
        Self::SessionIndex,
        Self::ProjectIndex,
        Self::Agents,
        Self::Limits,
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
            Self::Agents => "agents",
            Self::Limits => "limits",
            Self::Layout => "layout",
        }
    }

    /// What it holds, for documents.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Banks => "The header of each bank: row 0 is that of bank 0, row 1 that of bank 1.",
            Self::Health => {
                "The publisher's health: a ring of four sections of its own, each led by a sequence as slots are; report N \
                 is written to section N mod 4."
            }
            Self::Names => "Text that rows point into: UTF-8 bytes, only ever added to.",
            Self::Models => "All models, under the ids that transcripts give them, in no order.",
            Self::Projects => "All projects, in no order.",
            Self::Sessions => "The newest sessions by activity, in no order.",
            Self::Days => "All days with requests, in the file's zone, in no order.",
            Self::Hours => "Hours with requests of the last 31 days, UTC, in no order.",
            Self::History => {
                "Past totals, at most one a second: a ring whose oldest row is history_oldest of the slot."
            }
            Self::SessionIndex => "Hash table from agent and session id to row of sessions.",
            Self::ProjectIndex => "Hash table from agent and project key to row of projects.",
            Self::Agents => "The agents whose transcripts are counted.",
            Self::Limits => "Every limit of the account that was reported, the two in the slot included.",
            Self::Layout => "This layout as JSON: UTF-8 bytes, the whole capacity, written at creation.",
        }
    }

    /// How many copies of it stand one after the other.
    pub const fn copies(self) -> usize {
        match self {
            Self::Banks | Self::Health | Self::Names | Self::Layout => 1,
            _ => BANKS,
        }
    }

    /// Whether it holds bytes rather than rows of words.
    pub const fn is_bytes(self) -> bool {
        matches!(self, Self::Names | Self::Layout)
    }

    /// Bytes of a row as this version knows it; a file's may be longer.
    pub const fn row_bytes(self) -> usize {
        let words = match self {
            Self::Names | Self::Layout => return 1,
            Self::Banks => BANK_WORDS,
            Self::Health => HEALTH_WORDS,
            Self::SessionIndex | Self::ProjectIndex => 1,
            Self::Models => row::model::WORDS,
            Self::Projects => row::project::WORDS,
            Self::Sessions => row::session::WORDS,
            Self::Days | Self::Hours | Self::History => row::timed::WORDS,
            Self::Agents => row::agent::WORDS,
            Self::Limits => row::limit::WORDS,
        };
        words * WORD_BYTES
    }
}

/// Banks of tables.
pub const BANKS: usize = 2;
/// Words of a bank header: a cache line.
pub const BANK_WORDS: usize = 8;
/// Sections in the health ring.
pub const HEALTH_SLOTS: usize = 4;
/// Words of a health section.
pub const HEALTH_WORDS: usize = 128;
/// Buckets of a histogram of durations: bucket N counts those below 2^N times 64 µs, the last all others.
pub const HISTOGRAM_BUCKETS: usize = 16;

const _: () = {
    assert!(cfg!(target_endian = "little"), "snapshots are little-endian; so must the machine be");
    assert!(size_of::<usize>() == 8, "snapshots need a 64-bit target");
    assert!(identity::WORDS * WORD_BYTES == 1024);
    let end = identity::DIRECTORY + identity::DIRECTORY_ENTRIES * identity::ENTRY_WORDS;
    assert!(end <= identity::CHECKSUM && Region::ALL.len() <= identity::DIRECTORY_ENTRIES);
    assert!(identity::ZONE == 15 && identity::DIRECTORY == 24);
    assert!(control::SUPERSEDED * WORD_BYTES == 1024);
    assert!(control::HEARTBEAT_MONOTONIC * WORD_BYTES == 1088);
    assert!(control::NOTIFY * WORD_BYTES == 1152);
    assert!(slot::FIRST * WORD_BYTES == 1280 && (slot::WORDS * WORD_BYTES).is_multiple_of(64));
    assert!((slot::FIRST + slot::COUNT * slot::WORDS) == PAGE_WORDS);
    assert!(counters::USED == 15 && counters::WORDS == 16);
    assert!(slot::PERIODS == 21 && slot::SCAN_STATE == 95 && slot::LENGTHS == 102);
    assert!(slot::USED == 113 && slot::USED <= slot::WORDS);
    assert!(Region::Sessions.row_bytes() == 168 && Region::Projects.row_bytes() == 296);
    assert!(Region::History.row_bytes() == 136 && Region::Limits.row_bytes() == 80);
};
