//! `cco ledger path`, `verify` and `rebuild`.

use crate::place::{Place, text};

#[test]
fn without_a_ledger_every_command_says_how_to_make_one() {
    let place = Place::new();
    let commands: [&[&str]; 6] = [
        &["path"],
        &["verify"],
        &["export"],
        &["rebuild"],
        &["compact"],
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
