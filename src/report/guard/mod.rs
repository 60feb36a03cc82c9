//! The spend guard: what was spent, and what may be spent. Used by `cco guard` and `cco-peek guard`.
//!
//! Invariant: pure and exact. A bound is reached at exactly one picodollar. An unknown figure is not judged; it never counts as
//! zero.

mod document;
mod judged;
mod words;

pub use document::GuardDocument;
pub use judged::{Figure, Judged, Scope};
pub use words::{stopped, warned};
