//! Export, backup and restore.

use std::fs;
use std::path::Path;

use cco::ledger::{Ledger, LedgerError};
use cco::snapshot::Picodollars;
use cco::usage::{Dimensions, Iteration, Rare, Record, Tokens};
use rusqlite::Connection;

use crate::oracle::{self, found};
use crate::sample::{MARCH_MS, apply, prices, record, temporary};

#[test]
fn a_backup_restores_what_was_there() {
    let prices = prices(15);
    let mut temporary = temporary();
    let (path, backup) = (temporary.ledger.path().to_owned(), temporary.folder.path().join("backup.db"));
    apply(&mut temporary.ledger, &[record(1, MARCH_MS, "s", "p")], &prices);
    let before = found(&temporary.ledger);
    for _ in 0..2 {
        temporary.ledger.backup(&backup).unwrap();
    }
    apply(&mut temporary.ledger, &[record(2, MARCH_MS, "s", "p")], &prices);
    let after = found(&temporary.ledger);
    drop(temporary.ledger);

    Ledger::restore(&path, &backup).unwrap();
    let restored = Ledger::open(&path).unwrap();
    assert_eq!(found(&restored), before);
    assert!(restored.verify(&prices).unwrap().is_sound());
    let replaced = Ledger::open(&temporary.folder.path().join("ledger.db.replaced")).unwrap();
    assert_eq!(found(&replaced), after);
}

#[test]
fn a_damaged_ledger_is_replaced_by_a_backup() {
    let prices = prices(15);
    let mut temporary = temporary();
    let (path, backup) = (temporary.ledger.path().to_owned(), temporary.folder.path().join("backup.db"));
    apply(&mut temporary.ledger, &[record(1, MARCH_MS, "s", "p")], &prices);
    let before = found(&temporary.ledger);
    temporary.ledger.backup(&backup).unwrap();
    drop(temporary.ledger);
    fs::write(&path, "not a database any more".repeat(99)).unwrap();
    Ledger::restore(&path, &backup).unwrap();
    assert_eq!(found(&Ledger::open(&path).unwrap()), before);
}

#[test]
fn backups_to_one_file_at_once_all_succeed_and_leave_nothing_else() {
    let prices = prices(15);
    let mut temporary = temporary();
    let records: Vec<_> = (0..2_000).map(|n| record(n, MARCH_MS, "s", "p")).collect();
    apply(&mut temporary.ledger, &records, &prices);
    let expected = found(&temporary.ledger);
    let backups = tempfile::tempdir().unwrap();
    let backup = backups.path().join("backup.db");
    let path = temporary.ledger.path();
    std::thread::scope(|threads| {
        for _ in 0..6 {
            threads.spawn(|| {
                let ledger = Ledger::open_read_only(path).unwrap();
                for _ in 0..5 {
                    ledger.backup(&backup).unwrap();
                    assert_eq!(found(&Ledger::open_read_only(&backup).unwrap()), expected);
                }
            });
        }
    });
    let left: Vec<_> =
        fs::read_dir(backups.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["backup.db"]);
}

