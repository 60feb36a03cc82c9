//! The snapshot as loom's models see it: commits and reads on words in memory, without files and system calls.
//!
//! Stands in for `mod.rs` in builds with `--cfg loom`, whose atomics are not words that a file could hold.
//! Invariant: every module listed here is the one that programs run.

#![allow(dead_code, unused_imports, unreachable_pub)] // the models use a part of each

pub mod layout;

mod code;
mod commit;
mod counters;
mod crc;
mod draft;
mod error;
mod floor;
mod frame;
mod geometry;
mod health;
mod image;
mod index;
mod mapped;
mod money;
mod names;
mod rows;
mod sections;
pub(crate) mod seqlock;
pub(crate) mod sync;
mod totals;

#[cfg(test)]
mod model;

/// The system calls of a commit. Nobody sleeps in a model, and no time passes.
mod os {
    use super::sync::AtomicU64;

    pub(crate) fn awake_clock_of_boot_ms() -> u64 {
        0
    }

    pub(crate) fn wall_clock_ms() -> i64 {
        0
    }

    pub(crate) fn futex_wake(_: &AtomicU64) {}
}

pub use self::{
    code::Code,
    counters::Counters,
    draft::{Draft, HISTORY_MAX, HOURS_MAX, SESSIONS_MAX},
    error::{OpenError, ReadError, WriteError},
    frame::Frame,
    health::{Following, Health, Histogram},
    money::{ParseMoneyError, Picodollars},
    rows::{
        Agent, AgentRow, DayRow, HistoryRow, HourRow, LimitKind, LimitRow, ModelRow, Name, ProjectRow, Row,
        SessionRow,
    },
    totals::{Control, Limit, Period, Publication, ScanState, Span, Totals},
};
