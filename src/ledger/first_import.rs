//! The first import: a ledger without requests is made anew, in memory, and then takes the place of the old one.
//!
//! All that SQLite would do a row (look for its place, divide pages, keep an index in step) is known beforehand where
//! everything is. So the tree of requests and that of their index are laid out from sorted rows, on a thread of their
//! own, while SQLite writes the few rows that are left into a copy of the ledger. The copy with the trees in it is
//! written over the ledger by SQLite's online backup.
//!
//! Invariant: the same rows as applying gives. The ledger is replaced in one transaction of its own: readers see the
//! old or the new one, and so does whoever comes after a crash.

use std::collections::hash_map;
use std::sync::Arc;
use std::thread;

use foldhash::HashMap;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, ffi};

use super::apply::{Applied, Batch, take_in_the_rest};
use super::deltas::Deltas;
use super::entry::{Composer, Entry};
use super::forget::Rules;
use super::image::{self, Image};
use super::names::Names;
use super::prices::Pricing;
use super::requests::{self, Ids};
use super::tree::{Pages, Tree};
use super::{LedgerError, rollups};
use crate::pricing::PriceTable;
use crate::usage::Record;

/// A request and what its row refers to.
struct Row<'r> {
    record: &'r Record,
    ids: Ids,
}

/// Takes a batch into a ledger without requests and without anything forgotten. `None` where the file is of another
/// form than a new one's, or would be too large: nothing was done.
pub(super) fn import(
    ledger: &mut Connection,
    batch: &Batch<'_>,
    prices: &PriceTable,
) -> Result<Option<Applied>, LedgerError> {
    import_within(image::MOST_PAGES, ledger, batch, prices)
}

fn import_within(
    most_pages: usize,
    ledger: &mut Connection,
    batch: &Batch<'_>,
    prices: &PriceTable,
) -> Result<Option<Applied>, LedgerError> {
    let merged = merged(&batch.records);
    let records = merged.as_ref().map_or_else(|| batch.records.clone(), |merged| merged.iter().collect());
    let copy = match copy_with(&records, most_pages, ledger, batch, prices) {
        Ok(Some(copy)) => copy,
        // It is the copy that is full, not the disk.
        Ok(None) | Err(LedgerError::Full(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    replace(ledger, &copy)?;
    let (new_messages, all) = (records.len() as u64, batch.records.len() as u64);
    Ok(Some(Applied { new_messages, duplicates: all - new_messages, ..Applied::default() }))
}

/// A copy of the ledger with the batch in it, whose records were made these.
fn copy_with(
    records: &[&Record],
    most_pages: usize,
    ledger: &mut Connection,
    batch: &Batch<'_>,
    prices: &PriceTable,
) -> Result<Option<Connection>, LedgerError> {
    let Some(image) = Image::of(ledger, most_pages)? else { return Ok(None) };
    let mut copy = image.open()?;
    let Some((table_root, index_root)) = roots(&copy)? else { return Ok(None) };
    let transaction = copy.transaction()?;
    let rows = &with_ids(records, &mut Names::new(&transaction))?;
    let trees = thread::scope(|threads| {
        let trees = threads.spawn(|| trees(rows));
        write_the_rest(rows, batch, prices, &transaction)?;
        trees.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    let Trees { table, index, too_long } = trees?;
    transaction.commit()?;
    let Some(mut image) = Image::of(&mut copy, most_pages)? else { return Ok(None) };
    drop(copy);
    if !image.put(table_root, table) || !image.put(index_root, index) {
        return Ok(None);
    }
    let copy = image.open()?;
    for record in too_long {
        requests::put(&mut Names::new(&copy), record)?;
    }
    Ok(Some(copy))
}

/// One record a request; `None` if that is what the records are.
fn merged(records: &[&Record]) -> Option<Vec<Record>> {
    let mut by_key: Vec<_> = records.iter().map(|&record| (record.key, record)).collect();
    by_key.sort_unstable_by_key(|&(key, _)| key);
    if by_key.windows(2).all(|pair| pair[0].0 != pair[1].0) {
        return None;
    }
    let requests = by_key.chunk_by(|(key, _), (other, _)| key == other).filter_map(|records| {
        let mut records = records.iter().map(|&(_, record)| record);
        let mut merged = records.next()?.clone();
        records.for_each(|record| merged.merge(record));
        Some(merged)
    });
    Some(requests.collect())
}

/// Records with the ids of their names. These are told apart by where they are kept: many records share one, and few
/// keep it twice.
fn with_ids<'r>(records: &[&'r Record], names: &mut Names<'_>) -> Result<Vec<Row<'r>>, LedgerError> {
    let mut known = HashMap::default();
    let rows = records.iter().map(|&record| {
        let place =
            (Arc::as_ptr(&record.home), Arc::as_ptr(&record.model).cast::<u8>(), Arc::as_ptr(&record.terms));
        let ids = match known.entry(place) {
            hash_map::Entry::Occupied(known) => *known.get(),
            hash_map::Entry::Vacant(new) => *new.insert(Ids::of(record, names)?),
        };
        Ok(Row { record, ids })
    });
    rows.collect()
}

/// What is laid out beside SQLite.
struct Trees<'r> {
    table: Pages,
    index: Pages,
    /// Requests that are in neither, because their rows do not fit a page.
    too_long: Vec<&'r Record>,
}

fn trees<'r>(rows: &[Row<'r>]) -> Result<Trees<'r>, LedgerError> {
    let mut composer = Composer::default();
    // Records are gone through in the order they are kept in, and only what was made of them is then sorted: each is
    // twice as long, and far from the next by key.
    let mut entries = Vec::with_capacity(64 * rows.len());
    let (mut by_key, mut by_session) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    let mut too_long = Vec::new();
    for Row { record, ids } in rows {
        match requests::compose(&mut composer, record, *ids)? {
            Some(Entry(entry)) => {
                by_key.push((record.key, entries.len(), entry.len()));
                by_session.push((ids.session, record.at_ms, record.key));
                entries.extend_from_slice(entry);
            }
            None => too_long.push(*record),
        }
    }
    let (mut table, mut index) = (Tree::default(), Tree::default());
    by_key.sort_unstable_by_key(|&(key, _, _)| key);
    for (_, start, length) in by_key {
        table.push(Entry(&entries[start..][..length]));
    }
    by_session.sort_unstable();
    for (session, at_ms, key) in by_session {
        composer.integer(session).integer(at_ms).blob(&requests::key_bytes(key));
        if let Some(entry) = composer.finish() {
            index.push(entry);
        }
    }
    Ok(Trees { table: table.finish(), index: index.finish(), too_long })
}

