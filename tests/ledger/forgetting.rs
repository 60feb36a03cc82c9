//! Forgetting: what goes, what stays, and that nothing comes back.

use std::collections::BTreeMap;
use std::sync::Arc;

use cco::ledger::{Applied, Forget, Intake, Ledger, NameKind, Traces, differ_to_a_recount};
use cco::pricing::PriceTable;
use cco::snapshot::Counters;
use cco::usage::{Dimensions, Home, Iteration, Rare, Record, Terms, Tokens};
use proptest::prelude::*;

use crate::oracle::{self, found, total};
use crate::sample::{MARCH_MS, apply, batch, prices, record, records, temporary};

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

/// A request whose every name says `telltale`, but for its project, which the rule must name.
fn telltale() -> Record {
    let name = |what: &str| format!("telltale-{what}");
    let terms = Terms { tier: name("tier").into(), ..Terms::default() };
    let dimensions = Dimensions { branch: name("branch").into(), ..Dimensions::default() };
    let iteration =
        Iteration { model: name("fallback").into(), tokens: Tokens { output: 5, ..Tokens::default() } };
    Record {
        model: name("model").into(),
        terms: Arc::new(terms),
        dimensions: Arc::new(dimensions),
        rare: Some(Box::new(Rare { iterations: vec![iteration], recorded_cost: None })),
        ..record(1, MARCH_MS, "telltale-session", "-a")
    }
}

/// Whether the ledger or its log holds anything of it.
fn is_traced(ledger: &Ledger) -> bool {
    let log = ledger.path().with_extension("db-wal");
    let files = [std::fs::read(ledger.path()).unwrap(), std::fs::read(log).unwrap_or_default()];
    files.iter().any(|bytes| bytes.windows(8).any(|window| window == b"telltale"))
}

#[test]
fn forgotten_names_leave_the_file_when_it_is_compacted() {
    let prices = prices(15);
    let mut temporary = temporary();
    let other = Record { model: "m-two".into(), ..record(2, MARCH_MS, "s", "-b") };
    apply(&mut temporary.ledger, &[telltale(), other.clone()], &prices);
    assert!(is_traced(&temporary.ledger));
    temporary.ledger.forget(&project("-a"), &prices).unwrap();
    let models = temporary.ledger.names(NameKind::Models).unwrap();
    assert_eq!(models.into_values().collect::<Vec<_>>(), ["m-two".into()], "no row uses the others");
    assert_eq!(temporary.ledger.compact().unwrap(), Traces::Overwritten);
    assert!(!is_traced(&temporary.ledger));
    assert_eq!(found(&temporary.ledger), oracle::rollups(&[other], &prices));
    assert!(temporary.ledger.verify(&prices).unwrap().is_sound());
}

#[test]
fn compacting_beside_a_reader_does_not_claim_that_traces_are_gone() {
    let prices = prices(15);
    let mut temporary = temporary();
    apply(&mut temporary.ledger, &[telltale()], &prices);
    let reader = rusqlite::Connection::open(temporary.ledger.path()).unwrap();
    reader.execute_batch("BEGIN; SELECT COUNT(*) FROM requests").unwrap();
    temporary.ledger.forget(&Forget { project: None, before_ms: i64::MAX }, &prices).unwrap();
    assert_eq!(temporary.ledger.compact().unwrap(), Traces::Left);
    assert!(is_traced(&temporary.ledger));
    drop(reader);
    assert_eq!(temporary.ledger.compact().unwrap(), Traces::Overwritten);
    assert!(!is_traced(&temporary.ledger));
}

/// The lines of one answer that streams on over the border, and another line between them.
fn straddling_lines() -> [Record; 3] {
    let mut last = record(1, MARCH_MS + 5, "s", "-a");
    last.tokens.output = 500;
    [record(1, MARCH_MS, "s", "-a"), record(2, MARCH_MS + 3, "s", "-a"), last]
}

#[test]
fn a_request_on_both_sides_of_the_border_is_forgotten_however_it_is_read() {
    let prices = prices(15);
    let [first, between, last] = straddling_lines();
    let border = Forget { project: None, before_ms: MARCH_MS + 2 };
    let mut merged = first.clone();
    merged.merge(&last);
    let readings: [&[&[&Record]]; 5] = [
        &[&[&merged], &[&between]],
        &[&[&first, &between, &last]],
        &[&[&first], &[&between], &[&last]],
        &[&[&last], &[&between], &[&first]],
        &[&[&between, &last], &[&first]],
    ];
    for reading in readings {
        // The border may be drawn before anything is read, in the midst, or at the end.
        for at in 0..=reading.len() {
            let mut temporary = temporary();
            for (number, records) in reading.iter().enumerate() {
                if number == at {
                    temporary.ledger.forget(&border, &prices).unwrap();
                }
                let intake = Intake { records: records.to_vec(), ..Intake::default() };
                temporary.ledger.apply(&intake, &prices).unwrap();
            }
            if at == reading.len() {
                temporary.ledger.forget(&border, &prices).unwrap();
            }
            let expected = oracle::rollups(std::slice::from_ref(&between), &prices);
            assert_eq!(found(&temporary.ledger), expected, "{reading:?} {at}");
            assert!(temporary.ledger.verify(&prices).unwrap().is_sound());
        }
    }
}

