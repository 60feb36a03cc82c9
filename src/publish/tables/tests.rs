//! The draft shows what the sums say, after any changes and with more sessions than there is room for.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::period::QUARTER_MS;
use crate::publish::Contribution;
use crate::snapshot::{Frame, Publication, Reader, Row, Writer, WriterOptions};

/// Sums, tables and the snapshot they end in.
struct Shown {
    _folder: tempfile::TempDir,
    writer: Writer,
    reader: Reader,
    tables: Tables,
    sums: Aggregates,
}

impl Shown {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("usage.snapshot");
        let options = WriterOptions { zone: "UTC".into(), week_start: 0, program: "test".into() };
        let mut writer = Writer::open(&path, options).unwrap();
        writer.commit(&Publication::default()).unwrap();
        let reader = Reader::open(&path).unwrap();
        let tables = Tables::new(Calendar::new(TimeZone::UTC, Weekday::Monday));
        Self { _folder: folder, writer, reader, tables, sums: Aggregates::default() }
    }

    fn publish(&mut self, now: i64) -> Frame {
        let changes = self.sums.take_changes();
        self.tables.update(self.writer.draft(), &self.sums, &changes, &BTreeMap::new(), now);
        self.writer.commit(&Publication::default()).unwrap();
        self.reader.refresh().unwrap();
        self.reader.frame().unwrap()
    }
}

fn contribution<'a>(
    at: i64,
    session: &'a Arc<str>,
    project: &'a Arc<str>,
    model: &'a str,
) -> Contribution<'a> {
    let counters = Counters { requests: 1, output_tokens: 3, ..Counters::default() };
    Contribution { first_ms: at, last_ms: at, session, project, model, counters }
}

fn sum<R: Row>(frame: &Frame, counters: impl Fn(R) -> Counters) -> Counters {
    frame.rows::<R>().map(counters).sum()
}

#[test]
fn the_newest_sessions_are_listed_and_the_others_counted() {
    let mut shown = Shown::new();
    let project: Arc<str> = "p".into();
    let many = i64::try_from(SESSIONS_MAX).unwrap() + 50;
    let session = |n: i64| -> Arc<str> { format!("session-{n:05}").into() };
    for n in 0..many {
        shown.sums.add(&contribution(n * 1000, &session(n), &project, "m"));
    }
    let listed = |frame: &Frame| -> BTreeSet<String> {
        frame.rows::<SessionRow>().map(|row| frame.name(row.session).to_owned()).collect()
    };
    let frame = shown.publish(0);
    assert_eq!(listed(&frame), (50..many).map(|n| session(n).to_string()).collect());
    assert_eq!(shown.tables.sessions_left_out(&shown.sums), 50);

    // An old session wakes up: it is listed, and the oldest of the others gives way.
    shown.sums.add(&contribution(many * 1000, &session(7), &project, "m"));
    let frame = shown.publish(0);
    assert!(listed(&frame).contains("session-00007") && !listed(&frame).contains("session-00050"));
    assert_eq!(frame.rows::<SessionRow>().len(), SESSIONS_MAX);

    // A listed one goes: the newest of those left out takes its place.
    shown.sums.subtract(&contribution(60 * 1000, &session(60), &project, "m")).unwrap();
    let frame = shown.publish(0);
    assert!(listed(&frame).contains("session-00050") && !listed(&frame).contains("session-00060"));
    assert!(shown.reader.session(Agent::CLAUDE_CODE, "session-00050").unwrap().is_some());
    assert!(shown.reader.session(Agent::CLAUDE_CODE, "session-00060").unwrap().is_none());
}

#[test]
fn hours_older_than_31_days_leave_the_table() {
    let mut shown = Shown::new();
    let (session, project): (Arc<str>, Arc<str>) = ("s".into(), "p".into());
    for hour in 0..3 {
        shown.sums.add(&contribution(hour * HOUR_MS + 5, &session, &project, "m"));
    }
    let hours = |frame: &Frame| -> BTreeSet<i64> { frame.rows::<HourRow>().map(|row| row.start).collect() };
    assert_eq!(hours(&shown.publish(2 * HOUR_MS)), BTreeSet::from([0, HOUR_MS, 2 * HOUR_MS]));
    let later = 31 * 24 * HOUR_MS;
    assert_eq!(hours(&shown.publish(later)), BTreeSet::from([HOUR_MS, 2 * HOUR_MS]));
}

