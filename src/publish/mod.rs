//! From requests to what the snapshot shows: sums, calendar periods, five-hour blocks and the commit.
//!
//! Invariant: the sums equal those over all merged requests, whatever order they came in; a snapshot's commit
//! is complete or not there. Used by the programs; knows nothing of command lines.

mod aggregate;
mod positions;

pub use aggregate::{Activity, Aggregates, Changes, Contribution, QUARTER_MS, Quarter, quarter_of};
