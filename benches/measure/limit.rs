//! The least that reading transcripts costs: every byte touched once, by reads or in a mapping, newlines counted or not.
//!
//! Invariant: threads share the bytes evenly, of one huge transcript too.

#![allow(unsafe_code)]

use std::fs::File;
use std::hint::black_box;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use memchr::memchr_iter;
use memmap2::MmapOptions;

/// Bytes of a read.
const PIECE: usize = 256 << 10;
/// What it begins at a multiple of.
const ALIGNMENT: usize = 64;
/// Bytes that one thread takes at once.
const STRETCH: u64 = 8 << 20;

/// What is done with the bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Work {
    /// Read them.
    Read,
    /// Read them and count newlines.
    Newlines,
    /// Count newlines in a mapping.
    NewlinesMapped,
}

/// A part of a transcript.
struct Stretch<'a> {
    path: &'a Path,
    offset: u64,
    bytes: u64,
}

/// How long this takes on so many threads.
pub(crate) fn time(files: &[(PathBuf, u64)], threads: usize, work: Work) -> Duration {
    let began = Instant::now();
    assert!(run(files, threads, work) > 0, "transcripts hold something");
    began.elapsed()
}

/// Does it; newlines or bytes.
pub(crate) fn run(files: &[(PathBuf, u64)], threads: usize, work: Work) -> usize {
    let stretches: Vec<Stretch<'_>> =
        files.iter().flat_map(|(path, bytes)| stretches(path, *bytes)).collect();
    let (next, sum) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                // As transcripts are read: 16 bytes into a page copying is slow.
                let mut piece = vec![0; PIECE + ALIGNMENT];
                let start = piece.as_ptr().align_offset(ALIGNMENT);
                let piece = &mut piece[start..][..PIECE];
                while let Some(stretch) = stretches.get(next.fetch_add(1, Ordering::Relaxed)) {
                    sum.fetch_add(stretch.run(work, piece), Ordering::Relaxed);
                }
            });
        }
    });
    sum.into_inner()
}

fn stretches(path: &Path, bytes: u64) -> impl Iterator<Item = Stretch<'_>> {
    (0..bytes.div_ceil(STRETCH)).map(move |number| {
        let offset = number * STRETCH;
        Stretch { path, offset, bytes: STRETCH.min(bytes - offset) }
    })
}

impl Stretch<'_> {
    fn run(&self, work: Work, piece: &mut [u8]) -> usize {
        let file = File::open(self.path).expect("a transcript");
        if let Work::NewlinesMapped = work {
            let length = usize::try_from(self.bytes).expect("a few megabytes");
            // SAFETY: the transcripts of a benchmark are its own, or named as ones that nobody writes to meanwhile.
            let bytes = unsafe { MmapOptions::new().offset(self.offset).len(length).map(&file) };
            return memchr_iter(b'\n', &bytes.expect("a mapping")).count();
        }
        let (mut at, end) = (self.offset, self.offset + self.bytes);
        let mut sum = 0;
        while at < end {
            let most = piece.len().min(usize::try_from(end - at).unwrap_or(usize::MAX));
            let length = file.read_at(&mut piece[..most], at).expect("bytes");
            assert!(length > 0, "{} became shorter", self.path.display());
            let bytes = black_box(&piece[..length]);
            sum += match work {
                Work::Newlines => memchr_iter(b'\n', bytes).count(),
                _ => bytes.len(),
            };
            at += length as u64;
        }
        sum
    }
}
