//! `cco limits`: every limit with its age, its source, its reset and its pace.

use std::fs;

use cco::limits::{in_status_line, leave};
use jiff::Timestamp;

use crate::place::Place;

const HOUR_MS: i64 = 3_600_000;

fn now() -> i64 {
    Timestamp::now().as_millisecond()
}

/// Claude Code's cache, fetched some hours ago.
fn cache(place: &Place, hours_ago: i64) {
    let fetched_at = now() - hours_ago * HOUR_MS;
    let resets_at = Timestamp::from_millisecond(fetched_at + 72 * HOUR_MS).unwrap();
    let text = format!(
        r#"{{"oauthAccount": {{"emailAddress": "nobody@example.com"}}, "cachedUsageUtilization": {{
            "fetchedAtMs": {fetched_at}, "utilization": {{
            "five_hour": {{"utilization": 46, "resets_at": null}},
            "extra_usage": {{"is_enabled": true, "monthly_limit": 5000, "used_credits": 1000, "utilization": 20}},
            "limits": [{{"kind": "weekly_scoped", "percent": 33, "resets_at": "{resets_at}",
                "scope": {{"model": {{"display_name": "Op\u202eus"}}}}}}]}}}}}}"#
    );
    fs::write(place.path("root/.claude.json"), text).unwrap();
}

#[test]
fn each_limit_has_its_age_its_source_its_reset_and_its_pace() {
    let place = Place::new();
    cache(&place, 20);
    assert_eq!(place.publish()["account_limits"].as_array().unwrap().len(), 3);
    let resets_at = now() / 1000 + 4 * 3600;
    let heard = format!(r#"{{"five_hour": {{"used_percentage": 10, "resets_at": {resets_at}}}}}"#);
    leave(&place.path("state/usage.snapshot"), "s", &in_status_line(&heard, now())).unwrap();

    let shown = place.cco(&["limits"]).printed().to_owned();
    for expected in [
        "5-hour limit",
        "10.0%",
        "resets in 3h 59m, 20",
        "s ago by a status line",
        "% by then at this pace",
        "7-day limit, Op\\u{202e}us",
        "stale: reported 20h ago by Claude Code's cache",
        "  $10.00 of $50.00; reset time unknown; pace not known",
        "reported 20h ago by Claude Code's cache",
    ] {
        assert!(shown.contains(expected), "{expected} is not in\n{shown}");
    }
    assert!(!shown.contains("nobody@"));
    let json = place.cco(&["limits", "--json"]).json();
    let of = |member: &str| -> Vec<String> {
        json["account_limits"].as_array().unwrap().iter().map(|limit| limit[member].to_string()).collect()
    };
    assert_eq!(of("source"), ["\"status_line\"", "\"cache\"", "\"cache\""]);
    assert_eq!(of("is_stale"), ["false", "true", "false"]);
    assert_eq!(of("kind"), ["\"five_hour\"", "\"seven_day_model\"", "\"spend\""]);
}

#[test]
fn without_any_report_it_says_what_to_do_and_never_zero() {
    let shown = Place::counted().cco(&["limits"]).printed().to_owned();
    assert!(shown.contains("not known") && shown.contains("cco setup claude"), "{shown}");
    assert!(!shown.contains('%'), "{shown}");
}

#[test]
fn what_its_pace_used_up_since_the_report_is_said_to_be_used_up() {
    let place = Place::new();
    let fetched_at = now() - 30 * HOUR_MS;
    let resets_at = (fetched_at + 100 * HOUR_MS) / 1000;
    let text = format!(
        r#"{{"cachedUsageUtilization": {{"fetchedAtMs": {fetched_at}, "utilization": {{"seven_day": {{
            "utilization": 91, "resets_at": {resets_at}}}}}}}}}"#
    );
    fs::write(place.path("root/.claude.json"), text).unwrap();
    let shown = place.cco(&["limits"]).printed().to_owned();
    assert!(shown.contains("91.0%") && shown.contains("; used up by now at this pace"), "{shown}");
    assert!(place.cco(&[]).printed().contains("stale: reported 1d 6h ago"));
}

#[test]
fn a_limit_whose_window_is_over_has_no_figure() {
    let place = Place::new();
    cache(&place, 73);
    let shown = place.cco(&["limits"]).printed().to_owned();
    assert!(shown.contains("unknown") && shown.contains("was reset; no report since"), "{shown}");
    assert!(!shown.contains("33"), "{shown}");
}
