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

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{Offset, TimeZone};
use jiff::{Error, SignedDuration, Timestamp};

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
            today: self.span(date, date.tomorrow()?),
            week: self.span(week, next_week),
            month: self.span(date.first_of_month(), next_month),
        })
    }

    /// The date at this time (ms UTC) as the number yyyymmdd.
    pub fn date_of(&mut self, at_ms: i64) -> i32 {
        yyyymmdd(self.date(at_ms))
    }

    /// The date at this time (ms UTC).
    pub fn date(&mut self, at_ms: i64) -> Date {
        let at = nearest(at_ms);
        let known_ms = at.as_millisecond();
        let index = self.stretches.partition_point(|stretch| stretch.end_ms <= known_ms);
        let offset = match self.stretches.get(index) {
            Some(stretch) if stretch.start_ms <= known_ms => stretch.offset,
            _ => {
                let stretch = self.stretch_around(at);
                self.stretches.insert(index, stretch);
                stretch.offset
            }
        };
        shown(at_ms, offset).date()
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
    pub fn first_ms(&self, date: Date) -> i64 {
        let midnight = date.to_datetime(Time::midnight());
        match date.to_zoned_datetime(self.zone.clone()) {
            Ok(first) => first.timestamp().as_millisecond(),
            // Dates go on beyond timestamps: the zone keeps its last offset.
            Err(_) => {
                let utc_ms = midnight.duration_since(EPOCH).as_millis();
                let utc_ms = i64::try_from(utc_ms).expect("dates have four digits");
                utc_ms - offset_ms(self.zone.to_offset(nearest(utc_ms)))
            }
        }
    }

    /// From the first instant of one date to the first instant of another.
    fn span(&self, start: Date, end: Date) -> Span {
        Span { start_ms: self.first_ms(start), end_ms: self.first_ms(end) }
    }
}

/// Dates and times in UTC are counted from here.
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// The date and time at this time (ms UTC) in a zone. Timestamps end about a day before dates do, so that every offset has a
/// date; a transcript may name a later time. Beyond all dates, it is the last one.
pub fn date_time(at_ms: i64, zone: &TimeZone) -> DateTime {
    shown(at_ms, zone.to_offset(nearest(at_ms)))
}

/// The date and time that clocks with this offset show.
fn shown(at_ms: i64, offset: Offset) -> DateTime {
    EPOCH.saturating_add(SignedDuration::from_millis(at_ms.saturating_add(offset_ms(offset))))
}

/// The date and time in UTC at this time (ms UTC); `None` beyond all dates. Not by way of a timestamp: those end a day
/// before dates do.
pub fn utc(at_ms: i64) -> Option<DateTime> {
    EPOCH.checked_add(SignedDuration::from_millis(at_ms)).ok()
}

fn offset_ms(offset: Offset) -> i64 {
    i64::from(offset.seconds()) * 1000
}

/// The timestamp that is nearest to this time (ms UTC).
fn nearest(at_ms: i64) -> Timestamp {
    let limit = if at_ms < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_millisecond(at_ms).unwrap_or(limit)
}

fn yyyymmdd(date: Date) -> i32 {
    i32::from(date.year()) * 10_000 + i32::from(date.month()) * 100 + i32::from(date.day())
}

#[cfg(test)]
mod tests;
