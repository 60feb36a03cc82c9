//! What a count into an empty ledger comes to: everything, merged in memory before any of it is stored.
//!
//! Invariant: one record a request. Used by [`super::counter`].

use std::sync::Arc;

use foldhash::HashMap;

use super::aggregate::{Aggregates, Contribution, quarter_of};
use crate::ingest::{Batch, Outcome, Records};
use crate::pricing::{CostMode, ModelPrices, PriceTable};
use crate::snapshot::Counters;
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
        // Requests of one place and quarter hour are summed first: many times fewer are then looked up by name.
        let mut places: HashMap<Place, (Contribution<'_>, Option<&ModelPrices>)> = HashMap::default();
        for record in self.records.iter() {
            for request in record.requests() {
                let at_ms = record.at_ms;
                let (known, found) = places.entry(Place::of(record, request.model)).or_insert_with(|| {
                    let home = &record.home;
                    let counters = Counters::default();
                    let (first_ms, last_ms, model) = (at_ms, at_ms, request.model);
                    let (session, project) = (&home.session, &home.project);
                    let contribution = Contribution { first_ms, last_ms, session, project, model, counters };
                    (contribution, prices.find(model))
                });
                known.first_ms = known.first_ms.min(at_ms);
                known.last_ms = known.last_ms.max(at_ms);
                known.counters += prices.price_as(*found, &request, &record.terms, at_ms, CostMode::Auto);
            }
        }
        for (contribution, _) in places.values() {
            sums.add(contribution);
        }
    }
}

/// What requests that are summed have in common. Homes and models are told apart by where they are kept, which is
/// in one place a thread that read them; two of one place are added one after the other.
#[derive(PartialEq, Eq, Hash)]
struct Place {
    home: usize,
    model: usize,
    quarter_ms: i64,
    /// A quarter's first millisecond stands apart.
    after_start: bool,
}

impl Place {
    fn of(record: &Record, model: &str) -> Self {
        let quarter_ms = quarter_of(record.at_ms);
        Self {
            home: Arc::as_ptr(&record.home).addr(),
            model: model.as_ptr().addr(),
            quarter_ms,
            after_start: record.at_ms != quarter_ms,
        }
    }
}
