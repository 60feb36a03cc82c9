//! The spend guard: what was spent beside what it may cost. Used by `cco guard` and `cco-peek guard`.
//!
//! Invariant: pure and exact. A bound is reached at exactly one picodollar. A figure that is not known is not judged; it never
//! appears as nothing spent.

mod document;
mod judged;
mod words;

pub use document::GuardDocument;
pub use judged::{Figure, Judged, Scope};
pub use words::{stopped, warned};
