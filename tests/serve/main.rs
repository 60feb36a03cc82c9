//! Totals over HTTP, from real programs on ports of their own: what is answered, to whom, and what clients cannot do.

mod access;
mod alerts;
mod answers;
mod client;
mod daemon;
mod events;
mod host;
mod hostile;
mod impatient;
mod metrics;
mod page;
#[path = "../ledger_cli/place.rs"]
#[allow(dead_code)] // other tests use more of it
mod place;
mod reports;
#[path = "../skipped/mod.rs"]
mod skipped;
