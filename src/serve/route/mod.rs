//! The routes, one file a family.
//!
//! Invariant: a route reads, and answers from the snapshot or the ledger. A family has `ROUTES`, which `routes` lists.

pub(super) mod alive;
pub(super) mod blocks;
pub(super) mod budgets;
pub(super) mod description;
pub(super) mod events;
mod filters;
pub(super) mod history;
pub(super) mod metrics;
pub(super) mod page;
pub(super) mod stats;
pub(super) mod usage;
