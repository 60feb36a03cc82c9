//! A frame: totals and tables of one commit, copied to the heap.
//!
//! Invariant: everything in a frame belongs to the commit of [`Frame::totals`]; row counts and names were
//! checked when it was copied. A frame may be filled again, which reuses its memory.

use super::error::ReadError;
use super::geometry::Geometry;
use super::layout::{BANKS, Region, Type};
use super::rows::{HistoryRow, Name, Row};
use super::totals::Totals;

/// Totals and tables of one commit.
#[derive(Clone, Debug)]
pub struct Frame {
    totals: Totals,
    tables: [Rows; Region::TABLES.len()],
    names: Vec<u8>,
}

/// Words of one table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    pub(crate) words: Vec<u64>,
    pub(crate) row_words: usize,
}

/// The part of a bank that belongs to a commit: numbers checked against the file's regions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    pub(crate) bank: usize,
    pub(crate) rows: [usize; Region::TABLES.len()],
    pub(crate) names_bytes: usize,
}

impl Extent {
    /// Checks a slot's table lengths against the regions of the file.
    pub(crate) fn of(totals: &Totals, geometry: &Geometry) -> Result<Self, ReadError> {
        let damaged = |what| ReadError::Damaged { what };
        let lengths = totals.lengths();
        let mut rows = [0; Region::TABLES.len()];
        for (index, table) in Region::TABLES.into_iter().enumerate() {
            if lengths.rows[index] > geometry.of(table).capacity {
                return Err(damaged("a table is longer than its region"));
            }
            rows[index] = usize::try_from(lengths.rows[index]).map_err(|_| damaged("a table is too long"))?;
        }
        let history = lengths.rows[super::draft::place(Region::History)];
        if lengths.history_oldest >= history.max(1) {
            return Err(damaged("the oldest row of the history is not one of its rows"));
        }
        if lengths.names_bytes > geometry.of(Region::Names).capacity {
            return Err(damaged("the names are longer than their region"));
        }
        let bank = usize::try_from(totals.bank()).ok().filter(|bank| *bank < BANKS);
        Ok(Self {
            bank: bank.ok_or(damaged("a slot names no bank"))?,
            rows,
            names_bytes: usize::try_from(lengths.names_bytes)
                .map_err(|_| damaged("the names are too long"))?,
        })
    }
}

impl Frame {
    pub(crate) fn empty(totals: Totals) -> Self {
        Self { totals, tables: Default::default(), names: Vec::new() }
    }

    /// Everything but the tables.
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// The rows of one table, in no particular order; [`Frame::history`] orders the ring.
    pub fn rows<R: Row>(&self) -> impl ExactSizeIterator<Item = R> + DoubleEndedIterator {
        let rows = &self.tables[super::draft::place(R::TABLE)];
        rows.words.chunks_exact(rows.row_words.max(1)).map(R::decode)
    }

    /// One row of a table, in the order of [`Frame::rows`]; `None` beyond the last.
    pub fn row<R: Row>(&self, row: usize) -> Option<R> {
        let rows = &self.tables[super::draft::place(R::TABLE)];
        rows.words.chunks_exact(rows.row_words.max(1)).nth(row).map(R::decode)
    }

    /// The text of a name in one of the rows; empty if the name is from another frame and not in this one.
    pub fn name(&self, name: Name) -> &str {
        let start = name.offset as usize;
        let bytes = self.names.get(start..start.saturating_add(name.bytes as usize));
        bytes.and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }

    /// The history ring, oldest first.
    pub fn history(&self) -> impl Iterator<Item = HistoryRow> {
        let oldest = self.oldest();
        self.rows::<HistoryRow>().skip(oldest).chain(self.rows::<HistoryRow>().take(oldest))
    }

    /// One entry of the history ring, from 0 for the oldest; `None` beyond the newest.
    pub fn history_row(&self, age: usize) -> Option<HistoryRow> {
        let rows = self.rows::<HistoryRow>().len();
        if age < rows { self.row((self.oldest() + age) % rows) } else { None }
    }

    /// The row of the ring's oldest entry.
    fn oldest(&self) -> usize {
        // It was checked when the frame was copied; an empty frame has no rows.
        usize::try_from(self.totals.lengths().history_oldest).unwrap_or(0)
    }

    /// Bytes that were copied for the tables and names.
    pub fn table_bytes(&self) -> usize {
        self.tables.iter().map(|rows| rows.words.len() * size_of::<u64>()).sum::<usize>() + self.names.len()
    }

    /// Whether the names of all rows are text: an error that says what is wrong, never an empty name in its place.
    ///
    /// All bytes in use are UTF-8 as a whole, so a name is if it begins and ends between characters.
    pub(crate) fn check_names(&self) -> Result<(), ReadError> {
        let damaged = |what| Err(ReadError::Damaged { what });
        let Ok(names) = std::str::from_utf8(&self.names) else { return damaged("the names are not UTF-8") };
        for (rows, table) in self.tables.iter().zip(Region::TABLES) {
            for field in table.fields().iter().filter(|field| field.kind == Type::Name) {
                for row in rows.words.chunks_exact(rows.row_words.max(1)) {
                    let name = Name::of(row[field.word]);
                    let (start, bytes) = (name.offset as usize, name.bytes as usize);
                    if bytes > 0 && names.get(start..start.saturating_add(bytes)).is_none() {
                        return damaged("a name is not one of the names");
                    }
                }
            }
        }
        Ok(())
    }

    pub(crate) fn parts_mut(&mut self) -> (&mut Totals, &mut [Rows; Region::TABLES.len()], &mut Vec<u8>) {
        (&mut self.totals, &mut self.tables, &mut self.names)
    }
}
