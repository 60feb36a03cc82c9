//! The counting rule, kept by the ledger: any order, any division, any repetition gives the same sums.

use std::collections::BTreeMap;

use cco::ledger::{Applied, Ledger, Tally};
use cco::pricing::CostMode;
use cco::snapshot::Counters;
use cco::usage::Record;
use proptest::prelude::*;

use crate::migrating::all_records;
use crate::oracle::{self, found, total};
use crate::sample::{MARCH_MS, apply, batch, prices, record, records, temporary};

const HOUR_MS: i64 = 3_600_000;

/// Times about the ends of a few quarter hours, before and after 1970.
fn near_quarters() -> impl Strategy<Value = i64> + Clone {
    (-2..3i64, prop::sample::select(vec![-1, 0, 1, 450_000])).prop_map(|(quarter, ms)| quarter * 900_000 + ms)
}

/// Times about hours that lie five apart, where blocks end.
fn near_hours() -> impl Strategy<Value = i64> + Clone {
    let ms = prop::sample::select(vec![-1, 0, 1, 900_000, 900_001]);
    let hour = prop::sample::select(vec![0, 4, 5, 10]);
    (hour, ms).prop_map(|(hour, ms)| MARCH_MS + hour * HOUR_MS + ms)
}

fn sum_of_changes(applied: &Applied) -> Counters {
    applied.changes.iter().fold(Counters::default(), |mut sum, change| {
        if change.added {
            sum += change.counters;
        } else {
            sum -= change.counters;
        }
        sum
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_batches_give_the_rollups_of_the_merged_requests(
        records in records(near_quarters()),
        length in 1..9usize,
    ) {
        let prices = prices(15);
        let mut temporary = temporary();
        for records in records.chunks(length) {
            let before = total(&temporary.ledger);
            let applied = apply(&mut temporary.ledger, records, &prices);
            prop_assert_eq!(total(&temporary.ledger) - before, sum_of_changes(&applied));
            prop_assert_eq!(applied.new_messages + applied.duplicates, records.len() as u64);
        }
        prop_assert_eq!(found(&temporary.ledger), oracle::rollups(&records, &prices));
        let verification = temporary.ledger.verify(&prices).unwrap();
        prop_assert!(verification.is_sound(), "{:?}", verification);
    }

    #[test]
    fn a_batch_applied_again_changes_nothing(records in records(near_quarters())) {
        let prices = prices(15);
        let mut temporary = temporary();
        apply(&mut temporary.ledger, &records, &prices);
        let before = found(&temporary.ledger);
        let again = apply(&mut temporary.ledger, &records, &prices);
        prop_assert_eq!(again, Applied { duplicates: records.len() as u64, ..Applied::default() });
        prop_assert_eq!(found(&temporary.ledger), before);
    }

    #[test]
    fn an_import_gives_what_applying_gives(
        records in records(near_quarters()),
        later in records(near_quarters()),
    ) {
        let prices = prices(15);
        let (mut applied, mut imported) = (temporary(), temporary());
        for records in [&records, &later] {
            let by_apply = apply(&mut applied.ledger, records, &prices);
            let by_import = imported.ledger.import(&batch(records), &prices).unwrap();
            prop_assert_eq!(by_apply.new_messages, by_import.new_messages);
            prop_assert_eq!(by_apply.duplicates, by_import.duplicates);
            prop_assert_eq!(found(&applied.ledger), found(&imported.ledger));
            prop_assert_eq!(all_records(&applied.ledger), all_records(&imported.ledger));
        }
        prop_assert!(imported.ledger.verify(&prices).unwrap().is_sound());
    }

    #[test]
    fn blocks_made_of_tallies_are_those_of_the_requests(records in records(near_hours())) {
        let prices = prices(15);
        let mut temporary = temporary();
        apply(&mut temporary.ledger, &records, &prices);
        let mut stretches: BTreeMap<(i64, bool), (i64, i64, u64)> = BTreeMap::new();
        let add = |tally: &Tally| {
            let nothing = (i64::MAX, i64::MIN, 0);
            let (first, last, requests) =
                stretches.entry((tally.quarter_ms, tally.after_start)).or_insert(nothing);
            *first = tally.first_ms.min(*first);
            *last = tally.last_ms.max(*last);
            *requests += tally.counters.requests;
        };
        temporary.ledger.tallies(i64::MIN..i64::MAX, CostMode::Auto, add).unwrap();
        let stretches = stretches.into_values();
        prop_assert_eq!(blocks(stretches), blocks(requests_in_time_order(&records).into_iter()));
    }
}

fn requests_in_time_order(records: &[Record]) -> Vec<(i64, i64, u64)> {
    let mut by_time: BTreeMap<i64, u64> = BTreeMap::new();
    for record in oracle::merged(records) {
        *by_time.entry(record.at_ms).or_default() += record.requests().count() as u64;
    }
    by_time.into_iter().map(|(at_ms, requests)| (at_ms, at_ms, requests)).collect()
}

/// Start, first, last and requests of each 5-hour block.
fn blocks(activities: impl Iterator<Item = (i64, i64, u64)>) -> Vec<(i64, i64, i64, u64)> {
    let mut blocks: Vec<(i64, i64, i64, u64)> = Vec::new();
    for (first, last, requests) in activities {
        match blocks.last_mut() {
            Some(block) if first - block.0 <= 5 * HOUR_MS && first - block.2 <= 5 * HOUR_MS => {
                block.2 = last;
                block.3 += requests;
            }
            _ => blocks.push((first.div_euclid(HOUR_MS) * HOUR_MS, first, last, requests)),
        }
    }
    blocks
}

#[test]
fn a_growing_answer_is_told_as_one_change_out_and_one_in() {
    let prices = prices(15);
    let mut temporary = temporary();
    let first = record(1, MARCH_MS, "s", "p");
    let mut second = first.clone();
    second.tokens.output = 300;
    let told = apply(&mut temporary.ledger, &[first], &prices);
    assert_eq!((told.new_messages, told.duplicates), (1, 0));
    let told = apply(&mut temporary.ledger, &[second], &prices);
    assert_eq!((told.new_messages, told.duplicates), (0, 1));
    let told: Vec<_> =
        told.changes.iter().map(|change| (change.added, change.counters.output_tokens)).collect();
    assert_eq!(told, [(false, 100), (true, 300)]);
}

#[test]
fn rollups_of_a_range_are_those_whose_quarter_starts_in_it() {
    let prices = prices(15);
    let mut temporary = temporary();
    let times = [0, 1, 899_999, 900_000, 1_800_000u32];
    let records = times.map(|at| record(at.into(), MARCH_MS + i64::from(at), "s", "p"));
    apply(&mut temporary.ledger, &records, &prices);
    let mut found = Vec::new();
    let day = MARCH_MS..MARCH_MS + 1_800_000;
    let visit = |rollup: cco::ledger::Rollup| {
        found.push((rollup.first_ms - MARCH_MS, rollup.last_ms - MARCH_MS, rollup.figures.auto.requests));
    };
    temporary.ledger.rollups(day, visit).unwrap();
    assert_eq!(found, [(0, 0, 1), (1, 899_999, 2), (900_000, 900_000, 1)]);
}

#[test]
fn a_reader_sees_what_the_writer_committed() {
    let prices = prices(15);
    let mut temporary = temporary();
    let reader = Ledger::open_read_only(temporary.ledger.path()).unwrap();
    apply(&mut temporary.ledger, &[record(1, MARCH_MS, "s", "p")], &prices);
    assert_eq!(total(&reader).requests, 1);
}

#[test]
fn a_reader_of_one_moment_sees_nothing_of_what_comes_in_meanwhile() {
    let prices = prices(15);
    let mut temporary = temporary();
    apply(&mut temporary.ledger, &[record(1, MARCH_MS, "s1", "-p")], &prices);
    let reader = Ledger::open_read_only(temporary.ledger.path()).unwrap();
    let count = |reader: &Ledger| {
        let mut count = 0;
        reader.tallies(i64::MIN..i64::MAX, CostMode::Auto, |_| count += 1).unwrap();
        count
    };
    let seen = reader.at_one_moment(|| {
        let before = count(&reader);
        apply(&mut temporary.ledger, &[record(2, MARCH_MS, "s2", "-q")], &prices);
        Ok((before, count(&reader)))
    });
    assert_eq!(seen.unwrap(), (1, 1));
    assert_eq!(count(&reader), 2);
}
