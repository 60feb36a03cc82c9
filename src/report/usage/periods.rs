//! Finds the day, week, month or year of a tally.
//!
//! Invariant: a period is named by its first day. The zone's calendar determines its start and end.

use jiff::civil::{Date, Weekday};

use super::query::{Grouping, Query};
use crate::period::{Calendar, Span};

/// Finds the period of a quarter hour.
pub(super) struct Periods {
    calendar: Calendar,
    grouping: Grouping,
    week_start: Weekday,
    /// The previous quarter hour and its period. Tallies are in order of time, so the next is often the same.
    last: Option<(i64, Date)>,
}

impl Periods {
    pub(super) fn new(query: &Query, grouping: Grouping) -> Self {
        Self { calendar: query.calendar(), grouping, week_start: query.week_start, last: None }
    }

    /// The first day of the period that contains this quarter hour, ms UTC.
    pub(super) fn of(&mut self, quarter_ms: i64) -> Date {
        if let Some((_, date)) = self.last.filter(|(last_ms, _)| *last_ms == quarter_ms) {
            return date;
        }
        let date = start(self.grouping, self.calendar.date(quarter_ms), self.week_start);
        self.last = Some((quarter_ms, date));
        date
    }

    /// The first day of the period that contains a day.
    pub(super) fn first_of(&self, day: Date) -> Date {
        start(self.grouping, day, self.week_start)
    }

    /// The period that begins on this day. One that contains the last day of all has no end.
    pub(super) fn span(&self, first_day: Date) -> Span {
        let next = match self.grouping {
            Grouping::Weeks => first_day.checked_add(jiff::Span::new().days(7)),
            Grouping::Months => first_day.checked_add(jiff::Span::new().months(1)),
            Grouping::Years => first_day.checked_add(jiff::Span::new().years(1)),
            _ => first_day.tomorrow(),
        };
        let end_ms = next.map_or(i64::MAX, |next| self.calendar.first_ms(next));
        Span { start_ms: self.calendar.first_ms(first_day), end_ms }
    }
}

/// The first day of the last `count` periods, up to the one that contains `today`. `None` if `count` is 0 or that day
/// cannot be represented.
pub fn first_of_last(grouping: Grouping, count: u32, today: Date, week_start: Weekday) -> Option<Date> {
    let before = i64::from(count.checked_sub(1)?);
    let span = match grouping {
        Grouping::Weeks => jiff::Span::new().try_weeks(before),
        Grouping::Months => jiff::Span::new().try_months(before),
        Grouping::Years => jiff::Span::new().try_years(before),
        _ => jiff::Span::new().try_days(before),
    };
    start(grouping, today, week_start).checked_sub(span.ok()?).ok()
}

/// The first day of the period that contains a day.
fn start(grouping: Grouping, date: Date, week_start: Weekday) -> Date {
    match grouping {
        Grouping::Weeks => {
            let into = jiff::Span::new().days(date.weekday().since(week_start));
            // Fails only if the week begins before the first day that can be represented.
            date.checked_sub(into).unwrap_or(Date::MIN)
        }
        Grouping::Months => date.first_of_month(),
        Grouping::Years => date.first_of_year(),
        _ => date,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_last_of_periods_is_that_of_today() {
        let today = date(2026, 11, 24); // a Tuesday
        let first = |grouping, count| first_of_last(grouping, count, today, Weekday::Monday);
        assert_eq!(first(Grouping::Days, 1), Some(today));
        assert_eq!(first(Grouping::Days, 30), Some(date(2026, 10, 26)));
        assert_eq!(first(Grouping::Weeks, 1), Some(date(2026, 11, 23)));
        assert_eq!(first(Grouping::Weeks, 2), Some(date(2026, 11, 16)));
        assert_eq!(first(Grouping::Months, 12), Some(date(2025, 12, 1)));
        assert_eq!(first(Grouping::Years, 1), Some(date(2026, 1, 1)));
        assert_eq!(first(Grouping::Years, 3), Some(date(2024, 1, 1)));
        assert_eq!(first(Grouping::Years, u32::MAX), None);
        assert_eq!(first(Grouping::Days, 0), None);
        assert_eq!(first(Grouping::Months, u32::MAX), None);
    }
}
