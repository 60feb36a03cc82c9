//! Reports: what users see of a snapshot or the ledger, as text and as JSON. Used by `cli`, `peek`,
//! `serve` and `setup`.
//!
//! Invariant: reports only read. A stale or missing figure is shown as such, never as zero. All serialisable types
//! are here; the snapshot's own types are not serialisable.

#[cfg(feature = "publisher")]
pub mod alerts;
pub mod bar;
pub mod budget;
#[cfg(feature = "publisher")]
pub mod budget_document;
pub mod burn;
pub mod cost;
pub mod document;
pub mod field;
pub mod figures;
pub mod five_hours;
pub mod following;
pub mod grid;
pub mod guard;
mod health;
#[cfg(feature = "publisher")]
pub mod history;
pub mod limit_pace;
#[cfg(feature = "publisher")]
pub mod limit_table;
pub mod metrics;
pub mod names;
#[cfg(feature = "publisher")]
pub mod overview;
pub mod parts;
pub mod provisional;
pub mod share_bar;
pub mod styles;
pub mod summary;
pub mod tables;
#[cfg(feature = "publisher")]
pub mod usage;
mod view;

pub use view::{View, Want, open_to_follow};
