//! Windows of a transcript, mapped for reading.
//!
//! Mapping a file that another process may change is a decision, not a detail: Rust assumes that bytes behind
//! a `&[u8]` hold still, and Claude Code appends to, and now and then truncates, the files seen here. What
//! keeps that harmless: transcripts are append-only but for rare cut-backs, and a window ends at the length
//! the file had when it was opened, so in practice the bytes do hold still; where they do not, nothing that
//! is believed rests on reading a byte twice. Searches over a window only decide where a line ends and
//! whether it is worth a look; a line that may count is copied to memory of our own first, and only the copy
//! is parsed. A truncation is caught by [`super::sigbus`] and reported, and the file is read again.
//!
//! Invariant: no reference into a window outlives it, and nothing is decoded from one. Used by
//! [`super::reader`] alone, which falls back to plain reads where a window cannot be had.
#![allow(unsafe_code)]

use std::fs::File;

use memmap2::{Advice, Mmap, MmapOptions};

use super::sigbus::Guard;

/// Largest window. A whole mapping would count as resident memory; one window a thread does not hurt.
pub(super) const WINDOW_BYTES: usize = 16 << 20;

/// A mapped and guarded stretch of a file.
#[derive(Debug)]
pub(super) struct Window {
    // Dropped in this order: unmapped first, then no longer guarded.
    bytes: Mmap,
    guard: Guard,
}

impl Window {
    /// Maps `length` bytes from `offset`; `None` where the system will not, or no guard is to be had.
    pub(super) fn over(file: &File, offset: u64, length: usize) -> Option<Self> {
        debug_assert!((1..=WINDOW_BYTES).contains(&length), "windows are small and not empty");
        // SAFETY: the mapping is private to this value, and the header argues why changes to the file by
        // others do no harm to what is done with its bytes.
        let bytes = unsafe { MmapOptions::new().offset(offset).len(length).map(file) };
        let bytes = bytes.inspect_err(|error| tracing::debug!(%error, offset, "cannot map")).ok()?;
        let start = bytes.as_ptr().expose_provenance();
        let guard = Guard::over(start..start + length)?;
        // Only a hint: without it the kernel reads ahead less.
        if let Err(error) = bytes.advise(Advice::Sequential) {
            tracing::debug!(%error, "cannot advise");
        }
        Some(Self { bytes, guard })
    }

    /// The bytes, zeroes where the file has ended meanwhile.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether a read has met the file's end.
    pub(super) fn was_cut(&self) -> bool {
        self.guard.was_hit()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_truncated_under_its_window_reads_as_zeroes_and_says_so() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(100_000).unwrap();
        let window = Window::over(&file, 0, 100_000).unwrap();
        assert!(window.bytes().iter().all(|&byte| byte == 0));
        assert!(!window.was_cut());
        file.set_len(10).unwrap();
        assert_eq!(window.bytes()[99_999], 0, "the process lives");
        assert!(window.was_cut());
        drop(window);

        file.set_len(100_000).unwrap();
        let window = Window::over(&file, 5_000, 95_000).unwrap();
        assert_eq!(window.bytes()[94_999], 0);
        assert!(!window.was_cut(), "a slot is clean when it is taken again");
    }

    #[test]
    fn threads_meet_their_own_cuts_only() {
        std::thread::scope(|scope| {
            for cut in [true, false, true, false] {
                scope.spawn(move || {
                    let file = tempfile::tempfile().unwrap();
                    for _ in 0..200 {
                        file.set_len(50_000).unwrap();
                        let window = Window::over(&file, 0, 50_000).unwrap();
                        if cut {
                            file.set_len(0).unwrap();
                        }
                        assert_eq!(window.bytes().iter().map(|&byte| u64::from(byte)).sum::<u64>(), 0);
                        assert_eq!(window.was_cut(), cut);
                    }
                });
            }
        });
    }
}
