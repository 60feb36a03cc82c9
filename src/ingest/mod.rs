//! From transcripts to merged records: find roots and files, read them, tell what counts.
//!
//! The way of a byte: [`discover()`] finds the file, [`Reader`] opens it and feeds windows of it to the line
//! splitter, which copies candidate lines out; a structural walk picks the members that count, and the
//! decoder turns them into a [`Record`](crate::usage::Record). [`scan()`] does that for all files on all
//! threads.
//!
//! Invariants: the totals do not depend on the order of files or lines, on threads, or on how often something
//! is read; nothing that is damaged, unreadable or hostile is fatal, and nothing of it passes silently. No
//! prices, no clock, no environment, no output. Used by the publisher.

mod cursor;
mod decode;
mod discover;
mod intern;
mod lines;
mod map;
mod project;
mod reader;
mod records;
mod roots;
mod scan;
mod sigbus;
mod stats;
mod timestamp;
mod walk;

pub use discover::{Discovery, Transcript, discover};
pub use project::{NO_PROJECT, WorkingFolder};
pub use reader::{ReadError, Reader, Reading};
pub use records::Records;
pub use roots::{Environment, Found, Root, RootError, find_roots};
pub use scan::{Progress, Scan, default_threads, scan};
pub use stats::{PLACES, Place, Skipped, Stats};
