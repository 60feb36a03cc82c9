//! Derives rollups from the requests, to repair, reprice and verify them.
//!
//! Invariant: all rollups are in memory at once, never all requests.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;

use super::LedgerError;
use super::deltas::Deltas;
use super::names::Names;
use super::prices::Pricing;
use super::requests;
use super::rollups::{self, RollupKey, Sums};
use crate::pricing::PriceTable;

/// The rollups that the requests add up to.
pub(super) fn rollups(
    names: &mut Names<'_>,
    prices: &PriceTable,
) -> Result<BTreeMap<RollupKey, Sums>, LedgerError> {
    let mut pricing = Pricing::new(prices);
    let mut deltas = Deltas::default();
    requests::each(names, requests::ALL, (), |names, record| {
        deltas.note(true, &record, names, &mut pricing, None)
    })?;
    Ok(deltas.into_rows().collect())
}

/// Replaces all rollups with them.
pub(super) fn replace(connection: &Connection, prices: &PriceTable) -> Result<(), LedgerError> {
    let derived = rollups(&mut Names::new(connection), prices)?;
    connection.execute("DELETE FROM rollups", ())?;
    rollups::insert(connection, derived.into_iter())
}

/// The same for the rollups of some models.
pub(super) fn replace_of(
    connection: &Connection,
    prices: &PriceTable,
    models: &BTreeSet<i64>,
) -> Result<(), LedgerError> {
    let derived = rollups(&mut Names::new(connection), prices)?;
    for model in models {
        connection.execute("DELETE FROM rollups WHERE model = ?1", [model])?;
    }
    let of_models = derived.into_iter().filter(|(key, _)| models.contains(&key.about.model));
    rollups::insert(connection, of_models)
}
