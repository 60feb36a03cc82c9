//! The cost of a request: each rule by an example, and exactness against wide naive arithmetic.

use std::cmp::Ordering;

use proptest::prelude::*;

use super::*;

const AT_MS: i64 = 1_790_000_000_000;

fn request(model: &str, tokens: Tokens) -> Request<'_> {
    Request { is_message: true, is_provisional: false, model, tokens, recorded_cost: None }
}

fn terms(speed: &str, tier: &str, geo: &str) -> Terms {
    Terms { speed: speed.into(), tier: tier.into(), geo: geo.into() }
}

/// What the bundled table makes of a request, in decimal USD.
fn usd(model: &str, tokens: Tokens, terms: &Terms) -> String {
    let counters = PriceTable::bundled().price(&request(model, tokens), terms, AT_MS, CostMode::Auto);
    counters.cost.to_string()
}

fn million(set: impl Fn(&mut Tokens, u64)) -> Tokens {
    let mut tokens = Tokens::default();
    set(&mut tokens, 1_000_000);
    tokens
}

#[test]
fn each_kind_of_token_has_its_price() {
    let cost = |tokens| usd("claude-opus-5", tokens, &Terms::default());
    assert_eq!(cost(million(|t, n| t.input = n)), "5");
    assert_eq!(cost(million(|t, n| t.output = n)), "25");
    assert_eq!(cost(million(|t, n| t.cache_write_5m = n)), "6.25");
    assert_eq!(cost(million(|t, n| t.cache_write_1h = n)), "10");
    assert_eq!(cost(million(|t, n| t.cache_read = n)), "0.5");
    assert_eq!(cost(Tokens { web_searches: 3, ..Tokens::default() }), "0.03");
}

#[test]
fn speed_geography_and_tier_multiply_token_prices_but_not_searches() {
    let tokens = Tokens { web_searches: 1, ..million(|t, n| t.input = n) };
    let cost = |speed, tier, geo| usd("claude-opus-5", tokens, &terms(speed, tier, geo));
    assert_eq!(cost("standard", "standard", "eu"), "5.01");
    assert_eq!(cost("fast", "", ""), "10.01");
    assert_eq!(cost("", "batch", ""), "2.51");
    assert_eq!(cost("", "", "us"), "5.51");
    assert_eq!(cost("fast", "batch", "us"), "5.51");
    let without_fast = usd("claude-haiku-4-5", tokens, &terms("fast", "", "us"));
    assert_eq!(without_fast, "1.01", "a model without multipliers is not multiplied");
}

#[test]
fn a_route_that_bedrock_keeps_in_a_region_costs_more_for_models_that_say_so() {
    let tokens = Tokens { web_searches: 1, ..million(|t, n| t.input = n) };
    let cost = |model| usd(model, tokens, &Terms::default());
    assert_eq!(cost("claude-opus-4-6"), "5.01");
    assert_eq!(cost("global.anthropic.claude-opus-4-6-v1"), "5.01");
    assert_eq!(cost("vertex_ai/claude-opus-4-6"), "5.01");
    assert_eq!(cost("eu.anthropic.claude-opus-4-6-v1"), "5.51");
    assert_eq!(cost("anthropic.claude-opus-4-6-v1"), "5.51");
    assert_eq!(cost("arn:aws:bedrock:x:1:inference-profile/jp.anthropic.claude-opus-4-6-v1"), "5.51");
    assert_eq!(cost("us.anthropic.claude-opus-4-1-20250805-v1:0"), "15.01", "it has no such premium");
    let all = terms("fast", "batch", "us");
    assert_eq!(usd("us.anthropic.claude-opus-4-6-v1", tokens, &all), "18.16", "5 × 6 × 1.1 × 1.1 / 2");
}

#[test]
fn the_premium_for_long_context_ended_with_a_utc_day() {
    let cost = |model, cache_read, at: &str| {
        let tokens = Tokens { output: 1_000_000, cache_read, ..Tokens::default() };
        let at_ms = at.parse::<jiff::Timestamp>().expect("a timestamp").as_millisecond();
        let table = PriceTable::bundled();
        table.price(&request(model, tokens), &Terms::default(), at_ms, CostMode::Auto).cost.to_string()
    };
    let (last, first) = ("2026-03-12T23:59:59.999Z", "2026-03-13T00:00:00Z");
    assert_eq!(cost("claude-opus-4-6", 200_001, last), "37.700001");
    assert_eq!(cost("claude-opus-4-6", 200_000, last), "25.1");
    assert_eq!(cost("claude-opus-4-6", 200_001, first), "25.1000005");
    assert_eq!(cost("eu.anthropic.claude-opus-4-6-v1", 200_001, last), "41.4700011");
    assert_eq!(cost("claude-sonnet-4-6", 200_001, last), "22.6200006");
    assert_eq!(cost("claude-sonnet-4-6", 200_001, first), "15.0600003");
}