#[test]
fn a_backup_that_fails_leaves_the_last_one() {
    let mut temporary = temporary();
    let folder = temporary.folder.path().join("backups");
    fs::create_dir(&folder).unwrap();
    let backup = folder.join("backup.db");
    apply(&mut temporary.ledger, &[record(1, MARCH_MS, "s", "p")], &prices(15));
    temporary.ledger.backup(&backup).unwrap();
    let before = fs::read(&backup).unwrap();
    let path = temporary.ledger.path().to_owned();
    drop(temporary.ledger);
    let damaged = Ledger::open_read_only(&path).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes[4096..].fill(0xa5);
    fs::write(&path, bytes).unwrap();
    damaged.backup(&backup).expect_err("a damaged ledger");
    assert_eq!(fs::read(&backup).unwrap(), before);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

/// A process that reads the ledger as it is now, until it is dropped.
fn reader(path: &Path) -> Connection {
    let reader = Connection::open(path).unwrap();
    reader.execute_batch("BEGIN; SELECT COUNT(*) FROM requests").unwrap();
    reader
}

#[test]
fn a_restore_never_drops_what_only_the_log_holds() {
    let prices = prices(15);
    let mut temporary = temporary();
    let (path, backup) = (temporary.ledger.path().to_owned(), temporary.folder.path().join("backup.db"));
    let first = record(1, MARCH_MS, "s", "p");
    apply(&mut temporary.ledger, std::slice::from_ref(&first), &prices);
    temporary.ledger.backup(&backup).unwrap();
    let reader = reader(&path);
    let second = record(2, MARCH_MS, "s", "p");
    apply(&mut temporary.ledger, std::slice::from_ref(&second), &prices);
    let before = found(&temporary.ledger);
    drop(temporary.ledger);

    let error = Ledger::restore(&path, &backup).expect_err("a reader keeps the log in use");
    assert!(matches!(error, LedgerError::InUse), "{error:?}");
    assert_eq!(found(&Ledger::open_read_only(&path).unwrap()), before, "nothing was replaced");

    drop(reader);
    Ledger::restore(&path, &backup).unwrap();
    assert_eq!(found(&Ledger::open(&path).unwrap()), oracle::rollups(&[first], &prices));
    let replaced = Ledger::open(&temporary.folder.path().join("ledger.db.replaced")).unwrap();
    assert_eq!(found(&replaced), before, "what was replaced is complete");
}

#[test]
fn a_reader_of_the_newest_state_does_not_hinder_a_restore() {
    let prices = prices(15);
    let mut temporary = temporary();
    let (path, backup) = (temporary.ledger.path().to_owned(), temporary.folder.path().join("backup.db"));
    temporary.ledger.backup(&backup).unwrap();
    apply(&mut temporary.ledger, &[record(1, MARCH_MS, "s", "p")], &prices);
    let before = found(&temporary.ledger);
    let reader = reader(&path);
    drop(temporary.ledger);
    Ledger::restore(&path, &backup).unwrap();
    assert_eq!(found(&Ledger::open(&path).unwrap()), []);
    let replaced = Ledger::open(&temporary.folder.path().join("ledger.db.replaced")).unwrap();
    assert_eq!(found(&replaced), before);
    let count: i64 = reader.query_row("SELECT COUNT(*) FROM requests", (), |row| row.get(0)).unwrap();
    assert_eq!(count, 1, "the reader sees what it saw");
}

#[test]
fn the_log_of_a_damaged_ledger_is_kept_beside_it() {
    let temporary = temporary();
    let (path, backup) = (temporary.ledger.path().to_owned(), temporary.folder.path().join("backup.db"));
    temporary.ledger.backup(&backup).unwrap();
    drop(temporary.ledger);
    let in_folder = |name: &str| temporary.folder.path().join(name);
    for file in ["ledger.db", "ledger.db-wal"] {
        fs::write(in_folder(file), format!("{file}, not a database any more").repeat(99)).unwrap();
    }
    let damaged = ["ledger.db", "ledger.db-wal"].map(|file| fs::read(in_folder(file)).unwrap());

    // The second time, as if the first had been interrupted before its end.
    for _ in 0..2 {
        Ledger::restore(&path, &backup).unwrap();
        assert_eq!(found(&Ledger::open(&path).unwrap()), [], "the backup");
        let kept =
            ["ledger.db.replaced", "ledger.db.replaced-wal"].map(|file| fs::read(in_folder(file)).unwrap());
        assert_eq!(kept, damaged);
        fs::remove_file(&path).unwrap();
        fs::hard_link(in_folder("ledger.db.replaced"), &path).unwrap();
    }
}

#[test]
fn what_is_no_sound_backup_replaces_nothing() {
    let prices = prices(15);
    let mut temporary = temporary();
    let (path, backup) = (temporary.ledger.path().to_owned(), temporary.folder.path().join("backup.db"));
    let records: Vec<_> = (0..2_000).map(|n| record(n, MARCH_MS, "s", "p")).collect();
    apply(&mut temporary.ledger, &records, &prices);
    let before = found(&temporary.ledger);
    temporary.ledger.backup(&backup).unwrap();
    drop(temporary.ledger);
    let mut bytes = fs::read(&backup).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0);
    fs::write(&backup, bytes).unwrap();
    let error = Ledger::restore(&path, &backup).expect_err("a damaged backup");
    assert!(matches!(error, LedgerError::Corrupt(_)), "{error:?}");
    let missing = Ledger::restore(&path, &temporary.folder.path().join("none")).expect_err("no backup");
    assert!(matches!(missing, LedgerError::Missing(_)), "{missing:?}");
    assert_eq!(found(&Ledger::open(&path).unwrap()), before);
}

