//! A table as the next commit will show it: its words on the heap, what changed, and the check of its rows.
//!
//! Invariant: [`Image::stale`] lists every row in which a bank last written two commits ago can differ from the
//! image, so a commit writes what changed and nothing else.

use super::layout::{Region, WORD_BYTES};

#[derive(Debug)]
pub(crate) struct Image {
    region: Region,
    row_words: usize,
    words: Vec<u64>,
    crcs: Vec<u32>,
    check: u64,
    /// Rows changed since the last commit, each once.
    touched: Vec<usize>,
    is_touched: Vec<bool>,
    /// Rows that the last commit changed: the other bank still lacks them.
    previous: Vec<usize>,
}

impl Image {
    pub(crate) fn new(region: Region) -> Self {
        Self {
            region,
            row_words: region.row_bytes() / size_of::<u64>(),
            words: Vec::new(),
            crcs: Vec::new(),
            check: 0,
            touched: Vec::new(),
            is_touched: Vec::new(),
            previous: Vec::new(),
        }
    }

    /// A table of `rows` zero rows.
    pub(crate) fn zeroed(region: Region, rows: usize) -> Self {
        let mut image = Self::new(region);
        image.words.resize(rows * image.row_words, 0);
        image.is_touched.resize(rows, false);
        image.crcs.resize(rows, 0);
        image
    }

    pub(crate) fn len(&self) -> usize {
        self.is_touched.len()
    }

    pub(crate) fn row(&self, row: usize) -> &[u64] {
        &self.words[row * self.row_words..][..self.row_words]
    }

    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }

    /// The row for writing; it counts as changed.
    pub(crate) fn row_mut(&mut self, row: usize) -> &mut [u64] {
        if !std::mem::replace(&mut self.is_touched[row], true) {
            self.touched.push(row);
        }
        &mut self.words[row * self.row_words..][..self.row_words]
    }

    pub(crate) fn push(&mut self) -> usize {
        let row = self.len();
        self.words.resize(self.words.len() + self.row_words, 0);
        self.is_touched.push(false);
        self.crcs.push(0);
        self.row_mut(row);
        row
    }

    pub(crate) fn pop(&mut self) {
        let Some(touched) = self.is_touched.pop() else { return };
        let row = self.len();
        self.words.truncate(row * self.row_words);
        self.check = self.check.wrapping_sub(u64::from(self.crcs.pop().unwrap_or(0)));
        if touched {
            self.touched.retain(|touched| *touched != row);
        }
    }

    /// Brings the check up to date and returns it: the sum of the CRC-32 of every row.
    pub(crate) fn check(&mut self) -> u64 {
        for row in &self.touched {
            let words = &self.words[row * self.row_words..][..self.row_words];
            let crc = row_crc(self.region, *row, words);
            let old = std::mem::replace(&mut self.crcs[*row], crc);
            self.check = self.check.wrapping_add(u64::from(crc)).wrapping_sub(u64::from(old));
        }
        self.check
    }

    /// Rows that the bank about to be written may lack, some perhaps twice.
    pub(crate) fn stale(&self) -> impl Iterator<Item = usize> {
        let rows = self.len();
        self.previous.iter().chain(&self.touched).copied().filter(move |row| *row < rows)
    }

    /// A commit took the changes. `everywhere` if it wrote all rows of both banks.
    pub(crate) fn committed(&mut self, everywhere: bool) {
        for row in &self.touched {
            self.is_touched[*row] = false;
        }
        self.previous.clear();
        std::mem::swap(&mut self.previous, &mut self.touched);
        if everywhere {
            self.previous.clear();
        }
    }
}

/// A row's share of its bank's check: CRC-32 of region number, row number and words.
pub(crate) fn row_crc(region: Region, row: usize, words: &[u64]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    update_crc(&mut crc, &[region as u64, row as u64]);
    update_crc(&mut crc, words);
    crc.finalize()
}

/// Feeds words to a CRC, in portions that stay on the stack.
fn update_crc(crc: &mut crc32fast::Hasher, words: &[u64]) {
    const PORTION: usize = 64;
    let mut bytes = [0u8; PORTION * WORD_BYTES];
    for portion in words.chunks(PORTION) {
        for (bytes, word) in bytes.chunks_exact_mut(WORD_BYTES).zip(portion) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        crc.update(&bytes[..portion.len() * WORD_BYTES]);
    }
}
