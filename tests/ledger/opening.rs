//! Making, upgrading and refusing files; what is damaged is found.

use std::error::Error as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use cco::ledger::{Ledger, LedgerError};
use cco::usage::{Iteration, Rare, Record, Tokens};

use crate::sample::{MARCH_MS, apply, prices, record, temporary};

#[test]
fn a_new_ledger_is_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/cco/ledger.db");
    let mut ledger = Ledger::open(&path).unwrap();
    apply(&mut ledger, &[record(1, MARCH_MS, "s", "p")], &prices(15));
    let mode = |path: &str| fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("state/cco"), 0o700);
    assert_eq!(mode("state/cco/ledger.db"), 0o600);
    assert_eq!(mode("state/cco/ledger.db-wal"), 0o600);
}

#[test]
fn a_database_of_version_0_is_brought_to_the_current_version() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    rusqlite::Connection::open(&path).unwrap().execute_batch("VACUUM").unwrap();
    assert!(matches!(Ledger::open_read_only(&path), Err(LedgerError::Missing(_))));
    let mut ledger = Ledger::open(&path).unwrap();
    apply(&mut ledger, &[record(1, MARCH_MS, "s", "p")], &prices(15));
    let database = rusqlite::Connection::open(&path).unwrap();
    let version: i64 = database.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 4);
    drop(ledger);
    assert!(Ledger::open_read_only(&path).is_ok());
}

#[test]
fn a_newer_ledger_is_refused_and_left_alone() {
    let edition = "UPDATE meta SET value = 99 WHERE name = 'counting_version'";
    for (change, newest) in [("PRAGMA user_version = 99", 4), (edition, 2)] {
        let temporary = temporary();
        let path = temporary.ledger.path().to_owned();
        drop(temporary.ledger);
        rusqlite::Connection::open(&path).unwrap().execute_batch(change).unwrap();
        for opened in [Ledger::open(&path), Ledger::open_read_only(&path)] {
            let error = opened.expect_err("a newer ledger");
            assert!(
                matches!(error, LedgerError::Newer { found: 99, supported } if supported == newest),
                "{error:?}"
            );
            assert!(error.to_string().contains("update the program"), "{error}");
        }
    }
}

#[test]
fn other_files_are_not_ledgers_and_stay_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    fs::write(&text, "shopping list, long enough to be no empty database: ".repeat(20)).unwrap();
    let database = folder.path().join("other.db");
    rusqlite::Connection::open(&database).unwrap().execute_batch("CREATE TABLE mine (a)").unwrap();
    for path in [text, database] {
        let before = fs::read(&path).unwrap();
        for opened in [Ledger::open(&path), Ledger::open_read_only(&path)] {
            let error = opened.expect_err("no ledger");
            assert!(matches!(error, LedgerError::NotALedger(_)), "{error:?}");
        }
        assert_eq!(fs::read(&path).unwrap(), before);
    }
}

#[test]
fn a_ledger_that_is_not_there_is_missing_for_readers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    assert!(matches!(Ledger::open_read_only(&path), Err(LedgerError::Missing(_))));
    assert!(!path.exists());
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let error = Ledger::open(&folder.path().join("file/ledger.db")).expect_err("a file is no folder");
    assert!(matches!(error, LedgerError::File { .. }), "{error:?}");
    assert!(error.source().is_some());
}

#[test]
fn a_read_only_ledger_refuses_to_be_written() {
    let temporary = temporary();
    let mut reader = Ledger::open_read_only(temporary.ledger.path()).unwrap();
    let record = record(1, MARCH_MS, "s", "p");
    let error = reader.apply(&crate::sample::batch(&[record]), &prices(15)).expect_err("read-only");
    assert!(matches!(error, LedgerError::ReadOnly(_)), "{error:?}");
}

