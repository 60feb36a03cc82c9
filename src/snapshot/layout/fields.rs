//! Every word of a snapshot by name, unit and meaning: what `LAYOUT.md`, the JSON that each file carries, and the schema
//! hash are made of.
//!
//! Invariant, checked when this is compiled: each list covers its part without gap or overlap, every field has a meaning,
//! and every unit is one of [`UNITS`].

use super::{BANK_WORDS, HEALTH_WORDS, HISTOGRAM_BUCKETS, Region, control, counters, identity, row, slot};

/// The units that fields may have; an empty one is a plain number.
pub const UNITS: [&str; 18] = [
    "",
    "bytes",
    "tokens",
    "rows",
    "row",
    "words",
    "ms",
    "ms UTC",
    "us",
    "millionths",
    "picodollars",
    "yyyymmdd",
    "name",
    "UTF-8",
    "counters",
    "period",
    "limit",
    "histogram",
];

/// A run of words.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// First word, from the start of the page, the slot, the row or the part.
    pub word: usize,
    /// Number of words.
    pub words: usize,
    /// Its name.
    pub name: &'static str,
    /// The unit of its value, one of [`UNITS`].
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
    field(
        identity::SCHEMA,
        1,
        "schema_hash",
        "",
        "64-bit FNV-1a over the names of all fields, see Schema hash; at an equal version another hash is damage",
    ),
    field(identity::EPOCH, 1, "epoch", "", "random number of the lineage, never 0"),
    field(identity::FILE_BYTES, 1, "file_bytes", "bytes", "length of the file"),
    field(identity::WRITER_PID, 1, "writer_pid", "", "process id of the publisher in its own pid namespace"),
    field(identity::WRITER_START, 1, "writer_started_at", "ms UTC", "when the publisher started"),
    field(
        identity::BOOT_ID,
        2,
        "boot_id",
        "",
        "the UUID of the boot it was created in (Linux: /proc/sys/kernel/random/boot_id) as a 128-bit number, high word first; 0 unknown, which counts as this boot",
    ),
    field(identity::CREATED_AT, 1, "created_at", "ms UTC", "when the file was created"),
    field(identity::OPTIONS, 1, "options", "", "first day of the week in the low byte: 0 Monday to 6 Sunday"),
    field(
        identity::PROGRAM,
        identity::PROGRAM_WORDS,
        "program",
        "UTF-8",
        "version of the publisher; the rest is zero, none if it fills the field",
    ),
    field(
        identity::ZONE,
        identity::ZONE_WORDS,
        "zone",
        "UTF-8",
        "IANA time zone of days and periods; the rest is zero, none if it fills the field",
    ),
    reserved(identity::ZONE + identity::ZONE_WORDS, identity::DIRECTORY),
    field(
        identity::DIRECTORY,
        identity::DIRECTORY_ENTRIES * identity::ENTRY_WORDS,
        "directory",
        "",
        "region entries of three words, see Regions",
    ),
    reserved(DIRECTORY_END, identity::CHECKSUM),
    field(identity::CHECKSUM, 1, "checksum", "", "CRC-32 of all bytes before it, in the low half"),
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
        "boot-time clock (CLOCK_BOOTTIME) at the last heartbeat",
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
    field(
        slot::CRC,
        1,
        "crc",
        "",
        "CRC-32 of all other words of the slot, in their order, reserved ones included; in the low half",
    ),
    field(
        slot::LENGTH,
        1,
        "length",
        "words",
        "words of the slot that this version of the publisher gives a meaning; the rest is zero",
    ),
    field(slot::PUBLISHED_AT, 1, "published_at", "ms UTC", "when it was published"),
    field(slot::BANK, 1, "bank", "", "the copy of the tables that belongs to it: 0 or 1"),
    field(slot::TOTALS, counters::WORDS, "totals", "counters", "everything ever counted"),
    period(0, "today", "the current day in the file's zone"),
    period(1, "this_week", "the current week"),
    period(2, "this_month", "the current month"),
    period(3, "block", "the current five-hour block; all zero if there is none"),
    field(slot::BLOCK_SPAN, 1, "block_first_at", "ms UTC", "first request of the block; 0 if there is none"),
    field(
        slot::BLOCK_SPAN + 1,
        1,
        "block_last_at",
        "ms UTC",
        "last request of the block; 0 if there is none",
    ),
    field(slot::SCAN_STATE, 1, "scan_state", "", "0 catching up (totals are a lower bound), 1 complete"),
    field(slot::LIMITS, slot::LIMIT_WORDS, "five_hour_limit", "limit", "use of the five-hour limit"),
    field(
        slot::LIMITS + slot::LIMIT_WORDS,
        slot::LIMIT_WORDS,
        "seven_day_limit",
        "limit",
        "use of the seven-day limit",
    ),
    length(0, "models_rows"),
    length(1, "projects_rows"),
    length(2, "sessions_rows"),
    length(3, "days_rows"),
    length(4, "hours_rows"),
    length(5, "history_rows"),
    length(6, "agents_rows"),
    length(7, "limits_rows"),
    field(slot::SESSIONS_LEFT_OUT, 1, "sessions_left_out", "", "sessions that the table had no room for"),
    field(
        slot::HISTORY_OLDEST,
        1,
        "history_oldest",
        "row",
        "oldest row of the history ring; row i in order of time is (history_oldest + i) mod history_rows",
    ),
    field(slot::NAMES_BYTES, 1, "names_bytes", "bytes", "bytes of the names region in use"),
    reserved(slot::USED, slot::WORDS),
];

