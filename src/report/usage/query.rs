//! What a report reads from the ledger: days, projects, models and session, in which zone and cost mode.
//!
//! Invariant: `since` and `until` are whole days in the query's zone, both inclusive.

use std::collections::HashSet;
use std::ops::Range;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

use super::dimensions::{DimensionFilter, Selected};
use crate::ledger::{Ledger, LedgerError, Tally};
use crate::period::Calendar;
use crate::pricing::CostMode;
use crate::usage::Dimension;

/// The selection for a report.
#[derive(Clone, Debug)]
pub struct Query {
    /// The first day; `None` for no bound.
    pub since: Option<Date>,
    /// The last day; `None` for no bound.
    pub until: Option<Date>,
    /// Time zone for days, weeks and months.
    pub zone: TimeZone,
    /// First day of a week.
    pub week_start: Weekday,
    /// Which cost to use.
    pub mode: CostMode,
    /// Other filters.
    pub only: Only,
    /// Whether projects in git worktrees are parts of their main repository's project.
    pub folds_worktrees: bool,
}

/// What the rows of a report stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// Each day.
    Days,
    /// Each week.
    Weeks,
    /// Each calendar month.
    Months,
    /// Each calendar year.
    Years,
    /// Each session.
    Sessions,
    /// Each project.
    Projects,
    /// Each model.
    Models,
    /// Each combination of values of the dimensions that the report is divided by.
    Dimensions,
}

/// How rows are divided further.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Division {
    /// A row for each project.
    pub by_project: bool,
    /// A row for each value of each of these.
    pub by: Vec<Dimension>,
}

/// Filters by id; `None` selects all.
#[derive(Clone, Debug, Default)]
pub struct Only {
    /// Projects.
    pub projects: Option<HashSet<i64>>,
    /// Models.
    pub models: Option<HashSet<i64>>,
    /// The session.
    pub session: Option<i64>,
    /// What requests were for.
    pub dimensions: Option<DimensionFilter>,
}

impl Grouping {
    /// Whether each row is a period.
    pub fn is_by_period(self) -> bool {
        matches!(self, Self::Days | Self::Weeks | Self::Months | Self::Years)
    }
}

impl Query {
    /// All that was ever counted, at costs recorded or computed.
    pub fn everything(zone: TimeZone, week_start: Weekday) -> Self {
        Self {
            since: None,
            until: None,
            zone,
            week_start,
            mode: CostMode::Auto,
            only: Only::default(),
            folds_worktrees: false,
        }
    }

    /// The calendar in its zone.
    pub fn calendar(&self) -> Calendar {
        Calendar::new(self.zone.clone(), self.week_start)
    }

    /// The quarter hours of its days, ms UTC.
    pub(super) fn quarters_ms(&self) -> Range<i64> {
        let calendar = self.calendar();
        let first_ms = |date: Date| calendar.first_ms(date);
        // Nothing was used after the last day of all.
        let end = self.until.map(|until| until.tomorrow().map_or(i64::MAX, first_ms));
        self.since.map_or(i64::MIN, first_ms)..end.unwrap_or(i64::MAX)
    }

    /// Whether a day is selected.
    pub(super) fn has_day(&self, date: Date) -> bool {
        self.since.is_none_or(|since| since <= date) && self.until.is_none_or(|until| date <= until)
    }
}

impl Only {
    /// Whether projects, models or dimensions are selected.
    pub fn has_filters(&self) -> bool {
        self.projects.is_some() || self.models.is_some() || self.dimensions.is_some()
    }

    /// What is selected of a ledger as it is at one moment: call it and use it in [`Ledger::at_one_moment`].
    pub fn of(&self, ledger: &Ledger) -> Result<Selection<'_>, LedgerError> {
        let dimensions = self.dimensions.as_ref().map(|filter| filter.over(ledger)).transpose()?;
        Ok(Selection { only: self, dimensions })
    }
}

/// What filters select of a ledger.
#[derive(Debug)]
pub struct Selection<'o> {
    only: &'o Only,
    dimensions: Option<Selected<'o>>,
}

impl Selection<'_> {
    /// Whether a tally is selected.
    pub fn takes(&self, tally: &Tally) -> bool {
        let Only { projects, models, session, dimensions: _ } = self.only;
        let is_in = |ids: &Option<HashSet<i64>>, id| ids.as_ref().is_none_or(|ids| ids.contains(&id));
        is_in(projects, tally.project)
            && is_in(models, tally.model)
            && session.is_none_or(|session| session == tally.session)
            && self.dimensions.as_ref().is_none_or(|selected| selected.takes(tally))
    }
}
