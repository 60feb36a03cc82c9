//! Days, weeks and months against the calendars of zones, and the ends of time.

use jiff::tz::TimeZoneDatabase;
use proptest::prelude::*;

use super::*;

const ZONES: [&str; 8] = [
    "UTC",
    "America/New_York",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "Europe/Lisbon",
    "America/Sao_Paulo",
    "Africa/Cairo",
];

fn zone(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).expect("a bundled zone")
}

fn ms(rfc3339: &str) -> i64 {
    rfc3339.parse::<Timestamp>().expect("a timestamp").as_millisecond()
}

fn periods(name: &str, now: &str) -> Periods {
    Calendar::new(zone(name), Weekday::Monday).periods(ms(now)).expect("within representable time")
}

fn hours(span: Span) -> i64 {
    (span.end_ms - span.start_ms) / 3_600_000
}

#[test]
fn days_weeks_and_months_start_and_end_at_the_zones_midnight() {
    let span = |start: &str, end: &str| Span { start_ms: ms(start), end_ms: ms(end) };
    let expected = Periods {
        today: span("2026-03-01T00:00:00+05:45", "2026-03-02T00:00:00+05:45"),
        week: span("2026-02-23T00:00:00+05:45", "2026-03-02T00:00:00+05:45"),
        month: span("2026-03-01T00:00:00+05:45", "2026-04-01T00:00:00+05:45"),
    };
    let periods = periods("Asia/Kathmandu", "2026-02-28T18:15:00Z");
    assert_eq!(periods, expected);
    assert_eq!(periods.next_change_ms(), ms("2026-03-01T18:15:00Z"));
}

#[test]
fn a_week_starts_on_the_configured_day() {
    let at = |week_start| {
        let week = Calendar::new(TimeZone::UTC, week_start).periods(ms("2026-11-23T12:00:00Z"));
        week.expect("within representable time").week.start_ms
    };
    assert_eq!(at(Weekday::Monday), ms("2026-11-23T00:00:00Z"));
    assert_eq!(at(Weekday::Sunday), ms("2026-11-22T00:00:00Z"));
    assert_eq!(at(Weekday::Tuesday), ms("2026-11-17T00:00:00Z"));
}

#[test]
fn days_with_a_clock_change_are_longer_or_shorter() {
    let spring = periods("America/New_York", "2026-03-08T12:00:00Z");
    let autumn = periods("America/New_York", "2026-11-01T12:00:00Z");
    assert_eq!((hours(spring.today), hours(spring.week), hours(spring.month)), (23, 167, 743));
    assert_eq!((hours(autumn.today), hours(autumn.week), hours(autumn.month)), (25, 169, 721));
}

#[test]
fn a_day_without_midnight_starts_at_one() {
    let day = periods("America/Sao_Paulo", "2018-11-04T12:00:00Z").today;
    assert_eq!(day.start_ms, ms("2018-11-04T01:00:00-02:00"));
    let mut calendar = Calendar::new(zone("America/Sao_Paulo"), Weekday::Monday);
    assert_eq!(calendar.date_of(day.start_ms - 1), 20181103);
    assert_eq!(calendar.date_of(day.start_ms), 20181104);
}

#[test]
fn minutes_that_repeat_a_date_have_that_date() {
    // St. John's set its clocks back at 00:01: after the first minute of the 7th, the last hour of the 6th repeated.
    let mut calendar = Calendar::new(zone("America/St_Johns"), Weekday::Monday);
    assert_eq!(calendar.date_of(ms("2010-11-07T00:00:30-02:30")), 20101107);
    assert_eq!(calendar.date_of(ms("2010-11-06T23:30:00-03:30")), 20101106);
    assert_eq!(calendar.date_of(ms("2010-11-07T00:00:30-03:30")), 20101107);
}

#[test]
fn the_ends_of_time_have_dates_too() {
    let mut calendar = Calendar::new(zone("America/New_York"), Weekday::Monday);
    assert_eq!(calendar.date_of(i64::MAX), 99991231);
    assert!(calendar.date_of(i64::MIN) < 0);
    assert!(calendar.periods(i64::MAX).is_err());
}

#[test]
fn the_last_day_is_a_day_like_any_other() {
    let last = ms("9999-12-30T00:00:00Z") + 24 * 3_600_000;
    for (name, first_ms) in
        [("UTC", last), ("America/New_York", last + 5 * 3_600_000), ("Asia/Kolkata", last - 19_800_000)]
    {
        let mut calendar = Calendar::new(zone(name), Weekday::Monday);
        let date = jiff::civil::date(9999, 12, 31);
        assert_eq!(calendar.first_ms(date), first_ms, "{name}");
        assert_eq!((calendar.date(first_ms - 1), calendar.date(first_ms)), (date.yesterday().unwrap(), date));
        assert_eq!(date_time(first_ms + 3_600_000, &zone(name)), date.at(1, 0, 0, 0), "{name}");
    }
}

proptest! {
    #[test]
    fn dates_and_days_match_the_zones_calendar(
        name in prop::sample::select(&ZONES[..]),
        moments in prop::collection::vec(946_684_800_000i64..2_524_608_000_000, 1..30),
    ) {
        let zone = zone(name);
        let mut calendar = Calendar::new(zone.clone(), Weekday::Monday);
        let date = |at_ms| {
            let at = Timestamp::from_millisecond(at_ms).expect("in range");
            at.to_zoned_datetime(zone.clone()).date()
        };
        for at_ms in moments {
            prop_assert_eq!(calendar.date_of(at_ms), yyyymmdd(date(at_ms)));
            let periods = calendar.periods(at_ms).expect("in range");
            for span in [periods.today, periods.week, periods.month] {
                prop_assert!(span.contains(at_ms));
                for bound in [span.start_ms, span.end_ms] {
                    prop_assert!(date(bound - 1) < date(bound));
                    prop_assert_eq!(calendar.date_of(bound), yyyymmdd(date(bound)));
                    prop_assert_eq!(calendar.date_of(bound - 1), yyyymmdd(date(bound - 1)));
                }
            }
            prop_assert_eq!(date(periods.today.start_ms), date(periods.today.end_ms - 1));
            prop_assert_eq!(date(periods.week.start_ms).weekday(), Weekday::Monday);
            prop_assert_eq!(date(periods.month.start_ms).month(), date(periods.month.end_ms - 1).month());
            prop_assert_eq!(date(periods.month.end_ms).day(), 1);
        }
    }
}
