//! Forgetting: what goes, what stays, and that nothing comes back.

use std::sync::Arc;

use cco::ledger::{Applied, Forget};
use cco::snapshot::Counters;
use cco::usage::{Home, Record};

use crate::oracle::{self, found, total};
use crate::sample::{MARCH_MS, apply, batch, prices, record, temporary};

fn project(name: &str) -> Forget {
    Forget { project: Some(name.into()), before_ms: MARCH_MS + 10 }
}

#[test]
fn a_forgotten_project_leaves_the_others_and_its_own_future() {
    let prices = prices(15);
    let mut temporary = temporary();
    let (drop, keep) = (record(1, MARCH_MS, "s", "-a"), record(2, MARCH_MS, "t", "-b"));
    let future = record(3, MARCH_MS + 10, "s", "-a");
    apply(&mut temporary.ledger, &[drop.clone(), keep.clone()], &prices);
    let before = total(&temporary.ledger);
    let forgotten = temporary.ledger.forget(&project("-a"), &prices).unwrap();
    assert_eq!((forgotten.sessions, forgotten.counters.requests), (1, 1));
    assert_eq!(total(&temporary.ledger) + forgotten.counters, before);
    apply(&mut temporary.ledger, &[drop, future.clone()], &prices);
    assert_eq!(found(&temporary.ledger), oracle::rollups(&[keep, future], &prices));
    assert!(temporary.ledger.verify(&prices).unwrap().is_sound());
}

#[test]
fn a_preview_tells_the_same_and_changes_nothing() {
    let prices = prices(15);
    let mut temporary = temporary();
    apply(&mut temporary.ledger, &[record(1, MARCH_MS, "s", "-a")], &prices);
    let preview = temporary.ledger.preview_forget(&project("-a"), &prices).unwrap();
    assert_eq!(total(&temporary.ledger).requests, 1);
    assert_eq!(temporary.ledger.forget_rules().unwrap(), []);
    assert_eq!(temporary.ledger.forget(&project("-a"), &prices).unwrap(), preview);
}

#[test]
fn what_was_before_a_date_goes_in_all_projects() {
    let prices = prices(15);
    let mut temporary = temporary();
    let records = [record(1, MARCH_MS, "s", "-a"), record(2, MARCH_MS + 1, "s", "-b")];
    apply(&mut temporary.ledger, &records, &prices);
    let before = Forget { project: None, before_ms: MARCH_MS + 1 };
    temporary.ledger.forget(&before, &prices).unwrap();
    assert_eq!(found(&temporary.ledger), oracle::rollups(&records[1..], &prices));
    assert_eq!(temporary.ledger.forget_rules().unwrap(), [before]);
}

#[test]
fn neither_a_recount_nor_a_fork_brings_it_back() {
    let prices = prices(15);
    let mut temporary = temporary();
    let original = record(1, MARCH_MS, "s", "-a");
    let home = Home { copied: true, sidechain: false, session: "u".into(), project: "-b".into() };
    let fork = Record { home: Arc::new(home), at_ms: MARCH_MS + 20, ..original.clone() };
    apply(&mut temporary.ledger, std::slice::from_ref(&original), &prices);
    temporary.ledger.forget(&project("-a"), &prices).unwrap();
    temporary.ledger.begin_recount().unwrap();
    for records in [[original.clone(), fork.clone()], [fork, original]] {
        let told = temporary.ledger.import(&batch(&records), &prices).unwrap();
        assert_eq!(told, Applied { forgotten: 2, ..Applied::default() });
    }
    assert_eq!(total(&temporary.ledger), Counters::default());
}

#[test]
fn a_copy_in_a_forgotten_project_does_not_take_the_request_along() {
    let prices = prices(15);
    let mut temporary = temporary();
    let original = record(1, MARCH_MS, "s", "-b");
    let home = Home { copied: true, sidechain: false, session: "u".into(), project: "-a".into() };
    let copy = Record { home: Arc::new(home), ..original.clone() };
    apply(&mut temporary.ledger, &[original.clone(), copy.clone()], &prices);
    temporary.ledger.forget(&project("-a"), &prices).unwrap();
    apply(&mut temporary.ledger, &[copy], &prices);
    assert_eq!(found(&temporary.ledger), oracle::rollups(&[original], &prices));
}

#[test]
fn forgotten_names_leave_the_file_when_it_is_compacted() {
    let prices = prices(15);
    let mut temporary = temporary();
    apply(&mut temporary.ledger, &[record(1, MARCH_MS, "telltale-session", "-a")], &prices);
    temporary.ledger.forget(&project("-a"), &prices).unwrap();
    temporary.ledger.compact().unwrap();
    let bytes = std::fs::read(temporary.ledger.path()).unwrap();
    assert!(!bytes.windows(16).any(|window| window == b"telltale-session"));
}
