//! The snapshot as loom's models see it: the protocol, without files and system calls.
//!
//! Stands in for `mod.rs` in builds with `--cfg loom`, whose atomics are not words that a file could hold.
//! Invariant: what is listed here needs no other module of the snapshot.

pub mod layout;

pub(crate) mod seqlock;
pub(crate) mod sync;
