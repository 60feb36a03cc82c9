//! The parts of the layout that are not rows of a region, and the units of all fields.
//!
//! Invariant: every part is in one list, from which the JSON, `LAYOUT.md` and the schema hash are made.

use super::page::{control, directory_entry, identity, slot};
use super::part::Field;
use super::sets::{counters, limit, period};

/// A part of the layout that is not a region's row.
pub(super) struct Struct {
    pub(super) name: &'static str,
    pub(super) fields: &'static [Field],
    pub(super) meaning: &'static str,
}

/// All of them, in the order of documents.
pub(super) const STRUCTS: [Struct; 7] = [
    Struct {
        name: "static",
        fields: identity::FIELDS,
        meaning: "What the file is, who wrote it and where its regions are: written at creation, then never.",
    },
    Struct {
        name: "control",
        fields: control::FIELDS,
        meaning: "Words that change at any time, each on its own: no checksum covers them.",
    },
    Struct {
        name: "slot",
        fields: slot::FIELDS,
        meaning: "The totals of one commit: commit N writes slot N mod 4.",
    },
    Struct {
        name: "directory_entry",
        fields: directory_entry::FIELDS,
        meaning: "Where a region is. Copies of a region follow each other, each rounded up to 64 bytes.",
    },
    Struct {
        name: "counters",
        fields: counters::FIELDS,
        meaning: "A set of counters, wherever there is one.",
    },
    Struct { name: "period", fields: period::FIELDS, meaning: "A stretch of time and what was used in it." },
    Struct { name: "limit", fields: limit::FIELDS, meaning: "How much of a limit of the account is used." },
];

/// Units, and what they mean.
pub(super) const UNITS: [(&str, &str); 23] = [
    ("ms UTC", "milliseconds since 1970-01-01T00:00:00Z"),
    ("ms", "milliseconds"),
    ("µs", "microseconds"),
    ("bytes", "bytes"),
    ("words", "words of 8 bytes"),
    ("rows", "rows of a region"),
    ("row", "the number of a row, from 0"),
    ("picodollars", "10⁻¹² US dollars"),
    ("millionths", "parts of a million"),
    ("yyyymmdd", "a date: year × 10,000 + month × 100 + day"),
    ("requests", "API requests"),
    ("messages", "messages of a model"),
    ("tokens", "tokens"),
    ("sessions", "sessions"),
    ("folders", "folders"),
    ("files", "files"),
    ("lines", "lines of transcripts"),
    ("records", "records in transcripts"),
    ("passes", "passes over changed transcripts"),
    ("commits", "commits to the ledger"),
    ("publishes", "commits to the snapshot"),
    ("times", "occurrences"),
    ("errors", "errors"),
];
