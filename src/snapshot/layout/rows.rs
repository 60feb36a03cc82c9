//! The rows of the regions.
//!
//! Invariant: the fields of a row are only ever added to, at its end.

use super::sets::counters;
use super::sizes::HISTOGRAM_BUCKETS;

part! {
    /// Word offsets in the header of a bank.
    pub mod bank from 0 => {
        SEQUENCE "sequence": U64 * 1, "",
            "0 never written, odd while the bank is written, 2N once it holds the tables of commit N";
        CHECK "check": U64 * 1, "",
            "sum, modulo 2⁶⁴, of the CRC-32 of every row in use in every table; see *Without a mapping*";
        RESERVED "reserved": Reserved * 6, "", "zero; a later minor version may use it";
    }
}

part! {
    /// Word offsets in a report on the publisher's health.
    pub mod health from 0 => {
        SEQUENCE "sequence": U64 * 1, "",
            "0 never written, odd while written, 2N once report N is complete; it is not the sequence of a commit";
        CRC "crc": Crc32 * 1, "", "CRC-32 of the row's bytes before this word and after it, to the row's end";
        UPDATED_AT "updated_at": I64 * 1, "ms UTC", "when this was reported";
        ROOTS "roots": U64 * 1, "folders", "roots that exist, at the last full scan";
        FILES "files": U64 * 1, "files", "transcripts there are";
        FILE_BYTES "file_bytes": U64 * 1, "bytes", "their length in all";
        SKIPPED_FILES "skipped_files": U64 * 1, "files",
            "files and folders that could not be read, at the last full scan";
        PASSES "passes": U64 * 1, "passes", "passes over changed transcripts, since the publisher started";
        BYTES_READ "bytes_read": U64 * 1, "bytes", "transcript bytes read, since the publisher started";
        LINES "lines": U64 * 1, "lines", "lines read, since the publisher started";
        RECORDS "records": U64 * 1, "records",
            "records with usage that were read, duplicates included, since the publisher started";
        REQUESTS "requests": U64 * 1, "requests", "requests counted, of all time";
        DUPLICATES_MERGED "duplicates_merged": U64 * 1, "records",
            "records that merged into one counted before, since the publisher started";
        MALFORMED_LINES "malformed_lines": U64 * 1, "lines",
            "lines that are not JSON objects, whole or from some point on, since the publisher started";
        UNFINISHED_LINES "unfinished_lines": U64 * 1, "lines", "last lines that were not complete, at the last pass";
        SYNTHETIC_RECORDS "synthetic_records": U64 * 1, "records",
            "records of the model `<synthetic>`, which are not counted, since the publisher started";
        BAD_TIMESTAMPS "bad_timestamps": U64 * 1, "records",
            "records not counted for a missing or impossible time, since the publisher started";
        TRUNCATIONS "truncations": U64 * 1, "files",
            "transcripts found shorter or rewritten, since the publisher started";
        LOST_EVENTS "lost_events": U64 * 1, "times",
            "how often the system lost change events or refused a watch, since the publisher started";
        ERRORS "errors": U64 * 1, "errors", "passes and publishes that failed, since the publisher started";
        LAST_ERROR_AT "last_error_at": I64 * 1, "ms UTC", "when the last of them happened; 0 never";
        SCAN_US "scan_us": U64 * 1, "µs", "duration of the last full scan";
        PASS_US "pass_us": U64 * 1, "µs", "duration of the last pass";
        COMMIT_US "commit_us": U64 * 1, "µs", "duration of the last ledger commit";
        PUBLISH_US "publish_us": U64 * 1, "µs", "duration of the last publish";
        LAG_US "lag_us": U64 * 1, "µs", "time from a transcript's last write to its publish, last measured";
        FOLLOWING "following": U64 * 1, "",
            "how the publisher notices changes: it watches every folder, or polls some",
            &[(0, "unknown"), (1, "watching"), (2, "polling")];
        POLL_INTERVAL_MS "poll_interval_ms": U64 * 1, "ms", "time between polls of those folders; 0 if none is polled";
        FOLDERS_UNWATCHED "folders_unwatched": U64 * 1, "folders", "folders that cannot be watched";
        RESIDENT_BYTES "resident_bytes": U64 * 1, "bytes", "resident memory of the publisher; 0 unknown";
        LEDGER_BYTES "ledger_bytes": U64 * 1, "bytes", "size of the ledger's file; 0 unknown";
        RESERVED_BEFORE_HISTOGRAMS "reserved": Reserved * 1, "", "zero; a later minor version may use it";
        PASS_HISTOGRAM "pass_histogram": Histogram * HISTOGRAM_BUCKETS, "passes", "durations of passes";
        COMMIT_HISTOGRAM "commit_histogram": Histogram * HISTOGRAM_BUCKETS, "commits", "durations of ledger commits";
        PUBLISH_HISTOGRAM "publish_histogram": Histogram * HISTOGRAM_BUCKETS, "publishes", "durations of publishes";
        PASS_US_SUM "pass_us_sum": U64 * 1, "µs",
            "sum of the durations in `pass_histogram`; unknown if it is 0 and they are not: files of version 1.0 lack it";
        COMMIT_US_SUM "commit_us_sum": U64 * 1, "µs",
            "sum of the durations in `commit_histogram`, as for passes; since 1.1";
        PUBLISH_US_SUM "publish_us_sum": U64 * 1, "µs",
            "sum of the durations in `publish_histogram`, as for passes; since 1.1";
        RESERVED "reserved": Reserved * (HEALTH_WORDS - RESERVED), "", "zero; a later minor version may use it";
    }
    /// Words of a report, with room to spare.
    const HEALTH_WORDS: usize = 128;
}

