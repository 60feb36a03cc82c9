//! Days, weeks and months in a time zone, as ranges of UTC milliseconds.
//!
//! Invariant: a date is what the zone's clocks show, also around offset changes.
//!
//! A zone's offset is constant between two transitions. The calendar caches these ranges, so finding a date takes a
//! search in a few entries and one division.
//!
//! A day lasts from its first instant to the first instant of the next day, also if clocks skip midnight. If clocks go
//! back over midnight (in modern times only in St. John's, until 2011), some minutes show the previous date again:
//! [`Calendar::date_of`] is exact then, the bounds of days are not.

use jiff::civil::{Date, Weekday};
use jiff::tz::{Offset, TimeZone};
use jiff::{Error, Timestamp};

/// The calendar of one time zone.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
    week_start: Weekday,
    /// Ranges of constant offset found so far, in order of time.
    stretches: Vec<Stretch>,
}

/// A range of time in which the zone has one offset, ms UTC, end exclusive.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    start_ms: i64,
    end_ms: i64,
    offset: Offset,
}

/// A span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its first instant, ms UTC.
    pub start_ms: i64,
    /// Its end (exclusive), ms UTC.
    pub end_ms: i64,
}

/// The periods that contain some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Periods {
    /// The day.
    pub today: Span,
    /// The week.
    pub week: Span,
    /// The calendar month.
    pub month: Span,
}

impl Span {
    /// Whether it contains this time (ms UTC).
    pub fn contains(&self, at_ms: i64) -> bool {
        self.start_ms <= at_ms && at_ms < self.end_ms
    }
}

impl Periods {
    /// When the first of these periods ends, ms UTC. Compute all of them again then. Weeks and months end with a day,
    /// so this is the end of the day.
    pub fn next_change_ms(&self) -> i64 {
        self.today.end_ms
    }
}

impl Calendar {
    /// A calendar for this zone, with weeks that start on this day.
    pub fn new(zone: TimeZone, week_start: Weekday) -> Self {
        Self { zone, week_start, stretches: Vec::new() }
    }

    /// The day, week and month that contain this time (ms UTC). Fails only at the ends of representable time, almost
    /// 10,000 years from now.
    pub fn periods(&self, now_ms: i64) -> Result<Periods, Error> {
        let date = self.zone.to_datetime(Timestamp::from_millisecond(now_ms)?).date();
        let week = date.checked_sub(jiff::Span::new().days(date.weekday().since(self.week_start)))?;
        let next_week = week.checked_add(jiff::Span::new().days(7))?;
        let next_month = date.last_of_month().tomorrow()?;
        Ok(Periods {
            today: self.span(date, date.tomorrow()?)?,
            week: self.span(week, next_week)?,
            month: self.span(date.first_of_month(), next_month)?,
        })
    }

    /// The date at this time (ms UTC) as the number yyyymmdd.
    pub fn date_of(&mut self, at_ms: i64) -> i32 {
        yyyymmdd(self.date(at_ms))
    }

    /// The date at this time (ms UTC).
    pub fn date(&mut self, at_ms: i64) -> Date {
        let at = self.clamped(at_ms);
        let at_ms = at.as_millisecond();
        let index = self.stretches.partition_point(|stretch| stretch.end_ms <= at_ms);
        let offset = match self.stretches.get(index) {
            Some(stretch) if stretch.start_ms <= at_ms => stretch.offset,
            _ => {
                let stretch = self.stretch_around(at);
                self.stretches.insert(index, stretch);
                stretch.offset
            }
        };
        offset.to_datetime(at).date()
    }

    /// The time, or the nearest that can be represented.
    fn clamped(&self, at_ms: i64) -> Timestamp {
        let limit = if at_ms < 0 { Timestamp::MIN } else { Timestamp::MAX };
        Timestamp::from_millisecond(at_ms).unwrap_or(limit)
    }

    /// The range of constant offset that contains this time. In every zone, transitions are on whole seconds.
    fn stretch_around(&self, at: Timestamp) -> Stretch {
        // A transition exactly at this time is the start of the range.
        let just_after = at.checked_add(jiff::SignedDuration::from_nanos(1)).unwrap_or(at);
        let start = self.zone.preceding(just_after).next();
        let end = self.zone.following(at).next();
        Stretch {
            start_ms: start.map_or(i64::MIN, |transition| transition.timestamp().as_millisecond()),
            end_ms: end.map_or(i64::MAX, |transition| transition.timestamp().as_millisecond()),
            offset: self.zone.to_offset(at),
        }
    }

    /// The first instant of a date, ms UTC. If clocks skip midnight, it is the instant after the gap.
    pub fn first_ms(&self, date: Date) -> Result<i64, Error> {
        Ok(date.to_zoned_datetime(self.zone.clone())?.timestamp().as_millisecond())
    }

    /// From the first instant of one date to the first instant of another.
    fn span(&self, start: Date, end: Date) -> Result<Span, Error> {
        Ok(Span { start_ms: self.first_ms(start)?, end_ms: self.first_ms(end)? })
    }
}

fn yyyymmdd(date: Date) -> i32 {
    i32::from(date.year()) * 10_000 + i32::from(date.month()) * 100 + i32::from(date.day())
}

#[cfg(test)]
mod tests {
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
        assert_eq!(calendar.date_of(i64::MAX) / 10_000, 9999);
        assert!(calendar.date_of(i64::MIN) < 0);
        assert!(calendar.periods(i64::MAX).is_err());
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
}
