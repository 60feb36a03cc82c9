//! Which prices the costs in rollups belong to.
//!
//! Invariant: each model in a rollup has the fingerprint of the prices that its costs were computed with. A
//! contribution can only be subtracted exactly at the prices it was added with, so writing with other prices is an
//! error; [`Ledger::reprice`](super::Ledger::reprice) derives the rollups again.

use std::sync::Arc;

use foldhash::HashMap;
use rusqlite::OptionalExtension as _;

use super::names::Names;
use super::{Figures, LedgerError};
use crate::pricing::{PriceTable, Tariff};
use crate::usage::{Request, Terms};

/// A price table, with the models of one transaction as found in it and in the ledger.
pub(super) struct Pricing<'p> {
    table: &'p PriceTable,
    models: HashMap<Arc<str>, Model<'p>>,
}

/// A model of rollups.
#[derive(Clone, Copy)]
pub(super) struct Model<'p> {
    pub(super) id: i64,
    tariff: Option<Tariff<'p>>,
}

impl<'p> Pricing<'p> {
    pub(super) fn new(table: &'p PriceTable) -> Self {
        Self { table, models: HashMap::default() }
    }

    /// A model's id, prices and shared name. The prices of a model that is new to rollups are recorded, unless names are
    /// read only; a model that was recorded with other prices is an error.
    pub(super) fn model(
        &mut self,
        names: &mut Names<'_>,
        name: &str,
    ) -> Result<(Arc<str>, Model<'p>), LedgerError> {
        if let Some((name, &model)) = self.models.get_key_value(name) {
            return Ok((Arc::clone(name), model));
        }
        let name: Arc<str> = name.into();
        let id = names.model_id(&name)?;
        let tariff = self.table.find(&name);
        let fingerprint = fingerprint(self.table, &name);
        let known: Option<i64> = (names.connection)
            .prepare_cached("SELECT prices FROM models WHERE id = ?1")?
            .query_row([id], |row| row.get(0))
            .optional()?
            .flatten();
        match known {
            Some(known) if known != fingerprint => {
                return Err(LedgerError::PricesChanged { model: name.to_string() });
            }
            Some(_) => {}
            None if names.is_read_only() => {}
            None => {
                (names.connection)
                    .prepare_cached("UPDATE models SET prices = ?2 WHERE id = ?1")?
                    .execute((id, fingerprint))?;
            }
        }
        let model = Model { id, tariff };
        self.models.insert(Arc::clone(&name), model);
        Ok((name, model))
    }

    /// A model that was looked up before.
    pub(super) fn known(&self, name: &str) -> Result<Model<'p>, LedgerError> {
        let model = self.models.get(name).copied();
        model.ok_or_else(|| LedgerError::Corrupt(format!("the model {name:?} was not looked up").into()))
    }

    /// What one request contributes.
    pub(super) fn figures(
        &self,
        model: Model<'p>,
        request: &Request<'_>,
        terms: &Terms,
        at_ms: i64,
    ) -> Figures {
        Figures::of(request, terms, at_ms, self.table, model.tariff)
    }
}

/// What a model is priced with, as a number that SQLite can hold.
pub(super) fn fingerprint(table: &PriceTable, model: &str) -> i64 {
    table.fingerprint(model).cast_signed()
}