#[test]
fn damaged_pages_are_found() {
    let prices = prices(15);
    let mut temporary = temporary();
    let records: Vec<_> = (0..2_000).map(|n| record(n, MARCH_MS, "s", "p")).collect();
    apply(&mut temporary.ledger, &records, &prices);
    let path = temporary.ledger.path().to_owned();
    drop(temporary.ledger);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0xa5);
    fs::write(&path, bytes).unwrap();
    match Ledger::open(&path).and_then(|ledger| ledger.verify(&prices)) {
        Ok(verification) => assert!(!verification.damage.is_empty()),
        Err(error) => assert!(matches!(error, LedgerError::Corrupt(_)), "{error:?}"),
    }
}

#[test]
fn verifying_and_writing_do_not_wait_for_each_other() {
    let prices = prices(15);
    let mut temporary = temporary();
    apply(&mut temporary.ledger, &[record(1, MARCH_MS, "s", "p")], &prices);
    let reader = Ledger::open_read_only(temporary.ledger.path()).unwrap();
    let writer = rusqlite::Connection::open(temporary.ledger.path()).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE; UPDATE rollups SET output = 0").unwrap();
    let verification = reader.verify(&prices).unwrap();
    assert!(verification.is_sound() && verification.messages == 1, "{verification:?}");
    writer.execute_batch("COMMIT").unwrap();
    assert_eq!(reader.verify(&prices).unwrap().differing, 1);
}

#[test]
fn a_model_that_only_requests_name_is_missed_by_its_name() {
    let prices = prices(15);
    let mut temporary = temporary();
    let iteration = Iteration { model: "m-two".into(), tokens: Tokens { output: 5, ..Tokens::default() } };
    let rare = Rare { iterations: vec![iteration], recorded_cost: None };
    let record = Record { rare: Some(Box::new(rare)), ..record(1, MARCH_MS, "s", "p") };
    apply(&mut temporary.ledger, &[record], &prices);
    let tampering = "DELETE FROM rollups WHERE model = (SELECT id FROM models WHERE name = 'm-two'); \
                     DELETE FROM models WHERE name = 'm-two'";
    rusqlite::Connection::open(temporary.ledger.path()).unwrap().execute_batch(tampering).unwrap();
    let verification = Ledger::open_read_only(temporary.ledger.path()).unwrap().verify(&prices).unwrap();
    let missing: Vec<_> =
        verification.differences.iter().map(|it| (&it.found, it.expected.as_ref())).collect();
    let [(None, Some(expected))] = missing[..] else { panic!("{missing:?}") };
    assert_eq!((&*expected.model, expected.figures.auto.output_tokens), ("m-two", 5));
}

#[test]
fn a_lock_that_another_process_holds_is_named_in_words_of_ours() {
    let mut temporary = temporary();
    let writer = rusqlite::Connection::open(temporary.ledger.path()).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    let record = record(1, MARCH_MS, "s", "p");
    let error = temporary.ledger.apply(&crate::sample::batch(&[record]), &prices(15)).expect_err("a lock");
    assert!(matches!(error, LedgerError::Busy(_)), "{error:?}");
    assert!(error.source().is_none() && !error.to_string().contains("locked"), "{error}");
}

#[test]
fn a_rollup_that_was_tampered_with_is_found_and_repaired() {
    let prices = prices(15);
    let mut temporary = temporary();
    apply(
        &mut temporary.ledger,
        &[record(1, MARCH_MS, "s", "p"), record(2, MARCH_MS + 5, "t", "p")],
        &prices,
    );
    let database = rusqlite::Connection::open(temporary.ledger.path()).unwrap();
    database.execute("UPDATE rollups SET output = output + 1 WHERE after_start = 1", ()).unwrap();
    database.execute("DELETE FROM rollups WHERE after_start = 0", ()).unwrap();
    drop(database);
    let verification = temporary.ledger.verify(&prices).unwrap();
    assert_eq!(verification.differing, 2);
    let outputs = verification.differences.iter().map(|difference| {
        let output = |rollup: &cco::ledger::Rollup| rollup.figures.auto.output_tokens;
        (difference.found.as_ref().map(output), difference.expected.as_ref().map(output))
    });
    assert_eq!(outputs.collect::<Vec<_>>(), [(Some(101), Some(100)), (None, Some(100))]);
    temporary.ledger.rederive(&prices).unwrap();
    assert!(temporary.ledger.verify(&prices).unwrap().is_sound());
}
