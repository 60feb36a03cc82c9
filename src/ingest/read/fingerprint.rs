//! Detects whether a transcript is still the one that was read, by a hash of the bytes before an offset.
//!
//! Invariant: an append never changes the fingerprint at an offset. A rewrite does, unless it leaves the
//! first kilobyte and the four kilobytes before the offset unchanged. The file is read, never mapped. Used by
//! [`super::follow`] and [`super::split`].

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// How many bytes are hashed at the start of the file.
const HEAD_BYTES: usize = 1 << 10;

/// How many bytes are hashed before the offset.
const TAIL_BYTES: usize = 4 << 10;

/// An offset in a file, and the fingerprint of the bytes before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Byte offset.
    pub offset: u64,
    /// XXH3 of the file's first kilobyte and of the four kilobytes before the offset, or of all bytes if
    /// there are fewer.
    pub fingerprint: u64,
}

impl Mark {
    /// The mark at an offset. `None` if the file ends before it.
    pub fn of(file: &File, offset: u64) -> io::Result<Option<Self>> {
        let mut bytes = [0; HEAD_BYTES + TAIL_BYTES];
        let whole = usize::try_from(offset).ok().filter(|&offset| offset <= bytes.len());
        let length = match whole {
            // The two ranges overlap or meet: read all of it once.
            Some(length) => read(file, &mut bytes[..length], 0)?.then_some(length),
            None => {
                let (head, tail) = bytes.split_at_mut(HEAD_BYTES);
                let has_tail = read(file, tail, offset - TAIL_BYTES as u64)?;
                (has_tail && read(file, head, 0)?).then_some(bytes.len())
            }
        };
        Ok(length.map(|length| Self { offset, fingerprint: xxh3_64_with_seed(&bytes[..length], offset) }))
    }

    /// Whether the file still has these bytes before the offset.
    pub fn holds(self, file: &File) -> io::Result<bool> {
        Ok(Self::of(file, self.offset)? == Some(self))
    }
}

/// Fills a buffer. Returns false if the file ends before it is full.
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
    fn a_mark_holds_after_an_append_but_not_after_a_rewrite() {
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
