//! The least that reading transcripts costs: every byte read once, its newlines counted.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Bytes of a read.
const PIECE: usize = 256 << 10;

/// All transcripts below a root with their bytes, the largest first.
pub(crate) fn files_below(root: &Path) -> Vec<(PathBuf, u64)> {
    let root = cco::ingest::Root::new(root).expect("a root");
    let found = cco::ingest::discover(&[root]);
    let mut files: Vec<_> = found.transcripts.into_iter().map(|file| (file.path, file.bytes)).collect();
    files.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    files
}

/// How long it takes to read all of these and to count their newlines, on so many threads.
pub(crate) fn newlines(files: &[(PathBuf, u64)], threads: usize) -> Duration {
    let (next, lines) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut piece = vec![0; PIECE];
                while let Some((path, _)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut file = File::open(path).expect("a transcript");
                    loop {
                        let length = file.read(&mut piece).expect("bytes");
                        if length == 0 {
                            break;
                        }
                        let count = memchr::memchr_iter(b'\n', &piece[..length]).count();
                        lines.fetch_add(count, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert!(lines.into_inner() > 0, "transcripts have lines");
    began.elapsed()
}
