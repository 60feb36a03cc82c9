//! Where an import cannot be made at once: the file would be too large, has another form, is locked, is not to be
//! written. It is then made row by row, or there is an error and the ledger is as it was.

use std::sync::{Mutex, PoisonError};

use rusqlite::config::DbConfig;

use super::tests::{batch, exported, long_record, new_ledger, record};
use super::*;
use crate::ledger::Ledger;

/// Records of which some have rows that do not fit a page.
fn records(long: bool) -> Vec<Record> {
    (0..300).map(|key| if long && key % 50 == 7 { long_record(key) } else { record(key) }).collect()
}

fn assert_imported(ledger: &mut Ledger, records: &[Record]) {
    let found = ledger.verify(PriceTable::bundled()).expect("a report");
    assert!(found.is_sound(), "{found:?}");
    assert_eq!(found.messages, records.len() as u64);
}

/// The last page that is filled is the last there may be: with pages laid out here, and with those that SQLite adds.
#[test]
fn a_file_grows_to_the_last_page_it_may_have_and_no_further() {
    let prices = PriceTable::bundled();
    for long in [false, true] {
        let records = records(long);
        let (_folder, mut ledger) = new_ledger();
        import(&mut ledger.connection, &batch(&records), prices).expect("an import").expect("no limit");
        let pages = ledger.connection.pragma_query_value(None, "page_count", |row| row.get::<_, u32>(0));
        let pages = pages.expect("a number") as usize;

        let (_folder, mut ledger) = new_ledger();
        for most in 1..pages {
            let applied = import_within(most, &mut ledger.connection, &batch(&records), prices);
            assert_eq!(applied.expect("no error"), None, "{most} pages of {pages}");
            assert!(ledger.is_empty().expect("an answer"));
        }
        let applied = import_within(pages, &mut ledger.connection, &batch(&records), prices);
        assert_eq!(applied.expect("no error").expect("room").new_messages, 300);
        assert_imported(&mut ledger, &records);
    }
}

#[test]
fn a_ledger_of_another_form_takes_an_import_too() {
    let prices = PriceTable::bundled();
    let make = "CREATE TABLE passing (number); DROP TABLE passing;";
    let legacy = DbConfig::SQLITE_DBCONFIG_LEGACY_FILE_FORMAT;
    for (form, is_legacy) in [
        ("PRAGMA page_size = 8192", false),
        ("PRAGMA page_size = 65536", false),
        ("PRAGMA auto_vacuum = FULL", false),
        ("PRAGMA auto_vacuum = INCREMENTAL", false),
        ("PRAGMA encoding = 'UTF-16le'", false),
        ("SELECT 1", true),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ledger.db");
        let other = Connection::open(&path).expect("a database");
        other.set_db_config(legacy, is_legacy).expect("set");
        other.execute_batch(&format!("{form}; {make}")).expect("a form");
        drop(other);
        let mut ledger = Ledger::open(&path).expect("a ledger");
        let records = records(true);
        let at_once = import(&mut ledger.connection, &batch(&records), prices).expect("no error");
        assert_eq!(at_once, None, "{form}");
        let applied = ledger.import(&batch(&records), prices).expect("an import");
        assert_eq!(applied.new_messages, 300, "{form}");
        assert_imported(&mut ledger, &records);
    }
}

#[test]
fn what_a_user_hung_on_requests_sees_every_row() {
    let prices = PriceTable::bundled();
    for change in [
        "CREATE INDEX by_model ON requests (model)",
        "CREATE TRIGGER seen AFTER INSERT ON requests BEGIN SELECT 1; END",
        "DROP INDEX requests_by_session",
        "DROP INDEX requests_by_session; CREATE INDEX other ON requests (session)",
    ] {
        let (_folder, mut ledger) = new_ledger();
        ledger.connection.execute_batch(change).expect("a change");
        let records = records(true);
        let at_once = import(&mut ledger.connection, &batch(&records), prices).expect("no error");
        assert_eq!(at_once, None, "{change}");
        ledger.import(&batch(&records), prices).expect("an import");
        assert_imported(&mut ledger, &records);
    }
}

fn locked(ledger: &Ledger) -> Connection {
    let other = Connection::open(ledger.path()).expect("the ledger");
    other.execute_batch("BEGIN IMMEDIATE").expect("a lock");
    other
}

#[test]
fn a_lock_that_stays_is_an_error_and_the_ledger_as_it_was() {
    let (_folder, mut ledger) = new_ledger();
    ledger.connection.busy_timeout(std::time::Duration::ZERO).expect("set");
    let other = locked(&ledger);
    let error = ledger.import(&batch(&records(true)), PriceTable::bundled()).expect_err("a lock");
    assert!(matches!(error, LedgerError::Busy(_)), "{error:?}");
    assert!(ledger.is_empty().expect("an answer"));
    drop(other);
    ledger.import(&batch(&records(true)), PriceTable::bundled()).expect("no lock");
    assert_imported(&mut ledger, &records(true));
}

#[test]
fn a_lock_that_passes_is_waited_for() {
    static OTHER: Mutex<Option<Connection>> = Mutex::new(None);
    let other = || OTHER.lock().unwrap_or_else(PoisonError::into_inner);
    let (_folder, mut ledger) = new_ledger();
    *other() = Some(locked(&ledger));
    // Called for as long as there is a lock; the first time, it goes.
    let wait = |_| OTHER.lock().unwrap_or_else(PoisonError::into_inner).take().is_some();
    ledger.connection.busy_handler(Some(wait)).expect("set");
    ledger.import(&batch(&records(true)), PriceTable::bundled()).expect("an import");
    assert!(other().is_none(), "it was waited for");
    assert_imported(&mut ledger, &records(true));
}

#[test]
fn a_ledger_that_may_only_be_read_says_so() {
    let (_folder, ledger) = new_ledger();
    let mut reader = Ledger::open_read_only(ledger.path()).expect("a reader");
    let error = reader.import(&batch(&records(true)), PriceTable::bundled()).expect_err("not to be written");
    assert!(matches!(error, LedgerError::ReadOnly(_)), "{error:?}");
    assert_eq!(exported(&ledger), "");
}
