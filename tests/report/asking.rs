//! What a report can be asked, and what it answers where there is little to answer with.

use std::fs;

use cco::snapshot::Reader;
use serde_json::Value;

use crate::midday;
use crate::place::{Place, Ran, request};

/// The labels of a report's rows.
fn labels(report: &Value, key: &str) -> Vec<String> {
    let rows = report["rows"].as_array().unwrap();
    rows.iter().map(|row| row[key].as_str().unwrap().to_owned()).collect()
}

fn days(place: &Place, arguments: &[&str]) -> Vec<String> {
    labels(&place.cco(&[&["daily", "--json"], arguments].concat()).json(), "date")
}

/// A request of another model: opus 5 costs $5 a million, haiku 4.5 $1.
fn haiku(id: u32, session: &str, at: &str) -> String {
    request(id, session, at).replace("claude-opus-5", "claude-haiku-4-5")
}

#[test]
fn a_report_needs_neither_a_publisher_nor_an_earlier_count() {
    let place = Place::new();
    let report = place.cco(&["daily", "--json"]).json();
    assert_eq!(labels(&report, "date"), ["2026-03-20", "2026-03-22"]);
    assert_eq!(report["totals"]["cost_usd"].to_string(), "10");
    assert_eq!(report["rows"][0]["start"], "2026-03-20T00:00:00Z");
    assert_eq!(report["rows"][0]["end"], "2026-03-21T00:00:00Z");
    assert_eq!(place.shown(), 2, "what is published is brought up to date as well");
}

#[test]
fn a_report_beside_a_publisher_shows_what_was_written_before_it() {
    let place = Place::new();
    let _publisher = place.start();
    for id in 10..14 {
        place.add("-home-ada-loom", "s-3", &request(id, "s-3", "2026-03-23T11:00:00Z"));
        let report = place.cco(&["session", "--json"]).json();
        assert_eq!(report["rows"][2]["requests"], id - 9);
    }
}

#[test]
fn without_an_update_a_report_is_of_what_was_counted() {
    let place = Place::counted();
    place.add("-home-ada-loom", "s-3", &request(3, "s-3", "2026-03-23T11:00:00Z"));
    assert_eq!(days(&place, &["--no-update"]).len(), 2);
    assert_eq!(days(&place, &[]).len(), 3);
}

#[test]
fn history_outlives_the_transcripts() {
    let place = Place::counted();
    fs::remove_dir_all(place.path("root/projects")).unwrap();
    let ran = place.cco(&["daily", "--json"]);
    assert_eq!(ran.json()["totals"]["requests"], 2);
}

#[test]
fn without_transcripts_and_ledger_it_is_said_where_they_were_looked_for() {
    let place = Place::new();
    let own = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_cco"));
        command.env_clear().env("HOME", place.path("nobody")).args(arguments);
        Ran(command.output().unwrap())
    };
    own(&["daily"]).fails(4, &["no Claude Code transcripts found", "nobody/.claude"]);
    own(&["live"]).fails(4, &["no Claude Code transcripts found"]);
    own(&["blocks", "--no-update"]).fails(4, &["no ledger", "cco publish --once"]);
}

#[test]
fn a_range_holds_both_its_days_in_either_spelling() {
    let place = Place::counted();
    place.add("-home-ada-loom", "s-3", &request(3, "s-3", "2026-03-23T23:59:59.999Z"));
    assert_eq!(days(&place, &["--since", "2026-03-22"]), ["2026-03-22", "2026-03-23"]);
    assert_eq!(days(&place, &["--until", "20260322"]), ["2026-03-20", "2026-03-22"]);
    assert_eq!(days(&place, &["-s", "20260323", "-u", "2026-03-23"]), ["2026-03-23"]);
    let session = place.cco(&["session", "--json", "--since", "20260321", "--until", "20260322"]).json();
    assert_eq!(labels(&session, "session"), ["s-2"]);
}

