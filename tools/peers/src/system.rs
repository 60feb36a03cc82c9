//! What is compared: a way to publish some words to another process.

use std::path::Path;

/// What went wrong, in words.
pub(crate) type Outcome<T> = Result<T, String>;

/// As many words as a slot of a snapshot has in use.
pub(crate) const WORDS: usize = cco::snapshot::layout::slot::USED;
/// As many as today has.
pub(crate) const TODAY_WORDS: usize = cco::snapshot::layout::period::WORDS;

/// All words. Word `i` of value `n` is `n * (i + 1)`.
pub(crate) type Words = [u64; WORDS];

/// The words of value `number`.
pub(crate) fn words_of(number: u64) -> Words {
    std::array::from_fn(|at| number.wrapping_mul(at as u64 + 1))
}

/// Whether all words are of one value.
pub(crate) fn is_whole(words: &[u64]) -> bool {
    words.iter().enumerate().all(|(at, word)| *word == words[0].wrapping_mul(at as u64 + 1))
}

/// A way to publish.
pub(crate) trait System {
    /// Its name in the table, and for processes.
    const NAME: &'static str;
    /// The publishing end.
    type Writer;
    /// The reading end.
    type Reader;
    /// Why a read fails.
    type Error: std::fmt::Display;
    /// What a read of everything returns.
    type All;
    /// What a read of today returns.
    type Today;

    /// Begins to publish in this folder.
    fn writer(folder: &Path) -> Outcome<Self::Writer>;

    /// Publishes value `number`.
    fn write(writer: &mut Self::Writer, number: u64) -> Outcome<()>;

    /// Opens what is published in this folder.
    fn reader(folder: &Path) -> Outcome<Self::Reader>;

    /// Reads everything, so that it can be kept.
    fn all(reader: &mut Self::Reader) -> Result<Self::All, Self::Error>;

    /// Reads today.
    fn today(reader: &mut Self::Reader) -> Result<Self::Today, Self::Error>;

    /// Whether what was read is one value.
    fn holds(all: &Self::All) -> bool;

    /// Reads everything and calls `stop` inside of it; what was read, if this system lets a program in there.
    fn all_with_a_stop(
        reader: &mut Self::Reader,
        stop: impl FnOnce(),
    ) -> Option<Result<Self::All, Self::Error>>;

    /// A part of the names of the files that it maps.
    fn mapped_name(folder: &Path) -> String {
        folder.display().to_string()
    }

    /// The files of what is published in this folder.
    fn files(folder: &Path) -> Vec<std::path::PathBuf>;

    /// Removes what it leaves elsewhere than in the folder.
    fn clean(_: &Path) {}
}

/// Every file below a folder.
pub(crate) fn files_below(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else {
            found.push(path);
        }
    }
    found
}
