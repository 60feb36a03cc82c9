//! A snapshot file as words in memory.
//!
//! Invariant: the mapped bytes are only ever seen as `&[AtomicU64]`; no other reference to them exists, so
//! another process's stores are atomic stores like any other. The mapping keeps the length that the file had when it
//! was mapped. Publishers never change it: they replace files instead.

#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering, fence};

use memmap2::{MmapOptions, MmapRaw};

use super::os::Watched;

/// A mapped file.
pub(crate) struct Map {
    /// Before the mapping, so it is dropped first.
    watched: Option<Watched>,
    raw: MmapRaw,
    words: usize,
}

impl Map {
    /// Maps the first `bytes` of `file` for loads only.
    pub(crate) fn read_only(file: &File, bytes: usize) -> io::Result<Self> {
        let raw = MmapOptions::new().len(bytes).map_raw_read_only(file)?;
        Ok(Self::of(raw, bytes, false))
    }

    /// Maps the first `bytes` of `file`, which is open for reading and writing.
    pub(crate) fn writable(file: &File, bytes: usize) -> io::Result<Self> {
        let raw = MmapOptions::new().len(bytes).map_raw(file)?;
        Ok(Self::of(raw, bytes, true))
    }

    fn of(raw: MmapRaw, bytes: usize, is_writable: bool) -> Self {
        let watched = Watched::over(raw.as_ptr().addr(), bytes, is_writable);
        Self { watched, raw, words: bytes / size_of::<u64>() }
    }

    /// Whether the file was shortened at any moment before, so that words that were loaded may be zeros. Without a watch
    /// nobody can tell: then it never is, and a load of such a word ends the process.
    #[inline]
    pub(crate) fn is_lost(&self) -> bool {
        let Some(watched) = &self.watched else { return false };
        // The end of the page in which a shortened file ends reads as zeros without a fault. But the last page, which
        // holds nothing, is gone before that.
        fence(Ordering::Acquire);
        std::hint::black_box(self.words()[self.words - 1].load(Ordering::Relaxed));
        watched.is_lost()
    }

    /// Whether the program asked for shortened files to be survived, and this one would not be: too many are mapped already.
    pub(crate) fn is_unguarded(&self) -> bool {
        self.watched.is_none() && Watched::are_asked_for()
    }

    /// Whether a shortened file is survived, as [`super::survive_shortened_files`] asks.
    pub(crate) fn is_watched(&self) -> bool {
        self.watched.is_some()
    }

    /// All words. In a read-only mapping, only load them, with `Relaxed`.
    #[inline]
    pub(crate) fn words(&self) -> &[AtomicU64] {
        let start = self.raw.as_ptr().cast::<AtomicU64>();
        // Words are shared with other processes, which AtomicU64 allows; no other kind of reference to them is
        // ever made. On a read-only mapping callers only load, relaxed, which is sound for words of this size.
        // SAFETY: `start` is page-aligned and points at `self.words` words, mapped as long as `self` lives.
        unsafe { std::slice::from_raw_parts(start, self.words) }
    }
}

impl std::fmt::Debug for Map {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Map({} words)", self.words)
    }
}
