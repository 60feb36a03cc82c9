//! Page 0: the static part, the control words, the slots.
//!
//! Invariant: words that are stored at different moments (state, heartbeat, notify, slots) share no cache line.

use super::sets::{counters, limit, period};
use super::sizes::PAGE_WORDS;

part! {
    /// Word offsets of the static part.
    pub mod identity from 0 => {
        MAGIC "magic": Bytes * 1, "", "the bytes `CCOSNAP` and a newline";
        ENDIAN "endian_mark": U64 * 1, "", "`0x0102030405060708`; anything else means another byte order";
        VERSION "version": Halves * 1, "", "layout version: the major in the high half, the minor in the low";
        SCHEMA "schema_hash": U64 * 1, "", "hash over the fields of this layout version; see *Schema hash*";
        EPOCH "epoch": U64 * 1, "",
            "random number of the lineage, never 0; sequences compare only within one epoch";
        FILE_BYTES "file_bytes": U64 * 1, "bytes", "length of the file";
        WRITER_PID "writer_pid": U64 * 1, "", "process id of the publisher, in its own pid namespace";
        WRITER_START "writer_started_at": I64 * 1, "ms UTC", "when the publisher started";
        BOOT_ID "boot_id": Uuid * 2, "",
            "the boot in which the file was created: the UUID in /proc/sys/kernel/random/boot_id; 0 if unknown";
        CREATED_AT "created_at": I64 * 1, "ms UTC", "when the file was created";
        WEEK_START "week_start": U64 * 1, "", "first day of the week",
            &[(0, "monday"), (1, "tuesday"), (2, "wednesday"), (3, "thursday"), (4, "friday"),
              (5, "saturday"), (6, "sunday")];
        PROGRAM "program": Text * 3, "", "version of the publishing program";
        ZONE "zone": Text * 8, "", "time zone of days, weeks and months: an IANA name, +08:00, a POSIX rule, or `local time`";
        LAYOUT_CRC "layout_crc": Crc32 * 1, "", "CRC-32 of all bytes of the `layout` region";
        DIRECTORY "directory": DirectoryEntry * (DIRECTORY_ENTRIES * ENTRY_WORDS), "",
            "where the regions are; an unused entry is all zero";
        RESERVED "reserved": Reserved * 7, "", "zero; a later minor version may use it";
        CHECKSUM "checksum": Crc32 * 1, "", "CRC-32 of all bytes of the file before this word";
    }
    /// Entries the directory has room for.
    pub const DIRECTORY_ENTRIES: usize = 32;
    /// Words of an entry.
    pub const ENTRY_WORDS: usize = directory_entry::WORDS;
    /// Words of [`PROGRAM`].
    pub const PROGRAM_WORDS: usize = ZONE - PROGRAM;
    /// Words of [`ZONE`].
    pub const ZONE_WORDS: usize = LAYOUT_CRC - ZONE;
}

part! {
    /// Words of a directory entry.
    pub mod directory_entry from 0 => {
        REGION "region": Halves * 1, "", "bytes of a row in the high half, the region's id in the low; 0 unused";
        OFFSET "offset": U64 * 1, "bytes", "where the region starts, from the start of the file";
        CAPACITY "capacity": U64 * 1, "rows", "rows that one copy has room for";
    }
}

part! {
    /// Word offsets of the control words, from the start of the file: each kind has its own cache line.
    pub mod control from identity::WORDS => {
        SUPERSEDED "superseded": U64 * 1, "", "whether a newer file has taken the path: if so, open it again",
            &[(0, "no"), (1, "yes")];
        STATE "state": U64 * 1, "", "whether the publisher has stopped cleanly", &[(1, "running"), (2, "stopped")];
        RESERVED_AFTER_STATE "reserved": Reserved * 6, "", "zero; a later minor version may use it";
        HEARTBEAT_MONOTONIC "heartbeat_monotonic": U64 * 1, "ms",
            "the last heartbeat on the boot's clock that stands still in sleep (CLOCK_MONOTONIC in the first time namespace)";
        HEARTBEAT_WALL "heartbeat_wall": I64 * 1, "ms UTC", "the last heartbeat on the wall clock";
        RESERVED_AFTER_HEARTBEAT "reserved": Reserved * 6, "", "zero; a later minor version may use it";
        NOTIFY "notify": U64 * 1, "", "changes at each commit; its low 32 bits are a futex shared by processes";
        RESERVED_AFTER_NOTIFY "reserved": Reserved * 15, "", "zero; a later minor version may use it";
    }
    /// [`STATE`] of a publisher at work.
    pub const RUNNING: u64 = 1;
    /// [`STATE`] after a clean stop.
    pub const STOPPED: u64 = 2;
}

