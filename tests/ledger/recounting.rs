//! What the first edition counted, judged by what is read again: what is gone stays, what stands is as a fresh count
//! gives it, nothing counts twice. See `src/ledger/editions.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::slice::from_ref;
use std::sync::Arc;

use cco::ledger::{Intake, Ledger, differ_to_a_recount};
use cco::usage::{Dimensions, Home, Iteration, Key, Rare, Record, Tokens};
use proptest::prelude::*;

use crate::migrating::all_records;
use crate::oracle::{self, found};
use crate::sample::{MARCH_MS, Temporary, prices, record, records, temporary};

/// A record as both editions read it.
#[derive(Clone, Debug)]
struct Line {
    first: Record,
    now: Record,
}

impl Line {
    /// A message of Anthropic's API.
    fn message(id: &str, record: Record) -> Self {
        Self::of(id, "", record)
    }

    /// A gateway's message, which was an API request of its own.
    fn of(id: &str, request: &str, record: Record) -> Self {
        let session = Arc::clone(&record.home.session);
        let now = Record { key: Key::of(Some(id), &session, Some(request), None, b""), ..record };
        let key = Key::in_first_edition(Some(id), &session).unwrap_or(now.key);
        let first = Record {
            key,
            tokens: Tokens { web_fetches: 0, thinking: 0, ..now.tokens },
            dimensions: Arc::default(),
            is_final: false,
            ..now.clone()
        };
        Self { first, now }
    }
}

/// A ledger that the first edition counted these lines into.
fn first_edition(lines: &[Line]) -> Temporary {
    let mut temporary = temporary();
    let records = lines.iter().map(|line| &line.first).collect();
    temporary.ledger.apply(&Intake { records, ..Intake::default() }, &prices(15)).expect("a batch");
    let database = rusqlite::Connection::open(temporary.ledger.path()).expect("the ledger");
    let older = "UPDATE requests SET counting = 1; UPDATE meta SET value = 1 WHERE name = 'counting_version'";
    database.execute_batch(older).expect("what the first edition wrote");
    temporary
}

fn batch<'a>(records: impl Iterator<Item = &'a Record>, lines: &[Line]) -> Intake<'a> {
    let pairs = lines.iter().map(|line| (line.first.key, line.now.key));
    let earlier_keys = pairs.filter(|(first, now)| first != now).collect();
    Intake { records: records.collect(), earlier_keys, ..Intake::default() }
}

fn recount(ledger: &mut Ledger, standing: &[Line]) {
    let batch = batch(standing.iter().map(|line| &line.now), standing);
    ledger.recount(&batch, &prices(15)).expect("a recount");
    assert!(!ledger.wants_recount().unwrap());
    let verification = ledger.verify(&prices(15)).expect("a report");
    assert!(verification.is_sound(), "{verification:?}");
}

/// What is left after a recount of `standing`.
fn recounted(lines: &[Line], standing: &[Line]) -> Vec<Record> {
    let mut temporary = first_edition(lines);
    recount(&mut temporary.ledger, standing);
    all_records(&temporary.ledger)
}

fn at(minute: i64, output: u64) -> Record {
    let tokens = Tokens { input: 10, output, ..Tokens::default() };
    Record { tokens, ..record(0, MARCH_MS + minute * 60_000, "s", "-p") }
}

fn home(copied: bool, session: &str, project: &str) -> Arc<Home> {
    Arc::new(Home { copied, sidechain: false, session: session.into(), project: project.into() })
}

fn outputs(records: &[Record]) -> Vec<u64> {
    let mut outputs: Vec<u64> = records.iter().map(|record| record.tokens.output).collect();
    outputs.sort_unstable();
    outputs
}

