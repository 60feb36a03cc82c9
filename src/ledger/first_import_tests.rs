//! That the file is one that SQLite would have written, at every size, and that a failure leaves the old one.

use rusqlite::types::Value;

use super::*;
use crate::ledger::Ledger;
use crate::snapshot::Picodollars;
use crate::usage::{Home, Iteration, IterationKind, Key, Rare, Tokens};

/// A table and an index of the shape of those of requests, without rows.
const TABLE: &str = "CREATE TABLE things (key BLOB PRIMARY KEY NOT NULL, number INTEGER NOT NULL, text TEXT) \
                     STRICT, WITHOUT ROWID;";

fn open(image: Image) -> Connection {
    image.open().expect("a database")
}

fn empty_table() -> (Image, u32) {
    let mut connection = Connection::open_in_memory().expect("a database");
    connection.execute_batch(TABLE).expect("a table");
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'things'";
    let root = connection.query_row(root, (), |row| row.get(0)).expect("a root");
    let image = Image::of(&mut connection, image::MOST_PAGES).expect("a copy");
    (image.expect("the form of a new file"), root)
}

fn damage(connection: &Connection) -> String {
    connection.query_row("PRAGMA integrity_check", (), |row| row.get(0)).expect("a check")
}

/// Every size there is room for below some pages of leaves, and with it every way a last page can come out.
#[test]
fn a_tree_of_any_size_is_whole() {
    let mut composer = Composer::default();
    for size in 0..300u32 {
        let mut tree = Tree::default();
        for number in 0..size {
            // From a few in a page to many.
            let text = "x".repeat((number as usize * 37) % if size % 2 == 0 { 960 } else { 250 });
            composer.blob(&number.to_be_bytes()).integer(number.into()).optional_text(Some(&text));
            tree.push(composer.finish().expect("it fits"));
        }
        let (mut image, root) = empty_table();
        assert!(image.put(root, tree.finish()));
        let connection = open(image);

        assert_eq!(damage(&connection), "ok", "{size} entries");
        let mut query = connection.prepare("SELECT number FROM things ORDER BY key").expect("a query");
        let found: Vec<u32> =
            query.query_map((), |row| row.get(0)).expect("rows").map(|row| row.expect("a row")).collect();
        assert_eq!(found, (0..size).collect::<Vec<_>>());
        for number in (0..size).step_by(7) {
            let delete = "DELETE FROM things WHERE key = ?1";
            assert_eq!(connection.execute(delete, [number.to_be_bytes()]).expect("it goes"), 1);
        }
        assert_eq!(damage(&connection), "ok", "{size} entries, after some went");
    }
}

#[test]
fn every_integer_and_text_is_read_as_it_was_written() {
    let edges = [7, 8, 15, 16, 23, 24, 31, 32, 47, 48, 62].map(|bits| 1i64 << bits);
    let mut numbers: Vec<i64> =
        edges.into_iter().flat_map(|edge| [edge - 1, edge, edge + 1, -edge - 1, -edge, 1 - edge]).collect();
    numbers.extend([i64::MIN, -1, 0, 1, 2, i64::MAX]);
    let texts = [
        None,
        Some(""),
        Some("é"),
        Some("a text that is longer than the sixty bytes one varint byte stands for"),
    ];
    let mut composer = Composer::default();
    let mut tree = Tree::default();
    let mut rows = Vec::new();
    for (place, (number, text)) in numbers.iter().flat_map(|n| texts.map(|text| (*n, text))).enumerate() {
        let key = u32::try_from(place).expect("few").to_be_bytes();
        composer.blob(&key).integer(number).optional_text(text);
        tree.push(composer.finish().expect("it fits"));
        let text = text.map_or(Value::Null, |text| Value::Text(text.into()));
        rows.push((Value::Blob(key.to_vec()), Value::Integer(number), text));
    }
    let (mut image, root) = empty_table();
    assert!(image.put(root, tree.finish()));
    let connection = open(image);

    assert_eq!(damage(&connection), "ok");
    let mut query = connection.prepare("SELECT key, number, text FROM things").expect("a query");
    let found = query.query_map((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).expect("rows");
    assert_eq!(found.map(|row| row.expect("a row")).collect::<Vec<(Value, Value, Value)>>(), rows);
}

pub(super) fn record(key: u128) -> Record {
    let home = Home { forked: false, sidechain: true, session: "s".into(), project: "p".into() };
    Record {
        key: Key(key.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)),
        at_ms: 1_750_000_000_000 + i64::try_from(key).expect("small"),
        home: Arc::new(home),
        model: "m".into(),
        terms: Arc::default(),
        tokens: Tokens { output: 1, ..Tokens::default() },
        rare: None,
    }
}

/// A record that tells of so many iterations that its row does not fit a page.
pub(super) fn long_record(key: u128) -> Record {
    let iteration = Iteration { kind: IterationKind::Compaction, model: None, tokens: Tokens::default() };
    let rare = Rare { iterations: vec![iteration; 200], recorded_cost: None };
    Record { rare: Some(Box::new(rare)), ..record(key) }
}

pub(super) fn new_ledger() -> (tempfile::TempDir, Ledger) {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = Ledger::open(&folder.path().join("ledger.db")).expect("a ledger");
    (folder, ledger)
}

