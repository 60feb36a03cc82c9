//! Where transcripts are read to, a piece at a time.
//!
//! Invariant: a piece stays in a core's own cache until it has been searched, and begins where it can be copied to
//! quickly. Used by [`super::reader`].

/// How much is read at a time.
const READ_BYTES: usize = 256 << 10;

/// The first byte stands at a multiple of this. What is allocated as large as this begins 16 bytes into a page: to
/// there, some processors copy from the start of another page at a quarter of their speed.
const ALIGNMENT: usize = 64;

/// Memory for one piece.
#[derive(Debug)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    start: usize,
}

impl Buffer {
    pub(super) fn new() -> Self {
        let bytes = vec![0; READ_BYTES + ALIGNMENT];
        // Where nothing is known of addresses, anywhere will do.
        let start = bytes.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT);
        Self { bytes, start }
    }

    /// Room for so many bytes, or for as many as there is.
    pub(super) fn first(&mut self, length: u64) -> &mut [u8] {
        let length = usize::try_from(length).map_or(READ_BYTES, |length| length.min(READ_BYTES));
        &mut self.bytes[self.start..][..length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_begins_where_it_can_be_copied_to() {
        for _ in 0..8 {
            let mut buffer = Buffer::new();
            let all = buffer.first(u64::MAX);
            assert_eq!((all.len(), all.as_ptr().addr() % ALIGNMENT), (READ_BYTES, 0));
            assert_eq!(buffer.first(3).len(), 3);
        }
    }
}
