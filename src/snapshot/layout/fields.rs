//! The words of page 0 by name, unit and meaning: what `LAYOUT.md` and the schema hash are made of.
//!
//! Invariant, checked when this is compiled: each list covers its part of the page without gap or overlap.

use super::{control, counters, identity, slot};

/// A run of words in page 0.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// First word, from the start of the page or, in a slot, of the slot.
    pub word: usize,
    /// Number of words.
    pub words: usize,
    /// Its name.
    pub name: &'static str,
    /// The unit of its value, where it has one.
    pub unit: &'static str,
    /// What it says.
    pub meaning: &'static str,
}

const fn field(
    word: usize,
    words: usize,
    name: &'static str,
    unit: &'static str,
    meaning: &'static str,
) -> Field {
    Field { word, words, name, unit, meaning }
}

const fn reserved(from: usize, to: usize) -> Field {
    field(from, to - from, "reserved", "", "zero; a later minor version may use it")
}

const DIRECTORY_END: usize = identity::DIRECTORY + identity::DIRECTORY_ENTRIES * identity::ENTRY_WORDS;

/// The static part.
pub const IDENTITY: &[Field] = &[
    field(identity::MAGIC, 1, "magic", "", "the bytes `CCOSNAP` and a newline"),
    field(identity::ENDIAN, 1, "endian_mark", "", "`0x0102030405060708`"),
    field(identity::VERSION, 1, "version", "", "major version in the high 32 bits, minor in the low"),
    field(identity::SCHEMA, 1, "schema_hash", "", "FNV-1a of the names in this document, for equal versions"),
    field(identity::EPOCH, 1, "epoch", "", "random number of the lineage, never 0"),
    field(identity::FILE_BYTES, 1, "file_bytes", "bytes", "length of the file"),
    field(identity::WRITER_PID, 1, "writer_pid", "", "process id of the publisher in its own pid namespace"),
    field(identity::WRITER_START, 1, "writer_started_at", "ms UTC", "when the publisher started"),
    field(identity::BOOT_ID, 2, "boot_id", "", "the boot it was created in, high half first; 0 unknown"),
    field(identity::CREATED_AT, 1, "created_at", "ms UTC", "when the file was created"),
    field(identity::OPTIONS, 1, "options", "", "first day of the week in the low byte: 0 Monday to 6 Sunday"),
    field(identity::PROGRAM, identity::PROGRAM_WORDS, "program", "UTF-8", "version of the publisher, padded"),
    field(
        identity::ZONE,
        identity::ZONE_WORDS,
        "zone",
        "UTF-8",
        "IANA time zone of days and periods, padded",
    ),
    reserved(identity::ZONE + identity::ZONE_WORDS, identity::DIRECTORY),
    field(
        identity::DIRECTORY,
        identity::DIRECTORY_ENTRIES * identity::ENTRY_WORDS,
        "directory",
        "",
        "region entries of three words, see below",
    ),
    reserved(DIRECTORY_END, identity::CHECKSUM),
    field(identity::CHECKSUM, 1, "checksum", "", "CRC-32 of all bytes before it"),
];

/// The control words, each kind on its own cache line.
pub const CONTROL: &[Field] = &[
    field(control::SUPERSEDED, 1, "superseded", "", "1 once a newer file stands under the path: re-open"),
    field(control::STATE, 1, "state", "", "1 running, 2 stopped cleanly"),
    reserved(control::STATE + 1, control::HEARTBEAT_MONOTONIC),
    field(
        control::HEARTBEAT_MONOTONIC,
        1,
        "heartbeat_monotonic",
        "ms",
        "boot-time clock at the last heartbeat",
    ),
    field(control::HEARTBEAT_WALL, 1, "heartbeat_wall", "ms UTC", "wall clock at the last heartbeat"),
    reserved(control::HEARTBEAT_WALL + 1, control::NOTIFY),
    field(control::NOTIFY, 1, "notify", "", "changes at each commit; its low 32 bits are a shared futex"),
    reserved(control::NOTIFY + 1, slot::FIRST),
];

const fn period(index: usize, name: &'static str, meaning: &'static str) -> Field {
    field(slot::PERIODS + index * slot::PERIOD_WORDS, slot::PERIOD_WORDS, name, "period", meaning)
}

const fn length(index: usize, name: &'static str) -> Field {
    field(slot::LENGTHS + index, 1, name, "rows", "rows of the table in use")
}

/// An L1 slot.
pub const SLOT: &[Field] = &[
    field(
        slot::SEQUENCE,
        1,
        "sequence",
        "",
        "0 never written, odd while written, 2N when commit N is complete",
    ),
    field(slot::CRC, 1, "crc", "", "CRC-32 of all other words of the slot"),
    field(slot::LENGTH, 1, "length", "words", "words of the slot in use"),
    field(slot::PUBLISHED_AT, 1, "published_at", "ms UTC", "when it was published"),
    field(slot::BANK, 1, "bank", "", "the copy of the tables that belongs to it: 0 or 1"),
    field(slot::TOTALS, counters::WORDS, "totals", "counters", "everything ever counted"),
    period(0, "today", "the current day in the file's zone"),
    period(1, "this_week", "the current week"),
    period(2, "this_month", "the current month"),
    period(3, "block", "the current five-hour block; all zero where there is none"),
    field(slot::SCAN_STATE, 1, "scan_state", "", "0 catching up (totals are a lower bound), 1 complete"),
    field(slot::LIMITS, slot::LIMIT_WORDS, "five_hour_limit", "limit", "use of the five-hour limit"),
    field(
        slot::LIMITS + slot::LIMIT_WORDS,
        slot::LIMIT_WORDS,
        "seven_day_limit",
        "limit",
        "of the seven-day one",
    ),
    length(0, "models_rows"),
    length(1, "projects_rows"),
    length(2, "sessions_rows"),
    length(3, "days_rows"),
    length(4, "hours_rows"),
    length(5, "history_rows"),
    field(slot::SESSIONS_LEFT_OUT, 1, "sessions_left_out", "", "sessions that the table had no room for"),
    field(slot::HISTORY_OLDEST, 1, "history_oldest", "row", "oldest row of the history ring"),
    field(slot::NAMES_BYTES, 1, "names_bytes", "bytes", "bytes of names that stand"),
    reserved(slot::USED, slot::WORDS),
];

const fn covers(fields: &[Field], from: usize, to: usize) -> bool {
    let mut at = from;
    let mut field = 0;
    while field < fields.len() {
        if fields[field].word != at {
            return false;
        }
        at += fields[field].words;
        field += 1;
    }
    at == to
}

const _: () = {
    assert!(covers(IDENTITY, 0, identity::WORDS));
    assert!(covers(CONTROL, identity::WORDS, slot::FIRST));
    assert!(covers(SLOT, 0, slot::WORDS));
};
