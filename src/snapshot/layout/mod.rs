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
mod sizes;
mod structs;

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
pub use self::sizes::{
    ALIGN_BYTES, BANKS, ENDIAN_MARK, HEALTH_SLOTS, HISTOGRAM_BUCKETS, MAGIC, MAJOR, MAX_CAPACITY,
    MAX_FILE_BYTES, MAX_ROW_BYTES, MINOR, PAGE_BYTES, PAGE_WORDS, ROW_WORDS_MAX, WORD_BYTES,
};

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
    assert!(counters::WORDS == sizes::COUNTERS_WORDS && period::WORDS == sizes::PERIOD_WORDS);
    assert!(limit::WORDS == sizes::LIMIT_WORDS && directory_entry::WORDS == sizes::DIRECTORY_ENTRY_WORDS);
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
