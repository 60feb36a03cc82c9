//! Prices in the configuration file: exact, complete, and refused with their line.

use std::path::Path;

use super::super::file::parse;
use super::*;
use crate::snapshot::Picodollars;

fn prices(text: &str) -> Result<Prices, String> {
    let file = parse(text, Path::new("/c.toml"), None).map_err(|error| error.to_string())?;
    Ok(file.prices.expect("the file has prices"))
}

fn input(text: &str) -> Result<u128, String> {
    let prices = prices(&format!("[prices.\"claude-opus-5\"]\ninput = {text}\n"))?;
    Ok(prices.table().find("claude-opus-5").expect("a model").model.current.rates.input.0)
}

#[test]
fn a_price_keeps_all_its_digits_whether_it_is_a_string_or_a_number() {
    for (written, picodollars) in [
        ("\"0.000000000001\"", 1),
        ("0.000000000001", 1),
        ("0.123456789012", 123_456_789_012),
        ("999999.999999999999", 999_999_999_999_999_999),
        ("4_000.5", 4_000_500_000_000_000),
        ("3", 3_000_000_000_000),
    ] {
        assert_eq!(input(written), Ok(picodollars), "{written}");
    }
}

#[test]
fn a_price_that_is_no_plain_decimal_is_refused_with_its_line() {
    for written in [
        "-1",
        "\"-1\"",
        "1e3",
        "\"1e3\"",
        "nan",
        "inf",
        "\"\"",
        "\"+1\"",
        "0x10",
        "0.0000000000001",
        "1000001",
        "true",
    ] {
        let error = input(written).unwrap_err();
        assert!(error.starts_with("/c.toml:2: input: expected USD per million tokens"), "{written}: {error}");
    }
}

#[test]
fn a_mistyped_price_is_named_with_what_was_meant() {
    let error = prices("[prices.\"claude-opus-5\"]\n\ncache_raed = 1\n").unwrap_err();
    assert_eq!(error, "/c.toml:3: unknown setting \"cache_raed\": did you mean cache_read?");
    let error = prices("[prices]\nbatch_multiplyer = 1\n").unwrap_err();
    assert!(error.ends_with("did you mean batch_multiplier?"), "{error}");
    let error = prices("[prices.m.long_context]\nthreshold = 1\n").unwrap_err();
    assert!(error.starts_with("/c.toml:2: unknown setting \"threshold\""), "{error}");
}

#[test]
fn a_model_of_ones_own_needs_all_five_prices() {
    let error = prices("[prices]\n[prices.\"local-7b\"]\ninput = 1\noutput = 2\n").unwrap_err();
    assert!(
        error.starts_with("/c.toml:2: \"local-7b\"") && error.contains("cache_write_5m is missing"),
        "{error}"
    );
}

#[test]
fn aliases_lead_to_models_and_never_in_a_circle() {
    let found = prices("[prices]\naliases = { \"gateway/opus\" = \"claude-opus-5\" }\n").unwrap();
    assert_eq!(found.table().find("gateway/opus"), PriceTable::bundled().find("claude-opus-5"));
    let error = prices("[prices.aliases]\na = \"b\"\nb = \"a\"\n").unwrap_err();
    let expected = "/c.toml:2: an alias leads to itself: \"a\" is \"b\" is \"a\"";
    assert!(error.starts_with(expected), "{error}");
    let error = prices("[prices.aliases]\nx = \"claude-opus-5\"\na = \"claude-oops\"\n").unwrap_err();
    assert!(
        error.starts_with("/c.toml:3: \"a\" is an alias of \"claude-oops\", which has no price"),
        "{error}"
    );
}

