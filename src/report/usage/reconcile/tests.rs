//! Both figures by model, and how their difference is written.

use super::*;

fn usd(cents: u128) -> Picodollars {
    Picodollars(cents * 10_000_000_000)
}

fn state(cents: u128, model_usage: &str) -> CostStateRow {
    CostStateRow {
        cost: usd(cents),
        start_ms: 0,
        duration_ms: 0,
        api_duration_ms: 0,
        lines_added: 0,
        lines_removed: 0,
        has_unknown_model_cost: false,
        model_usage: model_usage.into(),
        session: "s".into(),
        project: "-p".into(),
    }
}

fn sums(model: &str, cents: u128) -> ModelSums {
    let counters = Counters { cost: usd(cents), ..Counters::default() };
    ModelSums { model: model.into(), first_ms: 0, last_ms: 0, counters }
}

fn compared(ours: &[ModelSums], cents: u128, model_usage: &str) -> Vec<(Option<String>, String)> {
    let models = by_model(ours, &state(cents, model_usage));
    let name = |it: &ModelComparison| it.model.as_ref().map(ToString::to_string);
    models.iter().map(|it| (name(it), it.difference().to_string())).collect()
}

#[test]
fn variants_of_a_model_are_compared_with_the_model() {
    let usage =
        r#"{"opus":{"costUSD":1},"opus[1m]":{"costUSD":0.5,"outputTokens":7},"title":{"costUSD":2e-2}}"#;
    let named = |name: &str, difference: &str| (Some(name.to_owned()), difference.to_owned());
    let ours = [sums("opus", 100)];
    assert_eq!(compared(&ours, 152, usage), [named("opus", "$0.50"), named("title", "$0.02")]);
    let both = [sums("opus", 100), sums("opus[1m]", 60)];
    let expected = [named("opus[1m]", "-$0.10"), named("title", "$0.02"), named("opus", "$0.00")];
    assert_eq!(compared(&both, 152, usage), expected);
    assert_eq!(by_model(&ours, &state(152, usage))[0].theirs.output_tokens, Some(7));
}

#[test]
fn what_no_model_has_is_a_row_of_its_own() {
    assert_eq!(compared(&[], 30, r#"{"a":{"costUSD":0.1}}"#)[0], (None, "$0.20".into()));
    for unreadable in ["", "[]", r#"{"a":1}"#, r#"{"a":{"costUSD":-1}}"#] {
        assert_eq!(compared(&[], 30, unreadable)[0], (None, "$0.30".into()), "{unreadable}");
    }
    assert!(by_model(&[], &state(30, r#"{"a":{"costUSD":0.2999}}"#))[0].model.is_some(), "less than a cent");
}

#[test]
fn a_ratio_is_rounded_and_of_nothing_there_is_none() {
    let ratio = |ours, theirs| Difference { ours: usd(ours), theirs: usd(theirs) }.ratio();
    assert_eq!(ratio(100, 105).unwrap(), "1.05");
    assert_eq!([ratio(200, 1), ratio(3, 2)].map(Option::unwrap), ["0.01", "0.67"]);
    assert_eq!((ratio(100, 0).unwrap(), ratio(0, 5)), ("0.00".to_owned(), None));
    assert_eq!(Difference { ours: Picodollars(u128::MAX), theirs: Picodollars(u128::MAX) }.ratio(), None);
}
