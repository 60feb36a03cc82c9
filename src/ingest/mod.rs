//! From transcripts to merged records: find roots and files, read them, tell what counts.
//!
//! The way of a byte: [`discover()`] finds the file, [`Reader`] opens it and feeds pieces of it to the line splitter,
//! which finds candidate lines; what is Claude Code's picks the members that count and makes a
//! [`Record`](crate::usage::Record) of them. A [`Follower`] knows what was read and gives out what has changed since,
//! [`catch_up()`] reads much of that on all threads ([`scan()`] does so with no knowledge of earlier reads), and a
//! [`Watch`] tells when there is something to read.
//!
//! Four folders, in import order: `json` (any JSON), `claude` (all that is Claude Code's), `find` (where transcripts are)
//! and `read` (their bytes). `format` is the seam through which `read` asks `claude`.
//!
//! Invariants: the totals do not depend on the order of files or lines, on threads, or on how often something is read;
//! nothing that is damaged, unreadable or hostile is fatal, and nothing of it passes silently. No prices, no clock in what
//! is counted, no environment, no output. Used by the publisher.

mod claude;
mod find;
mod format;
mod json;
mod read;
mod threads;

pub use claude::{CostState, Environment, NO_PROJECT, WorkingFolder, session_of};
pub use find::{
    Discovery, Events, Folder, Found, Root, RootError, Skipped, Transcript, Waker, Watch, WatchError,
    discover, find_roots,
};
pub use read::{
    BATCH_RECORDS, Batch, Due, FileState, Findings, Follower, Mark, Outcome, PLACES, Place, Progress,
    ReadError, Reader, Reading, Records, Scan, Stats, catch_up, scan,
};
pub use threads::default_threads;