/// What counts after a ledger took in records in this order, divided as given, with rules among them.
fn after(steps: &[Step], length: usize, prices: &PriceTable) -> (Vec<cco::ledger::Rollup>, Counters) {
    let mut temporary = temporary();
    let mut told = Counters::default();
    let mut waiting = Vec::new();
    let mut take_in = |ledger: &mut Ledger, waiting: &mut Vec<Record>| {
        for change in apply(ledger, waiting, prices).changes {
            if change.added { told += change.counters } else { told -= change.counters }
        }
        waiting.clear();
    };
    for step in steps {
        match step {
            Step::Read(record) => {
                waiting.push(record.clone());
                if waiting.len() >= length {
                    take_in(&mut temporary.ledger, &mut waiting);
                }
            }
            Step::Forget(rule) => {
                take_in(&mut temporary.ledger, &mut waiting);
                temporary.ledger.forget(rule, prices).unwrap();
            }
        }
    }
    take_in(&mut temporary.ledger, &mut waiting);
    let verification = temporary.ledger.verify(prices).unwrap();
    assert!(verification.is_sound(), "{verification:?}");
    (found(&temporary.ledger), told)
}

#[derive(Clone, Debug)]
enum Step {
    Read(Record),
    Forget(Forget),
}

fn times() -> impl Strategy<Value = i64> + Clone {
    (0..4i64, 0..3i64).prop_map(|(quarter, ms)| MARCH_MS + quarter * 900_000 + ms)
}

fn rules(projects: bool) -> impl Strategy<Value = Vec<Forget>> {
    let project = if projects {
        prop::option::of(prop::sample::select(vec!["-p", "-q"])).boxed()
    } else {
        Just(None).boxed()
    };
    let rule = (project, times())
        .prop_map(|(project, before_ms)| Forget { project: project.map(Arc::from), before_ms });
    prop::collection::vec(rule, 1..3)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Records between two rules may come in any order and any division.
    #[test]
    fn forgetting_does_not_depend_on_order_or_division(
        before in records(times()),
        (after_rules, shuffled) in records(times()).prop_flat_map(|list| (Just(list.clone()), Just(list).prop_shuffle())),
        rules in rules(true),
        lengths in (1..9usize, 1..9usize),
    ) {
        let prices = prices(15);
        let read = |records: &[Record]| records.iter().cloned().map(Step::Read).collect::<Vec<_>>();
        let forget: Vec<_> = rules.into_iter().map(Step::Forget).collect();
        let one = after(&[read(&before), forget.clone(), read(&after_rules)].concat(), lengths.0, &prices);
        let other = after(&[read(&before), forget, read(&shuffled)].concat(), lengths.1, &prices);
        prop_assert_eq!(one.0, other.0);
    }

    /// A recount merges records of one transcript before the ledger sees them.
    #[test]
    fn forgetting_does_not_depend_on_merging_before(records in records(times()), rules in rules(true)) {
        let prices = prices(15);
        // A session is copied as a whole, once an answer is complete: its lines have one time.
        let records: Vec<Record> = records
            .into_iter()
            .map(|record| {
                let home = Home { copied: &*record.home.session == "s3", ..(*record.home).clone() };
                let copied_ms = MARCH_MS + (record.key.0 % 3) as i64 * 900_000;
                Record { at_ms: if home.copied { copied_ms } else { record.at_ms }, home: Arc::new(home), ..record }
            })
            .collect();
        let (mut merged, mut apart) = (BTreeMap::<_, Record>::new(), Vec::new());
        for record in &records {
            let known = merged.entry(record.key).or_insert_with(|| record.clone());
            if differ_to_a_recount(known, record) {
                apart.push(record.clone());
            } else {
                known.merge(record);
            }
        }
        let merged: Vec<Record> = merged.into_values().chain(apart).collect();
        let counted = |records: Vec<Record>| {
            let read = records.into_iter().map(Step::Read);
            let steps: Vec<_> = rules.iter().cloned().map(Step::Forget).chain(read).collect();
            after(&steps, usize::MAX, &prices).0
        };
        prop_assert_eq!(counted(merged), counted(records));
    }

    /// Rules for all projects may even come at any time: what counts is what has no record before their date.
    #[test]
    fn forgetting_by_date_does_not_depend_on_when(
        steps in (records(times()), rules(false)).prop_flat_map(|(records, rules)| {
            let steps: Vec<_> = records.into_iter().map(Step::Read).chain(rules.into_iter().map(Step::Forget)).collect();
            Just(steps).prop_shuffle()
        }),
        length in 1..9usize,
    ) {
        let prices = prices(15);
        let mut earliest = BTreeMap::new();
        let mut border = i64::MIN;
        let mut records = Vec::new();
        for step in &steps {
            match step {
                Step::Read(record) => {
                    let known = earliest.entry(record.key).or_insert(record.at_ms);
                    *known = record.at_ms.min(*known);
                    records.push(record.clone());
                }
                Step::Forget(rule) => border = border.max(rule.before_ms),
            }
        }
        records.retain(|record| earliest[&record.key] >= border);
        prop_assert_eq!(after(&steps, length, &prices).0, oracle::rollups(&records, &prices));
    }
}

#[test]
fn changes_tell_of_a_request_that_a_later_record_makes_forgotten() {
    let prices = prices(15);
    let [first, between, last] = straddling_lines();
    let border = Forget { project: None, before_ms: MARCH_MS + 2 };
    let steps = [Step::Forget(border), Step::Read(last), Step::Read(between), Step::Read(first)];
    let (rollups, told) = after(&steps, 1, &prices);
    assert_eq!(rollups.iter().map(|rollup| rollup.figures.auto).sum::<Counters>(), told);
    assert_eq!(told.messages, 1);
}