#[test]
fn a_day_at_an_end_of_time_is_a_bound_as_any_other() {
    let place = Place::counted();
    place.add("-home-ada-loom", "s-3", &request(3, "s-3", "9999-12-30T20:00:00Z"));
    place.add("-home-ada-loom", "s-3", &request(4, "s-3", "9999-12-31T23:00:00Z"));
    for zone in ["UTC", "Asia/Tokyo", "America/Los_Angeles"] {
        let count = |arguments: &[&str]| days(&place, &[arguments, &["--timezone", zone]].concat()).len();
        assert_eq!(count(&["--since", "9999-12-31", "--until", "9999-12-31"]), 1, "{zone}");
        let first_is_on_the_30th = zone != "Asia/Tokyo";
        assert_eq!(count(&["--since", "99991230"]), 1 + usize::from(first_is_on_the_30th), "{zone}");
        assert_eq!(count(&["--until", "9999-12-31"]), 3 + usize::from(first_is_on_the_30th), "{zone}");
        assert_eq!(count(&["--until", "9999-12-30"]), 2 + usize::from(first_is_on_the_30th), "{zone}");
        assert_eq!(count(&["--until", "0000-01-01"]), 0, "{zone}");
    }
    for report in ["session", "project", "model"] {
        let rows = place.cco(&[report, "--json", "--since", "9999-12-31"]).json();
        assert_eq!(
            (&rows["totals"]["requests"], &rows["rows"][0]["last"]),
            (&1.into(), &"9999-12-31T23:00:00Z".into())
        );
    }
    let day = &place.cco(&["daily", "--json", "--since", "9999-12-31"]).json()["rows"][0];
    let bounds = (&day["date"], &day["start"], &day["end"]);
    assert_eq!(bounds, (&"9999-12-31".into(), &"9999-12-31T00:00:00Z".into(), &Value::Null));
    let blocks = place.cco(&["blocks", "--json", "--since", "9999-12-31"]).json();
    assert_eq!(blocks["rows"][0]["start"], "9999-12-31T23:00:00Z");
    assert!(place.cco(&["session"]).printed().contains("9999-12-31 23:00"));
}

#[test]
fn a_range_without_usage_says_so_and_what_there_is() {
    let place = Place::counted();
    let ran = place.cco(&["monthly", "--since", "20300101"]);
    let words = "no usage since 2030-01-01 (days in UTC); there is usage from 2026-03-20 to 2026-03-22\n";
    assert_eq!((ran.code(), ran.printed()), (0, words));
    let report = place.cco(&["monthly", "--since", "20300101", "--json"]).json();
    assert_eq!((&report["rows"], &report["totals"]["requests"]), (&Value::Array(Vec::new()), &0.into()));
    let csv = place.cco(&["monthly", "--since", "20300101", "--csv"]);
    assert_eq!(csv.printed().lines().count(), 1, "titles alone");
}

#[test]
fn what_makes_no_sense_is_refused_with_what_does() {
    let place = Place::counted();
    place.cco(&["daily", "--since", "22.3.2026"]).fails(2, &["2026-11-24 or 20261124"]);
    place.cco(&["daily", "--since", "20260323", "--until", "20260322"]).fails(2, &["swap them"]);
    place.cco(&["daily", "--last", "0"]).fails(2, &["--last"]);
    place.cco(&["daily", "--timezone", "Mars/Olympus"]).fails(2, &["Europe/Berlin"]);
    place.cco(&["blocks", "--session-length", "0.5"]).fails(2, &["at least 1 hour"]);
    place.cco(&["blocks", "--token-limit", "lots"]).fails(2, &["500000"]);
    place.cco(&["model", "--compat", "ccusage"]).fails(2, &["ccusage does not have this report"]);
}

#[test]
fn the_last_days_are_those_up_to_today() {
    let place = Place::in_zone(midday::zone());
    let now = jiff::Timestamp::now();
    place.add("-home-ada-loom", "s-3", &request(3, "s-3", &now.to_string()));
    let today = now.in_tz(midday::zone()).unwrap().date();
    let last = days(&place, &["--last", "2"]);
    assert_eq!(last, [today.to_string()]);
    assert_eq!(days(&place, &["--last", "1000"]).len(), 3);
    let sessions = place.cco(&["session", "--last", "2", "--json"]).json();
    assert_eq!(labels(&sessions, "session"), ["s-2", "s-3"]);
    assert_eq!(sessions["totals"]["requests"], 2);
}

#[test]
fn projects_are_found_by_key_folder_or_part_of_the_name() {
    let place = Place::counted();
    let projects = |given: &str| {
        let report = place.cco(&["project", "--json", "--project", given]).json();
        labels(&report, "project")
    };
    assert_eq!(projects("-home-ada-loom"), ["-home-ada-loom"]);
    assert_eq!(projects("/home/ada/engine"), ["-home-ada-engine"]);
    assert_eq!(projects("LOOM"), ["-home-ada-loom"]);
    assert_eq!(projects("ada").len(), 2);
    let words = ["no project matches \"engin-e\"", "did you mean engine?"];
    place.cco(&["daily", "-p", "engin-e"]).fails(4, &words);
    place.cco(&["daily", "-p", "something else"]).fails(4, &["to list all: cco project"]);
}

