//! A writer that is killed at any moment leaves a whole ledger.

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};

use cco::ledger::{FileRow, Intake, Ledger};
use cco::usage::Record;
use rustix::process::{Resource, Rlimit, Signal, setrlimit};

use crate::oracle::{self, found, total};
use crate::sample::{MARCH_MS, batch, prices, record, temporary};

const CHILD: &str = "CCO_TEST_LEDGER_TO_FILL";
const LIMIT: &str = "CCO_TEST_LEDGER_BYTES";
const BATCHES: u64 = 400;
const RECORDS: u64 = 50;

/// The records of a batch; each tells also of one request of the batch before, differently.
fn records(batch: u64) -> Vec<Record> {
    let mut records: Vec<Record> = (0..RECORDS)
        .map(|n| record(u128::from(batch * RECORDS + n), MARCH_MS + 1_000 * batch.cast_signed(), "s", "p"))
        .collect();
    if let Some(before) = batch.checked_sub(1) {
        let mut grown = record(u128::from(before * RECORDS), MARCH_MS - 900_000, "t", "p");
        grown.tokens.output = 500;
        records.push(grown);
    }
    records
}

fn take_in(ledger: &mut Ledger, batch: u64) {
    let file = FileRow {
        path: "/t/a.jsonl".into(),
        device: 1,
        inode: 1,
        size: BATCHES,
        offset: batch + 1,
        fingerprint: 0,
        fingerprint_bytes: 0,
        modified_ns: 0,
        project: "p".into(),
        seen_ms: 0,
        gone: false,
        reader_state: None,
    };
    let records = records(batch);
    let batch = Intake { files: vec![file], records: records.iter().collect(), ..Intake::default() };
    ledger.apply(&batch, &prices(15)).expect("a batch that is taken in");
}

/// Not a test: what the next one starts and kills.
#[test]
#[ignore = "it is the writer that another test kills"]
fn fill_until_killed() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let mut ledger = Ledger::open(Path::new(&path)).expect("a ledger");
    for batch in 0..BATCHES {
        take_in(&mut ledger, batch);
        println!("batch {batch}");
    }
}

#[test]
fn a_killed_writer_leaves_requests_rollups_and_offsets_that_agree() {
    for batches in [1, 2, 7, 40] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["crash::fill_until_killed", "--exact", "--ignored", "--nocapture"])
            .env(CHILD, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let told = lines.filter(|line| line.contains("batch ")).take(batches).count();
        // The writer is somewhere in one of the next batches now.
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(told, batches);

        let mut ledger = Ledger::open(&path).unwrap();
        let verification = ledger.verify(&prices(15)).unwrap();
        assert!(verification.is_sound(), "{verification:?}");
        let offset = ledger.files().unwrap()[0].offset;
        assert!(offset >= batches as u64);
        assert_eq!(total(&ledger).requests, offset * RECORDS);

        for batch in offset..offset + 3 {
            take_in(&mut ledger, batch);
        }
        let all: Vec<Record> = (0..offset + 3).flat_map(records).collect();
        assert_eq!(found(&ledger), oracle::rollups(&all, &prices(15)));
    }
}

/// So many that a transaction has part of them in the log before it is committed.
fn import_all(ledger: &mut Ledger) {
    let records: Vec<Record> = (0..20_000).map(|n| record(n, MARCH_MS, "s", "p")).collect();
    ledger.import(&batch(&records), &prices(15)).expect("an import");
}

/// Not a test: what the next one starts, to be killed by the system where a file gets longer than it may.
#[test]
#[ignore = "it is the writer that another test has killed"]
fn import_until_killed() {
    let (Some(path), Ok(bytes)) = (std::env::var_os(CHILD), std::env::var(LIMIT)) else { return };
    let mut ledger = Ledger::open(Path::new(&path)).expect("a ledger");
    for (resource, bytes) in [(Resource::Core, 0), (Resource::Fsize, bytes.parse().expect("a number"))] {
        setrlimit(resource, Rlimit { current: Some(bytes), maximum: Some(bytes) }).expect("a limit");
    }
    import_all(&mut ledger);
}

#[test]
fn a_first_import_that_is_killed_leaves_an_empty_ledger_to_import_into() {
    let mut whole = temporary();
    import_all(&mut whole.ledger);
    let all = total(&whole.ledger);
    let log_bytes = whole.folder.path().join("ledger.db-wal").metadata().unwrap().len();
    for bytes in [40_000, log_bytes / 2, log_bytes - 1] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["crash::import_until_killed", "--exact", "--ignored", "--nocapture"])
            .env(CHILD, &path)
            .env(LIMIT, bytes.to_string())
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert_eq!(status.signal(), Some(Signal::XFSZ.as_raw()), "{bytes} of {log_bytes} bytes: {status}");

        let mut ledger = Ledger::open(&path).unwrap();
        assert!(ledger.is_empty().unwrap(), "{bytes} of {log_bytes} bytes");
        assert!(ledger.verify(&prices(15)).unwrap().is_sound());
        import_all(&mut ledger);
        assert!(ledger.verify(&prices(15)).unwrap().is_sound());
        assert_eq!(total(&ledger), all);
    }
}
