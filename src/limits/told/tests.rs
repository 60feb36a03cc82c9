//! What is read of Claude Code's words, whole and damaged.

use super::*;

/// 2026-11-27T15:00:00Z
const NOW: i64 = 1_795_791_600_000;
const HOUR: i64 = 3_600_000;

fn model(name: &str) -> Key {
    Key::within(LimitKind::SevenDayModel, name).unwrap()
}

fn heard(rate_limits: &str) -> Limits {
    in_status_line(rate_limits, NOW)
}

fn cached(utilization: &str) -> Limits {
    let text = format!("{{\"fetchedAtMs\": {}, \"utilization\": {utilization}}}", NOW - HOUR);
    in_cache(text.as_bytes(), NOW)
}

/// Kind, scope, used part and time until the reset in hours, of each.
fn listing(limits: &Limits) -> Vec<(LimitKind, &str, u64, i64)> {
    let row = |(key, reading): (&'_ Key, &Reading)| {
        let Limit { used_millionths, resets_at, .. } = reading.limit;
        let hours = if resets_at == 0 { 0 } else { (resets_at - NOW) / HOUR };
        (key.kind, used_millionths, hours)
    };
    limits
        .iter()
        .map(|it| (row(it), &*it.0.scope))
        .map(|((kind, used, hours), s)| (kind, s, used, hours))
        .collect()
}

#[test]
fn a_status_line_tells_windows_models_and_money() {
    let limits = heard(
        r#"{"five_hour": {"used_percentage": 41.5, "resets_at": 1795798800},
            "seven_day": {"used_percentage": 12, "resets_at": 1796000000},
            "model_scoped": [
                {"display_name": "Fable", "utilization": 12.25, "resets_at": "2026-11-30T15:00:00Z"},
                {"kind": "weekly_scoped", "model": {"display_name": " Opus "}, "used_percentage": 104},
                {"model": "Sonnet", "percent": 3, "resets_at": 1795964400000}],
            "spend_limit": {"used_percentage": 42, "resets_at": 1796396400, "used_usd": 630.4, "limit_usd": 1500,
                "period": "monthly"}}"#,
    );
    assert_eq!(
        listing(&limits),
        [
            (LimitKind::FiveHour, "", 415_000, 2),
            (LimitKind::SevenDay, "", 120_000, 57),
            (LimitKind::SevenDayModel, "Fable", 122_500, 72),
            (LimitKind::SevenDayModel, "Opus", 1_040_000, 0),
            (LimitKind::SevenDayModel, "Sonnet", 30_000, 48),
            (LimitKind::Spend, "", 420_000, 168),
        ]
    );
    let spend = limits.get(&Key::of(LimitKind::Spend)).unwrap();
    assert_eq!([spend.spent.0, spend.allowed.0], [630_400_000_000_000, 1_500_000_000_000_000]);
    assert!(limits.iter().all(|(_, reading)| reading.limit.seen_at == NOW));
    assert_eq!(limits.get(&model("oPUS")).unwrap().limit.used_millionths, 1_040_000);
}

