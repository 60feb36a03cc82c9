//! `cco` counts what Claude Code used, once, and lets any process read the totals in nanoseconds.
//!
//! Two halves meet in one file. A *publisher* reads transcripts, counts every request exactly once and
//! commits totals and tables to a memory-mapped snapshot; *readers* map that file and load. The contract
//! between them is [`snapshot`], the only module that is built without features and the one to embed:
//!
//! ```toml
//! cco = { version = "0.1", default-features = false }
//! ```
//!
//! That module is the public API. The others are the programs' own and may change at any time. Modules stand in import
//! order; each uses only those above it (`tests/architecture` checks it).

#[cfg_attr(loom, path = "snapshot/under_loom.rs")]
pub mod snapshot;

#[cfg(feature = "peek")]
#[doc(hidden)]
pub mod plain_text;

#[cfg(feature = "peek")]
mod causes;

#[cfg(feature = "peek")]
#[doc(hidden)]
pub mod own_folder;

#[cfg(feature = "peek")]
#[doc(hidden)]
pub mod state_folder;

#[cfg(feature = "peek")]
#[doc(hidden)]
pub mod limits;

#[cfg(feature = "peek")]
#[doc(hidden)]
pub mod usage;

#[cfg(feature = "peek")]
#[doc(hidden)]
pub mod pricing;

#[cfg(feature = "publisher")]
#[doc(hidden)]
pub mod ingest;

#[cfg(feature = "peek")]
#[doc(hidden)]
pub mod period;

#[cfg(feature = "publisher")]
#[doc(hidden)]
pub mod ledger;

#[cfg(feature = "publisher")]
#[doc(hidden)]
pub mod publish;

#[cfg(feature = "peek")]
#[doc(hidden)]
pub mod config;

#[cfg(feature = "peek")]
#[doc(hidden)]
pub mod report;

#[cfg(feature = "publisher")]
mod monitor;

#[cfg(feature = "peek")]
#[doc(hidden)]
pub mod peek;

#[cfg(feature = "publisher")]
#[doc(hidden)]
pub mod serve;

#[cfg(feature = "publisher")]
#[doc(hidden)]
pub mod daemon;

#[cfg(feature = "publisher")]
#[doc(hidden)]
pub mod setup;

#[cfg(feature = "publisher")]
#[doc(hidden)]
pub mod cli;

/// The examples in README.md compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
