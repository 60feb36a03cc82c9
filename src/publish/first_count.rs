//! A count of many transcripts: everything is merged in memory before any of it is stored.
//!
//! Invariant: one record per request; for a recount, records that it must see unmerged are kept apart. Used by
//! [`super::counter`].

use std::sync::Arc;

use foldhash::HashMap;

use super::aggregate::{Aggregates, Contribution, quarter_of};
use crate::ingest::{Batch, ReadOutcome, Records};
use crate::ledger::differ_to_a_recount;
use crate::pricing::{CostMode, PriceTable, Tariff};
use crate::usage::{Home, Record};

/// Everything that some transcripts hold.
#[derive(Debug, Default)]
pub(super) struct FirstCount {
    records: Records,
    /// For a recount: records that the ledger must see by themselves, so they are not merged into `records`.
    apart: Option<Vec<Record>>,
    /// What else must be stored.
    rest: Batch,
}

impl FirstCount {
    /// A count for a ledger that was filled by an earlier edition of the counting rule.
    pub(super) fn for_recount() -> Self {
        Self { apart: Some(Vec::new()), ..Self::default() }
    }

    /// Adds the contents of some transcripts.
    pub(super) fn add(&mut self, mut batch: Batch) {
        if let Some(apart) = &mut self.apart {
            for record in batch.records.drain(..) {
                let known = self.records.get(record.key);
                if known.is_some_and(|known| differ_to_a_recount(known, &record)) {
                    apart.push(record);
                } else {
                    self.records.add(record);
                }
            }
            self.rest.earlier_keys.append(&mut batch.earlier_keys);
        }
        self.records.extend(batch.records.drain(..));
        self.rest.cost_states.append(&mut batch.cost_states);
        self.rest.working_folders.append(&mut batch.working_folders);
        self.rest.subagents.append(&mut batch.subagents);
        self.rest.titles.append(&mut batch.titles);
        self.rest.done.append(&mut batch.done);
    }

    /// How many records there are.
    pub(super) fn len(&self) -> u64 {
        self.records.len() as u64
    }

    /// The records, in no order. For a recount there may be several of a request.
    pub(super) fn records(&self) -> impl Iterator<Item = &Record> {
        self.records.iter().chain(self.apart.iter().flatten())
    }

    /// What else was found.
    pub(super) fn rest(&self) -> &Batch {
        &self.rest
    }

    /// How far each transcript was read.
    pub(super) fn into_outcomes(self) -> Vec<ReadOutcome> {
        self.rest.done
    }

    /// Adds all requests to sums.
    pub(super) fn add_to(&self, sums: &mut Aggregates, prices: &PriceTable) {
        let mut known_prices: HashMap<TextId, Option<Tariff<'_>>> = HashMap::default();
        // Records are in the order in which they were read, so most have neighbours of the same home and quarter hour:
        // these are summed first, and far fewer are then looked up by name.
        let mut run: Option<(SumKey, Contribution<'_>)> = None;
        for record in self.records.iter() {
            let at_ms = record.at_ms;
            for request in record.requests() {
                let model = request.model;
                let found = *known_prices.entry(TextId::of(model)).or_insert_with(|| prices.find(model));
                let counters = prices.price_as(found, &request, &record.terms, at_ms, CostMode::Auto);
                let key = SumKey::of(record, model);
                match &mut run {
                    Some((common, known)) if *common == key => {
                        known.first_ms = known.first_ms.min(at_ms);
                        known.last_ms = known.last_ms.max(at_ms);
                        known.counters += counters;
                    }
                    _ => {
                        let Home { session, project, .. } = &*record.home;
                        let (first_ms, last_ms) = (at_ms, at_ms);
                        let next = Contribution { first_ms, last_ms, session, project, model, counters };
                        if let Some((_, known)) = run.replace((key, next)) {
                            sums.add(&known);
                        }
                    }
                }
            }
        }
        if let Some((_, known)) = run {
            sums.add(&known);
        }
    }
}

/// Which text in memory it is. Each reading thread keeps one copy of each text, so equal ids are equal texts; equal texts
/// of two threads have two ids, which costs one more lookup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct TextId(*const str);

impl TextId {
    fn of(text: &str) -> Self {
        Self(text)
    }
}

/// What requests that are summed have in common. Homes are compared by address, as texts are.
#[derive(PartialEq, Eq)]
struct SumKey {
    home: *const Home,
    model: TextId,
    quarter_ms: i64,
    /// Not in the quarter's first millisecond, which is summed separately.
    after_start: bool,
}

impl SumKey {
    fn of(record: &Record, model: &str) -> Self {
        let quarter_ms = quarter_of(record.at_ms);
        Self {
            home: Arc::as_ptr(&record.home),
            model: TextId::of(model),
            quarter_ms,
            after_start: record.at_ms != quarter_ms,
        }
    }
}