#[test]
fn what_is_gone_stays_to_the_last_digit() {
    let gone = [Line::message("msg_a", at(0, 100)), Line::of("chatcmpl-0", "r1", at(1, 70))];
    let before: Vec<Record> = all_records(&first_edition(&gone).ledger);
    let standing = Line::message("msg_b", at(2, 50));
    let after = recounted(&[&gone[..], from_ref(&standing)].concat(), from_ref(&standing));
    assert_eq!(after.len(), 3);
    assert!(before.iter().all(|record| after.contains(record)), "{after:?}");
}

#[test]
fn the_higher_stays_if_only_a_lower_copy_stands() {
    let copy = Record { home: home(true, "fork", "-p"), ..at(5, 40) };
    let (original, copy) = (Line::message("msg_a", at(3, 100)), Line::message("msg_a", copy));
    let after = recounted(&[original.clone(), copy.clone()], from_ref(&copy));
    assert_eq!(after, [Record { is_final: true, ..original.first }]);
    // Read once more, the copy changes nothing.
    let mut temporary = first_edition(from_ref(&copy));
    recount(&mut temporary.ledger, from_ref(&copy));
    recount(&mut temporary.ledger, from_ref(&copy));
    assert_eq!(all_records(&temporary.ledger), [copy.now]);
}

#[test]
fn a_copy_without_the_cost_or_the_iterations_of_the_original_is_lower() {
    let iteration = Iteration { model: "m-two".into(), tokens: Tokens { output: 5, ..Tokens::default() } };
    let rare = Rare { iterations: vec![iteration], recorded_cost: None };
    let original = Line::message("msg_a", Record { rare: Some(Box::new(rare.clone())), ..at(0, 100) });
    let tokens = Tokens { thinking: 30, ..original.now.tokens };
    let dimensions = Arc::new(Dimensions { branch: "main".into(), ..Dimensions::default() });
    let copy = Line::message("msg_a", Record { tokens, dimensions: Arc::clone(&dimensions), ..at(0, 100) });
    let after = recounted(&[original, copy.clone()], &[copy]);
    assert_eq!(after[0].rare, Some(Box::new(rare)));
    assert_eq!((after[0].tokens.thinking, &after[0].dimensions), (30, &dimensions));
}

#[test]
fn iterations_that_are_new_to_this_edition_do_not_make_the_original_look_gone() {
    let iteration =
        |output| Iteration { model: "m-two".into(), tokens: Tokens { output, ..Tokens::default() } };
    let with = |outputs: &[u64]| {
        let iterations = outputs.iter().copied().map(iteration).collect();
        Some(Box::new(Rare { iterations, recorded_cost: None }))
    };
    let line = Line::message("msg_a", at(0, 100));
    let line = Line {
        first: Record { rare: with(&[7]), ..line.first },
        now: Record { rare: with(&[3, 7, 1]), ..line.now },
    };
    assert_eq!(recounted(from_ref(&line), from_ref(&line)), [line.now]);
}

#[test]
fn a_background_copy_gives_back_what_the_first_edition_let_it_take() {
    let original = Line::message("msg_a", at(0, 100));
    let mut copy = Line::message("msg_a", Record { home: home(true, "background", "-p"), ..at(0, 100) });
    copy.first.home = home(false, "background", "-p");
    let all = [original.clone(), copy.clone()];
    assert_eq!(recounted(&all, &all)[0].home, original.now.home);
    // If the copy is gone, nobody knows that it was one.
    assert_eq!(recounted(&all, &all[..1])[0].home, copy.first.home);
}

#[test]
fn a_gateways_requests_take_the_place_of_the_one_row_they_had() {
    let lines = [10, 30, 20].map(|output| Line::of("chatcmpl-0", &format!("r{output}"), at(0, output)));
    assert_eq!(outputs(&recounted(&lines, &lines)), [10, 20, 30]);
    assert_eq!(outputs(&recounted(&lines, &[])), [30]);
}

