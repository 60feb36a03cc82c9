//! From transcripts to merged records: find roots and files, read them, tell what counts.
//!
//! The way of a byte: [`discover()`] finds the file, [`Reader`] opens it and feeds pieces of it to the line
//! splitter, which copies candidate lines out; a structural walk picks the members that count, and the
//! decoder turns them into a [`Record`](crate::usage::Record). A [`Follower`] knows what was
//! read and gives out what has changed since, [`catch_up()`] reads much of that on all threads ([`scan()`] is
//! one of which nothing was known), and a [`Watch`] tells when it is worth a look.
//!
//! Invariants: the totals do not depend on the order of files or lines, on threads, or on how often something
//! is read; nothing that is damaged, unreadable or hostile is fatal, and nothing of it passes silently. No
//! prices, no clock in what is counted, no environment, no output. Used by the publisher.

mod buffer;
mod catch_up;
mod cost_state;
mod cursor;
mod damage;
mod decode;
mod discover;
mod fingerprint;
mod follow;
mod gathered;
mod intern;
mod lines;
mod naming;
mod outline;
mod progress;
mod project;
mod reader;
mod records;
mod revisit;
mod roots;
mod scan;
mod shapes;
mod split;
mod stats;
mod string;
mod timestamp;
mod walk;
mod watch;

pub use catch_up::{BATCH_RECORDS, Batch, catch_up, default_threads};
pub use cost_state::CostState;
pub use discover::{Discovery, Folder, Transcript, discover};
pub use fingerprint::Mark;
pub use follow::{Due, FileState, Findings, Follower, Outcome};
pub use naming::session_of;
pub use progress::Progress;
pub use project::{NO_PROJECT, WorkingFolder};
pub use reader::{ReadError, Reader, Reading};
pub use records::Records;
pub use roots::{Environment, Found, Root, RootError, find_roots};
pub use scan::{Scan, scan};
pub use stats::{PLACES, Place, Skipped, Stats};
pub use watch::{Events, Waker, Watch, WatchError};