part! {
    /// Word offsets in a row of `agents`.
    pub mod agent_row from 0 => {
        AGENT "agent": U64 * 1, "", "number of the agent; 0 is Claude Code";
        NAME "name": Name * 1, "", "its name";
        COUNTERS "counters": Counters * counters::WORDS, "", "all its requests";
    }
}

part! {
    /// Word offsets in a row of `models`.
    pub mod model_row from 0 => {
        NAME "name": Name * 1, "", "the model's id, as transcripts spell it";
        AGENT "agent": U64 * 1, "", "number of the agent that used it";
        COUNTERS "counters": Counters * counters::WORDS, "", "all its requests";
    }
}

part! {
    /// Word offsets in a row of `projects`.
    pub mod project_row from 0 => {
        PROJECT "project": Name * 1, "", "the project's key: its folder's name below `projects/`, or `-` for none";
        PATH "path": Name * 1, "", "its working folder; empty if no transcript names it";
        AGENT "agent": U64 * 1, "", "number of the agent that worked on it";
        FIRST_AT "first_at": I64 * 1, "ms UTC", "its first request";
        LAST_AT "last_at": I64 * 1, "ms UTC", "its last request";
        COUNTERS "counters": Counters * counters::WORDS, "", "all its requests";
        TODAY "today": Counters * counters::WORDS, "", "its requests in the slot's `today`";
    }
}

part! {
    /// Word offsets in a row of `sessions`.
    pub mod session_row from 0 => {
        SESSION "session": Name * 1, "", "the session's id";
        PROJECT "project": Name * 1, "", "the key of the project of its latest request";
        AGENT "agent": U64 * 1, "", "number of the agent that held it";
        FIRST_AT "first_at": I64 * 1, "ms UTC", "its first request";
        LAST_AT "last_at": I64 * 1, "ms UTC", "its last request";
        COUNTERS "counters": Counters * counters::WORDS, "", "all its requests";
    }
}

part! {
    /// Word offsets in a row of `days`.
    pub mod day_row from 0 => {
        DATE "date": U64 * 1, "yyyymmdd", "the date, as a decimal number: 20261124 is 24 November 2026";
        COUNTERS "counters": Counters * counters::WORDS, "", "the requests of the day";
    }
}

part! {
    /// Word offsets in a row of `hours`.
    pub mod hour_row from 0 => {
        START "start": I64 * 1, "ms UTC", "its first millisecond";
        COUNTERS "counters": Counters * counters::WORDS, "", "the requests of the hour";
    }
}

part! {
    /// Word offsets in a row of `history`.
    pub mod history_row from 0 => {
        AT "at": I64 * 1, "ms UTC", "when these totals were published";
        COUNTERS "counters": Counters * counters::WORDS, "", "the totals of all time at that moment";
    }
}

part! {
    /// Word offsets in a row of `limits`.
    pub mod limit_row from 0 => {
        AGENT "agent": U64 * 1, "", "number of the agent whose account it is";
        KIND "kind": U64 * 1, "", "what is limited; a number that is not listed is another kind",
            &[(0, "other"), (1, "five_hour"), (2, "seven_day"), (3, "seven_day_model"), (4, "spend")];
        SCOPE "scope": Name * 1, "", "what it is limited to, such as a model's name; empty for the whole account";
        USED "used": U64 * 1, "millionths",
            "used part of the limit; more than 1,000,000 if the limit was exceeded";
        RESETS_AT "resets_at": I64 * 1, "ms UTC", "when it resets; 0 unknown";
        SEEN_AT "seen_at": I64 * 1, "ms UTC", "when this was reported";
        SPENT "spent": U128 * 2, "picodollars", "money spent of it; 0 if it is not a limit in money";
        ALLOWED "allowed": U128 * 2, "picodollars", "money it allows; 0 if it is not a limit in money, or unknown";
    }
}

part! {
    /// The word of an entry of an index.
    pub mod index_entry from 0 => {
        ENTRY "entry": Halves * 1, "",
            "0 free; else the high half of the key's hash in the high half, row + 1 in the low; see *Looking up one row*";
    }
}