const fn count(word: usize, name: &'static str, unit: &'static str, meaning: &'static str) -> Field {
    field(word, 1, name, unit, meaning)
}

/// A set of counters. All are unsigned.
pub const COUNTERS: &[Field] = &[
    count(counters::REQUESTS, "requests", "", "API requests"),
    count(counters::MESSAGES, "messages", "", "merged transcript records"),
    count(counters::INPUT, "input_tokens", "tokens", "uncached input"),
    count(counters::OUTPUT, "output_tokens", "tokens", "output, thinking included"),
    count(counters::CACHE_WRITE_5M, "cache_write_5m_tokens", "tokens", "written to the five-minute cache"),
    count(counters::CACHE_WRITE_1H, "cache_write_1h_tokens", "tokens", "written to the one-hour cache"),
    count(counters::CACHE_READ, "cache_read_tokens", "tokens", "read from the cache"),
    count(counters::WEB_SEARCH, "web_search_requests", "", "server-side web searches"),
    count(
        counters::UNPRICED,
        "unpriced_tokens",
        "tokens",
        "of models without a price: in the counts above, not in the cost",
    ),
    field(
        counters::COST,
        2,
        "cost",
        "picodollars",
        "API-equivalent cost in 10^-12 USD, 128 bits, low word first",
    ),
    count(
        counters::THINKING,
        "thinking_tokens",
        "tokens",
        "output spent on thinking, a part of output_tokens",
    ),
    count(counters::WEB_FETCH, "web_fetch_requests", "", "server-side web fetches, which are free"),
    count(
        counters::PROVISIONAL_MESSAGES,
        "provisional_messages",
        "",
        "messages whose final usage never reached the disk",
    ),
    count(
        counters::PROVISIONAL_OUTPUT,
        "provisional_output_tokens",
        "tokens",
        "the output of those messages, a lower bound and a part of output_tokens",
    ),
    reserved(counters::USED, counters::WORDS),
];

/// A period.
pub const PERIOD: &[Field] = &[
    field(0, 1, "start", "ms UTC", "first millisecond"),
    field(
        1,
        1,
        "end",
        "ms UTC",
        "first millisecond after it; past it the figures stand, and are no longer current",
    ),
    field(2, counters::WORDS, "counters", "counters", "the requests in it"),
];

/// A limit in a slot.
pub const LIMIT: &[Field] = &[
    field(0, 1, "used", "millionths", "used part of the limit; more than 1000000 if it is exceeded"),
    field(1, 1, "resets_at", "ms UTC", "when it starts over; 0 unknown"),
    field(2, 1, "seen_at", "ms UTC", "when it was reported; 0 never"),
];

const fn histogram(index: usize, name: &'static str, meaning: &'static str) -> Field {
    field(HISTOGRAMS + index * HISTOGRAM_BUCKETS, HISTOGRAM_BUCKETS, name, "histogram", meaning)
}

/// First word of the histograms in a health section.
pub(crate) const HISTOGRAMS: usize = 32;
/// End of what this version uses of a health section.
pub(crate) const HEALTH_END: usize = HISTOGRAMS + 3 * HISTOGRAM_BUCKETS;