#[test]
fn a_former_price_holds_up_to_and_including_its_utc_day() {
    let found = prices(
        "[prices.\"claude-opus-5\"]\ninput = 2\nhistory = [{ until = \"2026-03-31\", input = \"9\" },\n\
         { until = \"2026-01-31\", output = 1 }]\n",
    )
    .unwrap();
    let model = found.table().find("claude-opus-5").unwrap().model;
    let at = |at: &str| {
        let rates = model.at(at.parse::<jiff::Timestamp>().unwrap().as_millisecond()).rates;
        (rates.input.0 / 1_000_000_000_000, rates.output.0 / 1_000_000_000_000)
    };
    assert_eq!(at("2026-01-31T23:59:59.999Z"), (2, 1));
    assert_eq!(at("2026-02-01T00:00:00Z"), (9, 25));
    assert_eq!(at("2026-03-31T23:59:59.999Z"), (9, 25));
    assert_eq!(at("2026-04-01T00:00:00Z"), (2, 25));
    for (wrong, expected) in [
        ("{ until = \"2026-02-30\" }", "/c.toml:2: until: write the date as"),
        ("{ input = 1 }", "/c.toml:2: history: a former price needs its last day"),
        ("{ until = \"2026-01-01\" }, { until = \"2026-01-01\" }", "/c.toml:1: \"claude-opus-5\" has two"),
    ] {
        let error = prices(&format!("[prices.\"claude-opus-5\"]\nhistory = [{wrong}]\n")).unwrap_err();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn long_prompts_and_what_all_models_share_can_be_priced() {
    let found = prices(
        "[prices]\nbatch_multiplier = \"0.25\"\nweb_search_per_1000_requests = 5\n\
         [prices.\"claude-sonnet-4-5\"]\nlong_context = false\n\
         [prices.\"claude-opus-5\".long_context]\nthreshold_prompt_tokens = 10\ninput = 1\noutput = 2\n\
         cache_write_5m = 3\ncache_write_1h = 4\ncache_read = 5\n",
    )
    .unwrap();
    assert_eq!(found.table().batch_multiplier(), Multiplier::parse("0.25"));
    assert_eq!(found.table().web_searches_per_1000(), Some(Picodollars(5_000_000_000_000)));
    let long = |model| found.table().find(model).unwrap().model.current.long_context;
    assert_eq!(long("claude-sonnet-4-5"), None);
    assert_eq!(long("claude-opus-5").map(|long| long.threshold_tokens), Some(10));
}

#[test]
fn the_premium_of_regions_can_be_priced_now_and_before() {
    let found = prices(
        "[prices.\"claude-opus-5\"]\nregional_multiplier = \"1.25\"\n\
         history = [{ until = \"2026-03-31\", regional_multiplier = 1.5 }]\n",
    )
    .unwrap();
    let opus = found.table().find("us.anthropic.claude-opus-5").unwrap();
    assert!(opus.is_regional);
    assert_eq!(Some(opus.model.current.regional_multiplier), Multiplier::parse("1.25"));
    assert_eq!(Some(opus.model.at(0).regional_multiplier), Multiplier::parse("1.5"));
    let error = prices("[prices.m]\nregional_multiplier = 101\n").unwrap_err();
    assert!(error.starts_with("/c.toml:2: regional_multiplier: expected a plain decimal"), "{error}");
}

#[test]
fn former_prices_of_long_prompts_can_be_changed_or_taken_away() {
    let long = "long_context = { threshold_prompt_tokens = 10, input = 1, output = 2, cache_write_5m = 3, \
                cache_write_1h = 4, cache_read = 5 }";
    let threshold = |settings: &str, model: &str, at_ms| {
        let found = prices(settings).unwrap();
        let model = found.table().find(model).unwrap().model;
        model.at(at_ms).long_context.map(|long| long.threshold_tokens)
    };
    let before = format!("[prices.\"claude-opus-5\"]\nhistory = [{{ until = \"2026-03-31\", {long} }}]\n");
    assert_eq!(threshold(&before, "claude-opus-5", 0), Some(10));
    assert_eq!(threshold(&before, "claude-opus-5", i64::MAX), None);
    let bundled = "[prices.\"claude-opus-4-6\"]\ninput = 5\n";
    assert_eq!(threshold(bundled, "claude-opus-4-6", 0), Some(200_000));
    let flat = "[prices.\"claude-opus-4-6\"]\nlong_context = false\n";
    assert_eq!(threshold(flat, "claude-opus-4-6", 0), None);
    let always_long =
        "[prices.\"claude-sonnet-4-5\"]\nhistory = [{ until = \"2026-03-31\", long_context = false }]\n";
    assert_eq!(threshold(always_long, "claude-sonnet-4-5", 0), None);
    assert_eq!(threshold(always_long, "claude-sonnet-4-5", i64::MAX), Some(200_000));
}

#[test]
fn a_price_table_on_disk_is_used_and_an_error_in_it_names_file_and_member() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.json");
    let text = format!(
        "[prices]\nfile = {:?}\n[prices.aliases]\n\"gateway/new\" = \"new-9\"\n",
        path.display().to_string()
    );
    let write = |output: &str| {
        let list =
            format!(r#"{{"new-9": {{"input_cost_per_token": 3e-06, "output_cost_per_token": {output}}}}}"#);
        std::fs::write(&path, list).unwrap();
    };
    assert!(prices(&text).unwrap_err().contains("list.json: no such file"));
    write("1.5e-05");
    let found = prices(&text).unwrap();
    let rates = found.table().find("gateway/new").unwrap().model.current.rates;
    assert_eq!((rates.input.to_string(), rates.output.to_string()), ("3".into(), "15".into()));
    write("\"many\"");
    let error = prices(&text).unwrap_err();
    assert!(error.contains("list.json: \"new-9\".output_cost_per_token is \"many\""), "{error}");
    assert!(prices("[prices]\nfile = \"list.json\"\n").unwrap_err().contains("absolute path"));
}
