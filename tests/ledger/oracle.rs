//! What a ledger must hold, worked out the plain way, and what one does hold.

use std::collections::BTreeMap;

use cco::ledger::{Figures, Ledger, Rollup};
use cco::pricing::{CostMode, PriceTable};
use cco::snapshot::Counters;
use cco::usage::{Dimensions, Key, Record};

const QUARTER_MS: i64 = 900_000;

/// One record a request.
pub(crate) fn merged(records: &[Record]) -> Vec<Record> {
    let mut merged: BTreeMap<Key, Record> = BTreeMap::new();
    for record in records {
        merged.entry(record.key).and_modify(|known| known.merge(record)).or_insert_with(|| record.clone());
    }
    merged.into_values().collect()
}

/// The rollups of these records.
pub(crate) fn rollups(records: &[Record], prices: &PriceTable) -> Vec<Rollup> {
    let mut rollups: BTreeMap<_, Rollup> = BTreeMap::new();
    for record in merged(records) {
        let quarter_ms = record.at_ms.div_euclid(QUARTER_MS) * QUARTER_MS;
        for request in record.requests() {
            let price = |mode| prices.price(&request, &record.terms, record.at_ms, mode);
            let figures = Figures {
                auto: price(CostMode::Auto),
                computed: price(CostMode::Calculate).cost,
                unpriced_computed_tokens: price(CostMode::Calculate).unpriced_tokens,
                recorded: price(CostMode::Display).cost,
            };
            let one = Rollup {
                quarter_ms,
                session: record.home.session.clone(),
                project: record.home.project.clone(),
                model: request.model.into(),
                dimensions: record.dimensions.clone(),
                first_ms: record.at_ms,
                last_ms: record.at_ms,
                figures,
            };
            rollups
                .entry(order(&one))
                .and_modify(|sum| {
                    sum.first_ms = sum.first_ms.min(one.first_ms);
                    sum.last_ms = sum.last_ms.max(one.last_ms);
                    sum.figures += one.figures;
                })
                .or_insert(one);
        }
    }
    rollups.into_values().collect()
}

/// The rollups of a ledger, in the order of the oracle's.
pub(crate) fn found(ledger: &Ledger) -> Vec<Rollup> {
    let mut rollups = Vec::new();
    ledger.rollups(i64::MIN..i64::MAX, |rollup| rollups.push(rollup)).expect("rollups");
    assert!(rollups.is_sorted_by_key(|rollup| rollup.quarter_ms), "rollups come in time order");
    rollups.sort_by_key(order);
    rollups
}

/// All counters of a ledger.
pub(crate) fn total(ledger: &Ledger) -> Counters {
    found(ledger).iter().map(|rollup| rollup.figures.auto).sum()
}

fn order(rollup: &Rollup) -> (i64, bool, String, String, String, Dimensions) {
    let Rollup { quarter_ms, session, project, model, dimensions, first_ms, .. } = rollup;
    let text = |name: &str| name.to_owned();
    (
        *quarter_ms,
        first_ms != quarter_ms,
        text(session),
        text(project),
        text(model),
        Dimensions::clone(dimensions),
    )
}
