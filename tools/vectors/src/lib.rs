//! Vectors for readers of snapshots: golden and hostile files with the answer that every reader must give, and the live
//! snapshot that all of them are tortured with.
//!
//! Made by the real writer, byte for byte the same each time (`cargo run -p cco-vectors -- tests/vectors`). The program
//! that holds every reader to them is `matrix`, beside this folder's `src`.
//!
//! Invariant: a vector says what `LAYOUT.md` says. This crate may use what `cco::snapshot` gives to strangers, and nothing
//! else of `cco`.

pub mod answer;
pub mod conformance;
pub mod golden;
pub mod hostile;
pub mod json;
pub mod live;
pub mod made;
pub mod patch;
pub mod placed;
pub mod rule;
pub mod vectors;

mod later;
mod names;
