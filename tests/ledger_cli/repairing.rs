//! `cco ledger path`, `verify`, `rebuild` and `own-costs`.

use crate::place::{Place, request, text};

#[test]
fn without_a_ledger_every_command_says_how_to_make_one() {
    let place = Place::new();
    let commands: [&[&str]; 7] = [
        &["path"],
        &["verify"],
        &["export"],
        &["rebuild"],
        &["compact"],
        &["own-costs"],
        &["forget", "--before", "2026-01-01", "--yes"],
    ];
    for command in commands {
        let ran = place.cco(&[&["ledger"], command].concat());
        ran.fails(4, &[text(&place.ledger()), "cco publish --once"]);
    }
    assert!(!place.path("state").exists(), "asking makes nothing");
}

#[test]
fn the_path_is_that_of_a_database_to_query() {
    let place = Place::counted();
    let ran = place.cco(&["ledger", "path"]);
    assert_eq!(ran.code(), 0);
    let database = rusqlite::Connection::open(ran.printed().trim_end()).unwrap();
    let requests: i64 = database.query_row("SELECT SUM(requests) FROM usage", (), |row| row.get(0)).unwrap();
    assert_eq!(requests, 2);
}

#[test]
fn a_ledger_as_it_was_counted_is_sound() {
    let place = Place::counted();
    let ran = place.cco(&["ledger", "verify"]);
    assert_eq!((ran.code(), ran.printed()), (0, "OK: 2 totals match 2 messages\n"));
    assert_eq!(place.cco(&["ledger", "verify", "--json"]).json()["sound"], true);
}

#[test]
fn a_tampered_sum_is_found_and_a_rebuild_repairs_it() {
    let place = Place::counted();
    place.tamper(
        "UPDATE rollups SET requests = 7 WHERE session = (SELECT id FROM sessions WHERE name = 's-1')",
    );
    let ran = place.cco(&["ledger", "verify"]);
    ran.fails(1, &["cco ledger rebuild"]);
    for words in ["not OK", "1 of 2 totals", "session s-1", "7 requests", "instead of 1 request"] {
        assert!(ran.printed().contains(words), "{words} is missing in: {}", ran.printed());
    }
    let report = place.cco(&["ledger", "verify", "--json"]);
    assert_eq!(report.code(), 1);
    let report: serde_json::Value = serde_json::from_str(report.printed()).unwrap();
    assert_eq!((&report["sound"], &report["differing"]), (&false.into(), &1.into()));
    let (found, expected) = (&report["differences"][0]["found"], &report["differences"][0]["expected"]);
    assert_eq!((&found["requests"], &expected["requests"]), (&7.into(), &1.into()));

    let rebuilt = place.cco(&["ledger", "rebuild", "--json"]).json();
    assert_eq!((&rebuilt["requests"], &rebuilt["files"]), (&2.into(), &2.into()));
    assert_eq!(place.cco(&["ledger", "verify"]).code(), 0);
    assert_eq!(place.shown(), 2, "readers see it");
}

#[test]
fn a_rebuild_finds_what_was_lost_and_keeps_what_deleted_transcripts_told() {
    let place = Place::counted();
    std::fs::remove_file(place.transcript("-home-ada-engine", "s-1")).unwrap();
    place.tamper("DELETE FROM requests WHERE session = (SELECT id FROM sessions WHERE name = 's-2')");
    assert_eq!(place.publish()["totals"]["requests"], 2, "the sums were not touched");
    let ran = place.cco(&["ledger", "rebuild"]);
    assert_eq!(ran.code(), 0, "{}", ran.told());
    assert!(ran.told().contains("1 deleted transcript"), "{}", ran.told());
    for words in ["read 1 transcript", "1 request before, 2 now"] {
        assert!(ran.printed().contains(words), "{words} is missing in: {}", ran.printed());
    }
    assert_eq!(place.shown(), 2);
    assert_eq!(place.cco(&["ledger", "verify"]).code(), 0);
}

#[test]
fn claude_codes_own_figures_are_compared_and_never_added() {
    let place = Place::counted();
    let state = |session: &str, cost: &str, start_ms: u64| {
        format!(
            r#"{{"type":"cost-state","sessionId":"{session}","totalCostUSD":{cost},"totalAPIDuration":1,"totalDuration":1000,"startTime":{start_ms},"totalLinesAdded":0,"totalLinesRemoved":0,"modelUsage":{{}},"hasUnknownModelCost":false}}"#
        )
    };
    // The one figure is from after its session's request (2026-03-20T10:00), the other is long before.
    place.add("-home-ada-engine", "s-1", &state("s-1", "5.25", 1_774_010_000_000));
    place.add("-home-ada-loom", "s-2", &state("s-2", "1.5", 1_700_000_000_000));
    place.add("-home-ada-loom", "s-3", &request(3, "s-3", "2026-03-22T10:00:00Z"));
    assert_eq!(place.publish()["totals"]["cost_usd"], 15, "of transcripts alone");
    let report = place.cco(&["ledger", "own-costs", "--json"]).json();
    let of = |session: &str| {
        let sessions = report["sessions"].as_array().unwrap();
        sessions.iter().find(|row| row["session"] == session).unwrap_or_else(|| panic!("no {session}"))
    };
    let figures = |row: &serde_json::Value| {
        ["transcripts_usd", "claude_code_usd", "difference_usd"].map(|name| row[name].as_f64().unwrap())
    };
    assert_eq!(figures(of("s-1")), [5.0, 5.25, 0.25]);
    assert_eq!(of("s-1")["is_behind"], false);
    assert_eq!(figures(of("s-2")), [5.0, 1.5, -3.5]);
    assert_eq!(of("s-2")["is_behind"], true);
    assert_eq!(figures(&report["all"]), [10.0, 6.75, -3.25]);
    let without = &report["without_figure"];
    assert_eq!((&without["sessions"], &without["transcripts_usd"]), (&1.into(), &5.into()));
    let ran = place.cco(&["ledger", "own-costs"]);
    for words in ["$0.25", "-$3.50", "s-2 *", "1 session continued", "1 session ($5.00) without a figure"] {
        assert!(ran.printed().contains(words), "{words} is missing in: {}", ran.printed());
    }
}
