//! A ledger of version 1 becomes one of today's version, row by row.

use std::fs;
use std::path::{Path, PathBuf};

use std::sync::Arc;

use cco::ledger::{Forget, Intake, Ledger, LedgerError, NameKind, ProjectPath, Rollup};
use cco::pricing::PriceTable;
use cco::usage::{Key, Record};

use crate::oracle::{self, found};
use crate::sample::{MARCH_MS, apply, prices, record, temporary};

/// A copy of the ledger that the first edition left, in a folder of its own.
pub(crate) fn first_edition(folder: &Path) -> PathBuf {
    let path = folder.join("ledger.db");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ledger/edition_1/ledger.db");
    fs::copy(fixture, &path).expect("the fixture");
    path
}

/// Every record of a ledger, in the order of keys.
pub(crate) fn all_records(ledger: &Ledger) -> Vec<Record> {
    let mut records = Vec::new();
    for session in ledger.names(NameKind::Sessions).expect("sessions").into_keys() {
        ledger.session_records(session, |record| records.push(record.clone())).expect("records");
    }
    records.sort_by_key(|record| record.key);
    records
}

/// The text of all tables, indices and views.
fn schema(path: &Path) -> Vec<String> {
    let database = rusqlite::Connection::open(path).unwrap();
    let mut query =
        database.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").unwrap();
    query.query_map((), |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// Counters of version 1: all that its tables had a column for.
fn counts(database: &rusqlite::Connection, table: &str) -> Vec<[i64; 9]> {
    let query = format!(
        "SELECT session, project, model, input, output, cache_write_5m, cache_write_1h, cache_read, web_searches \
         FROM {table} ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9"
    );
    let mut query = database.prepare(&query).unwrap();
    let rows = query.query_map((), |row| {
        let mut counts = [0; 9];
        for (column, count) in counts.iter_mut().enumerate() {
            *count = row.get(column)?;
        }
        Ok(counts)
    });
    rows.unwrap().map(Result::unwrap).collect()
}

#[test]
fn an_upgraded_ledger_has_the_tables_of_a_new_one_and_the_rows_of_the_old() {
    let folder = tempfile::tempdir().unwrap();
    let path = first_edition(folder.path());
    let tables = ["requests", "rollups"];
    let old = rusqlite::Connection::open(&path).unwrap();
    let before = tables.map(|table| counts(&old, table));
    drop(old);
    let error = Ledger::open_read_only(&path).expect_err("an older version");
    assert!(matches!(error, LedgerError::Outdated { found: 1, needed: 4 }), "{error:?}");

    let ledger = Ledger::open(&path).unwrap();
    let new = temporary();
    assert_eq!(schema(&path), schema(new.ledger.path()));
    let database = rusqlite::Connection::open(&path).unwrap();
    assert_eq!(tables.map(|table| counts(&database, table)), before);
    assert_eq!(ledger.files().unwrap().len(), 18);
    assert!(ledger.wants_recount().unwrap());
    drop(ledger);
    assert!(Ledger::open_read_only(&path).is_ok());
}

#[test]
fn a_ledger_without_sums_by_dimension_gets_them_and_keeps_its_totals() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ledger/version_2/ledger.db");
    fs::copy(fixture, &path).expect("the fixture");
    let prices = PriceTable::bundled();

    let mut ledger = Ledger::open(&path).unwrap();
    assert_eq!(schema(&path), schema(temporary().ledger.path()));
    let totals = oracle::total(&ledger);
    assert_eq!((totals.requests, totals.output_tokens), (6, 60));
    assert!(
        !ledger.is_priced_with(prices).unwrap(),
        "sums without dimensions are not those of today's version"
    );

    assert!(ledger.reprice(prices).unwrap());
    assert_eq!(oracle::total(&ledger), totals);
    assert_eq!(found(&ledger), oracle::rollups(&all_records(&ledger), prices));
    let branches: Vec<String> =
        found(&ledger).iter().map(|sums| sums.dimensions.branch.to_string()).collect();
    assert!(
        branches.iter().any(|branch| branch == "main") && branches.iter().any(|branch| branch == "topic")
    );
    assert!(ledger.verify(prices).unwrap().is_sound());
}

#[test]
fn a_ledger_without_sums_by_subagent_gets_them_and_keeps_its_totals() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ledger/version_3/ledger.db");
    fs::copy(fixture, &path).expect("the fixture");
    let prices = PriceTable::bundled();
    let error = Ledger::open_read_only(&path).expect_err("an older version");
    assert!(matches!(error, LedgerError::Outdated { found: 3, needed: 4 }), "{error:?}");

    let mut ledger = Ledger::open(&path).unwrap();
    assert_eq!(schema(&path), schema(temporary().ledger.path()));
    let totals = oracle::total(&ledger);
    assert_eq!((totals.requests, totals.output_tokens), (6, 60));
    let ids = |ledger: &Ledger| {
        let mut ids: Vec<String> =
            found(ledger).iter().map(|sums| sums.dimensions.agent_id.to_string()).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&ledger), ["", "", "", "a3"], "the sums of the old version are there at once");
    assert!(!ledger.is_priced_with(prices).unwrap(), "and are not those of today's version");

    assert!(ledger.reprice(prices).unwrap());
    assert_eq!(ids(&ledger), ["", "", "a1", "a2", "a3"]);
    assert_eq!(oracle::total(&ledger), totals);
    assert_eq!(found(&ledger), oracle::rollups(&all_records(&ledger), prices));
    assert!(ledger.verify(prices).unwrap().is_sound());
    let paths = ledger.project_paths().unwrap();
    assert_eq!(paths.iter().map(|known| &*known.path).collect::<Vec<_>>(), ["/home/ada/alpha"]);
}

