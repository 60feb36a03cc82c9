//! The table: what it holds, whom a name leads to, when former prices hold, and what it refuses.

use std::error::Error as _;

use super::*;
use crate::pricing::end_of_day_ms;

const ROW: &str = r#""input":3,"output":15,"cache_write_5m":3.75,"cache_write_1h":6,"cache_read":0.3"#;

fn table(models: &str) -> PriceTable {
    PriceTable::from_json(&format!("{{\"models\":{{{models}}}}}")).expect("a price table")
}

fn error(text: &str) -> String {
    let error = PriceTable::from_json(text).expect_err(text);
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

fn ms(rfc3339: &str) -> i64 {
    rfc3339.parse::<jiff::Timestamp>().expect("a timestamp").as_millisecond()
}

fn found<'a>(table: &'a PriceTable, model: &str) -> Option<&'a str> {
    table.find(model).map(|found| &*found.model.id)
}

#[test]
fn the_bundled_table_is_read_whole() {
    let table = PriceTable::bundled();
    assert_eq!(table.models.len(), 36);
    assert_eq!(table.batch_multiplier.map(Multiplier::ten_thousandths), Some(5_000));
    assert_eq!(table.web_searches_per_1000, Some(Picodollars(10_000_000_000_000)));
    let cheap = table.find("deepseek-v4-pro").expect("a bundled model").model;
    assert_eq!(cheap.current.rates.cache_read, Picodollars(3_625_000_000));
    assert_eq!(table.collected(), Some("2026-11-27"));
    let newest = table.find("claude-fable-5-2").expect("a bundled model").model;
    assert_eq!(newest.current.rates.output, Picodollars(40_000_000_000_000));
    assert_eq!(newest.current.regional_multiplier.ten_thousandths(), 11_000);
    let cache_read = |model| table.find(model).map(|found| found.model.current.rates.cache_read);
    assert_eq!(cache_read("kimi-k2.5"), Some(Picodollars(100_000_000_000)));
    assert_eq!(cache_read("kimi-k2.6"), Some(Picodollars(160_000_000_000)));
}

#[test]
fn a_model_is_found_by_id_by_alias_by_marked_id_and_without_its_date() {
    let table = PriceTable::bundled();
    for (model, expected) in [
        ("claude-opus-5", Some("claude-opus-5")),
        ("claude-opus-4-5", Some("claude-opus-4-5-20251101")),
        ("claude-opus-5-20260724", Some("claude-opus-5")),
        ("claude-opus-4-5-20990101", Some("claude-opus-4-5-20251101")),
        ("us.anthropic.claude-sonnet-4-20250514-v1:0[1m]", Some("claude-sonnet-4-20250514")),
        ("vertex_ai/claude-haiku-4-5@20251001", Some("claude-haiku-4-5-20251001")),
        ("claude-opus-4-6@default", Some("claude-opus-4-6")),
        ("glm-5.1", Some("glm-5.1")),
        ("anthropic/claude-opus-4.6", Some("claude-opus-4-6")),
        ("anthropic/claude-4.6-opus-20260205", Some("claude-opus-4-6")),
        ("claude-4-5-sonnet", Some("claude-sonnet-4-5-20250929")),
        ("anthropic/claude-4-opus-20250522", Some("claude-opus-4-20250514")),
        ("claude-3.7-sonnet", Some("claude-3-7-sonnet-20250219")),
        (
            "arn:aws:bedrock:eu-west-1:1:inference-profile/global.anthropic.claude-sonnet-4-5-20250929-v1:0",
            Some("claude-sonnet-4-5-20250929"),
        ),
        ("arn:aws:bedrock:eu-west-1:1:application-inference-profile/abc123", None),
        ("arn:aws:bedrock:eu-west-1:1:application-inference-profile/claude-opus-5", None),
        ("mystery-4.5", None),
        ("glm-4-7", None),
        ("claude-3-sonnet", None),
        ("claude-opus", None),
        ("Claude-Opus-5", None),
        ("unknown", None),
        ("", None),
    ] {
        assert_eq!(found(table, model), expected, "{model}");
    }
}

