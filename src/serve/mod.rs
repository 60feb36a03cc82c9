//! Totals over HTTP: `/api/stats`, reports, events and what else a browser or a script may ask for.
//!
//! A server is a reader of the snapshot like any other, in a thread and a runtime of its own, in the publisher's process
//! or in one of its own (`cco serve`). It never opens a transcript, and async code stays in here.
//!
//! A request passes `connection` (limits of one client), `guard` (method, host, origin, time), `access` (token, and
//! whether this client may see names) and a route. Routes are one table, `routes`, which `/openapi.json` describes; each
//! family of them is a file in `route`. What they answer is a `rendition`: bytes that are made once and shared.
//!
//! Invariants: figures are those of a whole commit, and a publisher that died is never shown as live. Nothing changes by a
//! request. Whoever may not see names gets none, in errors either. What a client can make the server keep is bounded.
//! Used by `daemon` and `cli`.

mod access;
mod address;
mod alerts;
mod aliases;
mod connection;
mod counts;
mod described;
mod error;
mod event_clients;
mod guard;
mod inlined;
mod listener;
mod metrics;
mod negotiate;
mod openapi;
mod options;
mod parameters;
mod patience;
mod peer;
mod probe;
mod problem;
mod rendition;
mod reports;
mod route;
mod routes;
mod served;
mod server;
mod socket_owner;
mod source;
mod token;
mod warning;

pub use address::{Address, DEFAULT};
pub use error::ServeError;
pub use options::{Links, Options, ScanProgress};
pub use patience::Patience;
pub use probe::answers;
pub use server::Server;
