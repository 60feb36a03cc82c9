//! Turns transcripts into merged records: finds roots and files, reads them, and decides what counts.
//!
//! The path of a byte: [`discover()`] finds the file. [`Reader`] opens it and feeds pieces of it to the line
//! splitter, which finds candidate lines. `claude` picks the members that count and makes a
//! [`Record`](crate::usage::Record) from them. A [`Follower`] knows how far each file was read and finds what
//! has changed since. [`catch_up()`] reads many changed files on all threads; [`scan()`] does the same
//! without knowledge of earlier reads. A [`Watch`] reports when there is something to read.
//!
//! Four folders, in import order: `json` (any JSON), `claude` (everything specific to Claude Code), `find`
//! (where transcripts are) and `read` (their bytes). `format` is the interface through which `read` uses
//! `claude`.
//!
//! Invariants: totals do not depend on the order of files or lines, on threads, or on how often something is
//! read. Damaged, unreadable or hostile input is never fatal and never ignored silently. There are no prices,
//! no environment, no output, and no clock in what is counted. Used by the publisher.

mod claude;
mod find;
mod format;
mod json;
mod read;
mod threads;

pub use claude::{
    CostState, Environment, NO_PROJECT, NotStatistics, StatsCache, Subagent, Title, TitleKind, WorkingFolder,
    cached_usage, session_of, state_files,
};
pub use find::{
    Beside, Discovery, Events, Folder, Obstacle, Root, RootError, RootSearch, SkippedPath, Transcript, Waker,
    Watch, discover, find_roots,
};
pub use read::{
    BATCH_RECORDS, Batch, CatchUp, ChangedTranscript, FileState, Follower, MAX_MALFORMED, MalformedAt, Mark,
    NextBatch, Progress, ReadError, ReadOutcome, Reader, Records, Scan, ScanResult, Stats,
    TranscriptContents, catch_up, scan,
};
pub use threads::default_threads;
