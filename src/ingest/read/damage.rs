//! Damage on a line, and where a record may begin after it.
//!
//! A killed process leaves part of a record, and the next append follows on the same line. That record is
//! whole and was billed. So decoding resumes at the next bytes that look like the start of a record, after
//! the byte where the failed decode began. The byte where the error appeared would be too late: a torn string
//! swallows what follows it.
//!
//! Invariant: the number of attempts is bounded, and so is memory. From damage longer than an object may be,
//! only the position where a record may begin next is kept. Used by [`super::lines`].

use crate::ingest::format::Format;
use crate::ingest::json::Outline;

/// Reading a line resumes after this many failed decodes; one more ends the line.
pub(super) const MAX_FAILURES: u32 = 64;

/// The rest of a line, from a failed decode on, that is too long to be kept in memory.
#[derive(Debug)]
pub(super) struct LongDamage {
    start: u64,
    outline: Outline,
    next: Option<u64>,
    /// The last bytes that were skipped, because the start of a record may be cut.
    last: Vec<u8>,
    skipped: u64,
}

impl LongDamage {
    /// Damage that starts at this offset: an object that may still end, or (if `is_object` is false)
    /// something else.
    pub(super) fn at(start: u64, is_object: bool) -> Self {
        let outline = if is_object { Outline::default() } else { Outline::malformed() };
        Self { start, outline, next: None, last: Vec::new(), skipped: 0 }
    }

    /// The offset where the failed decode began.
    pub(super) fn start(&self) -> u64 {
        self.start
    }

    /// The first offset where a record may begin.
    pub(super) fn next_record(&self) -> Option<u64> {
        self.next
    }

    /// Skips the next bytes; the very first byte must be the one at [`start`](Self::start). If the object
    /// ends in them, returns how many of them belong to it.
    pub(super) fn skip<F: Format>(&mut self, bytes: &[u8]) -> Option<usize> {
        if let Some(end) = self.outline.find_end(bytes) {
            return Some(end);
        }
        if self.next.is_none() {
            let overlap = F::LONGEST_START - 1;
            let known = self.last.len();
            self.last.extend_from_slice(&bytes[..bytes.len().min(overlap)]);
            // The byte where the failed decode began must not match again. It may still be in `last`.
            let first = |position: u64| usize::from(position == 0);
            let (before, here) = (self.skipped - known as u64, self.skipped);
            let across = F::next_record(&self.last, first(before)).map(|at| before + at as u64);
            self.next = across.or_else(|| F::next_record(bytes, first(here)).map(|at| here + at as u64));
            self.next = self.next.map(|at| self.start + at);
            self.last.truncate(known);
            self.last.extend_from_slice(&bytes[bytes.len().saturating_sub(overlap)..]);
            let surplus = self.last.len().saturating_sub(overlap);
            self.last.drain(..surplus);
        }
        self.skipped += bytes.len() as u64;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::claude;

    #[test]
    fn the_next_record_is_found_wherever_the_bytes_are_cut() {
        let text = br#"{"type":"torn, and then {"isSidechain":false} {"type":"y"}"#;
        for piece in 1..text.len() {
            let mut damage = LongDamage::at(1000, false);
            for bytes in text.chunks(piece) {
                assert_eq!(damage.skip::<claude::Format>(bytes), None);
            }
            assert_eq!(damage.next_record(), Some(1024), "in pieces of {piece}");
        }
    }
}
