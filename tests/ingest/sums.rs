//! Sums a scan by a property of its requests, and scans folders made for a test.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;

use cco::ingest::{Discovery, Progress, Root, Scan, discover, scan};
use cco::usage::{Record, Request};

/// The sums, in their order, as files of expected totals name them.
pub(crate) const SUM_NAMES: [&str; 11] = [
    "requests",
    "messages",
    "provisional_messages",
    "input",
    "output",
    "cache_write_5m",
    "cache_write_1h",
    "cache_read",
    "web_search",
    "web_fetch",
    "thinking",
];

/// One value for each of [`SUM_NAMES`].
pub(crate) type Sums = [u64; SUM_NAMES.len()];

pub(crate) fn threads(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).unwrap()
}

pub(crate) fn discovered(root: &Path) -> Discovery {
    discover(&[Root::new(root).unwrap()])
}

/// Scans all transcripts of a root.
pub(crate) fn scanned(root: &Path) -> Scan {
    scan(&discovered(root).transcripts, threads(2), &Progress::default())
}

/// Makes a root with these files below its `projects/`.
pub(crate) fn root_with(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir(root.path().join("projects")).unwrap();
    for (path, bytes) in files {
        let path = root.path().join("projects").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    root
}

pub(crate) fn by(scan: &Scan, name: impl Fn(&Record, &Request<'_>) -> String) -> BTreeMap<String, Sums> {
    let mut sums = BTreeMap::new();
    for record in scan.records.iter() {
        for request in record.requests() {
            let tokens = request.tokens;
            let one = [
                1,
                u64::from(request.is_message),
                u64::from(request.is_provisional),
                tokens.input,
                tokens.output,
                tokens.cache_write_5m,
                tokens.cache_write_1h,
                tokens.cache_read,
                tokens.web_searches,
                tokens.web_fetches,
                tokens.thinking,
            ];
            let sum: &mut Sums = sums.entry(name(record, &request)).or_default();
            for (sum, value) in sum.iter_mut().zip(one) {
                *sum += value;
            }
        }
    }
    sums
}

pub(crate) fn by_project(scan: &Scan) -> BTreeMap<String, Sums> {
    by(scan, |record, _| record.home.project.to_string())
}