pub(super) fn batch(records: &[Record]) -> Batch<'_> {
    Batch { records: records.iter().collect(), ..Batch::default() }
}

pub(super) fn exported(ledger: &Ledger) -> String {
    let mut lines = Vec::new();
    ledger.export(&mut lines).expect("an export");
    String::from_utf8(lines).expect("JSON")
}

/// Those of every length about the longest that fits, and those far longer.
#[test]
fn rows_too_long_for_a_page_are_there_too() {
    let prices = PriceTable::bundled();
    let length = |key: usize| {
        let kind = IterationKind::Advisor;
        let model = Some("m".repeat(key).into());
        let iteration = Iteration { kind, model, tokens: Tokens::default() };
        let rare = Rare { iterations: vec![iteration], recorded_cost: None };
        Record { rare: Some(Box::new(rare)), ..record(key as u128) }
    };
    let records: Vec<Record> =
        (800..1_000).map(|key| if key % 50 == 7 { long_record(key as u128) } else { length(key) }).collect();
    let ((_one, mut imported), (_other, mut applied)) = (new_ledger(), new_ledger());
    imported.import(&batch(&records), prices).expect("an import");
    applied.apply(&batch(&records), prices).expect("a batch");
    assert_eq!(exported(&imported), exported(&applied));
    assert!(imported.verify(prices).expect("a report").is_sound());
}

/// Once both are compacted, which lays pages out alike and leaves rows as they are, the files are the same.
#[test]
fn rows_are_byte_by_byte_those_that_sqlite_writes() {
    let prices = PriceTable::bundled();
    let mut records: Vec<Record> =
        (0..700).map(|key| if key % 50 == 7 { long_record(key) } else { record(key) }).collect();
    for (number, record) in (0u32..).zip(&mut records) {
        // Integers of each length, the constants 0 and 1, and times of both signs.
        record.tokens.input = (1 << (number % 53)) - u64::from(number / 53 % 2);
        record.tokens.cache_read = u64::from(number % 3);
        record.at_ms = if number % 2 == 0 { -record.at_ms } else { i64::from(number) - 350 };
        let cost = (number % 5 == 0).then(|| Picodollars(u128::from(number) << (number % 60)));
        if cost.is_some() {
            record.rare.get_or_insert_default().recorded_cost = cost;
        }
    }
    // Names get their ids in this order.
    records.sort_by_key(|record| record.key);
    let ((_one, mut imported), (_other, mut applied)) = (new_ledger(), new_ledger());
    import(&mut imported.connection, &batch(&records), prices).expect("an import").expect("the form");
    applied.apply(&batch(&records), prices).expect("a batch");
    let [imported, applied] = [imported, applied].map(|mut ledger| {
        ledger
            .connection
            .execute("UPDATE meta SET value = 0 WHERE name = 'created_ms'", ())
            .expect("a change");
        ledger.compact().expect("room");
        let mut bytes = ledger.connection.serialize("main").expect("a copy").to_vec();
        // How often the file, and the tables, were changed.
        for counter in [24..28, 40..44, 92..96] {
            bytes[counter].fill(0);
        }
        bytes
    });
    assert_eq!(imported.len(), applied.len());
    let pages = imported.chunks(4096).zip(applied.chunks(4096));
    assert_eq!((1..).zip(pages).find(|(_, (imported, applied))| imported != applied), None);
}

#[test]
fn who_has_the_ledger_open_sees_what_was_imported() {
    let (_folder, mut ledger) = new_ledger();
    let reader = Ledger::open_read_only(ledger.path()).expect("a reader");
    assert_eq!(exported(&reader), "");
    let before = reader.connection.unchecked_transaction().expect("a transaction");
    assert_eq!(exported(&reader), "");
    let records: Vec<Record> = (0..5_000).map(record).collect();
    ledger.import(&batch(&records), PriceTable::bundled()).expect("an import");
    assert_eq!(exported(&reader), "", "as it was when the transaction began");
    before.commit().expect("the end of it");
    assert_eq!(exported(&reader).lines().count(), 5_000);
    ledger.apply(&batch(&[record(5_000)]), PriceTable::bundled()).expect("a batch");
    assert_eq!(exported(&reader).lines().count(), 5_001);
    assert!(ledger.verify(PriceTable::bundled()).expect("a report").is_sound());
}

#[test]
fn a_full_disk_leaves_the_ledger_empty_and_to_be_imported_to() {
    let (_folder, mut ledger) = new_ledger();
    let records: Vec<Record> = (0..5_000).map(record).collect();
    let limit = |ledger: &Ledger, pages: u32| {
        ledger
            .connection
            .query_row(&format!("PRAGMA max_page_count = {pages}"), (), |_| Ok(()))
            .expect("set");
    };
    limit(&ledger, 40);
    let error = ledger.import(&batch(&records), PriceTable::bundled()).expect_err("no room");
    assert!(matches!(error, LedgerError::Full(_)), "{error:?}");
    assert!(ledger.is_empty().expect("an answer"));
    assert!(ledger.verify(PriceTable::bundled()).expect("a report").is_sound());
    limit(&ledger, u32::MAX);
    ledger.import(&batch(&records), PriceTable::bundled()).expect("room");
    assert_eq!(ledger.verify(PriceTable::bundled()).expect("a report").messages, 5_000);
}
