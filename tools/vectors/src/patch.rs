//! Changes words of a snapshot's bytes and makes its sums right again.
//!
//! Invariant: it knows the layout's offsets and nothing of how `cco` reads or writes, so a sum that is right here is right
//! by `LAYOUT.md`. Row sizes and places come from the file's own directory.

use cco::snapshot::layout::{
    ALIGN_BYTES, HEALTH_SLOTS, Region, WORD_BYTES, bank, directory_entry, health, identity, slot,
};

/// The bytes of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image(pub Vec<u8>);

/// Where a region is in an image.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// First byte.
    pub offset: usize,
    /// Bytes of a row.
    pub row_bytes: usize,
    /// Rows of a copy.
    pub capacity: usize,
}

impl Place {
    /// First byte of a copy.
    pub fn copy(self, copy: usize) -> usize {
        self.offset + copy * (self.row_bytes * self.capacity).next_multiple_of(ALIGN_BYTES)
    }

    /// First word of a row.
    pub fn row(self, copy: usize, row: usize) -> usize {
        (self.copy(copy) + row * self.row_bytes) / WORD_BYTES
    }
}

#[allow(clippy::cast_possible_truncation)] // numbers of files that were just made
fn small(number: u64) -> usize {
    number as usize
}

impl Image {
    /// One word.
    pub fn word(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.0[at * WORD_BYTES..][..WORD_BYTES].try_into().expect("a word has 8 bytes"))
    }

    /// Changes one word.
    pub fn put(&mut self, at: usize, value: u64) {
        self.0[at * WORD_BYTES..][..WORD_BYTES].copy_from_slice(&value.to_le_bytes());
    }

    /// First word of a region's entry in the directory.
    pub fn entry(region: Region) -> usize {
        identity::DIRECTORY + (region as usize - 1) * identity::ENTRY_WORDS
    }

    /// Where a region is.
    pub fn place(&self, region: Region) -> Place {
        let entry = Self::entry(region);
        Place {
            offset: small(self.word(entry + directory_entry::OFFSET)),
            row_bytes: small(self.word(entry + directory_entry::REGION) >> 32),
            capacity: small(self.word(entry + directory_entry::CAPACITY)),
        }
    }

    /// First word of a slot.
    pub fn slot(number: usize) -> usize {
        slot::FIRST + number * slot::WORDS
    }

    /// The slot with the highest even sequence.
    pub fn newest_slot(&self) -> usize {
        let sequence = |number: &usize| self.word(Self::slot(*number) + slot::SEQUENCE);
        let complete = (0..slot::COUNT).filter(|number| sequence(number).is_multiple_of(2));
        complete.max_by_key(sequence).expect("the writer committed")
    }

    /// The bank of the newest slot.
    pub fn newest_bank(&self) -> usize {
        small(self.word(Self::slot(self.newest_slot()) + slot::BANK))
    }

    /// First word of the newest health row.
    pub fn newest_health(&self) -> usize {
        let place = self.place(Region::Health);
        let rows = (0..HEALTH_SLOTS).map(|row| place.row(0, row));
        rows.max_by_key(|at| self.word(*at)).expect("there are rows")
    }

    /// Makes the checksum of the static part right.
    pub fn seal(&mut self) {
        let sum = crc32fast::hash(&self.0[..identity::CHECKSUM * WORD_BYTES]);
        self.put(identity::CHECKSUM, u64::from(sum));
    }

    /// Makes the sum of a slot right.
    pub fn seal_slot(&mut self, number: usize) {
        self.seal_section(Self::slot(number), slot::WORDS, slot::CRC);
    }

    /// Makes the sums of all health rows right that were written.
    pub fn seal_health(&mut self) {
        let place = self.place(Region::Health);
        for row in 0..HEALTH_SLOTS {
            let at = place.row(0, row);
            if self.word(at) > 0 {
                self.seal_section(at, place.row_bytes / WORD_BYTES, health::CRC);
            }
        }
    }

    fn seal_section(&mut self, start: usize, words: usize, sum_at: usize) {
        let section = &self.0[start * WORD_BYTES..][..words * WORD_BYTES];
        let mut sum = crc32fast::Hasher::new();
        sum.update(&section[..sum_at * WORD_BYTES]);
        sum.update(&section[(sum_at + 1) * WORD_BYTES..]);
        let sum = sum.finalize();
        self.put(start + sum_at, u64::from(sum));
    }

    /// Makes the check of the newest slot's bank right, for the rows that the slot says are in use.
    pub fn seal_bank(&mut self) {
        let (slot_at, bank) = (Self::slot(self.newest_slot()), self.newest_bank());
        let mut check = 0u64;
        for (number, table) in Region::TABLES.into_iter().enumerate() {
            let place = self.place(table);
            for row in 0..self.word(slot_at + slot::LENGTHS + number) {
                let at = place.row(bank, small(row)) * WORD_BYTES;
                let mut sum = crc32fast::Hasher::new();
                sum.update(&(table as u64).to_le_bytes());
                sum.update(&row.to_le_bytes());
                sum.update(&self.0[at..at + place.row_bytes]);
                check = check.wrapping_add(u64::from(sum.finalize()));
            }
        }
        let header = self.place(Region::Banks).row(0, bank);
        self.put(header + bank::CHECK, check);
    }

    /// Makes the sum of the names in use right, and that of the slot that holds it.
    pub fn seal_names(&mut self) {
        let number = self.newest_slot();
        let at = Self::slot(number);
        let start = self.place(Region::Names).offset;
        let sum = crc32fast::hash(&self.0[start..start + small(self.word(at + slot::NAMES_BYTES))]);
        self.put(at + slot::NAMES_CRC, u64::from(sum));
        self.seal_slot(number);
    }

    /// Makes the sum of the layout right, and that of the static part, which holds it.
    pub fn seal_layout(&mut self) {
        let place = self.place(Region::Layout);
        let sum = crc32fast::hash(&self.0[place.offset..place.offset + place.capacity]);
        self.put(identity::LAYOUT_CRC, u64::from(sum));
        self.seal();
    }

    /// The changes that make `self` of `base`, which is as long: runs of bytes, each with its offset.
    pub fn edits_from(&self, base: &Self) -> Vec<(usize, Vec<u8>)> {
        let mut edits: Vec<(usize, Vec<u8>)> = Vec::new();
        for at in (0..base.0.len()).step_by(WORD_BYTES) {
            let end = (at + WORD_BYTES).min(base.0.len());
            if base.0[at..end] == self.0[at..end] {
                continue;
            }
            match edits.last_mut() {
                Some((start, bytes)) if *start + bytes.len() == at => bytes.extend(&self.0[at..end]),
                _ => edits.push((at, self.0[at..end].to_vec())),
            }
        }
        edits
    }
}