part! {
    /// Word offsets in an L1 slot.
    pub mod slot from 0 => {
        SEQUENCE "sequence": U64 * 1, "", "0 never written, odd while written, 2N once commit N is complete";
        CRC "crc": Crc32 * 1, "", "CRC-32 of the slot's bytes before this word and after it, to the slot's end";
        LENGTH "length": U64 * 1, "words",
            "words that the publisher uses, from the slot's start; those beyond it are zero";
        PUBLISHED_AT "published_at": I64 * 1, "ms UTC", "when it was published";
        BANK "bank": U64 * 1, "", "which copy of the tables belongs to it: 0 or 1";
        TOTALS "totals": Counters * counters::WORDS, "", "everything ever counted";
        TODAY "today": Period * period::WORDS, "", "the day that was current at publishing, in the file's zone";
        THIS_WEEK "this_week": Period * period::WORDS, "", "the week that was current at publishing";
        THIS_MONTH "this_month": Period * period::WORDS, "", "the month that was current at publishing";
        BLOCK "block": Period * period::WORDS, "",
            "the five-hour block that was current at publishing; all zero if none was";
        BLOCK_FIRST_AT "block_first_at": I64 * 1, "ms UTC", "first request of the block; 0 if there is none";
        BLOCK_LAST_AT "block_last_at": I64 * 1, "ms UTC",
            "last request of the block; 0 if there is none. The block's rate is from the first to the last";
        SCAN_STATE "scan_state": U64 * 1, "",
            "whether all transcripts were read; while catching up, totals are a lower bound",
            &[(0, "catching_up"), (1, "complete")];
        FIVE_HOUR_LIMIT "five_hour_limit": Limit * limit::WORDS, "", "use of the account's five-hour limit";
        SEVEN_DAY_LIMIT "seven_day_limit": Limit * limit::WORDS, "", "use of the account's seven-day limit";
        MODELS_ROWS "models_rows": U64 * 1, "rows", "rows of `models` in use";
        PROJECTS_ROWS "projects_rows": U64 * 1, "rows", "rows of `projects` in use";
        SESSIONS_ROWS "sessions_rows": U64 * 1, "rows", "rows of `sessions` in use";
        DAYS_ROWS "days_rows": U64 * 1, "rows", "rows of `days` in use";
        HOURS_ROWS "hours_rows": U64 * 1, "rows", "rows of `hours` in use";
        HISTORY_ROWS "history_rows": U64 * 1, "rows", "rows of `history` in use";
        AGENTS_ROWS "agents_rows": U64 * 1, "rows", "rows of `agents` in use";
        LIMITS_ROWS "limits_rows": U64 * 1, "rows", "rows of `limits` in use";
        SESSIONS_LEFT_OUT "sessions_left_out": U64 * 1, "sessions", "sessions that the table had no room for";
        HISTORY_OLDEST "history_oldest": U64 * 1, "row",
            "oldest row of `history`; the i-th oldest is (history_oldest + i) mod history_rows";
        NAMES_BYTES "names_bytes": U64 * 1, "bytes", "bytes of `names` in use; they never change in this file";
        NAMES_CRC "names_crc": Crc32 * 1, "", "CRC-32 of those bytes";
        RESERVED "reserved": Reserved * (SLOT_WORDS - RESERVED), "", "zero; a later minor version may use it";
    }
    /// The rows in use of each table: a word each, in the order of [`crate::snapshot::layout::Region::TABLES`].
    pub const LENGTHS: usize = MODELS_ROWS;
    /// End of what this version uses.
    pub const USED: usize = RESERVED;
    /// First slot, as a word offset in page 0.
    pub const FIRST: usize = control::BASE + control::WORDS;
    /// Slots in page 0.
    pub const COUNT: usize = 4;
    /// Words of a slot.
    const SLOT_WORDS: usize = (PAGE_WORDS - FIRST) / COUNT;
}