#[test]
fn long_context_prices_apply_to_the_whole_request_strictly_above_the_threshold() {
    let cost = |tokens| usd("claude-sonnet-4-5", tokens, &Terms::default());
    let prompt = |input| Tokens {
        input,
        output: 1_000_000,
        cache_write_5m: 1,
        cache_write_1h: 1,
        cache_read: 100_000,
        ..Tokens::default()
    };
    assert_eq!(cost(prompt(99_998)), "15.33000375", "exactly the threshold");
    assert_eq!(cost(prompt(99_999)), "23.1600135", "output does not count, all else does");
}

#[test]
fn a_cost_is_rounded_half_even_to_a_picodollar_once() {
    let table = PriceTable::from_json(
        r#"{"web_search_per_1000_requests": 0.0000000005, "models": {"m": {"input": 0.0000005,
            "output": 0.00000025, "cache_write_5m": 0, "cache_write_1h": 0, "cache_read": 0.000000000001}}}"#,
    )
    .expect("a price table");
    let cost = |input, output, cache_read, web_searches| {
        let tokens = Tokens { input, output, cache_read, web_searches, ..Tokens::default() };
        table.price(&request("m", tokens), &Terms::default(), AT_MS, CostMode::Auto).cost.0
    };
    assert_eq!(cost(1, 0, 0, 0), 0, "0.5");
    assert_eq!(cost(3, 0, 0, 0), 2, "1.5");
    assert_eq!(cost(5, 0, 0, 0), 2, "2.5");
    assert_eq!(cost(1, 0, 1, 0), 1, "0.500001");
    assert_eq!(cost(1, 1, 0, 0), 1, "0.75 is not rounded kind by kind");
    assert_eq!(cost(1, 0, 0, 1), 1, "searches are rounded together with tokens");
}

#[test]
fn a_model_without_a_price_costs_nothing_and_says_so() {
    let tokens = Tokens {
        input: 1,
        output: 2,
        cache_write_5m: 3,
        cache_write_1h: 4,
        cache_read: 5,
        web_searches: 6,
        web_fetches: 7,
        thinking: 2,
    };
    let request = Request { is_provisional: true, ..request("unknown", tokens) };
    let counters = PriceTable::bundled().price(&request, &Terms::default(), AT_MS, CostMode::Auto);
    let expected = Counters {
        requests: 1,
        messages: 1,
        input_tokens: 1,
        output_tokens: 2,
        cache_write_5m_tokens: 3,
        cache_write_1h_tokens: 4,
        cache_read_tokens: 5,
        web_search_requests: 6,
        unpriced_tokens: 15,
        thinking_tokens: 2,
        web_fetch_requests: 7,
        provisional_messages: 1,
        provisional_output_tokens: 2,
        cost: Picodollars::ZERO,
    };
    assert_eq!(counters, expected);
}

#[test]
fn a_mode_decides_whose_figure_stands() {
    let tokens = million(|t, n| t.input = n);
    let figure = |model, recorded_cost, mode| {
        let request = Request { recorded_cost, ..request(model, tokens) };
        let counters = PriceTable::bundled().price(&request, &Terms::default(), AT_MS, mode);
        (counters.cost.to_string(), counters.unpriced_tokens)
    };
    let recorded = Some(Picodollars(7));
    let (seven, five, none) = ("0.000000000007".to_owned(), "5".to_owned(), "0".to_owned());
    assert_eq!(figure("claude-opus-5", recorded, CostMode::Auto), (seven.clone(), 0));
    assert_eq!(figure("claude-opus-5", None, CostMode::Auto), (five.clone(), 0));
    assert_eq!(figure("claude-opus-5", recorded, CostMode::Calculate), (five, 0));
    assert_eq!(figure("claude-opus-5", recorded, CostMode::Display), (seven.clone(), 0));
    assert_eq!(figure("claude-opus-5", None, CostMode::Display), (none.clone(), 0));
    assert_eq!(figure("claude-opus-5", Some(Picodollars::ZERO), CostMode::Auto), (none.clone(), 0));
    assert_eq!(figure("unknown", recorded, CostMode::Auto), (seven, 0));
    assert_eq!(figure("unknown", recorded, CostMode::Calculate), (none.clone(), 1_000_000));
    assert_eq!(figure("unknown", None, CostMode::Display), (none, 0));
}

