//! Fingerprints: every change of a parameter shows, and nothing else does.

use std::collections::HashMap;

use super::super::{PriceChanges, Revision, Revisions};
use super::*;

const MODEL: &str = "m";

/// A table with one model and no two prices alike, so that an exchange of two shows as well.
fn model() -> ModelPrices {
    let current = prices(1);
    let history = vec![
        FormerPrices { end_ms: 1_000, prices: prices(100) },
        FormerPrices { end_ms: 2_000, prices: Prices { long_context: None, ..prices(200) } },
    ];
    ModelPrices { id: MODEL.into(), current, history, sources: Vec::new() }
}

fn prices(first: u32) -> Prices {
    Prices {
        rates: rates(first),
        long_context: Some(LongContext { threshold_tokens: 7, rates: rates(first + 10) }),
        fast_multiplier: multiplier(first + 20),
        us_multiplier: multiplier(first + 21),
        regional_multiplier: multiplier(first + 22),
    }
}

fn rates(first: u32) -> Rates {
    let price = |above: u32| Picodollars((first + above).into());
    Rates {
        input: price(0),
        output: price(1),
        cache_write_5m: price(2),
        cache_write_1h: price(3),
        cache_read: price(4),
    }
}

fn multiplier(ten_thousandths: u32) -> Multiplier {
    Multiplier::parse(&format!("{ten_thousandths}e-4")).expect("a multiplier")
}

fn table(model: ModelPrices) -> PriceTable {
    let mut table = PriceTable::without_models(Some(multiplier(9)), Some(Picodollars(8)));
    table.put(model);
    table
}

type Change<T> = (&'static str, fn(&mut T));

const RATES: [Change<Rates>; 5] = [
    ("input", |rates| rates.input.0 += 1_000),
    ("output", |rates| rates.output.0 += 1_000),
    ("cache_write_5m", |rates| rates.cache_write_5m.0 += 1_000),
    ("cache_write_1h", |rates| rates.cache_write_1h.0 += 1_000),
    ("cache_read", |rates| rates.cache_read.0 += 1_000),
];

/// Prices that differ from those given in one parameter each.
fn variants(prices: &Prices) -> Vec<(String, Prices)> {
    let mut variants = Vec::new();
    let mut vary = |name: &str, change: &dyn Fn(&mut Prices)| {
        let mut varied = prices.clone();
        change(&mut varied);
        variants.push((name.to_owned(), varied));
    };
    for (name, change) in RATES {
        vary(name, &|prices| change(&mut prices.rates));
    }
    vary("fast_multiplier", &|prices| prices.fast_multiplier = multiplier(1_000));
    vary("us_multiplier", &|prices| prices.us_multiplier = multiplier(1_000));
    vary("regional_multiplier", &|prices| prices.regional_multiplier = multiplier(1_000));
    match prices.long_context {
        None => {
            let long = LongContext { threshold_tokens: 7, rates: prices.rates };
            vary("long_context", &|prices| prices.long_context = Some(long));
        }
        Some(mut long) => {
            vary("no long_context", &|prices| prices.long_context = None);
            for (name, change) in RATES {
                let mut long = long;
                change(&mut long.rates);
                vary(&format!("long_context.{name}"), &|prices| prices.long_context = Some(long));
            }
            long.threshold_tokens += 1;
            vary("threshold", &|prices| prices.long_context = Some(long));
        }
    }
    variants
}

#[test]
fn a_change_of_any_parameter_at_any_date_changes_the_fingerprint() {
    let mut seen = HashMap::new();
    let mut note = |what: String, table: &PriceTable| {
        let before = seen.insert(table.fingerprint(MODEL), what.clone());
        assert_eq!(before, None, "the same as {what}");
    };
    note("unchanged".into(), &table(model()));
    for (name, prices) in variants(&model().current) {
        note(name, &table(ModelPrices { current: prices, ..model() }));
    }
    for index in 0..2 {
        for (name, prices) in variants(&model().history[index].prices) {
            let mut model = model();
            model.history[index].prices = prices;
            note(format!("history[{index}].{name}"), &table(model));
        }
        let mut later = model();
        later.history[index].end_ms += 1;
        note(format!("history[{index}].until"), &table(later));
        let mut shorter = model();
        shorter.history.remove(index);
        note(format!("without history[{index}]"), &table(shorter));
    }
    let mut longer = model();
    longer.history.push(FormerPrices { end_ms: 3_000, prices: longer.current.clone() });
    note("more history".into(), &table(longer));
    let mut batch = table(model());
    batch.batch_multiplier = Some(multiplier(1_000));
    note("batch_multiplier".into(), &batch);
    let mut searches = table(model());
    searches.web_searches_per_1000 = Some(Picodollars(1_000));
    note("web_search_per_1000_requests".into(), &searches);
    note("no price".into(), &PriceTable::without_models(None, None));
}

#[test]
fn a_route_that_stays_in_a_region_has_another_fingerprint() {
    let table = PriceTable::bundled();
    let fingerprint = |model| table.fingerprint(model);
    assert_ne!(fingerprint("us.anthropic.claude-opus-4-6-v1"), fingerprint("claude-opus-4-6"));
    assert_eq!(fingerprint("global.anthropic.claude-opus-4-6-v1"), fingerprint("claude-opus-4-6"));
    assert_eq!(fingerprint("eu.anthropic.claude-opus-4-6-v1"), fingerprint("anthropic.claude-opus-4-6"));
}

#[test]
fn what_decides_on_no_cost_does_not_show() {
    let known = table(model());
    let mut sourced = table(ModelPrices { sources: vec!["a page".into()], ..model() });
    sourced.collected = Some("2026-11-27".into());
    assert_eq!(sourced.fingerprint(MODEL), known.fingerprint(MODEL));
    assert_eq!(known.fingerprint("unknown"), known.fingerprint("another unknown"));
    let other = Revision {
        now: PriceChanges { input: Some(Picodollars(5)), ..PriceChanges::default() },
        history: None,
    };
    let bundled = PriceTable::bundled();
    let revised = bundled
        .revised(&Revisions { models: vec![("claude-opus-5".into(), other)], ..Revisions::default() })
        .expect("prices");
    assert_ne!(revised.fingerprint("claude-opus-5"), bundled.fingerprint("claude-opus-5"));
    assert_eq!(revised.fingerprint("claude-opus-4-6"), bundled.fingerprint("claude-opus-4-6"));
}
