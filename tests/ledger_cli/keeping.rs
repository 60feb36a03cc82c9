//! `cco ledger export`, `backup`, `restore` and `compact`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::place::{Place, request, text};

#[test]
fn an_export_is_a_line_of_json_a_message() {
    let place = Place::counted();
    let ran = place.cco(&["ledger", "export"]);
    assert_eq!(ran.code(), 0, "{}", ran.told());
    let lines: Vec<Value> = ran.printed().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert!(lines.iter().all(|line| line["input"] == 1_000_000 && line["model"] == "claude-opus-5"));
    let file = place.path("export.jsonl");
    let to_file = place.cco(&["ledger", "export", "--output", text(&file)]);
    assert_eq!((to_file.code(), to_file.printed()), (0, ""));
    assert_eq!(fs::read_to_string(&file).unwrap(), ran.printed());
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_backup_brings_back_what_was_lost_and_what_came_since_is_counted() {
    let place = Place::counted();
    let backup = place.path("kept.db");
    let kept = place.cco(&["ledger", "backup", text(&backup), "--json"]).json();
    assert_eq!(kept["requests"], 2);
    fs::remove_file(place.transcript("-home-ada-engine", "s-1")).unwrap();
    fs::remove_file(place.ledger()).unwrap();
    place.add("-home-ada-loom", "s-4", &request(4, "s-4", "2026-03-23T10:00:00Z"));
    assert_eq!(place.publish()["totals"]["requests"], 2, "one is lost, one is new");

    place.cco(&["ledger", "restore", text(&backup)]).fails(2, &["nothing was restored", "--yes"]);
    assert_eq!(place.shown(), 2);
    let ran = place.cco(&["ledger", "restore", text(&backup), "--yes", "--json"]).json();
    assert_eq!((&ran["requests"], &ran["replaced_requests"]), (&2.into(), &2.into()));
    assert_eq!(ran["requests_now"], 3);
    assert_eq!(place.shown(), 3, "readers see it");
    assert_eq!(place.cco(&["ledger", "verify"]).code(), 0);
    assert!(place.path("state/ledger.db.replaced").exists());
}

#[test]
fn a_backup_is_restored_where_nothing_was_without_asking() {
    let (place, other) = (Place::counted(), Place::new());
    let backup = place.path("kept.db");
    assert_eq!(place.cco(&["ledger", "backup", text(&backup)]).code(), 0);
    fs::remove_dir_all(other.path("root/projects/-home-ada-engine")).unwrap();
    let ran = other.cco(&["ledger", "restore", text(&backup)]);
    assert_eq!(ran.code(), 0, "{}", ran.told());
    assert_eq!(other.shown(), 2);
}

#[test]
fn a_backup_replaces_backups_alone() {
    let place = Place::counted();
    let (backup, letter) = (place.path("kept.db"), place.path("letter.txt"));
    fs::write(&letter, "dear Ada").unwrap();
    for _ in 0..2 {
        assert_eq!(place.cco(&["ledger", "backup", text(&backup)]).code(), 0);
    }
    place.cco(&["ledger", "backup", text(&letter)]).fails(2, &["letter.txt", "not a backup"]);
    assert_eq!(fs::read_to_string(&letter).unwrap(), "dear Ada");
    place.cco(&["ledger", "backup", text(&place.ledger())]).fails(2, &["the ledger itself"]);
}

#[test]
fn what_is_no_backup_is_not_restored() {
    let place = Place::counted();
    let letter = place.path("letter.txt");
    fs::write(&letter, "dear Ada").unwrap();
    place.cco(&["ledger", "restore", text(&letter), "--yes"]).fails(1, &["letter.txt", "not a ledger"]);
    place
        .cco(&["ledger", "restore", text(&place.path("none.db")), "--yes"])
        .fails(4, &["none.db", "cco ledger backup"]);
    assert_eq!(place.publish()["totals"]["requests"], 2);
}

#[test]
fn compacting_takes_the_traces_of_what_was_forgotten() {
    let place = Place::new();
    place.add("-home-ada-engine", "s-1", &request(3, "telltale", "2026-03-20T11:00:00Z"));
    place.publish();
    place.cco(&["ledger", "forget", "--project=-home-ada-engine", "--yes"]).fails(0, &[]);
    let sizes = place.cco(&["ledger", "compact", "--json"]).json();
    assert!(sizes["bytes"].as_u64() > Some(0) && sizes["bytes_before"].as_u64() > Some(0));
    assert_eq!(sizes["traces_overwritten"], true);
    let bytes = fs::read(place.ledger()).unwrap();
    assert!(!bytes.windows(8).any(|window| window == b"telltale"));
    assert_eq!(place.cco(&["ledger", "verify"]).code(), 0);
}

#[test]
fn compacting_beside_a_reader_fails_and_says_what_to_do() {
    let place = Place::counted();
    let reader = rusqlite::Connection::open(place.ledger()).unwrap();
    reader.execute_batch("BEGIN; SELECT COUNT(*) FROM requests").unwrap();
    let ran = place.cco(&["ledger", "compact"]);
    ran.fails(1, &["traces of removed rows may be left", "run cco ledger compact again"]);
    drop(reader);
    assert_eq!(place.cco(&["ledger", "compact"]).code(), 0);
}