#[test]
fn a_name_the_table_holds_comes_before_its_plain_id() {
    let table = table(&format!(r#""m":{{{ROW}}},"anthropic/m":{{{ROW}}},"m-v4":{{{ROW}}}"#));
    assert_eq!(found(&table, "anthropic/m"), Some("anthropic/m"));
    assert_eq!(found(&table, "m-v4"), Some("m-v4"));
    assert_eq!(found(&table, "m-v5"), Some("m"));
}

#[test]
fn the_id_decides_whether_a_route_is_regional() {
    let table = PriceTable::bundled();
    let is_regional = |model| table.find(model).map(|found| found.is_regional);
    assert_eq!(is_regional("us.anthropic.claude-opus-4-6-v1"), Some(true));
    assert_eq!(is_regional("global.anthropic.claude-opus-4-6-v1"), Some(false));
    assert_eq!(is_regional("claude-opus-4-6"), Some(false));
    assert_eq!(is_regional("us.anthropic.claude-oops"), None);
}

#[test]
fn a_regional_id_with_prices_of_its_own_is_regional_still() {
    let own = table(&format!(r#""eu.anthropic.m":{{{ROW}}},"m":{{{ROW},"aliases":["us.anthropic.n"]}}"#));
    for model in ["eu.anthropic.m", "us.anthropic.n", "eu.anthropic.m-v1:0"] {
        assert_eq!(own.find(model).map(|found| found.is_regional), Some(true), "{model}");
    }
    assert_eq!(own.find("m").map(|found| found.is_regional), Some(false));
    let laid_over = PriceTable::bundled().overlaid(&own);
    assert_eq!(laid_over.find("us.anthropic.n").map(|found| found.is_regional), Some(true));
}

#[test]
fn a_former_price_holds_up_to_and_including_its_utc_date() {
    let model = PriceTable::bundled().find("claude-sonnet-5-5").expect("a model with history").model;
    let cache_read = |at| model.at(ms(at)).rates.cache_read;
    assert_eq!(cache_read("2026-10-06T23:59:59.999Z"), Picodollars(200_000_000_000));
    assert_eq!(cache_read("2026-10-07T00:00:00Z"), Picodollars(100_000_000_000));
    assert_eq!(cache_read("2026-10-07T00:59:59+02:00"), Picodollars(200_000_000_000));
    assert_eq!(cache_read("1969-01-01T00:00:00Z"), Picodollars(200_000_000_000));
}

#[test]
fn of_several_former_prices_the_one_that_ended_first_holds() {
    let table = table(&format!(
        r#""m":{{{ROW},"fast_multiplier":2,"history":[
            {{"until":"2026-03-31","input":5}},
            {{"until":"2026-01-31","input":7,"output":70,"fast_multiplier":6}}]}}"#
    ));
    let model = table.find("m").expect("a model").model;
    let at = |at| {
        let prices = model.at(ms(at));
        (prices.rates.input.0 / 1_000_000_000_000, prices.rates.output.0 / 1_000_000_000_000)
    };
    assert_eq!(at("2026-01-31T12:00:00Z"), (7, 70));
    assert_eq!(at("2026-02-01T00:00:00Z"), (5, 15), "an unnamed field is the current one");
    assert_eq!(at("2026-04-01T00:00:00Z"), (3, 15));
    assert_eq!(model.at(0).fast_multiplier.ten_thousandths(), 60_000);
}

#[test]
fn a_former_price_replaces_long_context_as_a_whole() {
    let long = |input| {
        format!(
            r#""long_context":{{"threshold_prompt_tokens":{input},"input":{input},"output":1,
                "cache_write_5m":1,"cache_write_1h":1,"cache_read":1}}"#
        )
    };
    let (now, march, january) = (long(1), long(3), long(5));
    let table = table(&format!(
        r#""m":{{{ROW},{now},"history":[{{"until":"2026-03-31",{march}}},{{"until":"2026-01-31",{january}}},
            {{"until":"2025-12-31","regional_multiplier":2}}]}},
            "n":{{{ROW},"history":[{{"until":"2026-03-31",{march}}}]}}"#
    ));
    let threshold = |model, at| {
        let long = table.find(model).expect("a model").model.at(ms(at)).long_context;
        long.map(|long| (long.threshold_tokens, long.rates.input.0 / 1_000_000_000_000))
    };
    assert_eq!(
        threshold("m", "2025-12-31T23:59:59Z"),
        Some((1, 1)),
        "an entry without it has the current one"
    );
    assert_eq!(threshold("m", "2026-01-31T23:59:59Z"), Some((5, 5)));
    assert_eq!(threshold("m", "2026-02-01T00:00:00Z"), Some((3, 3)));
    assert_eq!(threshold("m", "2026-04-01T00:00:00Z"), Some((1, 1)));
    assert_eq!(threshold("n", "2026-03-31T23:59:59Z"), Some((3, 3)));
    assert_eq!(threshold("n", "2026-04-01T00:00:00Z"), None);
    assert_eq!(table.find("m").map(|m| m.model.at(0).regional_multiplier.ten_thousandths()), Some(20_000));
}