/// A health section. Counts are since the publisher started, unless said otherwise.
pub const HEALTH: &[Field] = &[
    count(0, "sequence", "", "0 never written, odd while written, then twice the number of the report"),
    count(1, "crc", "", "CRC-32 of all other words of the section, in their order; in the low half"),
    count(2, "updated_at", "ms UTC", "when these figures were written"),
    count(3, "roots", "", "roots that exist, at the last full scan"),
    count(4, "files", "", "transcripts known now"),
    count(5, "file_bytes", "bytes", "their size now"),
    count(6, "skipped_files", "", "files and folders that could not be read at the last full scan"),
    count(7, "passes", "", "times that something was read or looked for"),
    count(8, "bytes_read", "bytes", "bytes of transcripts read"),
    count(9, "lines", "", "lines read"),
    count(10, "records", "", "records with usage read, duplicates included"),
    count(11, "requests", "", "requests counted, of all time"),
    count(12, "duplicates_merged", "", "records that merged into a message counted before"),
    count(13, "malformed_lines", "", "lines that are damaged"),
    count(14, "unfinished_lines", "", "last lines that were incomplete at the last pass"),
    count(15, "synthetic_records", "", "records of the model <synthetic>, which are not counted"),
    count(16, "bad_timestamps", "", "records left out for a missing or impossible time"),
    count(17, "truncations", "", "transcripts found shorter or rewritten"),
    count(18, "lost_events", "", "times that the system lost change events or refused a watch"),
    count(19, "errors", "", "passes and publishes that failed"),
    count(20, "last_error_at", "ms UTC", "when the last of them failed; 0 never"),
    count(21, "scan_us", "us", "duration of the last full scan"),
    count(22, "pass_us", "us", "duration of the last pass"),
    count(23, "commit_us", "us", "duration of the last ledger commit"),
    count(24, "publish_us", "us", "duration of the last publish"),
    count(25, "lag_us", "us", "from a transcript's write to its publish, the last seen"),
    count(
        26,
        "following",
        "",
        "how changes are noticed: 0 unknown, 1 every folder is watched, 2 some are polled",
    ),
    count(27, "poll_interval_ms", "ms", "time between looks at folders that are polled; 0 if none is"),
    count(28, "folders_unwatched", "", "folders that cannot be watched"),
    count(29, "resident_bytes", "bytes", "memory that the publisher holds; 0 unknown"),
    count(30, "ledger_bytes", "bytes", "size of the ledger's file; 0 unknown"),
    reserved(31, HISTOGRAMS),
    histogram(0, "pass_histogram", "durations of passes"),
    histogram(1, "commit_histogram", "durations of ledger commits"),
    histogram(2, "publish_histogram", "durations of publishes"),
    reserved(HEALTH_END, HEALTH_WORDS),
];

const BANK: &[Field] = &[
    count(0, "sequence", "", "odd while the bank is written, then that of its commit"),
    count(1, "check", "", "sum modulo 2^64 of the CRC-32 of every row in use, see Without a mapping"),
    reserved(2, BANK_WORDS),
];

const AGENT_MEANING: &str = "number of the agent: 0 is Claude Code";

const MODEL: &[Field] = &[
    count(row::model::NAME, "name", "name", "id as transcripts give it"),
    count(row::model::AGENT, "agent", "", AGENT_MEANING),
    field(row::model::COUNTERS, counters::WORDS, "counters", "counters", "all its requests"),
];

const PROJECT: &[Field] = &[
    count(row::project::PROJECT, "project", "name", "key: the folder's name below projects/, or - for none"),
    count(row::project::PATH, "path", "name", "working directory; empty if no transcript names it"),
    count(row::project::AGENT, "agent", "", AGENT_MEANING),
    count(row::project::FIRST_AT, "first_at", "ms UTC", "first request"),
    count(row::project::LAST_AT, "last_at", "ms UTC", "last request"),
    field(row::project::COUNTERS, counters::WORDS, "counters", "counters", "all its requests"),
    field(
        row::project::TODAY,
        counters::WORDS,
        "today",
        "counters",
        "its requests in the period `today` of the slot",
    ),
];

