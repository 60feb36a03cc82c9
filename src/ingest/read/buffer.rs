//! The buffer that transcripts are read into, one piece at a time.
//!
//! Invariant: a piece fits in a core's private cache until it has been searched, and begins at an address
//! that the kernel copies to quickly. Used by [`super::reader`].

/// The length of a piece.
const READ_BYTES: usize = 256 << 10;

/// The address of the first byte is a multiple of this. An allocation of this size begins 16 bytes into a
/// page, and some processors copy from the start of a page to such an address at a quarter of their speed.
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
        // If the offset is unknown, any start will do.
        let start = bytes.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT);
        Self { bytes, start }
    }

    /// Space for this many bytes, but at most one piece.
    pub(super) fn first(&mut self, length: u64) -> &mut [u8] {
        let length = usize::try_from(length).map_or(READ_BYTES, |length| length.min(READ_BYTES));
        &mut self.bytes[self.start..][..length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_aligned_and_no_longer_than_needed() {
        for _ in 0..8 {
            let mut buffer = Buffer::new();
            let all = buffer.first(u64::MAX);
            assert_eq!((all.len(), all.as_ptr().addr() % ALIGNMENT), (READ_BYTES, 0));
            assert_eq!(buffer.first(3).len(), 3);
        }
    }
}
