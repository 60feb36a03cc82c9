//! A ledger of the first edition, opened by today's program: what is gone is kept to the last digit, what stands is as
//! a fresh count gives it, nothing stands twice. `edition_1/make.py` says what each session is for.

use std::fs;
use std::path::Path;
use std::process::Command;

use cco::ledger::Ledger;
use cco::pricing::PriceTable;
use cco::snapshot::Reader;
use cco::usage::Record;

use crate::migrating::{all_records, first_edition};
use crate::oracle;

/// Sessions all of whose transcripts stand, and no other's have a part in.
const STANDING: [&str; 6] = ["s-standing", "s-gateway", "s-fallback", "s-old", "s-damage", "s-aside"];

/// Sessions whose transcripts are gone, and no other's have a part in.
const GONE: [&str; 4] = ["s-gone", "s-gateway-gone", "s-fallback-gone", "s-old-gone"];

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A folder with the standing transcripts, and room for a state beside them.
fn place() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let standing = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ledger/edition_1/standing");
    copy(&standing, &folder.path().join("root"));
    fs::create_dir(folder.path().join("state")).unwrap();
    folder
}

/// Publishes once, and returns the published document.
fn publish(place: &Path) -> serde_json::Value {
    let ran = Command::new(env!("CARGO_BIN_EXE_cco"))
        .args(["publish", "--once", "--json", "--timezone", "UTC", "--root"])
        .arg(place.join("root"))
        .arg("--state")
        .arg(place.join("state"))
        .arg("--snapshot")
        .arg(place.join("usage.snapshot"))
        .env_clear()
        .env("HOME", place)
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    serde_json::from_slice(&ran.stdout).unwrap()
}

/// The records of the ledger in `place`, which is sound.
fn records(place: &Path) -> Vec<Record> {
    let ledger = Ledger::open(&place.join("state/ledger.db")).unwrap();
    let verification = ledger.verify(PriceTable::bundled()).unwrap();
    assert!(verification.is_sound(), "{verification:?}");
    all_records(&ledger)
}

fn of<'r>(records: &'r [Record], session: &str) -> Vec<&'r Record> {
    records.iter().filter(|record| &*record.home.session == session).collect()
}

fn outputs(records: &[Record], session: &str) -> Vec<u64> {
    let mut outputs: Vec<u64> = of(records, session).iter().map(|record| record.tokens.output).collect();
    outputs.sort_unstable();
    outputs
}

#[test]
fn a_ledger_of_the_first_edition_is_recounted() {
    let before = tempfile::tempdir().unwrap();
    let before = all_records(&Ledger::open(&first_edition(before.path())).unwrap());
    let fresh = place();
    publish(fresh.path());
    let fresh = records(fresh.path());
    let place = place();
    first_edition(&place.path().join("state"));
    publish(place.path());
    let after = records(place.path());

    for session in STANDING {
        assert!(!of(&fresh, session).is_empty(), "{session}");
        assert_eq!(of(&after, session), of(&fresh, session), "{session}");
    }
    for session in GONE {
        assert!(!of(&before, session).is_empty(), "{session}");
        assert_eq!(of(&after, session), of(&before, session), "{session}");
    }
    // Each request of the gateway, and the attempt that the fallback replaced.
    assert_eq!(outputs(&after, "s-gateway"), [100, 110, 120]);
    assert_eq!(of(&after, "s-fallback")[0].requests().count(), 3);
    assert_eq!(of(&after, "s-fallback-gone")[0].requests().count(), 2);
    // A lower copy does not take the place of an original that is gone.
    assert_eq!(outputs(&after, "s-original"), [600]);
    assert_eq!(outputs(&after, "s-fork"), [20]);
    // A background session gives back what it copied, as far as it shows that it did.
    assert_eq!(outputs(&after, "s-background"), [0u64; 0]);
    assert_eq!(outputs(&after, "s-background-gone"), [90]);
    assert_eq!(outputs(&after, "s-foreground"), [80]);
    // Of a gateway's requests the highest is gone: its usage stands once.
    assert_eq!(outputs(&after, "s-gateway-part"), [10, 900]);
    assert_eq!(outputs(&after, "s-gateway-model"), [15, 800]);
    let sessions = STANDING.len() + GONE.len() + 6;
    assert_eq!(
        after.iter().map(|record| &record.home.session).collect::<std::collections::BTreeSet<_>>().len(),
        sessions
    );
    assert_eq!(after.len(), 23);
}

#[test]
fn what_was_recounted_is_published_and_stays() {
    let place = place();
    first_edition(&place.path().join("state"));
    let first = publish(place.path());
    let after = records(place.path());
    let totals = oracle::rollups(&after, PriceTable::bundled());
    let output: u64 = totals.iter().map(|rollup| rollup.figures.auto.output_tokens).sum();
    assert_eq!(first["totals"]["output_tokens"], output);
    let second = publish(place.path());
    assert_eq!(first["totals"], second["totals"]);
    assert_eq!(records(place.path()), after);
}

/// What the new edition counts may be less: readers must not take it for a step back.
#[test]
fn a_recount_begins_a_lineage_of_the_snapshot() {
    let place = place();
    let epoch = || Reader::open_copying(place.path().join("usage.snapshot")).unwrap().identity().epoch;
    publish(place.path());
    let before = epoch();
    publish(place.path());
    assert_eq!(epoch(), before);
    fs::remove_dir_all(place.path().join("state")).unwrap();
    fs::create_dir(place.path().join("state")).unwrap();
    first_edition(&place.path().join("state"));
    publish(place.path());
    let recounted = epoch();
    assert_ne!(recounted, before);
    publish(place.path());
    assert_eq!(epoch(), recounted);
}
