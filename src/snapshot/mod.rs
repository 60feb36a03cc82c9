//! The snapshot: one small file that a publisher writes and any number of processes read.
mod counters;
mod money;

pub use counters::Counters;
pub use money::Picodollars;
