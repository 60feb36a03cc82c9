//! The seam between reading bytes and knowing an agent's transcripts.
//!
//! [`super::read`] splits files into lines and keeps the books; what makes a line worth a look, what an object on it is
//! and how a record begins is an agent's to say. It is said by a type, so that nothing is asked at run time.

use std::ops::Range;

use super::json::Fault;

/// What one agent's transcripts look like. Objects of JSON, one or more a line.
pub(in crate::ingest) trait Format: Default {
    /// What of an object is kept until it is judged.
    type Object<'a>;

    /// Length of the longest bytes that [`next_record`](Self::next_record) looks for.
    const LONGEST_START: usize;

    /// Bytes that were not seen before follow.
    fn begin_piece(&mut self);

    /// Whether the line at this range of a piece may hold something that counts. Lines are asked for in their order.
    fn is_candidate(&mut self, piece: &[u8], line: Range<usize>) -> bool;

    /// Reads the whole object that these bytes begin with; says how many of them it takes.
    fn object<'a>(&mut self, bytes: &'a [u8]) -> Result<(Self::Object<'a>, usize), Fault>;

    /// The index at or behind `from` where a record may begin on a damaged line.
    fn next_record(line: &[u8], from: usize) -> Option<usize>;
}
