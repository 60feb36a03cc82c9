//! Damage on a line that has ended: where behind it a record may begin.
//!
//! A process that is killed leaves the stump of a record, and the next append follows on the same line; that record is
//! whole, and it was billed. So decoding goes on at the next place that looks like the start of one, behind the byte
//! where the failed decode began: a torn string swallows what follows it, so the byte where the error showed is too far.
//!
//! Invariant: how often that is tried is bounded, and so is memory: of damage longer than an object may be, only the
//! place where a record may begin next is kept. Used by [`super::lines`].

use crate::ingest::format::Format;
use crate::ingest::json::Outline;

/// So many failed decodes on a line are gone past; one more ends it.
pub(super) const TRIES: u32 = 64;

/// What stands on a line from an offset on, longer than can be held, and not whole as far as it could be.
#[derive(Debug)]
pub(super) struct Beyond {
    start: u64,
    outline: Outline,
    next: Option<u64>,
    /// The last bytes that were passed: the start of a record may be cut.
    last: Vec<u8>,
    passed: u64,
}

/// What bytes that are passed hold.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Passed {
    /// Nothing that ends.
    All,
    /// The object ends with so many of them.
    ObjectTo(usize),
}

impl Beyond {
    /// What starts at this offset: an object that may end later, or (`is_object` is false) no object.
    pub(super) fn at(start: u64, is_object: bool) -> Self {
        let outline = if is_object { Outline::default() } else { Outline::broken() };
        Self { start, outline, next: None, last: Vec::new(), passed: 0 }
    }

    /// The offset where the decode that failed began.
    pub(super) fn start(&self) -> u64 {
        self.start
    }

    /// The offset where a record may begin, if the line ends here.
    pub(super) fn next_record(&self) -> Option<u64> {
        self.next
    }

    /// Takes the next bytes, the first of which stands at [`start`](Self::start).
    pub(super) fn pass<F: Format>(&mut self, bytes: &[u8]) -> Passed {
        if let Some(end) = self.outline.end(bytes) {
            return Passed::ObjectTo(end);
        }
        if self.next.is_none() {
            let overlap = F::LONGEST_START - 1;
            let known = self.last.len();
            self.last.extend_from_slice(&bytes[..bytes.len().min(overlap)]);
            // The byte where the failed decode began is not looked at again.
            let from = usize::from(self.passed == 0);
            let across = F::next_record(&self.last, usize::from(self.passed == known as u64))
                .map(|at| self.passed - known as u64 + at as u64);
            self.next = across.or_else(|| F::next_record(bytes, from).map(|at| self.passed + at as u64));
            self.next = self.next.map(|at| self.start + at);
            self.last.truncate(known);
            self.last.extend_from_slice(&bytes[bytes.len().saturating_sub(overlap)..]);
            let surplus = self.last.len().saturating_sub(overlap);
            self.last.drain(..surplus);
        }
        self.passed += bytes.len() as u64;
        Passed::All
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::claude;

    #[test]
    fn the_next_record_is_found_wherever_what_is_passed_is_cut() {
        let text = br#"{"type":"torn, and then {"isSidechain":false} {"type":"y"}"#;
        for piece in 1..text.len() {
            let mut beyond = Beyond::at(1000, false);
            for bytes in text.chunks(piece) {
                assert_eq!(beyond.pass::<claude::Format>(bytes), Passed::All);
            }
            assert_eq!(beyond.next_record(), Some(1024), "in pieces of {piece}");
        }
    }
}
