//! Days, weeks, months and years in zones of all kinds, against jiff's own calendar.

use std::collections::BTreeMap;

use cco::pricing::CostMode;
use cco::report::usage::{Division, Grouping, Label, Only, Query, Report};
use cco::usage::Record;
use jiff::Timestamp;
use jiff::civil::{Date, Weekday, date};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use proptest::prelude::*;

use crate::sample::{Temporary, apply, prices, record, temporary};

/// Whole hours, half hours, quarters, and clocks that are turned in either half of the year.
const ZONES: [&str; 5] = ["UTC", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Pacific/Chatham"];

/// Moments about which clocks are turned: New York's and Chatham's, both ways.
const TURNS: [&str; 4] =
    ["2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z", "2026-04-04T14:00:00Z", "2026-09-26T14:00:00Z"];

fn zone(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap()
}

fn query(zone: &TimeZone) -> Query {
    Query {
        since: None,
        until: None,
        zone: zone.clone(),
        week_start: Weekday::Monday,
        mode: CostMode::Auto,
        only: Only::default(),
        folds_worktrees: false,
    }
}

fn ledger_of(moments: &[i64]) -> Temporary {
    let mut temporary = temporary();
    let records: Vec<Record> =
        moments.iter().zip(1..).map(|(at_ms, key)| record(key, *at_ms, "s", "-p")).collect();
    apply(&mut temporary.ledger, &records, &prices(15));
    temporary
}

fn counts(temporary: &Temporary, query: &Query, grouping: Grouping) -> BTreeMap<Date, u64> {
    let report = Report::read(&temporary.ledger, query, grouping, &Division::default()).unwrap();
    let count = |row: &cco::report::usage::Row| match row.label {
        Label::Period(date) => (date, row.counters.requests),
        _ => panic!("a row without a period"),
    };
    report.rows.iter().map(count).collect()
}

/// The same by jiff's calendar, request by request.
fn expected(moments: &[i64], zone: &TimeZone, period: impl Fn(Date) -> Date) -> BTreeMap<Date, u64> {
    let mut counts = BTreeMap::new();
    for at_ms in moments {
        let at = Timestamp::from_millisecond(*at_ms).unwrap().to_zoned_datetime(zone.clone());
        *counts.entry(period(at.date())).or_default() += 1;
    }
    counts
}

/// Any moment of two years, or one near a turn of clocks or a midnight.
fn moments() -> impl Strategy<Value = Vec<i64>> {
    let start = "2025-06-01T00:00:00Z".parse::<Timestamp>().unwrap().as_millisecond();
    let any = (0..2 * 365 * 86_400_000i64).prop_map(move |ms| start + ms);
    let near_turn =
        (prop::sample::select(&TURNS[..]), -200..200i64, -1..2i64).prop_map(|(turn, quarters, ms)| {
            turn.parse::<Timestamp>().unwrap().as_millisecond() + quarters * 900_000 + ms
        });
    let near_midnight =
        (prop::sample::select(&ZONES[..]), 0..700i16, -1..2i64).prop_map(|(name, day, ms)| {
            let day = date(2025, 6, 1).checked_add(jiff::Span::new().days(day)).unwrap();
            day.to_zoned_datetime(zone(name)).unwrap().timestamp().as_millisecond() + ms
        });
    prop::collection::vec(prop_oneof![any, near_turn, near_midnight], 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn periods_are_those_of_the_zones_own_calendar(moments in moments(), first in 0..40usize, last in 0..40usize) {
        let temporary = ledger_of(&moments);
        for name in ZONES {
            let zone = zone(name);
            let monday = |date: Date| {
                date.checked_sub(jiff::Span::new().days(date.weekday().since(Weekday::Monday))).unwrap()
            };
            let query = query(&zone);
            let days = expected(&moments, &zone, |date| date);
            prop_assert_eq!(&counts(&temporary, &query, Grouping::Days), &days);
            prop_assert_eq!(counts(&temporary, &query, Grouping::Weeks), expected(&moments, &zone, monday));
            prop_assert_eq!(
                counts(&temporary, &query, Grouping::Months),
                expected(&moments, &zone, Date::first_of_month)
            );
            prop_assert_eq!(
                counts(&temporary, &query, Grouping::Years),
                expected(&moments, &zone, Date::first_of_year)
            );
            // A range between two of the days holds exactly these days.
            let bounds: Vec<Date> = days.keys().copied().collect();
            let (first, last) = (bounds[first % bounds.len()], bounds[last % bounds.len()]);
            let (since, until) = (first.min(last), first.max(last));
            let ranged = cco::report::usage::Query { since: Some(since), until: Some(until), ..query };
            let inside = days.into_iter().filter(|(day, _)| (since..=until).contains(day)).collect();
            prop_assert_eq!(counts(&temporary, &ranged, Grouping::Days), inside);
        }
    }
}

#[test]
fn a_day_on_which_clocks_are_turned_has_its_23_or_25_hours() {
    let hour_ms = 3_600_000;
    for (name, turned, hours) in [
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2026, 11, 1), 25),
        ("Pacific/Chatham", date(2026, 9, 27), 23),
        ("Pacific/Chatham", date(2026, 4, 5), 25),
        ("Asia/Kathmandu", date(2026, 4, 5), 24),
    ] {
        let zone = zone(name);
        let noon =
            turned.at(12, 0, 0, 0).to_zoned_datetime(zone.clone()).unwrap().timestamp().as_millisecond();
        // A request each quarter hour for two days and a bit.
        let moments: Vec<i64> = (-150..150).map(|quarter| noon + quarter * hour_ms / 4).collect();
        let temporary = ledger_of(&moments);
        let days = counts(&temporary, &query(&zone), Grouping::Days);
        assert_eq!(days[&turned], hours * 4, "{name} {turned}");
    }
}
