//! Where everything is in a snapshot file: the one place that knows offsets.
//!
//! A file is page 0 (8,192 bytes), then the regions that the directory in page 0 lists. Every word is 8 bytes,
//! little-endian and aligned.
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
//! Each part is one `part!`: names, offsets, types, units and meanings in one list. `LAYOUT.md`
//! ([`document()`]) and the JSON in every file ([`layout_json`]) are made from these lists.
//!
//! Compatibility: reserved words are zero. A minor version may give meaning to reserved words, lengthen rows
//! and add regions; readers ignore what they do not know and use the row size in the directory. Anything else
//! is a new major version, which older readers refuse. A file never changes its length nor any byte of its
//! static part; a table that outgrows it gets a new file under the same path.

#[macro_use]
mod part;

mod document;
mod json;
mod page;
mod regions;
mod rows;
mod rules;
mod schema;
mod sets;

pub use self::document::document;
pub use self::json::layout_json;
pub use self::page::{control, directory_entry, identity, slot};
pub use self::part::{Field, Type};
pub use self::regions::{Kind, Region};
pub use self::rows::{
    agent_row, bank, day_row, health, history_row, hour_row, index_entry, limit_row, model_row, project_row,
    session_row,
};
pub use self::schema::{FNV_OFFSET, FNV_PRIME, fnv1a, schema_hash};
pub use self::sets::{counters, limit, period};

/// Bytes in a word.
pub const WORD_BYTES: usize = 8;
/// `CCOSNAP` and a newline that text-mode copying would damage, as a little-endian word.
pub const MAGIC: u64 = u64::from_le_bytes(*b"CCOSNAP\n");
/// Reads as this number only if byte order agrees.
pub const ENDIAN_MARK: u64 = 0x0102_0304_0506_0708;
/// Layout versions that this code writes: the major breaks, the minor adds.
pub const MAJOR: u32 = 1;
/// See [`MAJOR`].
pub const MINOR: u32 = 0;
/// Bytes in page 0: enough for identity and totals, in one `pread`.
pub const PAGE_BYTES: usize = 8192;
/// Words in page 0.
pub const PAGE_WORDS: usize = PAGE_BYTES / WORD_BYTES;
/// Regions, and the copies of a table, start on cache lines.
pub const ALIGN_BYTES: usize = 64;
/// Copies of each table.
pub const BANKS: usize = 2;
/// Sections in the health ring.
pub const HEALTH_SLOTS: usize = 4;
/// Buckets of a histogram of durations.
pub const HISTOGRAM_BUCKETS: usize = 16;
/// No file is longer: it may be sparse, so that its length alone proves nothing.
pub const MAX_FILE_BYTES: u64 = 1 << 32;
/// No region has more rows: more than any real table, less than what could overflow a sum of sizes.
pub const MAX_CAPACITY: u64 = 1 << 32;
/// No row is longer: more than a far later minor version could want.
pub const MAX_ROW_BYTES: u64 = 1 << 16;
/// At least the words of any row that this version knows.
pub const ROW_WORDS_MAX: usize = 64;

const _: () = {
    assert!(cfg!(target_endian = "little"), "snapshots are little-endian; so must the machine be");
    assert!(size_of::<usize>() == 8, "snapshots need a 64-bit target");
    assert!(identity::WORDS * WORD_BYTES == 1024 && identity::CHECKSUM == identity::WORDS - 1);
    assert!(identity::ZONE == 15 && identity::DIRECTORY == 24);
    assert!(Region::ALL.len() < identity::DIRECTORY_ENTRIES);
    assert!(control::SUPERSEDED == identity::WORDS && control::SUPERSEDED * WORD_BYTES == 1024);
    assert!(control::HEARTBEAT_MONOTONIC * WORD_BYTES == 1088 && control::NOTIFY * WORD_BYTES == 1152);
    assert!(
        slot::FIRST * WORD_BYTES == 1280 && slot::LENGTHS + Region::TABLES.len() == slot::SESSIONS_LEFT_OUT
    );
    assert!((slot::WORDS * WORD_BYTES).is_multiple_of(ALIGN_BYTES));
    assert!(slot::FIRST + slot::COUNT * slot::WORDS == PAGE_WORDS);
    assert!(slot::SEQUENCE == 0 && bank::SEQUENCE == 0 && health::SEQUENCE == 0);
    assert!(slot::TOTALS == 5 && slot::TODAY == 21 && slot::MODELS_ROWS == 102 && slot::USED == 114);
    assert!(counters::WORDS == 16 && period::WORDS == 18 && limit::WORDS == 3);
    assert!(counters::COST == 9 && counters::THINKING_TOKENS == 11);
    assert!(bank::WORDS * WORD_BYTES == ALIGN_BYTES && health::WORDS == 128);
    assert!(project_row::WORDS == 37 && session_row::WORDS == 21 && limit_row::WORDS == 10);
    let mut region = 0;
    while region < Region::ALL.len() {
        assert!(Region::ALL[region] as usize == region + 1, "regions are numbered in order");
        assert!(Region::ALL[region].row_bytes() <= ROW_WORDS_MAX * WORD_BYTES || region < 2);
        region += 1;
    }
};