#[test]
fn no_window_ends_later_than_its_length_and_a_day() {
    for (name, hours) in [("five_hour", 5 + 24), ("seven_day", 8 * 24)] {
        for (ends, expected) in [(hours, hours), (hours + 1, 0)] {
            let at = (NOW + ends * HOUR) / 1000;
            let limits = heard(&format!(r#"{{"{name}": {{"used_percentage": 1, "resets_at": {at}}}}}"#));
            assert_eq!(listing(&limits)[0].3, expected, "{name} in {ends} hours");
        }
    }
}

#[test]
fn half_of_an_amount_of_money_is_none() {
    for half in [r#""used_usd": 80"#, r#""limit_usd": 200"#, r#""used_usd": null, "limit_usd": 200"#] {
        let limits = heard(&format!(r#"{{"spend_limit": {{"used_percentage": 40, {half}}}}}"#));
        let spend = limits.get(&Key::of(LimitKind::Spend)).unwrap();
        assert_eq!((spend.limit.used_millionths, spend.spent.0, spend.allowed.0), (400_000, 0, 0), "{half}");
    }
}

#[test]
fn the_cache_tells_the_same_as_of_when_it_was_fetched() {
    let limits = cached(
        r#"{"five_hour": {"utilization": 46, "resets_at": "2026-11-27T17:00:00.665316+00:00", "limit_dollars": null},
            "seven_day": {"utilization": 71.5, "resets_at": "2026-11-29T15:00:00+00:00"},
            "seven_day_opus": {"utilization": 33, "resets_at": null}, "seven_day_sonnet": null,
            "seven_day_cowork": {"utilization": 5},
            "extra_usage": {"is_enabled": true, "monthly_limit": 5000, "used_credits": 1001, "utilization": 20},
            "spend": {"used": {"amount_minor": 1001, "currency": "USD", "exponent": 2},
                "limit": {"amount_minor": 5000, "currency": "USD", "exponent": 2}, "percent": 20, "enabled": true},
            "limits": [
                {"kind": "session", "percent": 46, "resets_at": "2026-11-27T17:00:00Z", "scope": null},
                {"kind": "weekly_all", "percent": 71, "scope": null, "is_active": true},
                {"kind": "weekly_scoped", "percent": 33, "scope": {"model": {"id": null, "display_name": "opus"}}},
                {"kind": "weekly_scoped", "percent": 57, "severity": "normal", "resets_at": "2026-11-29T15:00:00Z",
                    "scope": {"model": {"display_name": "Fable"}, "surface": null}},
                {"kind": "weekly_scoped", "percent": null, "scope": {"model": {"display_name": "Ghost"}}},
                {"kind": "weekly_scoped", "percent": 4, "scope": {"surface": {"display_name": "Cowork"}}}]}"#,
    );
    assert_eq!(
        listing(&limits),
        [
            (LimitKind::FiveHour, "", 460_000, 2),
            (LimitKind::SevenDay, "", 715_000, 48),
            (LimitKind::SevenDayModel, "Fable", 570_000, 48),
            (LimitKind::SevenDayModel, "Opus", 330_000, 0),
            (LimitKind::Spend, "", 200_200, 0),
        ]
    );
    assert!(limits.iter().all(|(_, reading)| reading.limit.seen_at == NOW - HOUR));
    let spend = limits.get(&Key::of(LimitKind::Spend)).unwrap();
    assert_eq!([spend.spent.0, spend.allowed.0], [10_010_000_000_000, 50_000_000_000_000]);
}

#[test]
fn of_the_whole_account_a_list_alone_is_enough() {
    let limits = cached(
        r#"{"five_hour": null, "limits": [{"kind": "session", "percent": 52, "resets_at": null},
            {"kind": "weekly_all", "percent": 20, "resets_at": 1796000000}]}"#,
    );
    assert_eq!(
        listing(&limits),
        [(LimitKind::FiveHour, "", 520_000, 0), (LimitKind::SevenDay, "", 200_000, 57)]
    );
}

#[test]
fn credits_without_a_limit_or_in_another_currency_are_not_passed_off_as_dollars() {
    let spend = |text: &str| cached(text).get(&Key::of(LimitKind::Spend)).copied();
    for none in [
        r#"{"spend": {"used": {"amount_minor": 77, "currency": "USD", "exponent": 2}, "limit": null, "percent": 0}}"#,
        r#"{"extra_usage": {"is_enabled": true, "monthly_limit": null, "used_credits": 9, "utilization": null}}"#,
        r#"{"extra_usage": {"is_enabled": false, "monthly_limit": 5000, "used_credits": 0, "utilization": 0}}"#,
        r#"{"extra_usage": {"is_enabled": true, "monthly_limit": -5, "used_credits": 1, "utilization": 3}}"#,
        r#"{"extra_usage": {"is_enabled": true, "monthly_limit": 1e30, "used_credits": 1, "utilization": 3}}"#,
        r#"{"spend": 7, "extra_usage": []}"#,
    ] {
        assert_eq!(spend(none), None, "{none}");
    }
    let euros = spend(
        r#"{"spend": {"used": {"amount_minor": 53411, "currency": "EUR", "exponent": 2},
            "limit": {"amount_minor": 55000, "currency": "EUR", "exponent": 2}, "percent": 97, "enabled": false}}"#,
    )
    .unwrap();
    assert_eq!(euros.limit.used_millionths, 971_109);
    assert_eq!([euros.spent, euros.allowed], [Picodollars::ZERO; 2]);
    let yen = r#"{"extra_usage": {"monthly_limit": 500, "used_credits": 90, "currency": "jpy", "decimal_places": 0}}"#;
    assert_eq!(spend(yen).unwrap().limit.used_millionths, 180_000);
}

