//! What tells whether a transcript still is the one that was read: a hash of bytes before an offset.
//!
//! Invariant: an append never changes the fingerprint of an offset; a rewrite does unless it leaves the first
//! kilobyte and the four before the offset as they were. Only plain reads, nothing is mapped. Used by
//! [`super::follow`].

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// How many bytes from the start of the file count.
const HEAD_BYTES: usize = 1 << 10;

/// How many bytes before the offset count.
const TAIL_BYTES: usize = 4 << 10;

/// An offset in a file and the fingerprint of what stands before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Byte offset.
    pub offset: u64,
    /// XXH3 of the first kilobyte and the four before the offset, as far as they are there.
    pub fingerprint: u64,
}

impl Mark {
    /// Marks an offset; `None` if the file ends before it.
    pub fn of(file: &File, offset: u64) -> io::Result<Option<Self>> {
        let mut bytes = [0; HEAD_BYTES + TAIL_BYTES];
        let whole = usize::try_from(offset).ok().filter(|&offset| offset <= bytes.len());
        let length = match whole {
            // What both would cover is read once.
            Some(length) => read(file, &mut bytes[..length], 0)?.then_some(length),
            None => {
                let (head, tail) = bytes.split_at_mut(HEAD_BYTES);
                let tail_there = read(file, tail, offset - TAIL_BYTES as u64)?;
                (tail_there && read(file, head, 0)?).then_some(bytes.len())
            }
        };
        Ok(length.map(|length| Self { offset, fingerprint: xxh3_64_with_seed(&bytes[..length], offset) }))
    }

    /// Whether the file still has these bytes before the offset.
    pub fn holds(self, file: &File) -> io::Result<bool> {
        Ok(Self::of(file, self.offset)? == Some(self))
    }
}

/// Fills a buffer; `false` if the file ends before it is full.
fn read(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<bool> {
    match file.read_exact_at(bytes, offset) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(bytes: &[u8]) -> File {
        let file = tempfile::tempfile().unwrap();
        file.write_all_at(bytes, 0).unwrap();
        file
    }

    #[test]
    fn an_append_leaves_a_mark_and_a_rewrite_does_not() {
        for length in [0, 1, HEAD_BYTES, TAIL_BYTES, HEAD_BYTES + TAIL_BYTES, 20_000] {
            let mut bytes: Vec<u8> = (0..=250).cycle().take(length + 500).collect();
            let mark = Mark::of(&file(&bytes[..length]), length as u64).unwrap().unwrap();
            assert!(mark.holds(&file(&bytes[..length])).unwrap());
            assert!(mark.holds(&file(&bytes)).unwrap(), "appended to {length}");
            if length > 0 {
                assert!(!mark.holds(&file(&bytes[..length - 1])).unwrap(), "cut at {length}");
                for at in [0, length - 1, length.min(HEAD_BYTES) - 1, length.saturating_sub(TAIL_BYTES)] {
                    bytes[at] ^= 1;
                    assert!(!mark.holds(&file(&bytes)).unwrap(), "changed {at} of {length}");
                    bytes[at] ^= 1;
                }
            }
        }
    }
}