/// Writes all but the requests.
fn write_the_rest(
    rows: &[Row<'_>],
    batch: &Batch<'_>,
    prices: &PriceTable,
    copy: &Connection,
) -> Result<(), LedgerError> {
    let (mut names, mut pricing) = (Names::new(copy), Pricing::new(prices));
    let mut deltas = Deltas::default();
    for Row { record, ids } in rows {
        deltas.note_of(true, record, (ids.session, ids.project), &mut names, &mut pricing, None)?;
    }
    for (place, sums) in deltas.into_rows() {
        rollups::put(copy, &place, &sums)?;
    }
    take_in_the_rest(batch, &Rules::default(), &mut names)
}

/// The numbers of the pages at the roots of requests and of their index. `None` where these two are not all: an index
/// or a trigger of the user's own wants to see each row.
fn roots(copy: &Connection) -> Result<Option<(u32, u32)>, LedgerError> {
    let mut query =
        copy.prepare("SELECT name, rootpage FROM sqlite_schema WHERE tbl_name = 'requests' ORDER BY name")?;
    let found = query.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let found = found.collect::<Result<Vec<(String, u32)>, _>>()?;
    Ok(match &found[..] {
        [(table, table_root), (index, index_root)]
            if table == "requests" && index == "requests_by_session" =>
        {
            Some((*table_root, *index_root))
        }
        _ => None,
    })
}

/// Writes the copy over the ledger.
fn replace(ledger: &mut Connection, copy: &Connection) -> Result<(), LedgerError> {
    const EVERY_PAGE: i32 = -1;
    let backup = Backup::new(copy, ledger)?;
    match backup.step(EVERY_PAGE)? {
        StepResult::Done => {}
        _ => return Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_BUSY), None).into()),
    }
    drop(backup);
    // As SQLite does after every other commit of this size. What cannot be moved out of the log now is later.
    if let Err(error) = ledger.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |_| Ok(())) {
        tracing::warn!(%error, "the ledger's log could not be moved into its file yet");
    }
    Ok(())
}

#[cfg(test)]
#[path = "first_import_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "first_import_limits.rs"]
mod limits;

#[cfg(test)]
#[path = "first_import_property.rs"]
mod property;
