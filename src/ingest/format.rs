//! The interface between reading bytes and an agent's transcript format.
//!
//! [`super::read`] splits files into lines and keeps track of offsets and damage. The agent decides which
//! lines may count, what an object is and how a record begins. The format is a type parameter, so it costs
//! nothing at run time.

use std::ops::Range;

use super::json::Fault;

/// The format of one agent's transcripts: JSON objects, one or more per line.
pub(in crate::ingest) trait Format: Default {
    /// What is kept from an object until the agent decides whether it counts.
    type Object<'a>;

    /// The length of the longest byte string that [`next_record`](Self::next_record) searches for.
    const LONGEST_START: usize;

    /// Call this before passing a new piece to [`is_candidate`](Self::is_candidate).
    fn begin_piece(&mut self);

    /// Whether the line at this range of a piece may count. Ask for the lines of a piece in order.
    fn is_candidate(&mut self, piece: &[u8], line: Range<usize>) -> bool;

    /// Reads the object at the start of these bytes. Also returns its length.
    fn object<'a>(&mut self, bytes: &'a [u8]) -> Result<(Self::Object<'a>, usize), Fault>;

    /// The first index, from `from` on, where a record may begin on a damaged line.
    fn next_record(line: &[u8], from: usize) -> Option<usize>;
}
