//! Reports: what users see of a snapshot and of the ledger, as text and as JSON.
//!
//! Invariant: reports only read. Figures that are stale or missing are shown as such, never as zero. The wire
//! types live here; the snapshot's own types are not serialisable.

pub mod bar;
pub mod budget;
pub mod document;
pub mod field;
pub mod figures;
mod health;
pub mod summary;
pub mod tables;
#[cfg(feature = "publisher")]
pub mod usage;
mod view;

pub use view::{View, Want};
