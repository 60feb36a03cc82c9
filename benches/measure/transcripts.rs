//! The transcripts that benchmarks read: made for them, or named.

use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A root with transcripts.
#[derive(Clone, Debug)]
pub(crate) struct Corpus {
    pub(crate) root: PathBuf,
    /// Transcripts with their bytes, the largest first.
    pub(crate) files: Vec<(PathBuf, u64)>,
    pub(crate) bytes: u64,
}

/// What the reference corpus is like.
const BYTES: u64 = 1_200_000_000;
const FILES: usize = 2_500;

/// Beyond what a file system's clock may leave open.
const REST: std::time::Duration = std::time::Duration::from_secs(4);

impl Corpus {
    /// The one that `CCO_BENCH_CORPUS` names, which is only read; else one of `CCO_BENCH_BYTES` in `CCO_BENCH_FILES`,
    /// made below `folder`.
    pub(crate) fn wanted(folder: &Path) -> Self {
        if let Some(root) = std::env::var_os("CCO_BENCH_CORPUS") {
            return Self::at(root.into());
        }
        let bytes = number("CCO_BENCH_BYTES").unwrap_or(BYTES);
        let files = number("CCO_BENCH_FILES").unwrap_or_else(|| files_for(bytes));
        Self::made(&folder.join("root"), corpus::Spec { bytes, files, ..corpus::Spec::default() })
    }

    /// A new one.
    pub(crate) fn made(root: &Path, spec: corpus::Spec) -> Self {
        corpus::generate(&spec, root).expect("a corpus");
        // As those that users have: nothing was begun just now, so that times tell what has changed since.
        std::thread::sleep(REST);
        Self::at(root.into())
    }

    /// What stands below a root.
    pub(crate) fn at(root: PathBuf) -> Self {
        let found = cco::ingest::discover(&[cco::ingest::Root::new(&root).expect("a root")]);
        let mut files: Vec<_> = found.transcripts.into_iter().map(|file| (file.path, file.bytes)).collect();
        files.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
        let bytes = files.iter().map(|(_, bytes)| bytes).sum();
        Self { root, files, bytes }
    }

    /// Size and number, in words.
    pub(crate) fn size(&self) -> String {
        format!("{} in {} transcripts", corpus::Size(self.bytes), self.files.len())
    }
}

/// Runs `measure` in a new folder beside few transcripts (10 MB) and beside many (2 GB); or beside the wanted ones, where
/// a variable says which.
pub(crate) fn few_and_many(measure: impl Fn(&Path, &Corpus)) {
    let folder = || tempfile::tempdir().expect("a temporary folder");
    if ["CCO_BENCH_CORPUS", "CCO_BENCH_BYTES"].iter().any(|name| std::env::var_os(name).is_some()) {
        let folder = folder();
        return measure(folder.path(), &Corpus::wanted(folder.path()));
    }
    for bytes in [10_000_000, 2_000_000_000] {
        let folder = folder();
        let spec = corpus::Spec { bytes, files: files_for(bytes), ..corpus::Spec::default() };
        measure(folder.path(), &Corpus::made(&folder.path().join("root"), spec));
    }
}

/// As many files as transcripts of the usual size make.
pub(crate) fn files_for(bytes: u64) -> usize {
    let files = u128::from(bytes) * FILES as u128 / u128::from(BYTES);
    usize::try_from(files).unwrap_or(usize::MAX).max(4)
}

/// What a variable says, if it is set and reads so.
pub(crate) fn number<T: FromStr>(variable: &str) -> Option<T> {
    let text = std::env::var(variable).ok()?;
    let number = text.parse().ok();
    assert!(number.is_some(), "{variable} is no number: {text}");
    number
}