/// Whether they got a stop reason was not noted then.
#[test]
fn messages_of_an_upgraded_ledger_are_provisional() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::open(&first_edition(folder.path())).unwrap();
    let records = all_records(&ledger);
    assert_eq!(records.len(), 17);
    let provisional = |rollups: Vec<cco::ledger::Rollup>| {
        let counters = rollups.into_iter().map(|rollup| rollup.figures.auto);
        counters.map(|auto| (auto.provisional_messages, auto.provisional_output_tokens)).collect::<Vec<_>>()
    };
    let prices = PriceTable::bundled();
    assert_eq!(provisional(found(&ledger)), provisional(oracle::rollups(&records, prices)));
    ledger.reprice(prices).unwrap();
    let verification = ledger.verify(prices).unwrap();
    assert!(verification.is_sound(), "{verification:?}");
}

#[test]
fn a_backup_of_an_older_version_can_be_restored() {
    let folder = tempfile::tempdir().unwrap();
    let backup = first_edition(folder.path());
    let path = folder.path().join("state/ledger.db");
    Ledger::restore(&path, &backup).unwrap();
    assert_eq!(all_records(&Ledger::open(&path).unwrap()).len(), 17);
}

/// What a ledger has.
#[derive(Debug, PartialEq)]
struct Contents {
    records: Vec<Record>,
    rollups: Vec<Rollup>,
    /// Keys and working folders of projects.
    paths: Vec<(String, String)>,
    rules: Vec<Forget>,
}

fn contents(ledger: &Ledger) -> Contents {
    let mut rollups = Vec::new();
    ledger.rollups(i64::MIN..i64::MAX, |rollup| rollups.push(rollup)).unwrap();
    rollups.sort_by_key(|rollup| {
        let names = (Arc::clone(&rollup.session), Arc::clone(&rollup.project), Arc::clone(&rollup.model));
        (rollup.quarter_ms, names)
    });
    let paths = ledger.project_paths().unwrap().into_iter();
    let paths = paths.map(|known| (known.project.to_string(), known.path.to_string())).collect();
    Contents { records: all_records(ledger), rollups, paths, rules: ledger.forget_rules().unwrap() }
}

