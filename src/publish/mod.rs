//! From transcripts to the snapshot: counting into the ledger, sums, periods and commits.
//!
//! Invariant: the sums equal those of all requests in the ledger, in whatever order they arrived; a commit is complete
//! or absent. Used by `daemon` and the programs; knows nothing about command lines.

mod aggregate;
mod apply;
mod backlog;
mod blocks;
mod cached_limits;
mod counter;
mod error;
mod file_limit;
mod first_count;
mod job;
mod live;
mod nudge;
mod pace;
mod positions;
mod project_days;
mod publisher;
mod repositories;
mod requests;
mod scan_summary;
mod stored;
mod tables;
mod turn;

use std::time::Instant;

pub use aggregate::{Activity, Aggregates, BelowZero, Changes, Contribution, Quarter, quarter_of};
pub use backlog::Finished;
pub use counter::Counter;
pub use error::PublishError;
pub use file_limit::file_limit_note;
pub use job::Job;
pub use live::{Event, Live};
pub use nudge::{Nudge, nudges_in};
pub use publisher::Publisher;
pub use requests::{Order, Requests};
pub use scan_summary::ScanSummary;
pub use turn::{Notice, Turn, TurnError, take_turn};

/// The current time, ms UTC.
fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// Memory that this process holds, in bytes; `None` if the system does not tell.
fn resident_bytes() -> Option<u64> {
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
    let resident: u64 = pages.split_whitespace().nth(1)?.parse().ok()?;
    Some(resident * u64::try_from(rustix::param::page_size()).ok()?)
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}