#[test]
fn an_export_is_a_line_a_request() {
    let mut temporary = temporary();
    let iteration = Iteration { model: "m-two".into(), tokens: Tokens { output: 5, ..Tokens::default() } };
    let dimensions = Dimensions { branch: "main".into(), effort: "high".into(), ..Dimensions::default() };
    let rare = Rare { iterations: vec![iteration], recorded_cost: Some(Picodollars(1_250_000_000_000)) };
    let records = [
        record(1, MARCH_MS, "s", "-p"),
        Record {
            rare: Some(Box::new(rare)),
            dimensions: dimensions.into(),
            tokens: Tokens { output: 100, thinking: 40, web_fetches: 2, ..Tokens::default() },
            is_final: false,
            ..record(2, MARCH_MS + 7, "s", "-p")
        },
    ];
    apply(&mut temporary.ledger, &records, &prices(15));
    let mut out = Vec::new();
    assert_eq!(temporary.ledger.export(&mut out).unwrap(), 2);
    let text = String::from_utf8(out).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].contains(r#""at":"2026-03-01T00:00:00.000Z","session":"s","project":"-p""#), "{text}");
    assert!(lines[0].contains(r#","final":true,"#), "{text}");
    assert!(!lines[0].contains("iterations") && !lines[0].contains("branch"), "{text}");
    assert!(lines[1].contains(r#","final":false,"#), "{text}");
    let end = r#""web_fetches":2,"thinking":40,"branch":"main","effort":"high","recorded_cost_usd":1.25,"iterations":[{"model":"m-two","output":5}]}"#;
    assert!(lines[1].ends_with(end), "{text}");
}

/// As a transcript may have it whose clock, or whose writer, is wrong.
#[test]
fn the_last_day_of_the_calendar_is_exported_from_a_sound_ledger() {
    let mut temporary = temporary();
    apply(&mut temporary.ledger, &[record(1, 253_402_300_799_999, "s", "-p")], &prices(15));
    let mut out = Vec::new();
    assert_eq!(temporary.ledger.export(&mut out).unwrap(), 1);
    assert!(String::from_utf8(out).unwrap().contains(r#""at":"9999-12-31T23:59:59.999Z""#));
    assert!(temporary.ledger.verify(&prices(15)).unwrap().is_sound());
}

#[test]
fn the_view_for_queries_by_hand_shows_names_and_dollars() {
    let mut temporary = temporary();
    apply(&mut temporary.ledger, &[record(1, MARCH_MS + 1, "s", "-p")], &prices(15));
    let database = Connection::open(temporary.ledger.path()).unwrap();
    let query = "SELECT quarter, session, project, model, output, printf('%.6f', cost) FROM usage";
    let row: (String, String, String, String, i64, String) =
        database.query_row(query, (), |row| row.try_into()).unwrap();
    let text = |text: &str| text.to_owned();
    let expected = (text("2026-03-01 00:00:00"), text("s"), text("-p"), text("m-one"), 100, text("0.001830"));
    assert_eq!(row, expected);
}
