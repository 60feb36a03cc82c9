//! The first import: a batch into a ledger without requests.
//!
//! SQLite has least to do for a row if rows come in the order of their keys, if the index is made once all of them are
//! there, and if all pages fit its cache. Rollups are summed on another thread meanwhile, and written as rows in order.
//!
//! Invariant: the same rows as applying gives, in the transaction of the caller, so that a crash leaves an empty ledger
//! or a whole one. Used by [`super::apply`].

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::thread;

use foldhash::HashMap;
use rusqlite::{Connection, OptionalExtension};

use super::apply::{merged, take_in_the_rest};
use super::deltas::Deltas;
use super::forget::Rules;
use super::names::Names;
use super::prices::Pricing;
use super::requests::{Ids, Requests};
use super::{Applied, Batch, LedgerError, rollups};
use crate::pricing::PriceTable;
use crate::usage::{Key, Record};

/// Room in SQLite's cache for a request, its part of the index and of the rollups.
const BYTES_A_REQUEST: usize = 400;

/// Room in the cache at most; what is more goes to the log early.
const CACHE_BYTES: usize = 256 << 20;

/// A request and what its row refers to.
struct Row<'r> {
    record: &'r Record,
    ids: Ids,
}

/// Takes a batch into a ledger without requests and without anything forgotten.
pub(super) fn import(
    connection: &Connection,
    batch: &Batch<'_>,
    prices: &PriceTable,
) -> Result<Applied, LedgerError> {
    let (mut names, mut pricing) = (Names::new(connection), Pricing::new(prices));
    let order = in_order(&batch.records);
    let cache = widen_cache(connection, order.len())?;
    let merged = merged_all(&batch.records, &order);
    let (records, order) = match &merged {
        None => (Cow::Borrowed(&batch.records), order),
        Some(merged) => {
            let records: Vec<&Record> = merged.iter().collect();
            let order = in_order(&records);
            (Cow::Owned(records), order)
        }
    };
    let rows = with_ids(&records, &mut names, &mut pricing)?;
    let deltas = thread::scope(|threads| {
        let sums = threads.spawn(|| sum(&rows, &pricing));
        insert(connection, &rows, &order)?;
        sums.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })?;
    rollups::insert(connection, deltas.into_rows())?;
    take_in_the_rest(batch, &Rules::default(), &mut names)?;
    connection.pragma_update(None, "cache_size", cache)?;
    let (new_messages, all) = (rows.len() as u64, batch.records.len() as u64);
    Ok(Applied { new_messages, duplicates: all - new_messages, ..Applied::default() })
}

/// Gives the cache room for so many requests, and returns its former size.
fn widen_cache(connection: &Connection, requests: usize) -> Result<i64, LedgerError> {
    let former = connection.pragma_query_value(None, "cache_size", |row| row.get(0))?;
    // A size below zero is in KiB.
    let kib = (requests * BYTES_A_REQUEST).clamp(4 << 20, CACHE_BYTES) >> 10;
    connection.pragma_update(None, "cache_size", -(kib as i64))?;
    Ok(former)
}

/// The places of records, in the order of keys.
fn in_order(records: &[&Record]) -> Vec<(Key, usize)> {
    let mut order: Vec<_> = records.iter().enumerate().map(|(place, record)| (record.key, place)).collect();
    order.sort_unstable();
    order
}

/// One record a request; `None` if that is what the records are.
fn merged_all(records: &[&Record], order: &[(Key, usize)]) -> Option<Vec<Record>> {
    if order.windows(2).all(|pair| pair[0].0 != pair[1].0) {
        return None;
    }
    let requests = order.chunk_by(|(key, _), (other, _)| key == other).map(|places| {
        let copies: Vec<&Record> = places.iter().map(|&(_, place)| records[place]).collect();
        merged(&copies).into_owned()
    });
    Some(requests.collect())
}

/// Records with the ids of their names. What they share is told apart by where it is kept: many records share one, and
/// few keep it twice.
fn with_ids<'r>(
    records: &[&'r Record],
    names: &mut Names<'_>,
    pricing: &mut Pricing<'_>,
) -> Result<Vec<Row<'r>>, LedgerError> {
    let mut known = HashMap::default();
    let mut last = None;
    let rows = records.iter().map(|&record| {
        let shared = (
            Arc::as_ptr(&record.home),
            Arc::as_ptr(&record.model).cast::<u8>(),
            Arc::as_ptr(&record.terms),
            Arc::as_ptr(&record.dimensions),
        );
        for request in record.requests().filter(|request| !request.is_message) {
            pricing.model(names, request.model)?;
        }
        let ids = match last {
            Some((of, ids)) if of == shared => ids,
            _ => match known.entry(shared) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(new) => {
                    record
                        .requests()
                        .try_for_each(|request| pricing.model(names, request.model).map(drop))?;
                    *new.insert(Ids::of(record, names)?)
                }
            },
        };
        last = Some((shared, ids));
        Ok(Row { record, ids })
    });
    rows.collect()
}

/// Writes rows in the order of keys, and the index afterwards.
fn insert(connection: &Connection, rows: &[Row<'_>], order: &[(Key, usize)]) -> Result<(), LedgerError> {
    let index = "SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = 'requests_by_session'";
    let index: Option<String> = connection.query_row(index, (), |row| row.get(0)).optional()?;
    if index.is_some() {
        connection.execute_batch("DROP INDEX requests_by_session")?;
    }
    let mut requests = Requests::new(connection)?;
    for &(_, place) in order {
        let Row { record, ids } = &rows[place];
        requests.insert(record, ids)?;
    }
    drop(requests);
    Ok(index.map_or(Ok(()), |index| connection.execute_batch(&index))?)
}

/// What the requests sum up to.
fn sum(rows: &[Row<'_>], pricing: &Pricing<'_>) -> Result<Deltas, LedgerError> {
    let mut deltas = Deltas::default();
    for Row { record, ids } in rows {
        for request in record.requests() {
            let model = pricing.known(request.model)?;
            let figures = pricing.figures(model, &request, &record.terms, record.at_ms);
            deltas.add(true, record.at_ms, (ids.session, ids.project, model.id), figures);
        }
    }
    Ok(deltas)
}
