//! Made-up records and price tables, and ledgers in temporary folders.

use std::sync::Arc;

use cco::ledger::{Applied, Intake, Ledger};
use cco::pricing::PriceTable;
use cco::snapshot::Picodollars;
use cco::usage::{Dimensions, Home, Iteration, Key, Rare, Record, Terms, Tokens};
use proptest::prelude::*;

/// 2026-03-01T00:00:00Z.
pub(crate) const MARCH_MS: i64 = 1_772_323_200_000;

/// A ledger in a folder of its own, which goes with it.
pub(crate) struct Temporary {
    pub(crate) ledger: Ledger,
    pub(crate) folder: tempfile::TempDir,
}

pub(crate) fn temporary() -> Temporary {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ledger = Ledger::open(&folder.path().join("ledger.db")).expect("a new ledger");
    Temporary { ledger, folder }
}

/// Models `m-one` and `m-two`; the output of the former costs this many dollars a million.
pub(crate) fn prices(output: u32) -> PriceTable {
    let models = format!(
        r#""m-one": {{"input": 3, "output": {output}, "cache_write_5m": 3.75, "cache_write_1h": 6,
                      "cache_read": 0.3, "fast_multiplier": 2.5}},
           "m-two": {{"input": 0.1, "output": 0.7, "cache_write_5m": 0.125, "cache_write_1h": 0.2,
                      "cache_read": 0.01}}"#
    );
    let text =
        format!(r#"{{"batch_multiplier": 0.5, "web_search_per_1000_requests": 10, "models": {{{models}}}}}"#);
    PriceTable::from_json(&text).expect("a price table")
}

pub(crate) fn record(key: u128, at_ms: i64, session: &str, project: &str) -> Record {
    let home = Home { copied: false, sidechain: false, session: session.into(), project: project.into() };
    let tokens = Tokens { input: 10, output: 100, cache_read: 1_000, ..Tokens::default() };
    Record {
        key: Key(key),
        at_ms,
        home: Arc::new(home),
        model: "m-one".into(),
        terms: Arc::default(),
        tokens,
        dimensions: Arc::default(),
        is_final: true,
        rare: None,
    }
}

pub(crate) fn batch(records: &[Record]) -> Intake<'_> {
    Intake { records: records.iter().collect(), ..Intake::default() }
}

pub(crate) fn apply(ledger: &mut Ledger, records: &[Record], prices: &PriceTable) -> Applied {
    ledger.apply(&batch(records), prices).expect("a batch that is taken in")
}

/// Records of few requests, so that most tell of one that others tell of, differently.
pub(crate) fn records(
    at_ms: impl Strategy<Value = i64> + Clone + 'static,
) -> impl Strategy<Value = Vec<Record>> {
    let names = |names: &'static [&'static str]| prop::sample::select(names).prop_map(Arc::<str>::from);
    let model = names(&["m-one", "m-two", "unpriced", "unknown", ""]);
    let home = (any::<bool>(), any::<bool>(), names(&["s1", "s2", "s3"]), names(&["-", "-p", "-q"]))
        .prop_map(|(copied, sidechain, session, project)| Home { copied, sidechain, session, project });
    let terms = (prop::sample::select(vec!["", "fast"]), prop::sample::select(vec!["", "batch"]))
        .prop_map(|(speed, tier)| Terms { speed: speed.into(), tier: tier.into(), geo: "".into() });
    let iteration = (model.clone(), tokens()).prop_map(|(model, tokens)| Iteration { model, tokens });
    let recorded = prop::option::of(prop::sample::select(vec![0, 1, 999_999_999_999, 10u128.pow(24) - 1]));
    let rare = (prop::collection::vec(iteration, 0..3), recorded)
        .prop_map(|(iterations, cost)| Rare { iterations, recorded_cost: cost.map(Picodollars) })
        .prop_map(|rare| (rare != Rare::default()).then(|| Box::new(rare)));
    let rare = prop_oneof![3 => Just(None), 1 => rare];
    let record = (0..8u128, at_ms, home, model, terms, tokens(), dimensions(), any::<bool>(), rare).prop_map(
        |(key, at_ms, home, model, terms, tokens, dimensions, is_final, rare)| Record {
            // Spread over all 128 bits: keys are kept as bytes.
            key: Key(key.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)),
            at_ms,
            home: Arc::new(home),
            model,
            terms: Arc::new(terms),
            tokens,
            dimensions: Arc::new(dimensions),
            is_final,
            rare,
        },
    );
    prop::collection::vec(record, 0..40)
}

fn dimensions() -> impl Strategy<Value = Dimensions> {
    let values = || prop::sample::select(vec!["", "a", "b"]);
    prop_oneof![Just(Dimensions::default()), prop::array::uniform9(values()).prop_map(Dimensions::of),]
}

fn tokens() -> impl Strategy<Value = Tokens> {
    let count = || prop_oneof![4 => 0..4u64, 1 => Just(1_000_003), 1 => Just(Tokens::MAX)];
    (0..3u64, count(), count(), count(), count(), 0..2u64, 0..2u64, 0..2u64).prop_map(
        |(input, output, cache_write_5m, cache_write_1h, cache_read, web_searches, web_fetches, thinking)| {
            Tokens {
                input,
                output,
                cache_write_5m,
                cache_write_1h,
                cache_read,
                web_searches,
                web_fetches,
                thinking,
            }
        },
    )
}