#[test]
fn when_a_limit_resets_is_in_seconds_or_milliseconds_or_rfc_3339() {
    let resets_at = |at: &str| {
        let text = format!("{{\"five_hour\": {{\"used_percentage\": 1, \"resets_at\": {at}}}}}");
        heard(&text).five_hour().unwrap().resets_at
    };
    for at in ["1795798800", "1795798800000", "\"2026-11-27T17:00:00Z\"", "1795798800.9"] {
        assert_eq!(resets_at(at) / 1000, 1_795_798_800, "{at}");
    }
    assert_eq!(resets_at("1795705200"), NOW - 24 * HOUR, "one that is over is told as well");
    // Microseconds, minutes, next month, and what is no time: no window ends then.
    for at in [
        "1795798800000000",
        "300",
        "0",
        "-5",
        "1798470000",
        "\"2099-01-01T00:00:00Z\"",
        "null",
        "\"soon\"",
        "[]",
    ] {
        assert_eq!(resets_at(at), 0, "{at}");
    }
}

#[test]
fn what_makes_no_sense_takes_nothing_else_away() {
    let good = r#""seven_day": {"used_percentage": 12}"#;
    for bad in [
        "null",
        "7",
        "[]",
        "\"x\"",
        "{}",
        r#"{"used_percentage": null}"#,
        r#"{"used_percentage": "40"}"#,
        r#"{"used_percentage": -0.5}"#,
        r#"{"used_percentage": 1e7}"#,
        r#"{"used_percentage": 1e999}"#,
        r#"{"used_percentage": {"a": 1}}"#,
        r#"{"used_percentage": true}"#,
    ] {
        for text in [
            format!("{{\"five_hour\": {bad}, {good}}}"),
            format!("{{\"model_scoped\": [{bad}, {{\"display_name\": \"\", \"percent\": 1}}], {good}}}"),
            format!("{{\"model_scoped\": {bad}, \"spend_limit\": {bad}, {good}}}"),
        ] {
            assert_eq!(listing(&heard(&text)), [(LimitKind::SevenDay, "", 120_000, 0)], "{text}");
            assert_eq!(heard(&text), heard(&format!("{{{good}}}")), "{text}");
        }
    }
    for text in [
        "",
        "{",
        "[]",
        "null",
        "{\"five_hour\": NaN}",
        "\u{0}",
        "{\"five_hour\": {\"used_percentage\": NaN}}",
    ] {
        assert!(heard(text).is_empty(), "{text}");
    }
    let deep = format!("{{\"model_scoped\": {}1{}, {good}}}", "[".repeat(50_000), "]".repeat(50_000));
    assert_eq!(listing(&heard(&deep)).len(), 1);
}

#[test]
fn a_cache_without_a_sound_age_tells_nothing() {
    let told = |fetched: &str| {
        let text = format!(
            "{{\"fetchedAtMs\": {fetched}, \"utilization\": {{\"five_hour\": {{\"utilization\": 5}}}}}}"
        );
        in_cache(text.as_bytes(), NOW).five_hour().map(|limit| limit.seen_at)
    };
    assert_eq!(told("1795788000000"), Some(NOW - HOUR));
    assert_eq!(told("1795788000"), Some(NOW - HOUR), "in seconds");
    assert_eq!(told("1795791630000"), Some(NOW + 30_000), "clocks differ");
    for bad in ["null", "0", "-1", "1795795200000", "1e300", "\"\"", "{}", "12"] {
        assert_eq!(told(bad), None, "{bad}");
    }
    for text in [
        "{}",
        "null",
        "{\"utilization\": {\"five_hour\": {\"utilization\": 5}}}",
        "{\"fetchedAtMs\": 1795788000000}",
    ] {
        assert!(in_cache(text.as_bytes(), NOW).is_empty(), "{text}");
    }
    assert!(in_cache(b"{\"fetchedAtMs\": 1795788000000, \"utilization\": \xff}", NOW).is_empty());
}

#[test]
fn neither_names_nor_their_number_are_boundless() {
    let items: Vec<_> = (0..1000)
        .map(|n| format!("{{\"display_name\": \"{}{n}\", \"utilization\": 1}}", "长".repeat(n)))
        .collect();
    let limits = heard(&format!("{{\"model_scoped\": [{}]}}", items.join(",")));
    assert_eq!(limits.iter().count(), 32);
    assert!(limits.iter().all(|(key, _)| key.scope.chars().count() <= 64));
}