const SESSION: &[Field] = &[
    count(row::session::SESSION, "session", "name", "session id"),
    count(row::session::PROJECT, "project", "name", "key of the project of its latest request"),
    count(row::session::AGENT, "agent", "", AGENT_MEANING),
    count(row::session::FIRST_AT, "first_at", "ms UTC", "first request"),
    count(row::session::LAST_AT, "last_at", "ms UTC", "last request"),
    field(row::session::COUNTERS, counters::WORDS, "counters", "counters", "all its requests"),
];

const fn timed(name: &'static str, unit: &'static str, meaning: &'static str) -> [Field; 2] {
    [
        count(row::timed::WHEN, name, unit, meaning),
        field(row::timed::COUNTERS, counters::WORDS, "counters", "counters", "the requests in it"),
    ]
}

const DAY: &[Field] = &timed("date", "yyyymmdd", "decimal digits of the date: 20261124 is 24 November 2026");
const HOUR: &[Field] = &timed("start", "ms UTC", "first millisecond");
const MOMENT: &[Field] = &[
    count(row::timed::WHEN, "at", "ms UTC", "the moment"),
    field(row::timed::COUNTERS, counters::WORDS, "counters", "counters", "totals of all time at that moment"),
];

const AGENT: &[Field] = &[
    count(row::agent::AGENT, "agent", "", AGENT_MEANING),
    count(row::agent::NAME, "name", "name", "name of the agent"),
    field(row::agent::COUNTERS, counters::WORDS, "counters", "counters", "all its requests"),
];

const LIMIT_ROW: &[Field] = &[
    count(row::limit::AGENT, "agent", "", AGENT_MEANING),
    count(
        row::limit::KIND,
        "kind",
        "",
        "0 other, 1 five hours, 2 seven days, 3 seven days for a model, 4 spend",
    ),
    count(row::limit::SCOPE, "scope", "name", "what it is limited to, such as a model; empty for everything"),
    count(
        row::limit::USED,
        "used",
        "millionths",
        "used part of the limit; more than 1000000 if it is exceeded",
    ),
    count(row::limit::RESETS_AT, "resets_at", "ms UTC", "when it starts over; 0 unknown"),
    count(row::limit::SEEN_AT, "seen_at", "ms UTC", "when it was reported"),
    field(
        row::limit::SPENT,
        2,
        "spent",
        "picodollars",
        "spent of it, low word first; 0 if it is not about money",
    ),
    field(row::limit::ALLOWED, 2, "allowed", "picodollars", "what may be spent, low word first; 0 unknown"),
];

const ENTRY: &[Field] = &[count(
    0,
    "entry",
    "",
    "0 free; else the high 32 bits of the key's hash, and in the low 32 bits the row + 1",
)];

/// The words of a region's row; none for a region of bytes.
pub const fn row_fields(region: Region) -> &'static [Field] {
    match region {
        Region::Banks => BANK,
        Region::Health => HEALTH,
        Region::Names | Region::Layout => &[],
        Region::Models => MODEL,
        Region::Projects => PROJECT,
        Region::Sessions => SESSION,
        Region::Days => DAY,
        Region::Hours => HOUR,
        Region::History => MOMENT,
        Region::Agents => AGENT,
        Region::Limits => LIMIT_ROW,
        Region::SessionIndex | Region::ProjectIndex => ENTRY,
    }
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

const fn is_unit(unit: &str) -> bool {
    let mut at = 0;
    while at < UNITS.len() {
        if same(UNITS[at], unit) {
            return true;
        }
        at += 1;
    }
    false
}

const fn covers(fields: &[Field], from: usize, to: usize) -> bool {
    let mut at = from;
    let mut field = 0;
    while field < fields.len() {
        let next = &fields[field];
        if next.word != at || next.meaning.is_empty() || !is_unit(next.unit) {
            return false;
        }
        at += next.words;
        field += 1;
    }
    at == to
}

const _: () = {
    assert!(covers(IDENTITY, 0, identity::WORDS));
    assert!(covers(CONTROL, identity::WORDS, slot::FIRST));
    assert!(covers(SLOT, 0, slot::WORDS));
    assert!(covers(COUNTERS, 0, counters::WORDS));
    assert!(covers(PERIOD, 0, slot::PERIOD_WORDS));
    assert!(covers(LIMIT, 0, slot::LIMIT_WORDS));
    let mut region = 0;
    while region < Region::ALL.len() {
        let known = Region::ALL[region];
        assert!(known.is_bytes() || covers(row_fields(known), 0, known.row_bytes() / super::WORD_BYTES));
        region += 1;
    }
};
