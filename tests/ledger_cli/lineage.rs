//! Totals never go back within a lineage: what lowers them begins another.

use cco::ledger::{Forget, Ledger};
use cco::pricing::PriceTable;

use crate::place::{Place, request, text};

/// Runs a command, and checks that it began a new lineage, which the next publisher carries on.
fn begins_a_lineage(place: &Place, command: &[&str]) {
    let before = place.epoch();
    place.publish();
    assert_eq!(place.epoch(), before, "publishing again carries it on");
    place.cco(command).fails(0, &[]);
    let after = place.epoch();
    assert_ne!(before, after, "{command:?}");
    place.publish();
    assert_eq!(place.epoch(), after, "{command:?}");
}

#[test]
fn what_lowers_totals_begins_a_new_lineage() {
    let place = Place::counted();
    let backup = place.path("kept.db");
    place.cco(&["ledger", "backup", text(&backup)]).fails(0, &[]);
    place.add("-home-ada-loom", "s-3", &request(3, "s-3", "2026-03-22T12:00:00Z"));
    place.publish();
    std::fs::remove_file(place.transcript("-home-ada-loom", "s-3")).unwrap();
    begins_a_lineage(&place, &["ledger", "restore", text(&backup), "--yes"]);
    assert_eq!(place.shown(), 2);
    place.tamper("UPDATE rollups SET requests = 7, messages = 7");
    begins_a_lineage(&place, &["ledger", "rebuild"]);
    begins_a_lineage(&place, &["ledger", "forget", "--project", "-home-ada-engine", "--yes"]);
    begins_a_lineage(&place, &["ledger", "forget", "--before", "2026-03-23", "--yes"]);
    assert_eq!(place.shown(), 0);
}

#[test]
fn a_publisher_begins_the_lineage_that_an_interrupted_command_did_not() {
    let place = Place::counted();
    let before = place.epoch();
    let mut ledger = Ledger::open(&place.ledger()).unwrap();
    let everything = Forget { project: None, before_ms: i64::MAX };
    ledger.forget(&everything, PriceTable::bundled()).unwrap();
    drop(ledger);
    place.publish();
    let after = place.epoch();
    assert_ne!(before, after);
    place.publish();
    assert_eq!(place.epoch(), after);
}

#[test]
fn nothing_to_forget_ends_no_lineage() {
    let place = Place::counted();
    let before = place.epoch();
    place.cco(&["ledger", "forget", "--before", "2026-01-01", "--yes"]).fails(0, &[]);
    place.cco(&["ledger", "forget", "--before", "2026-03-23", "--dry-run"]).fails(0, &[]);
    assert_eq!(place.epoch(), before);
}
