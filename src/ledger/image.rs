//! A database as bytes, into which trees are put that were made elsewhere.
//!
//! Invariant: what is not put into it stays as it was. Used by [`super::first_import`].

use std::io::Read;

use rusqlite::Connection;

use super::LedgerError;
use super::tree::{PAGE_BYTES, Pages};

/// Pages before the one that SQLite never uses (it locks its bytes). SQLite in memory goes no further either.
pub(super) const MOST_PAGES: usize = (1 << 30) / PAGE_BYTES;

/// Where the header has the number of pages, and the two bytes that say whether there is a write-ahead log.
const PAGE_COUNT: usize = 28;
const WRITE_VERSION: usize = 18;
const READ_VERSION: usize = 19;

/// What the header of a database has that a tree can be put into: no bytes kept free in a page, the pages' size, the
/// format of rows, no lists of pages to be vacuumed, UTF-8.
const FORM: [(usize, &[u8]); 5] =
    [(16, &[0x10, 0]), (20, &[0]), (44, &[0, 0, 0, 4]), (52, &[0, 0, 0, 0]), (56, &[0, 0, 0, 1])];

/// A whole database.
#[derive(Debug)]
pub(super) struct Image {
    /// What there was, with the roots of what was put in.
    base: Vec<u8>,
    /// What was put in.
    trees: Vec<Vec<u8>>,
    /// How many pages it may grow to.
    most_pages: usize,
}

impl Image {
    /// A copy of a database, to grow to so many pages; `None` if trees cannot be put into one of its form.
    pub(super) fn of(connection: &mut Connection, most_pages: usize) -> Result<Option<Self>, LedgerError> {
        let mut base = connection.serialize("main")?.to_vec();
        if FORM.iter().any(|(offset, form)| base.get(*offset..*offset + form.len()) != Some(*form)) {
            return Ok(None);
        }
        // In memory there is no log.
        (base[WRITE_VERSION], base[READ_VERSION]) = (1, 1);
        Ok(Some(Self { base, trees: Vec::new(), most_pages }))
    }

    /// Puts a tree in the place of an empty one, given by the number of its page. False where there is no room.
    pub(super) fn put(&mut self, root: u32, tree: Pages) -> bool {
        let Pages { mut bytes, references } = tree;
        let first = self.pages() + 1;
        let (Some(place), Some(last)) = ((root as usize).checked_sub(1), bytes.len().checked_sub(PAGE_BYTES))
        else {
            return false;
        };
        if self.pages() + last / PAGE_BYTES > self.most_pages {
            return false;
        }
        let Some(place) = self.base.chunks_exact_mut(PAGE_BYTES).nth(place) else { return false };
        for at in references {
            if let Some(number) = bytes[at..].first_chunk_mut::<4>() {
                *number = (u32::from_be_bytes(*number) + number_of(first)).to_be_bytes();
            }
        }
        place.copy_from_slice(&bytes[last..]);
        bytes.truncate(last);
        self.trees.push(bytes);
        let pages = number_of(self.pages()).to_be_bytes();
        self.base[PAGE_COUNT..][..pages.len()].copy_from_slice(&pages);
        true
    }

    /// Opens it in memory, where it is [full](LedgerError::Full) before it has more pages than it may.
    pub(super) fn open(self) -> Result<Connection, LedgerError> {
        let mut connection = Connection::open_in_memory()?;
        let bytes = self.pages() * PAGE_BYTES;
        let mut all: Box<dyn Read + '_> = Box::new(&self.base[..]);
        for tree in &self.trees {
            all = Box::new(all.chain(&tree[..]));
        }
        connection.deserialize_read_exact("main", all, bytes, false)?;
        // There is nothing to return to: a failure drops all of it.
        connection.pragma_update(None, "journal_mode", "OFF")?;
        connection.pragma_update(None, "foreign_keys", false)?;
        connection.pragma_update(None, "max_page_count", number_of(self.most_pages))?;
        connection.set_prepared_statement_cache_capacity(super::open::STATEMENTS);
        Ok(connection)
    }

    fn pages(&self) -> usize {
        (self.base.len() + self.trees.iter().map(Vec::len).sum::<usize>()) / PAGE_BYTES
    }
}

fn number_of(page: usize) -> u32 {
    u32::try_from(page).unwrap_or(u32::MAX)
}
