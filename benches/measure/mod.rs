//! What the benchmarks of whole programs share: transcripts to read, programs to run, what the machine allows, and
//! tables to print. `compare` and the benchmark of an axis measure with the same code.
//!
//! Invariant: figures are printed, never judged; a transcript that was there before is only read.

#![allow(dead_code)] // each benchmark uses a part

pub(crate) mod appends;
pub(crate) mod limit;
pub(crate) mod load;
pub(crate) mod machine;
pub(crate) mod peer;
pub(crate) mod processes;
pub(crate) mod program;
pub(crate) mod publisher;
pub(crate) mod server;
pub(crate) mod table;
pub(crate) mod times;
pub(crate) mod transcripts;
