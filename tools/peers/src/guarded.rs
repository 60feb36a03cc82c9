//! mmap-sync: two files, and a count of readers in each, which every read raises and lowers.

#![allow(unsafe_code)]

use std::path::{Path, PathBuf};
use std::time::Duration;

use mmap_sync::guard::ReadResult;
use mmap_sync::synchronizer::{Synchronizer, SynchronizerError};

use crate::system::{Outcome, System, TODAY_WORDS, WORDS, Words, files_below, is_whole, words_of};

/// mmap-sync.
pub(crate) struct Guarded;

/// How long a writer waits for readers before it takes them for dead. It looks once a second.
const GRACE: Duration = Duration::from_secs(1);

fn open(folder: &Path) -> Synchronizer {
    Synchronizer::new(folder.join("peer").as_os_str())
}

/// The words under a guard.
fn guarded(reader: &mut Synchronizer) -> Result<ReadResult<'_, Words>, SynchronizerError> {
    // SAFETY: the writer of this comparison publishes `Words` and nothing else. That a guard is dropped within the grace
    // period is what `stopping` breaks on purpose: it then reads words that change, all of which are numbers.
    unsafe { reader.read::<Words>(false) }
}

impl System for Guarded {
    const NAME: &'static str = "mmap-sync";
    type Writer = Synchronizer;
    type Reader = Synchronizer;
    type Error = SynchronizerError;
    type All = Words;
    type Today = [u64; TODAY_WORDS];

    fn writer(folder: &Path) -> Outcome<Synchronizer> {
        Ok(open(folder))
    }

    fn write(writer: &mut Synchronizer, number: u64) -> Outcome<()> {
        writer.write(&words_of(number), GRACE).map(|_| ()).map_err(|error| error.to_string())
    }

    fn reader(folder: &Path) -> Outcome<Synchronizer> {
        Ok(open(folder))
    }

    #[inline]
    fn all(reader: &mut Synchronizer) -> Result<Words, SynchronizerError> {
        guarded(reader).map(|words| *words)
    }

    #[inline]
    fn today(reader: &mut Synchronizer) -> Result<[u64; TODAY_WORDS], SynchronizerError> {
        guarded(reader).map(|words| *words.first_chunk().expect("there are more"))
    }

    fn holds(all: &Words) -> bool {
        is_whole(all)
    }

    fn all_with_a_stop(
        reader: &mut Synchronizer,
        stop: impl FnOnce(),
    ) -> Option<Result<Words, SynchronizerError>> {
        Some(guarded(reader).map(|words| {
            let words: *const Words = &raw const *words;
            let word = |at: usize| {
                // SAFETY: the guard lives through this, so the words are mapped.
                let word = unsafe { words.cast::<u64>().add(at) };
                // SAFETY: as above; another process may be writing it, so it is not assumed to be what it was.
                unsafe { word.read_volatile() }
            };
            let mut copy = [0; WORDS];
            let (first, rest) = copy.split_at_mut(WORDS / 2);
            first.iter_mut().enumerate().for_each(|(at, to)| *to = word(at));
            stop();
            rest.iter_mut().enumerate().for_each(|(at, to)| *to = word(WORDS / 2 + at));
            copy
        }))
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        files_below(folder)
    }
}