#[test]
fn a_gateways_usage_whose_original_is_gone_stays_in_one_place() {
    let line = |request: &str, output| Line::of("chatcmpl-0", request, at(0, output));
    let lines = [line("r1", 10), line("r2", 20), line("r3", 30)];
    assert_eq!(outputs(&recounted(&lines, &lines[..1])), [30]);
    assert_eq!(outputs(&recounted(&lines, &lines[..2])), [10, 30]);
    let mut other = line("r3", 30);
    other.first.model = "m-two".into();
    let lines = [line("r1", 10), line("r2", 20), other];
    assert_eq!(outputs(&recounted(&lines, &lines[..2])), [10, 20, 30]);
}

#[test]
fn what_comes_back_after_a_recount_stands_once() {
    let lines = [
        Line::of("chatcmpl-0", "r1", at(0, 10)),
        Line::of("chatcmpl-0", "r2", at(1, 30)),
        Line::message("msg_a", at(2, 50)),
    ];
    let mut temporary = first_edition(&lines);
    recount(&mut temporary.ledger, &[]);
    assert!(temporary.ledger.was_recounted().unwrap());
    assert_eq!(outputs(&all_records(&temporary.ledger)), [30, 50]);
    for _ in 0..2 {
        let batch = batch(lines.iter().map(|line| &line.now), &lines);
        temporary.ledger.apply(&batch, &prices(15)).unwrap();
        assert_eq!(outputs(&all_records(&temporary.ledger)), [10, 30, 50]);
        assert!(temporary.ledger.verify(&prices(15)).unwrap().is_sound());
    }
}

#[test]
fn a_request_made_after_the_recount_is_not_one_that_the_first_edition_counted() {
    let gone = Line::of("chatcmpl-0", "r1", at(0, 10));
    let mut temporary = first_edition(&[gone]);
    recount(&mut temporary.ledger, &[]);
    let later = Record { at_ms: i64::MAX, ..at(0, 20) };
    let later = [Line::of("chatcmpl-0", "r2", later)];
    temporary.ledger.apply(&batch(later.iter().map(|line| &line.now), &later), &prices(15)).unwrap();
    assert_eq!(outputs(&all_records(&temporary.ledger)), [10, 20]);
}

#[test]
fn what_was_forgotten_under_an_earlier_key_stays_forgotten() {
    let lines = [Line::of("chatcmpl-0", "r1", at(0, 10)), Line::of("chatcmpl-0", "r2", at(1, 30))];
    let mut temporary = first_edition(&lines);
    let what = cco::ledger::Forget { project: Some("-p".into()), before_ms: MARCH_MS + 120_000 };
    temporary.ledger.forget(&what, &prices(15)).unwrap();
    // In another project no rule covers it, but its key is known.
    let moved = |line: &Line| Record { home: home(false, "s", "-q"), ..line.now.clone() };
    let moved: Vec<Line> = lines.iter().map(|line| Line::of("chatcmpl-0", "r1", moved(line))).collect();
    recount(&mut temporary.ledger, &moved);
    assert_eq!(all_records(&temporary.ledger), []);
    let later = [Line::of("chatcmpl-0", "r3", Record { home: home(false, "s", "-q"), ..at(3, 40) })];
    temporary.ledger.apply(&batch(later.iter().map(|line| &line.now), &later), &prices(15)).unwrap();
    assert_eq!(outputs(&all_records(&temporary.ledger)), [40]);
}