#[test]
fn models_and_sessions_are_found_by_part_of_their_names() {
    let place = Place::counted();
    place.add("-home-ada-loom", "s-3", &haiku(3, "s-3", "2026-03-23T11:00:00Z"));
    assert_eq!(days(&place, &["--model", "haiku"]), ["2026-03-23"]);
    place.cco(&["daily", "--model", "claude-opus-6"]).fails(4, &["did you mean claude-opus-5?"]);
    let session = place.cco(&["session", "--id", "s-3", "--json"]).json();
    assert_eq!(labels(&session, "date"), ["2026-03-23"]);
    place.cco(&["session", "--id", "s-"]).fails(2, &["3 sessions match \"s-\": s-1, s-2, s-3"]);
    place.cco(&["session", "--id", "x-77"]).fails(4, &["no session matches \"x-77\""]);
    let words = place.cco(&["session", "--id", "s-1"]);
    assert!(words.printed().starts_with("s-1 in /home/ada/engine, 2026-03-20 10:00"), "{}", words.printed());
}

#[test]
fn rows_come_in_the_order_that_was_asked_for() {
    let place = Place::counted();
    place.add("-home-ada-loom", "s-3", &haiku(3, "s-3", "2026-03-23T11:00:00Z"));
    assert_eq!(days(&place, &["--order", "desc"]), ["2026-03-23", "2026-03-22", "2026-03-20"]);
    let models =
        |arguments: &[&str]| labels(&place.cco(&[&["model", "--json"], arguments].concat()).json(), "model");
    assert_eq!(models(&[]), ["claude-opus-5", "claude-haiku-4-5"]);
    assert_eq!(models(&["--order", "asc"]), ["claude-haiku-4-5", "claude-opus-5"]);
}

#[test]
fn weeks_begin_on_the_day_that_was_asked_for() {
    let place = Place::counted();
    let weeks =
        |arguments: &[&str]| labels(&place.cco(&[&["weekly", "--json"], arguments].concat()).json(), "week");
    // The 22nd of March 2026 is a Sunday.
    assert_eq!(weeks(&[]), ["2026-03-16"]);
    assert_eq!(weeks(&["--start-of-week", "sunday"]), ["2026-03-15", "2026-03-22"]);
    assert_eq!(weeks(&["-w", "saturday"]), ["2026-03-14", "2026-03-21"]);
}

#[test]
fn a_report_in_another_zone_publishes_nothing_in_it() {
    let place = Place::counted();
    place.add("-home-ada-loom", "s-3", &request(3, "s-3", "2026-03-22T23:30:00Z"));
    assert_eq!(days(&place, &["-z", "Asia/Kathmandu"]), ["2026-03-20", "2026-03-22", "2026-03-23"]);
    let reader = Reader::open_copying(place.path("state/usage.snapshot")).unwrap();
    assert_eq!(reader.identity().zone, "UTC");
}

#[test]
fn costs_are_those_of_the_mode() {
    let place = Place::counted();
    let recorded = request(3, "s-3", "2026-03-23T11:00:00Z")
        .replace(r#""type":"assistant""#, r#""type":"assistant","costUSD":0.25"#);
    place.add("-home-ada-loom", "s-3", &recorded);
    let cost =
        |mode: &str| place.cco(&["daily", "--json", "--mode", mode]).json()["totals"]["cost_usd"].to_string();
    assert_eq!((&*cost("auto"), &*cost("calculate"), &*cost("display")), ("10.25", "15", "0.25"));
}

#[test]
fn live_without_a_terminal_prints_once() {
    let place = Place::counted();
    let ran = place.cco(&["live"]);
    assert_eq!(
        (ran.code(), ran.printed()),
        (0, "Block      none active; the last one ended 2026-03-22 15:00\n")
    );
    place.add("-home-ada-loom", "s-3", &request(3, "s-3", &jiff::Timestamp::now().to_string()));
    let ran = place.cco(&["live", "--token-limit", "2000000", "--no-cost"]);
    for words in ["1,000,000 tokens, 1 request", "2,000,000 tokens: 50.0% used", "opus-5"] {
        assert!(ran.printed().contains(words), "{words} is missing in: {}", ran.printed());
    }
    assert!(!ran.printed().contains('$'));
}