/// Requests of each project today, by its key.
fn today(frame: &Frame) -> BTreeMap<String, u64> {
    let rows = frame.rows::<ProjectRow>();
    rows.map(|row| (frame.name(row.project).to_owned(), row.today.requests)).collect()
}

#[test]
fn a_new_day_begins_projects_figures_of_today_again() {
    const DAY_MS: i64 = 24 * HOUR_MS;
    let mut shown = Shown::new();
    let (session, one, other): (Arc<str>, Arc<str>, Arc<str>) = ("s".into(), "one".into(), "other".into());
    for (at, project) in [(HOUR_MS, &one), (DAY_MS - 1, &one), (DAY_MS, &other)] {
        shown.sums.add(&contribution(at, &session, project, "m"));
    }
    let of = |one, other| BTreeMap::from([("one".to_owned(), one), ("other".to_owned(), other)]);
    assert_eq!(today(&shown.publish(DAY_MS - 1)), of(2, 0));
    assert_eq!(today(&shown.publish(DAY_MS)), of(0, 1), "nothing but the day changed");
    assert_eq!(today(&shown.publish(1000 * DAY_MS)), of(0, 0), "a clock that is years ahead");
    assert_eq!(today(&shown.publish(DAY_MS - 1)), of(2, 0), "and is set right");
    let mut again = Aggregates::default();
    again.add(&contribution(DAY_MS - 1, &session, &one, "m"));
    shown.sums.replace(again);
    assert_eq!(today(&shown.publish(DAY_MS - 1)), BTreeMap::from([("one".to_owned(), 1)]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn every_table_adds_up_to_the_totals_after_any_changes(
        steps in proptest::collection::vec((any::<bool>(), 0..300i64, 0..5u8, 0..3u8, 0..3usize), 1..60)
    ) {
        let mut shown = Shown::new();
        let mut kept = Vec::new();
        for (step, (add, quarter, session, project, model)) in steps.into_iter().enumerate() {
            if add || kept.is_empty() {
                let request: (i64, Arc<str>, Arc<str>, &str) = (
                    quarter * QUARTER_MS + 1,
                    format!("s{session}").into(),
                    format!("p{project}").into(),
                    ["a", "b", "c"][model],
                );
                shown.sums.add(&contribution(request.0, &request.1, &request.2, request.3));
                kept.push(request);
            } else {
                let (at, session, project, model) = kept.swap_remove(step % kept.len());
                shown.sums.subtract(&contribution(at, &session, &project, model)).unwrap();
            }
            if step % 3 == 0 {
                let frame = shown.publish(310 * QUARTER_MS);
                let totals = shown.sums.totals();
                prop_assert_eq!(sum(&frame, |row: ModelRow| row.counters), totals);
                prop_assert_eq!(sum(&frame, |row: ProjectRow| row.counters), totals);
                prop_assert_eq!(sum(&frame, |row: SessionRow| row.counters), totals);
                prop_assert_eq!(sum(&frame, |row: DayRow| row.counters), totals);
                prop_assert_eq!(sum(&frame, |row: HourRow| row.counters), totals);
                let days = frame.rows::<DayRow>().filter(|row| row.date == 19_700_104);
                let of_today = days.map(|row| row.counters.requests).sum::<u64>();
                prop_assert_eq!(today(&frame).values().sum::<u64>(), of_today);
                prop_assert!(frame.rows::<DayRow>().all(|row| row.counters.requests > 0));
                let dates: BTreeSet<u32> = frame.rows::<DayRow>().map(|row| row.date).collect();
                prop_assert_eq!(dates.len(), frame.rows::<DayRow>().len());
            }
        }
    }
}
