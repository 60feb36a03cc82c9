//! Usage over time: by day, week, month, session, project and model, and in blocks of hours.
//!
//! Invariant: a report is a sum of the ledger's rollups and of nothing else; each of them is in one row at most,
//! and in one exactly where nothing was left out. Rows know their ids' names only at the end, so that no name
//! is copied for each of a hundred thousand rollups. Wire types stand apart: [`json`] is ours, [`compat`] is
//! ccusage's, [`csv`] is for spreadsheets.

pub mod blocks;
pub mod compat;
mod costs;
pub mod csv;
pub mod json;
mod named;
mod periods;
mod query;
mod rows;
mod spent;

pub use costs::Costs;
pub use named::NameTables;
pub use periods::first_of_last;
pub use query::{Only, Query};
pub use rows::{Grouping, Label, ModelSums, Project, Report, Row, together};
pub use spent::spent;
