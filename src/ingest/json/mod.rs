//! JSON as bytes: where values begin and end, and strings as text. Nothing here knows any agent.
//!
//! Invariant: structure is checked exactly, what stands in strings is passed over, and nothing recurses.

mod cursor;
mod outline;
mod string;
mod texts;

pub(super) use cursor::{Cursor, Fault, Nest, Scalar};
pub(super) use outline::Outline;
pub(super) use texts::{Texts, Undecodable};
