//! Usage over time: by day, week, month, session, project, model and dimension, and in 5-hour blocks. Used by `cli` and
//! `serve`.
//!
//! Invariant: a report sums the ledger's rollups and nothing else. Without filters each rollup is in exactly one
//! row; with filters, in at most one.
//!
//! Names are looked up only after summing, because copying one for each of a hundred thousand rollups is slow. The
//! output formats are separate: [`json`] is ours, [`compat`] is ccusage's, [`csv`] is for spreadsheets.

mod block_report;
mod block_status;
pub mod blocks;
pub mod choose;
pub mod compat;
mod costs;
pub mod csv;
mod differences;
mod dimensions;
pub mod json;
mod labels;
mod marking;
mod named;
mod periods;
mod query;
pub mod reconcile;
mod rows;
mod spent;
mod statistics;
mod values;
mod worktrees;

pub use block_report::{BlockReport, TokenLimit};
pub use block_status::BlockStatus;
pub use choose::ChoiceError;
pub use costs::Costs;
pub use differences::{Difference, Differences, ModelDifferences};
pub use dimensions::DimensionFilter;
pub use labels::{moment, short_models};
pub use marking::Marking;
pub use named::{NameTables, Project, name};
pub use periods::first_of_last;
pub use query::{Division, Grouping, Only, Query};
pub use rows::{Label, ModelSums, Report, Row, together};
pub use spent::{current_periods, spent};
pub use statistics::{Statistics, StatisticsRow};
pub use values::{date, length_ms};

pub use crate::usage::Dimension;
