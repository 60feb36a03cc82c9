//! JSON as bytes: where values begin and end, and how strings decode to text. This module knows no agent.
//!
//! Invariant: structure is checked exactly, the contents of strings are skipped, and nothing recurses.

mod cursor;
mod outline;
mod string;
mod texts;

pub(super) use cursor::{Cursor, Fault, Nest, Scalar};
pub(super) use outline::Outline;
pub(super) use texts::{TextDecoder, Undecodable};
