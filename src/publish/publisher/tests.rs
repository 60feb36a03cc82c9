//! When a commit is due: after changes, after a failure, and when the calendar says so.

use super::*;
use crate::publish::Contribution;
use crate::snapshot::{Counters, Reader};

const HOUR_MS: i64 = 3_600_000;
/// 2026-03-01T00:00:00Z, a Sunday and the first of a month.
const MARCH_MS: i64 = 1_772_323_200_000;

fn publisher(folder: &Path) -> Publisher {
    Publisher::open(&folder.join("usage.snapshot"), &TimeZone::UTC, "UTC", Weekday::Monday).unwrap()
}

fn request(publisher: &mut Publisher, at_ms: i64, project: &str) {
    publisher.sums.add(&Contribution {
        first_ms: at_ms,
        last_ms: at_ms,
        session: &"s".into(),
        project: &project.into(),
        model: "m",
        counters: Counters { requests: 1, ..Counters::default() },
    });
}

#[test]
fn midnight_ends_the_day_without_any_event() {
    let folder = tempfile::tempdir().unwrap();
    let mut publisher = publisher(folder.path());
    let midnight = MARCH_MS + 24 * HOUR_MS;
    request(&mut publisher, midnight - 10 * HOUR_MS, "p");
    publisher.commit(midnight - 5, ScanState::Complete).unwrap();
    let mut reader = Reader::open(folder.path().join("usage.snapshot")).unwrap();
    let before = reader.totals().unwrap();
    assert_eq!((before.today().counters.requests, before.this_week().counters.requests), (1, 1));

    assert!(!publisher.is_due(midnight - 1));
    assert!(publisher.is_due(midnight));
    publisher.commit(midnight, ScanState::Complete).unwrap();

    let after = reader.totals().unwrap();
    assert_eq!((after.today().counters.requests, after.today().start), (0, midnight));
    assert_eq!(after.this_week().counters.requests, 0, "Sunday is over");
    assert_eq!((after.this_month().counters.requests, after.all_time().requests), (1, 1));
    assert!(!publisher.is_due(midnight));
}

#[test]
fn the_end_of_a_block_ends_it_without_any_event() {
    let folder = tempfile::tempdir().unwrap();
    let mut publisher = publisher(folder.path());
    let start = MARCH_MS + 9 * HOUR_MS;
    request(&mut publisher, start + 1234, "p");
    publisher.commit(start + 2000, ScanState::Complete).unwrap();
    let mut reader = Reader::open(folder.path().join("usage.snapshot")).unwrap();
    let block = reader.totals().unwrap().block().unwrap();
    assert_eq!((block.start, block.end, block.counters.requests), (start, start + 5 * HOUR_MS, 1));

    assert!(!publisher.is_due(block.end - 1));
    assert!(publisher.is_due(block.end));
    publisher.commit(block.end, ScanState::Complete).unwrap();

    assert_eq!(reader.totals().unwrap().block(), None);
    assert!(!publisher.is_due(block.end));
}

#[test]
fn a_clock_that_is_set_back_brings_back_the_day_and_the_block() {
    let folder = tempfile::tempdir().unwrap();
    let mut publisher = publisher(folder.path());
    let (yesterday, today) = (MARCH_MS + 9 * HOUR_MS, MARCH_MS + 33 * HOUR_MS);
    for at in [yesterday, today] {
        request(&mut publisher, at + 1234, "p");
    }
    publisher.commit(today + 2000, ScanState::Complete).unwrap();
    let mut reader = Reader::open(folder.path().join("usage.snapshot")).unwrap();
    assert_eq!(reader.totals().unwrap().block().unwrap().start, today);
    assert!(!publisher.is_due(today + 2000));

    assert!(publisher.is_due(yesterday + 2000));
    publisher.commit(yesterday + 2000, ScanState::Complete).unwrap();

    let totals = reader.totals().unwrap();
    assert_eq!((totals.today().start, totals.today().counters.requests), (MARCH_MS, 1));
    assert_eq!(totals.block().unwrap().start, yesterday);
    assert_eq!(totals.all_time().requests, 2);
    assert!(!publisher.is_due(yesterday + 2000));
}

#[test]
fn a_request_of_the_future_gets_its_block_when_its_time_comes() {
    let folder = tempfile::tempdir().unwrap();
    let mut publisher = publisher(folder.path());
    let ahead = MARCH_MS + 9 * HOUR_MS;
    request(&mut publisher, ahead + 1234, "p");
    publisher.commit(ahead - HOUR_MS, ScanState::Complete).unwrap();
    let mut reader = Reader::open(folder.path().join("usage.snapshot")).unwrap();
    assert_eq!(reader.totals().unwrap().block(), None);
    assert_eq!(publisher.next_change(), ahead);

    assert!(!publisher.is_due(ahead - 1));
    assert!(publisher.is_due(ahead));
    publisher.commit(ahead, ScanState::Complete).unwrap();

    assert_eq!(reader.totals().unwrap().block().unwrap().start, ahead);
    assert!(!publisher.is_due(ahead));
}

#[test]
fn what_a_failed_commit_left_out_stays_due() {
    let folder = tempfile::tempdir().unwrap();
    let mut publisher = publisher(folder.path());
    assert!(publisher.is_due(MARCH_MS), "nothing was shown yet");
    publisher.commit(MARCH_MS, ScanState::Complete).unwrap();
    assert!(!publisher.is_due(MARCH_MS));

    // More projects than there is room for ask for a new file, which cannot be made where a folder stands.
    let obstacle = folder.path().join("usage.snapshot.new");
    std::fs::create_dir(&obstacle).unwrap();
    for number in 0..5000 {
        request(&mut publisher, MARCH_MS + number, &format!("p{number}"));
    }
    publisher.commit(MARCH_MS, ScanState::Complete).unwrap_err();
    assert!(publisher.is_due(MARCH_MS));

    std::fs::remove_dir(obstacle).unwrap();
    publisher.commit(MARCH_MS, ScanState::Complete).unwrap();
    assert!(!publisher.is_due(MARCH_MS));
    let mut reader = Reader::open(folder.path().join("usage.snapshot")).unwrap();
    let frame = reader.frame().unwrap();
    assert_eq!(frame.rows::<crate::snapshot::ProjectRow>().count(), 5000);
    assert_eq!(frame.totals().all_time().requests, 5000);
}

#[test]
fn work_that_cannot_be_divided_leaves_the_publisher_alive() {
    let folder = tempfile::tempdir().unwrap();
    let mut publisher = publisher(folder.path());
    request(&mut publisher, MARCH_MS, "p");
    publisher.commit(MARCH_MS, ScanState::Complete).unwrap();
    let reader = Reader::open(folder.path().join("usage.snapshot")).unwrap();
    let age = || reader.freshness().unwrap().heartbeat_age;
    let began = Instant::now();
    let result = publisher.alive_during(|| {
        let mut oldest = Duration::ZERO;
        loop {
            if age() < oldest {
                return oldest;
            }
            oldest = age();
            assert!(began.elapsed() < 3 * HEARTBEAT_EVERY, "no heartbeat for {oldest:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    assert!(result >= HEARTBEAT_EVERY - Duration::from_secs(1), "{result:?}");
}