#[test]
fn projects_of_one_drive_become_one_as_if_its_letter_had_always_been_written_so() {
    // Two in one quarter hour and session, one that only the old name has, and one that is neither.
    let projects =
        [("c--x", "C--x"), ("C--x", "C--x"), ("d--y", "D--y"), ("-home-x", "-home-x"), ("c-x", "c-x")];
    let made = |is_old: bool| {
        let mut temporary = temporary();
        let name = |(old, new): (&'static str, &'static str)| if is_old { old } else { new };
        let records: Vec<_> = (1..)
            .zip(projects)
            .map(|(key, project)| {
                record(key, MARCH_MS + 60_000 * i64::try_from(key).unwrap(), "s", name(project))
            })
            .collect();
        apply(&mut temporary.ledger, &records, &prices(15));
        let path = |at_ms, project: (&'static str, &'static str), path: &str| ProjectPath {
            project: name(project).into(),
            at_ms,
            path: path.into(),
        };
        let paths =
            vec![path(5, projects[0], "c:\\x"), path(9, projects[1], "C:\\x"), path(7, projects[2], "d:\\y")];
        let intake = Intake { project_paths: paths, ..Intake::default() };
        temporary.ledger.apply(&intake, &prices(15)).unwrap();
        let forgotten = record(90, MARCH_MS, "s2", name(("e--z", "E--z")));
        apply(&mut temporary.ledger, &[forgotten], &prices(15));
        let rule = Forget { project: Some(name(("e--z", "E--z")).into()), before_ms: MARCH_MS + 1 };
        temporary.ledger.forget(&rule, &prices(15)).unwrap();
        temporary
    };
    let (old, expected) = (made(true), made(false));
    assert_ne!(contents(&old.ledger), contents(&expected.ledger));
    let path = old.ledger.path().to_owned();
    drop(old.ledger);
    let mut ledger = Ledger::open(&path).unwrap();
    assert!(ledger.unite_drives().unwrap());
    assert_eq!(contents(&ledger), contents(&expected.ledger));
    assert!(ledger.verify(&prices(15)).unwrap().differences.is_empty());
    assert!(ledger.has_fallen().unwrap(), "readers begin anew, because a project has no sums any more");
    ledger.keep_lineage().unwrap();
    assert!(!ledger.unite_drives().unwrap() && !ledger.has_fallen().unwrap(), "there is nothing left to do");
    // A rule for the project holds for what is read of it from now on.
    apply(&mut ledger, &[record(91, MARCH_MS, "s3", "E--z")], &prices(15));
    assert_eq!(all_records(&ledger).len(), projects.len());
}

#[test]
fn a_rule_for_one_name_of_a_project_takes_nothing_from_what_the_other_has_counted() {
    let mut temporary = temporary();
    let records = [record(1, MARCH_MS, "s1", "c--x"), record(2, MARCH_MS, "s2", "C--x")];
    apply(&mut temporary.ledger, &records, &prices(15));
    let rule = Forget { project: Some("c--x".into()), before_ms: MARCH_MS + 1 };
    temporary.ledger.forget(&rule, &prices(15)).unwrap();
    assert!(temporary.ledger.unite_drives().unwrap());
    let kept = || all_records(&temporary.ledger).into_iter().map(|record| record.key).collect::<Vec<_>>();
    assert_eq!(kept(), [Key(2)]);
    // Read again, as a rebuild does: what was forgotten stays so, what was counted stays counted.
    let again = [record(1, MARCH_MS, "s1", "C--x"), record(2, MARCH_MS, "s2", "C--x")];
    apply(&mut temporary.ledger, &again, &prices(15));
    assert_eq!(
        all_records(&temporary.ledger).into_iter().map(|record| record.key).collect::<Vec<_>>(),
        [Key(2)]
    );
}

#[test]
fn a_ledger_of_version_2_on_a_drive_is_united_and_then_gets_its_sums() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ledger/version_2/ledger.db");
    fs::copy(fixture, &path).expect("the fixture");
    let prices = PriceTable::bundled();
    let mut ledger = Ledger::open(&path).unwrap();
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch(
            "INSERT INTO projects (name) VALUES ('C--x'); \
             UPDATE projects SET name = 'c--x' WHERE name = '-home-ada-alpha'; \
             UPDATE requests SET project = (SELECT id FROM projects WHERE name = 'C--x') WHERE output = 10 AND at_ms % 2 = 0;",
        )
        .unwrap();
    let totals = oracle::total(&ledger);
    assert!(ledger.unite_drives().unwrap());
    assert!(ledger.reprice(prices).unwrap());
    assert_eq!(oracle::total(&ledger), totals);
    assert_eq!(found(&ledger), oracle::rollups(&all_records(&ledger), prices));
}
