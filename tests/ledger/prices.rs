//! Costs in the ledger belong to one price table at a time.

use std::sync::Arc;

use cco::ledger::{Ledger, LedgerError, NameKind};
use cco::pricing::PriceTable;
use cco::usage::{Record, Terms};

use crate::oracle::{self, found};
use crate::sample::{MARCH_MS, apply, batch, prices, record, records, temporary};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn pricing_anew_gives_what_counting_anew_would(records in records(0..5_000_000i64)) {
        let mut temporary = temporary();
        apply(&mut temporary.ledger, &records, &prices(15));
        temporary.ledger.reprice(&prices(20)).unwrap();
        prop_assert_eq!(found(&temporary.ledger), oracle::rollups(&records, &prices(20)));
        prop_assert!(temporary.ledger.verify(&prices(20)).unwrap().is_sound());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn pricing_anew_touches_costs_alone(records in records(0..5_000_000i64), output in 0u32..40) {
        let mut temporary = temporary();
        apply(&mut temporary.ledger, &records, &prices(15));
        let before = found(&temporary.ledger);
        let changed = temporary.ledger.reprice(&prices(output)).unwrap();
        let after = found(&temporary.ledger);
        prop_assert!(!(changed && output == 15));
        prop_assert_eq!(before.len(), after.len());
        for (before, after) in before.iter().zip(&after) {
            let mut priced = before.clone();
            // The one with other prices; what a transcript gives a cost for keeps it.
            if &*before.model == "m-one" {
                priced.figures.computed = after.figures.computed;
                priced.figures.auto.cost = after.figures.auto.cost;
            }
            prop_assert_eq!(&priced, after);
        }
        let requests = |ledger: &Ledger| {
            let mut all = Vec::new();
            let mut sessions: Vec<_> = ledger.names(NameKind::Sessions).unwrap().into_keys().collect();
            sessions.sort_unstable();
            for session in sessions {
                ledger.session_records(session, |record| all.push(record.clone())).unwrap();
            }
            all
        };
        let kept = requests(&temporary.ledger);
        temporary.ledger.reprice(&prices(15)).unwrap();
        prop_assert_eq!(kept, requests(&temporary.ledger));
        prop_assert_eq!(found(&temporary.ledger), before);
    }
}

#[test]
fn writing_with_other_prices_is_refused_until_priced_anew() {
    let mut temporary = temporary();
    let records = [record(1, MARCH_MS, "s", "p"), record(2, MARCH_MS, "s", "p")];
    apply(&mut temporary.ledger, &records[..1], &prices(15));
    let before = found(&temporary.ledger);
    let error = temporary.ledger.apply(&batch(&records), &prices(20)).expect_err("other prices");
    assert!(matches!(&error, LedgerError::PricesChanged { model } if model == "m-one"), "{error:?}");
    assert_eq!(found(&temporary.ledger), before);
    assert!(temporary.ledger.reprice(&prices(20)).unwrap());
    apply(&mut temporary.ledger, &records, &prices(20));
    assert_eq!(found(&temporary.ledger), oracle::rollups(&records, &prices(20)));
}

#[test]
fn other_prices_of_batches_or_searches_are_noticed() {
    let table = |multiplier: &str, searches: u32| {
        let model = r#""m-one": {"input": 3, "output": 15, "cache_write_5m": 4, "cache_write_1h": 6, "cache_read": 1}"#;
        let text = format!(
            r#"{{"batch_multiplier": {multiplier}, "web_search_per_1000_requests": {searches}, "models": {{{model}}}}}"#
        );
        PriceTable::from_json(&text).unwrap()
    };
    let mut first = record(1, MARCH_MS, "s", "p");
    first.terms = Arc::new(Terms { tier: "batch".into(), ..Terms::default() });
    first.tokens.web_searches = 3;
    let mut grown = first.clone();
    grown.tokens.output = 1_000;
    for other in [table("0.25", 10), table("0.5", 20)] {
        let mut temporary = temporary();
        apply(&mut temporary.ledger, std::slice::from_ref(&first), &table("0.5", 10));
        assert!(!temporary.ledger.is_priced_with(&other).unwrap());
        let error =
            temporary.ledger.apply(&batch(std::slice::from_ref(&grown)), &other).expect_err("other prices");
        assert!(matches!(error, LedgerError::PricesChanged { .. }), "{error:?}");
        assert!(temporary.ledger.reprice(&other).unwrap());
        assert_eq!(found(&temporary.ledger), oracle::rollups(std::slice::from_ref(&first), &other));
        apply(&mut temporary.ledger, std::slice::from_ref(&grown), &other);
        assert_eq!(found(&temporary.ledger), oracle::rollups(std::slice::from_ref(&grown), &other));
    }
}

#[test]
fn the_same_prices_from_another_table_change_nothing() {
    let mut temporary = temporary();
    apply(&mut temporary.ledger, &[record(1, MARCH_MS, "s", "p")], &prices(15));
    assert!(!temporary.ledger.reprice(&prices(15)).unwrap());
}

#[test]
fn a_price_for_what_had_none_prices_it() {
    let mut temporary = temporary();
    let unpriced = Record { model: "claude-opus-5".into(), ..record(1, MARCH_MS, "s", "p") };
    apply(&mut temporary.ledger, std::slice::from_ref(&unpriced), &prices(15));
    assert_eq!(oracle::total(&temporary.ledger).unpriced_tokens, 1_110);
    let bundled = PriceTable::bundled();
    assert!(temporary.ledger.reprice(bundled).unwrap());
    assert_eq!(oracle::total(&temporary.ledger).unpriced_tokens, 0);
    assert_eq!(found(&temporary.ledger), oracle::rollups(&[unpriced], bundled));
}
