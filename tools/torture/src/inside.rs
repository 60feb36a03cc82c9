//! Which parts of a snapshot are half written, from the words of its file alone.
//!
//! Invariant: it uses none of the reader's code, so it does not repeat a mistake of the reader.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use cco::snapshot::layout::{BANKS, Region, WORD_BYTES, directory_entry, identity, slot};

/// A part of the file that a commit writes under an odd sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Slot,
    Bank,
}

/// What the sequences in a file say.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Inside {
    /// Whether a slot has an odd sequence.
    pub(crate) slot: bool,
    /// Whether a bank has one.
    pub(crate) bank: bool,
    /// The newest complete commit.
    pub(crate) newest: u64,
}

/// The words of a file.
struct Words(File);

impl Words {
    fn at(&self, word: usize) -> io::Result<u64> {
        let mut bytes = [0; WORD_BYTES];
        self.0.read_exact_at(&mut bytes, (word * WORD_BYTES) as u64).map(|()| u64::from_le_bytes(bytes))
    }

    /// The words that hold the sequences of a part.
    fn sequences(&self, part: Part) -> io::Result<Vec<usize>> {
        if part == Part::Slot {
            let slots = 0..slot::COUNT;
            return Ok(slots.map(|number| slot::FIRST + number * slot::WORDS + slot::SEQUENCE).collect());
        }
        for entry in 0..identity::DIRECTORY_ENTRIES {
            let at = identity::DIRECTORY + entry * identity::ENTRY_WORDS;
            let region = self.at(at + directory_entry::REGION)?;
            if region & 0xffff_ffff == Region::Banks as u64 {
                let bytes = |bytes: u64| usize::try_from(bytes).unwrap_or(0) / WORD_BYTES;
                let (first, row) = (bytes(self.at(at + directory_entry::OFFSET)?), bytes(region >> 32));
                return Ok((0..BANKS).map(|bank| first + bank * row).collect());
            }
        }
        Err(io::Error::other("a snapshot without banks"))
    }
}

/// Where in the file at `path` the sequences of a part are, in bytes.
pub(crate) fn sequences(path: &Path, part: Part) -> io::Result<Vec<u64>> {
    let words = Words(File::open(path)?).sequences(part)?;
    Ok(words.into_iter().map(|word| (word * WORD_BYTES) as u64).collect())
}

impl Inside {
    /// Looks at the file at `path`. A stopped publisher leaves an odd sequence in the part that it was writing.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let words = Words(File::open(path)?);
        let mut found = Self::default();
        for word in words.sequences(Part::Slot)? {
            match words.at(word)? {
                sequence if sequence % 2 == 1 => found.slot = true,
                sequence => found.newest = found.newest.max(sequence / 2),
            }
        }
        for word in words.sequences(Part::Bank)? {
            found.bank |= words.at(word)? % 2 == 1;
        }
        Ok(found)
    }

    /// Whether this part is half written.
    pub(crate) fn is_in(self, part: Part) -> bool {
        match part {
            Part::Slot => self.slot,
            Part::Bank => self.bank,
        }
    }
}
