//! From requests to what the snapshot shows: sums, calendar periods, five-hour blocks and the commit.
//!
//! Invariant: the sums equal those over all merged requests, whatever order they came in; a snapshot's commit
//! is complete or not there. Used by the programs; knows nothing of command lines.

mod aggregate;
pub mod blocks;
pub mod calendar;
mod error;
mod once;
mod positions;
mod publisher;
mod tables;

pub use aggregate::{Activity, Aggregates, Changes, Contribution, QUARTER_MS, Quarter, quarter_of};
pub use error::PublishError;
pub use once::{Held, Job, Once, Pass};
pub use publisher::Publisher;
