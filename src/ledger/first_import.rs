//! The first import: a batch into a ledger without requests.
//!
//! SQLite does the least work per row if rows arrive in key order, if the index is created after all of them, and if
//! all pages fit its cache. The thread with the connection does nothing else: one thread brings the rows, which are
//! scattered in memory, into key order, and another computes the rollups.
//!
//! Invariant: it writes the same rows as applying would, in the caller's transaction, so a crash leaves an empty ledger
//! or a complete one. Used by [`super::apply`].

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use foldhash::HashMap;
use rusqlite::{Connection, OptionalExtension};

use super::deltas::Deltas;
use super::forget::Rules;
use super::names::Names;
use super::prices::Pricing;
use super::requests::{Ids, Requests, Row};
use super::take_in::{merged, take_in_the_rest};
use super::{Applied, Intake, LedgerError, rollups};
use crate::pricing::PriceTable;
use crate::usage::{Key, Record};

/// Room in SQLite's cache for a request with its share of the index and rollups.
const BYTES_A_REQUEST: usize = 400;

/// The largest cache; anything beyond it goes to the log early.
const CACHE_BYTES: usize = 256 << 20;

/// Rows per hand-over, and how many hand-overs may wait for SQLite.
const ROWS: usize = 1024;
const AHEAD: usize = 8;

/// A request and what its row refers to.
struct Request<'r> {
    record: &'r Record,
    ids: Ids,
}

/// Takes a batch into a ledger without requests and without anything forgotten.
pub(super) fn import(
    connection: &Connection,
    batch: &Intake<'_>,
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
    let requests = with_ids(&records, &mut names, &mut pricing)?;
    let (sender, rows) = sync_channel(AHEAD);
    let deltas = thread::scope(|threads| {
        threads.spawn(|| {
            let sender = sender;
            hand_over(&requests, &order, &sender);
        });
        let sums = threads.spawn(|| sum(&requests, &pricing));
        insert(connection, rows)?;
        sums.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })?;
    rollups::insert(connection, deltas.into_rows())?;
    let (new_messages, all) = (requests.len() as u64, batch.records.len() as u64);
    let mut applied = Applied { new_messages, duplicates: all - new_messages, ..Applied::default() };
    take_in_the_rest(batch, &Rules::default(), &mut names, &mut applied)?;
    connection.pragma_update(None, "cache_size", cache)?;
    Ok(applied)
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

/// Records with the ids of their names. Names are recognized by address, because most records share them: a name
/// kept twice is only looked up twice.
fn with_ids<'r>(
    records: &[&'r Record],
    names: &mut Names<'_>,
    pricing: &mut Pricing<'_>,
) -> Result<Vec<Request<'r>>, LedgerError> {
    let mut known = HashMap::default();
    let mut last = None;
    let requests = records.iter().map(|&record| {
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
        Ok(Request { record, ids })
    });
    requests.collect()
}

/// Gives out rows in the order of keys.
fn hand_over<'r>(requests: &[Request<'r>], order: &[(Key, usize)], sender: &SyncSender<Vec<Row<'r>>>) {
    for places in order.chunks(ROWS) {
        let row = |&(_, place): &(Key, usize)| Row::of(requests[place].record, &requests[place].ids);
        if sender.send(places.iter().map(row).collect()).is_err() {
            // The receiver failed and returns its own error.
            return;
        }
    }
}

/// Writes rows that come in the order of keys, and the index afterwards.
fn insert(connection: &Connection, rows: Receiver<Vec<Row<'_>>>) -> Result<(), LedgerError> {
    let index = "SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = 'requests_by_session'";
    let index: Option<String> = connection.query_row(index, (), |row| row.get(0)).optional()?;
    if index.is_some() {
        connection.execute_batch("DROP INDEX requests_by_session")?;
    }
    let mut requests = Requests::new(connection)?;
    for row in rows.into_iter().flatten() {
        requests.insert(&row)?;
    }
    drop(requests);
    Ok(index.map_or(Ok(()), |index| connection.execute_batch(&index))?)
}

/// The sums of the requests.
fn sum(requests: &[Request<'_>], pricing: &Pricing<'_>) -> Result<Deltas, LedgerError> {
    let mut deltas = Deltas::default();
    for Request { record, ids } in requests {
        for request in record.requests() {
            let model = pricing.known(request.model)?;
            let figures = pricing.figures(model, &request, &record.terms, record.at_ms);
            deltas.add(true, record.at_ms, ids.about(model.id), figures);
        }
    }
    Ok(deltas)
}
