//! What of the ledger a report is about: which days, projects, models and session, in which zone and mode.
//!
//! Invariant: days are the zone's, whole and inclusive at both ends.

use std::collections::HashSet;
use std::ops::Range;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

use crate::ledger::Tally;
use crate::period::Calendar;
use crate::pricing::CostMode;

/// What a report is about.
#[derive(Clone, Debug)]
pub struct Query {
    /// The first day; `None` where there is no bound.
    pub since: Option<Date>,
    /// The last day.
    pub until: Option<Date>,
    /// Zone of days, weeks and months.
    pub zone: TimeZone,
    /// First day of a week.
    pub week_start: Weekday,
    /// Whose figure a cost is.
    pub mode: CostMode,
    /// What else is left out.
    pub only: Only,
}

/// Ids that are counted; `None` where all are.
#[derive(Clone, Debug, Default)]
pub struct Only {
    /// Projects.
    pub projects: Option<HashSet<i64>>,
    /// Models.
    pub models: Option<HashSet<i64>>,
    /// A session.
    pub session: Option<i64>,
}

impl Query {
    /// The calendar of its zone.
    pub fn calendar(&self) -> Calendar {
        Calendar::new(self.zone.clone(), self.week_start)
    }

    /// The quarter hours of its days, in milliseconds UTC. A day that cannot be represented bounds nothing.
    pub(super) fn quarters_ms(&self) -> Range<i64> {
        let calendar = self.calendar();
        let start = self.since.and_then(|date| calendar.first_ms(date).ok());
        let end = self.until.and_then(|date| calendar.first_ms(date.tomorrow().ok()?).ok());
        start.unwrap_or(i64::MIN)..end.unwrap_or(i64::MAX)
    }

    /// Whether a day is one of its own.
    pub(super) fn has_day(&self, date: Date) -> bool {
        self.since.is_none_or(|since| since <= date) && self.until.is_none_or(|until| date <= until)
    }
}

impl Only {
    /// Whether a tally counts.
    pub(super) fn takes(&self, tally: &Tally) -> bool {
        let is_in = |ids: &Option<HashSet<i64>>, id| ids.as_ref().is_none_or(|ids| ids.contains(&id));
        is_in(&self.projects, tally.project)
            && is_in(&self.models, tally.model)
            && self.session.is_none_or(|session| session == tally.session)
    }
}
