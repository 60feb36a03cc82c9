//! The tables of the next commit, as a publisher edits them.
//!
//! Rows are edited in place by number; a commit costs what was edited. Rows stay in the order of editing
//! (history: a ring), so nothing ever shifts; readers sort. Invariant: the index regions find
//! every row of sessions and projects by its key.

use super::image::Image;
use super::index;
use super::layout::{ROW_WORDS_MAX, Region, index_entry, layout_json};
use super::names::Names;
use super::rows::{AgentRow, HistoryRow, Key, Keyed, LimitRow, ModelRow, Name, ProjectRow, Row, SessionRow};
use super::totals::Publication;

/// Sessions a snapshot lists: the newest by activity.
pub const SESSIONS_MAX: usize = 4096;
/// UTC hours a snapshot lists: 31 days.
pub const HOURS_MAX: usize = 31 * 24;
/// Entries of the history ring.
pub const HISTORY_MAX: usize = 3600;
/// The ring takes at most one entry in this time.
const HISTORY_STEP_MS: i64 = 1000;

/// Editable tables.
#[derive(Debug)]
pub struct Draft {
    tables: [Image; Region::TABLES.len()],
    session_index: Image,
    project_index: Image,
    names: Names,
    capacities: [u64; Region::TABLES.len()],
    names_capacity: u64,
    history_oldest: usize,
    outgrown: bool,
}

impl Draft {
    /// Empty tables with room for an ordinary user; tables that outgrow it get a larger file.
    pub(crate) fn new() -> Self {
        let capacities = Region::TABLES.map(|table| match table {
            Region::Agents => 8,
            Region::Models | Region::Limits => 32,
            Region::Projects => 128,
            Region::Sessions => SESSIONS_MAX as u64,
            Region::Days => 512,
            Region::Hours => HOURS_MAX as u64,
            _ => HISTORY_MAX as u64,
        });
        Self::with_room(capacities, 512 * 1024)
    }

    /// Empty tables with room for so many rows, in the order of [`Region::TABLES`], and bytes of names.
    pub(crate) fn with_room(capacities: [u64; Region::TABLES.len()], names_capacity: u64) -> Self {
        let mut draft = Self {
            tables: Region::TABLES.map(Image::new),
            session_index: Image::new(Region::SessionIndex),
            project_index: Image::new(Region::ProjectIndex),
            names: Names::default(),
            capacities,
            names_capacity,
            history_oldest: 0,
            outgrown: false,
        };
        draft.rebuild_indexes();
        draft
    }

    /// The name of `text` for use in rows of the next commit. Ask again after each commit: one that needs a larger
    /// file packs the names, and earlier names become invalid.
    ///
    /// # Panics
    /// If there are more than 4 GiB of distinct names, which no table could refer to.
    pub fn intern(&mut self, text: &str) -> Name {
        let name = self.names.intern(text).expect("names stay below 4 GiB");
        self.outgrown |= self.names.bytes().len() as u64 > self.names_capacity;
        name
    }

    /// The text of a name that [`Draft::intern`] gave.
    pub fn text(&self, name: Name) -> &str {
        self.names.text(name)
    }

    /// Rows of a table.
    pub fn len<R: Row>(&self) -> usize {
        self.table(R::TABLE).len()
    }

    /// Whether a table has no rows.
    pub fn is_empty<R: Row>(&self) -> bool {
        self.len::<R>() == 0
    }

    /// One row.
    pub fn row<R: Row>(&self, row: usize) -> R {
        R::decode(self.table(R::TABLE).row(row))
    }

    /// Adds a row and returns its number.
    pub fn push<R: Row>(&mut self, value: &R) -> usize {
        let table = self.table_mut(R::TABLE);
        let row = table.push();
        value.encode(table.row_mut(row));
        let place = place(R::TABLE);
        if self.len::<R>() as u64 > self.capacities[place] {
            self.capacities[place] *= 2;
            self.outgrown = true;
            self.rebuild_indexes();
        } else {
            self.index_row(R::TABLE, row);
        }
        row
    }

    /// Replaces a row, possibly with another key.
    pub fn set<R: Row>(&mut self, row: usize, value: &R) {
        let key = self.key(R::TABLE, row);
        let mut new = [0; ROW_WORDS_MAX];
        let new = &mut new[..R::TABLE.row_bytes() / size_of::<u64>()];
        value.encode(new);
        if self.table(R::TABLE).row(row) == new {
            return;
        }
        let same_key = key == key_of(R::TABLE, new);
        if !same_key {
            self.unindex_row(R::TABLE, row);
        }
        value.encode(self.table_mut(R::TABLE).row_mut(row));
        if !same_key {
            self.index_row(R::TABLE, row);
        }
    }

    /// Removes a row; the last row takes its number.
    pub fn swap_remove<R: Row>(&mut self, row: usize) {
        let last = self.len::<R>() - 1;
        self.unindex_row(R::TABLE, row);
        if row != last {
            self.unindex_row(R::TABLE, last);
            let moved: R = self.row(last);
            moved.encode(self.table_mut(R::TABLE).row_mut(row));
        }
        self.table_mut(R::TABLE).pop();
        if row != last {
            self.index_row(R::TABLE, row);
        }
    }

    /// Takes over history rows from an earlier file, oldest first.
    pub(crate) fn restore_history(&mut self, rows: impl Iterator<Item = HistoryRow>) {
        for row in rows.take(HISTORY_MAX) {
            self.push(&row);
        }
    }

