//! What a count into an empty ledger comes to: everything, merged in memory before any of it is stored.
//!
//! Invariant: one record a request. Used by [`super::counter`].

use super::aggregate::{Aggregates, Contribution};
use crate::ingest::{Batch, Outcome, Records};
use crate::pricing::{CostMode, PriceTable};
use crate::usage::Record;

/// All that transcripts hold.
#[derive(Debug, Default)]
pub(super) struct FirstCount {
    records: Records,
    /// What is to be stored besides records.
    rest: Batch,
}

impl FirstCount {
    /// Takes in what some transcripts hold.
    pub(super) fn add(&mut self, mut batch: Batch) {
        self.records.extend(batch.records.drain(..));
        self.rest.cost_states.append(&mut batch.cost_states);
        self.rest.working_folders.append(&mut batch.working_folders);
        self.rest.done.append(&mut batch.done);
    }

    /// How many records there are.
    pub(super) fn len(&self) -> u64 {
        self.records.len() as u64
    }

    /// The records, in no order.
    pub(super) fn records(&self) -> impl Iterator<Item = &Record> {
        self.records.iter()
    }

    /// What there is besides.
    pub(super) fn rest(&self) -> &Batch {
        &self.rest
    }

    /// How far each transcript was read.
    pub(super) fn into_outcomes(self) -> Vec<Outcome> {
        self.rest.done
    }

    /// Adds all requests to sums.
    pub(super) fn add_to(&self, sums: &mut Aggregates, prices: &PriceTable) {
        for record in self.records.iter() {
            for request in record.requests() {
                sums.add(&Contribution {
                    first_ms: record.at_ms,
                    last_ms: record.at_ms,
                    session: &record.home.session,
                    project: &record.home.project,
                    model: request.model,
                    counters: prices.price(&request, &record.terms, record.at_ms, CostMode::Auto),
                });
            }
        }
    }
}