#[test]
fn an_iteration_is_a_request_and_no_message() {
    let iteration = Request { is_message: false, ..request("claude-opus-5", Tokens::default()) };
    let counters = PriceTable::bundled().price(&iteration, &Terms::default(), AT_MS, CostMode::Auto);
    assert_eq!((counters.requests, counters.messages), (1, 0));
}

/// Naive wide whole numbers, lowest limb first: only what it takes to check a rounding without dividing.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Wide([u64; 6]);

impl Wide {
    fn product(factors: &[u64]) -> Self {
        let mut limbs = [1, 0, 0, 0, 0, 0];
        for &factor in factors {
            let mut carry = 0u128;
            for limb in &mut limbs {
                let sum = u128::from(*limb) * u128::from(factor) + carry;
                (*limb, carry) = (low(sum), sum >> 64);
            }
            assert_eq!(carry, 0, "wide enough");
        }
        Self(limbs)
    }

    fn plus(self, other: Self) -> Self {
        let mut limbs = [0; 6];
        let mut carry = 0u128;
        for (limb, (a, b)) in limbs.iter_mut().zip(self.0.into_iter().zip(other.0)) {
            let sum = u128::from(a) + u128::from(b) + carry;
            (*limb, carry) = (low(sum), sum >> 64);
        }
        assert_eq!(carry, 0, "wide enough");
        Self(limbs)
    }

    fn compare(self, other: Self) -> Ordering {
        self.0.iter().rev().cmp(other.0.iter().rev())
    }
}

fn low(value: u128) -> u64 {
    u64::try_from(value & u128::from(u64::MAX)).expect("masked")
}

/// Small values, where rounding shows, and all up to the limit, where overflow would.
fn up_to(limit: u64) -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(limit), 0..=limit.min(9), 0..=limit.min(2_000_000), 0..=limit]
}

/// Four multipliers, often ones that leave prices as they are.
fn multipliers() -> impl Strategy<Value = [Multiplier; 4]> {
    let any = up_to(Multiplier::MAX.ten_thousandths().into()).prop_map(|parts| {
        let decimal = format!("{}.{:04}", parts / 10_000, parts % 10_000);
        Multiplier::parse(&decimal).expect("within the limits")
    });
    let any_or_one = prop_oneof![Just(Multiplier::ONE), any];
    prop_oneof![Just([Multiplier::ONE; 4]), Just([Multiplier::MAX; 4]), prop::array::uniform4(any_or_one)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_cost_is_the_whole_number_nearest_to_the_exact_one(
        counts in prop::array::uniform6(up_to(Tokens::MAX)),
        prices in prop::array::uniform6(up_to(super::super::decimal::MAX_PRICE)),
        multipliers in multipliers(),
    ) {
        let [input, output, cache_write_5m, cache_write_1h, cache_read, web_searches] = counts;
        let tokens = Tokens {
            input,
            output,
            cache_write_5m,
            cache_write_1h,
            cache_read,
            web_searches,
            ..Tokens::default()
        };
        let price = |index: usize| Picodollars(prices[index].into());
        let rates = Rates {
            input: price(0),
            output: price(1),
            cache_write_5m: price(2),
            cache_write_1h: price(3),
            cache_read: price(4),
        };
        let cost = exact_cost(&tokens, &rates, multipliers, price(5)).0;

        // exact = numerator / 10^22, from counts and prices one by one.
        let by = multipliers.map(|by| u64::from(by.ten_thousandths()));
        let kinds = (0..5).map(|i| Wide::product(&[counts[i], prices[i], by[0], by[1], by[2], by[3]]));
        let searches = Wide::product(&[counts[5], prices[5], 10_000_000_000_000_000_000]);
        let numerator = kinds.fold(searches, Wide::plus);
        // 10^22 has more than 64 bits.
        let unit = [100_000_000_000; 2];
        let times_unit = |value: u128| {
            let [half, upper] = [low(value), low(value >> 64)];
            let upper = Wide::product(&[upper, 1 << 32, 1 << 32, unit[0], unit[1]]);
            upper.plus(Wide::product(&[half, unit[0], unit[1]]))
        };
        // |exact - cost| <= 1/2, and a tie only at an even cost: 2 numerator against (2 cost ± 1) unit.
        let twice = numerator.plus(numerator);
        let half = Wide::product(&unit);
        let above = twice.compare(times_unit(cost).plus(times_unit(cost)).plus(half));
        let below = twice.plus(half).compare(times_unit(cost).plus(times_unit(cost)));
        let even = cost.is_multiple_of(2);
        prop_assert!(above == Ordering::Less || (above == Ordering::Equal && even));
        prop_assert!(below == Ordering::Greater || (below == Ordering::Equal && even));
    }
}