/// Lines of few messages, among them messages that a gateway names alike; and which of them stand.
fn lines() -> impl Strategy<Value = Vec<(Line, bool)>> {
    let names = prop::collection::vec((0..3usize, 0..3usize, any::<bool>()), 40);
    (records(MARCH_MS..MARCH_MS + 2_000_000), names).prop_map(|(records, names)| {
        let line = |(record, (id, request, stands)): (Record, (usize, usize, bool))| {
            let id = ["msg_a", "msg_b", "chatcmpl-0"][id];
            let mut line = Line::of(id, ["", "r1", "r2"][request], record);
            // Of background sessions the first edition did not know that they copy, of replaced attempts that they
            // are billed.
            if line.now.home.copied && line.now.at_ms % 2 == 0 {
                line.first.home = Arc::new(Home { copied: false, ..(*line.now.home).clone() });
            }
            if let Some(rare) = &mut line.first.rare {
                rare.iterations.retain(|iteration| iteration.tokens.input > 0);
            }
            line.first.rare = line.first.rare.take().filter(|rare| **rare != Rare::default());
            (line, stands)
        };
        records.into_iter().zip(names).map(line).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_recount_of_all_that_was_counted_is_a_fresh_count(lines in lines()) {
        let lines: Vec<Line> = lines.into_iter().map(|(line, _)| line).collect();
        let mut temporary = first_edition(&lines);
        recount(&mut temporary.ledger, &lines);
        let fresh: Vec<Record> = lines.into_iter().map(|line| line.now).collect();
        prop_assert_eq!(all_records(&temporary.ledger), oracle::merged(&fresh));
        prop_assert_eq!(found(&temporary.ledger), oracle::rollups(&fresh, &prices(15)));
    }

    #[test]
    fn a_recount_loses_nothing_and_counts_nothing_twice(lines in lines()) {
        let standing: Vec<Line> =
            lines.iter().filter(|(_, stands)| *stands).map(|(line, _)| line.clone()).collect();
        let lines: Vec<Line> = lines.into_iter().map(|(line, _)| line).collect();
        let mut temporary = first_edition(&lines);
        let before = all_records(&temporary.ledger);
        recount(&mut temporary.ledger, &standing);
        let after = all_records(&temporary.ledger);
        let by_key: BTreeMap<Key, &Record> = after.iter().map(|record| (record.key, record)).collect();
        let mut expected = 0;
        for row in &before {
            let read_again = standing.iter().filter(|line| line.first.key == row.key);
            let keys: BTreeSet<Key> = read_again.clone().map(|line| line.now.key).collect();
            let kept = by_key.get(&row.key).filter(|_| !keys.contains(&row.key));
            if keys.is_empty() {
                prop_assert_eq!(kept, Some(&row));
            } else if kept.is_some() {
                prop_assert!(keys.iter().all(|key| by_key[key].model != row.model));
            }
            expected += keys.len() + usize::from(kept.is_some());
            let mut group = keys.iter().filter_map(|key| by_key.get(key)).chain(kept);
            let rank = |record: &Record| (record.tokens.output, record.tokens.total());
            prop_assert!(group.any(|record| rank(record) >= rank(row)), "{row:?} is lost");
        }
        prop_assert_eq!(after.len(), expected);
    }

    #[test]
    fn neither_order_nor_repetition_nor_merging_before_matters(lines in lines()) {
        let mut standing: Vec<Line> =
            lines.iter().filter(|(_, stands)| *stands).map(|(line, _)| line.clone()).collect();
        let lines: Vec<Line> = lines.into_iter().map(|(line, _)| line).collect();
        let after = recounted(&lines, &standing);
        standing.reverse();
        prop_assert_eq!(&recounted(&lines, &standing), &after);

        let mut merged: BTreeMap<Key, Record> = BTreeMap::new();
        let mut apart = Vec::new();
        for Line { now, .. } in &standing {
            let known = merged.entry(now.key).or_insert_with(|| now.clone());
            if differ_to_a_recount(known, now) {
                apart.push(now.clone());
            } else {
                known.merge(now);
            }
        }
        let mut temporary = first_edition(&lines);
        let merged = batch(merged.values().chain(&apart), &standing);
        temporary.ledger.recount(&merged, &prices(15)).unwrap();
        prop_assert_eq!(&all_records(&temporary.ledger), &after);
        temporary.ledger.apply(&merged, &prices(15)).unwrap();
        prop_assert_eq!(&all_records(&temporary.ledger), &after);
    }
}