    /// Notes the totals in the history ring if they changed and the last entry is a second old.
    pub(crate) fn note_history(&mut self, publication: &Publication) {
        let rows = self.len::<HistoryRow>();
        if rows > 0 {
            let last: HistoryRow = self.row((self.history_oldest + rows - 1) % rows);
            let age = publication.published_at.saturating_sub(last.at);
            // If the clock was set back, the age is negative. Take the entry then, or the ring would stand still.
            if last.counters == publication.totals || (0..HISTORY_STEP_MS).contains(&age) {
                return;
            }
        }
        let entry = HistoryRow { at: publication.published_at, counters: publication.totals };
        if rows < HISTORY_MAX {
            self.push(&entry);
        } else {
            self.set(self.history_oldest, &entry);
            self.history_oldest = (self.history_oldest + 1) % HISTORY_MAX;
        }
    }

    /// Whether the tables no longer fit the file that was made for them.
    pub(crate) fn is_outgrown(&self) -> bool {
        self.outgrown
    }

    /// Asks for a new file.
    pub(crate) fn outgrow(&mut self) {
        self.outgrown = true;
    }

    /// For a new file: drops names that no row uses, and gives the others room to grow.
    pub(crate) fn compact(&mut self) {
        let old = std::mem::take(&mut self.names);
        self.rename::<AgentRow>(&old);
        self.rename::<ModelRow>(&old);
        self.rename::<ProjectRow>(&old);
        self.rename::<SessionRow>(&old);
        self.rename::<LimitRow>(&old);
        while (self.names.bytes().len() as u64) * 2 > self.names_capacity {
            self.names_capacity *= 2;
        }
        self.rebuild_indexes();
    }

    /// A new file holds everything. Until then the draft counts as outgrown: its names may have moved.
    pub(crate) fn settled(&mut self) {
        for region in Region::BANKED {
            self.table_mut(region).committed(true);
        }
        self.outgrown = false;
    }

    fn rename<R: Row>(&mut self, old: &Names) {
        for number in 0..self.len::<R>() {
            let mut row: R = self.row(number);
            for name in row.names_mut() {
                *name = self.names.intern(old.text(*name)).expect("fewer names than before");
            }
            row.encode(self.table_mut(R::TABLE).row_mut(number));
        }
    }

    pub(crate) fn capacity(&self, region: Region) -> u64 {
        match region {
            Region::Names => self.names_capacity,
            Region::Layout => layout_json().len() as u64,
            Region::SessionIndex => self.session_index.len() as u64,
            Region::ProjectIndex => self.project_index.len() as u64,
            table => self.capacities[place(table)],
        }
    }

    pub(crate) fn table(&self, region: Region) -> &Image {
        match region {
            Region::SessionIndex => &self.session_index,
            Region::ProjectIndex => &self.project_index,
            table => &self.tables[place(table)],
        }
    }

    pub(crate) fn table_mut(&mut self, region: Region) -> &mut Image {
        match region {
            Region::SessionIndex => &mut self.session_index,
            Region::ProjectIndex => &mut self.project_index,
            table => &mut self.tables[place(table)],
        }
    }

    pub(crate) fn names(&self) -> &[u8] {
        self.names.bytes()
    }

    pub(crate) fn names_crc(&self) -> u32 {
        self.names.crc()
    }

    pub(crate) fn history_oldest(&self) -> usize {
        self.history_oldest
    }

    fn rebuild_indexes(&mut self) {
        for (table, index) in
            [(Region::Sessions, Region::SessionIndex), (Region::Projects, Region::ProjectIndex)]
        {
            let entries = index::capacity_for(self.capacities[place(table)]);
            *self.table_mut(index) = Image::zeroed(index, usize::try_from(entries).unwrap_or(usize::MAX));
            for row in 0..self.table(table).len() {
                self.index_row(table, row);
            }
        }
    }

    /// The key of a row in an indexed table.
    fn key(&self, table: Region, row: usize) -> Option<Key<Name>> {
        key_of(table, self.table(table).row(row))
    }

    /// The same, with its text.
    fn spelled(&self, key: Key<Name>) -> Key<&[u8]> {
        Key { agent: key.agent, text: self.names.text(key.text).as_bytes() }
    }

    fn index_row(&mut self, table: Region, row: usize) {
        let (Some(key), Some(index)) = (self.key(table, row), index_of(table)) else { return };
        let (at, entry) = index::insert(self.spelled(key), row, self.table(index).words());
        self.table_mut(index).row_mut(at)[index_entry::ENTRY] = entry;
    }

    fn unindex_row(&mut self, table: Region, row: usize) {
        let (Some(key), Some(index)) = (self.key(table, row), index_of(table)) else { return };
        let entries = self.table(index).words();
        let Some(at) = index::position(self.spelled(key), row, entries) else { return };
        let hash_of = |row| index::hash(self.spelled(self.key(table, row).expect("the table has an index")));
        for (at, entry) in index::remove(at, entries, hash_of) {
            self.table_mut(index).row_mut(at)[index_entry::ENTRY] = entry;
        }
    }
}

/// The key of a row with these words, if its table has an index.
fn key_of(table: Region, words: &[u64]) -> Option<Key<Name>> {
    match table {
        Region::Sessions => Some(SessionRow::decode(words).key()),
        Region::Projects => Some(ProjectRow::decode(words).key()),
        _ => None,
    }
}

fn index_of(table: Region) -> Option<Region> {
    match table {
        Region::Sessions => Some(Region::SessionIndex),
        Region::Projects => Some(Region::ProjectIndex),
        _ => None,
    }
}

/// Index of a table in [`Region::TABLES`], and of its length in a slot.
pub(crate) fn place(table: Region) -> usize {
    Region::TABLES.iter().position(|other| *other == table).expect("the region is a table")
}
