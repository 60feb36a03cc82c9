//! A b-tree as it stands in an SQLite file, made of entries that come in order.
//!
//! SQLite's file format is documented and will be read for ever; of it this is the one kind of tree that tables
//! WITHOUT ROWID and indices are kept in, where entries fit a page. To lay pages out one after another costs a small
//! part of having SQLite insert the same rows, and needs no database, so that it can be done on another thread.
//!
//! Invariant: entries are in the order they came in, each once: in a leaf, or between two pages of the level below. No
//! page is empty, but the only one of a tree without entries. Used by [`super::first_import`].

use super::entry::{Entry, LONGEST};

/// Bytes of a page: what SQLite gives a new file.
pub(super) const PAGE_BYTES: usize = 4096;

const LEAF: u8 = 0x0a;
const INNER: u8 = 0x02;
/// Where a page's directory of entries begins; a page above leaves has the number of its last child before it.
const LEAF_HEADER: usize = 8;
const INNER_HEADER: usize = 12;
const LAST_CHILD: usize = 8;
/// Bytes of a child's number, which stands before the entry that follows the child.
const CHILD: usize = 4;
/// Bytes that an entry takes up in the directory.
const SLOT: usize = 2;

// A page that is full holds several entries: the last can be given up and some are left.
const _: () = assert!(4 * (LONGEST + 2 + CHILD + SLOT) <= PAGE_BYTES - INNER_HEADER);

/// A tree that grows.
#[derive(Debug)]
pub(super) struct Tree {
    /// The page of each level that is being filled, leaves first.
    levels: Vec<Level>,
    pages: Pages,
}

/// Pages that are complete.
#[derive(Debug, Default)]
pub(super) struct Pages {
    /// One after another; the root is the last.
    pub(super) bytes: Vec<u8>,
    /// Where numbers of pages stand in them. The first of the pages has the number 0.
    pub(super) references: Vec<usize>,
}

/// A page that is being filled.
#[derive(Debug, Default)]
struct Level {
    /// Its entries, each behind the number of the child before it in pages above leaves.
    bytes: Vec<u8>,
    starts: Vec<usize>,
    /// An entry for which there was no room. It goes up once another one follows it.
    waiting: Option<Vec<u8>>,
}

impl Default for Tree {
    fn default() -> Self {
        Self { levels: vec![Level::default()], pages: Pages::default() }
    }
}

impl Tree {
    /// Appends an entry, which is greater than those before.
    pub(super) fn push(&mut self, entry: Entry<'_>) {
        self.add(0, entry.0);
    }

    /// The whole tree.
    pub(super) fn finish(mut self) -> Pages {
        let mut last_child = None;
        let mut height = 0;
        loop {
            if let Some(waiting) = self.levels[height].waiting.take() {
                // Nothing follows it, and the page behind an entry that goes up must not be empty.
                let last = self.levels[height].take_last();
                self.divide(height, &last);
                self.levels[height].add(&waiting);
            }
            last_child = Some(self.seal(height, last_child));
            height += 1;
            if height == self.levels.len() {
                return self.pages;
            }
        }
    }

    fn add(&mut self, height: usize, entry: &[u8]) {
        if self.levels.len() == height {
            self.levels.push(Level::default());
        }
        if let Some(waiting) = self.levels[height].waiting.take() {
            self.divide(height, &waiting);
        }
        let level = &mut self.levels[height];
        if level.has_room(height, entry.len()) {
            level.add(entry);
        } else {
            level.waiting = Some(entry.to_vec());
        }
    }

    /// Completes a level's page; the entry that comes next goes up and stands between it and the next page.
    fn divide(&mut self, height: usize, entry: &[u8]) {
        let (child, entry) = match entry.split_first_chunk::<CHILD>() {
            Some((&child, entry)) if height > 0 => (Some(u32::from_be_bytes(child)), entry),
            _ => (None, entry),
        };
        let mut up = self.seal(height, child).to_be_bytes().to_vec();
        up.extend_from_slice(entry);
        self.add(height + 1, &up);
    }

    /// Lays a level's page out and begins the next. Returns its number.
    fn seal(&mut self, height: usize, last_child: Option<u32>) -> u32 {
        let level = &mut self.levels[height];
        let Pages { bytes, references } = &mut self.pages;
        let begin = bytes.len();
        bytes.resize(begin + PAGE_BYTES, 0);
        let page = &mut bytes[begin..];
        let entries = PAGE_BYTES - level.bytes.len();
        page[entries..].copy_from_slice(&level.bytes);
        page[0] = if height == 0 { LEAF } else { INNER };
        page[3..5].copy_from_slice(&short(level.starts.len()));
        page[5..7].copy_from_slice(&short(entries));
        if let Some(child) = last_child {
            page[LAST_CHILD..][..CHILD].copy_from_slice(&child.to_be_bytes());
            references.push(begin + LAST_CHILD);
            references.extend(level.starts.iter().map(|start| begin + entries + start));
        }
        let directory = &mut page[header(height)..];
        for (slot, start) in directory.chunks_exact_mut(SLOT).zip(&level.starts) {
            slot.copy_from_slice(&short(entries + start));
        }
        level.bytes.clear();
        level.starts.clear();
        number(begin)
    }
}

impl Level {
    fn has_room(&self, height: usize, bytes: usize) -> bool {
        header(height) + self.bytes.len() + bytes + SLOT * (self.starts.len() + 1) <= PAGE_BYTES
    }

    fn add(&mut self, entry: &[u8]) {
        self.starts.push(self.bytes.len());
        self.bytes.extend_from_slice(entry);
    }

    fn take_last(&mut self) -> Vec<u8> {
        self.starts.pop().map(|start| self.bytes.split_off(start)).unwrap_or_default()
    }
}

fn header(height: usize) -> usize {
    if height == 0 { LEAF_HEADER } else { INNER_HEADER }
}

/// The number of the page that begins at a byte, counted from 0.
fn number(byte: usize) -> u32 {
    u32::try_from(byte / PAGE_BYTES).unwrap_or(u32::MAX)
}

/// A place in a page, or a count of its entries.
fn short(value: usize) -> [u8; 2] {
    u16::try_from(value).unwrap_or(u16::MAX).to_be_bytes()
}