#[test]
fn an_overlaid_model_answers_to_all_names_of_the_one_it_replaces() {
    let base = table(&format!(r#""m-20250101":{{{ROW},"aliases":["m","m-latest"]}},"other":{{{ROW}}}"#));
    let user = table(&ROW.replace("3,", "9,").split_once(',').map_or_else(String::new, |(input, rest)| {
        format!(r#""m":{{{input},{rest}}},"mine":{{{input},{rest},"aliases":["other"]}}"#)
    }));
    let both = base.overlaid(&user);
    for (name, id) in
        [("m", "m"), ("m-latest", "m"), ("m-20250101", "m"), ("mine", "mine"), ("other", "mine")]
    {
        assert_eq!(found(&both, name), Some(id), "{name}");
    }
    assert_eq!(
        both.find("m-latest").map(|m| m.model.current.rates.input),
        Some(Picodollars(9_000_000_000_000))
    );
}

#[test]
fn an_overlaid_table_keeps_what_it_does_not_say() {
    let base = PriceTable::bundled();
    let user = PriceTable::from_json(r#"{"batch_multiplier": 0.25}"#).expect("a price table");
    let both = base.overlaid(&user);
    assert_eq!(both.batch_multiplier.map(Multiplier::ten_thousandths), Some(2_500));
    assert_eq!(both.web_searches_per_1000, base.web_searches_per_1000);
    assert_eq!(both.find("claude-opus-5"), base.find("claude-opus-5"));
}

#[test]
fn what_is_not_understood_is_refused_with_its_place() {
    for (text, expected) in [
        ("", "not valid JSON of the expected form: EOF"),
        (r#"{"models":{"m":{"input":1}}}"#, "missing field `output` at line 1"),
        (&format!(r#"{{"models":{{"m":{{{ROW},"cache_raed":1}}}}}}"#), "unknown field `cache_raed`"),
        (&format!(r#"{{"models":{{"m":{{{ROW},"input":1}}}}}}"#), "duplicate field `input`"),
        (r#"{"model":{}}"#, "unknown field `model`"),
        (r#"{"unit":"USD per token"}"#, "convert them to \"USD per 1,000,000 tokens\""),
        (r#"{"batch_multiplier":-0.5}"#, "batch_multiplier is -0.5: a multiplier is"),
        (r#"{"web_search_per_1000_requests":"10"}"#, "web_search_per_1000_requests is \"10\": a price is"),
    ] {
        assert!(error(text).contains(expected), "{text}: {}", error(text));
    }
}

#[test]
fn a_price_or_date_that_cannot_be_exact_is_refused_with_its_place() {
    let history = |former: &str| format!(r#"{{"models":{{"m":{{{ROW},"history":[{former}]}}}}}}"#);
    let context = r#""long_context":{"threshold_prompt_tokens":1,"input":1,"output":1,"cache_write_5m":1,
        "cache_write_1h":1,"cache_read":1000001}"#;
    for (text, expected) in [
        (
            r#"{"models":{"m":{"input":0.0000000000001,"output":1,"cache_write_5m":1,"cache_write_1h":1,
                "cache_read":1}}}"#
                .to_owned(),
            "models.\"m\".input is 0.0000000000001: a price is",
        ),
        (format!(r#"{{"models":{{"m":{{{ROW},{context}}}}}}}"#), "models.\"m\".long_context.cache_read is"),
        (history(r#"{"until":"2026-13-01"}"#), "models.\"m\".history[0].until is \"2026-13-01\""),
        (history(r#"{"until":"20261006"}"#), "write the date as YYYY-MM-DD"),
        (history(r#"{"until":"2026-1-6","input":1}"#), "write the date as YYYY-MM-DD"),
        (history(r#"{"until":"2026-01-06","us_multiplier":1.00001}"#), "history[0].us_multiplier is 1.00001"),
        (
            format!(r#"{{"models":{{"m":{{{ROW},"regional_multiplier":101}}}}}}"#),
            "models.\"m\".regional_multiplier is 101: a multiplier is",
        ),
        (
            history(r#"{"until":"2026-01-06"},{"until":"2026-01-06"}"#),
            "m has two former prices until 2026-01-06",
        ),
        (
            format!(r#"{{"models":{{"m":{{{ROW}}},"n":{{{ROW},"aliases":["m"]}}}}}}"#),
            "both m and n have the name m",
        ),
        (format!(r#"{{"models":{{"m":{{{ROW}}},"m":{{{ROW}}}}}}}"#), "m has the name m twice"),
        (format!(r#"{{"models":{{"m":{{{ROW},"aliases":["a","a"]}}}}}}"#), "m has the name a twice"),
    ] {
        assert!(error(&text).contains(expected), "{text}: {}", error(&text));
    }
}

#[test]
fn a_price_can_apply_up_to_the_last_date() {
    assert_eq!(end_of_day_ms("2026-03-31"), Some(1_775_001_600_000));
    assert_eq!(end_of_day_ms("9999-12-31"), Some(253_402_300_800_000));
}
