//! What each project used on each day.
//!
//! Kept apart from the sums because only a calendar knows days, and by day because that is little: the sums change by
//! quarter hour. Invariant: after [`ProjectDays::update`] it is what the sums say; a project without requests on a day
//! has no entry for it. Used by [`super::tables`].

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::aggregate::Changes;
use crate::period::Calendar;
use crate::snapshot::Counters;

/// Sums by date and project.
#[derive(Debug, Default)]
pub(super) struct ProjectDays {
    days: BTreeMap<i32, HashMap<Arc<str>, Counters>>,
    /// The date of the last update.
    today: i32,
}

impl ProjectDays {
    /// Takes in what changed, as of `now` (ms UTC). Returns the projects whose figures of today change because the
    /// day does.
    pub(super) fn update(&mut self, calendar: &mut Calendar, changes: &Changes, now: i64) -> Vec<Arc<str>> {
        if changes.is_replaced {
            self.days.clear();
        }
        for (quarter, project, delta) in &changes.project_deltas {
            let date = calendar.date_of(*quarter);
            let day = self.days.entry(date).or_default();
            let sum = day.entry(Arc::clone(project)).or_default();
            *sum += *delta;
            if sum.requests == 0 {
                day.remove(project);
                if day.is_empty() {
                    self.days.remove(&date);
                }
            }
        }
        let before = std::mem::replace(&mut self.today, calendar.date_of(now));
        if before == self.today {
            return Vec::new();
        }
        [before, self.today]
            .iter()
            .filter_map(|date| self.days.get(date))
            .flat_map(|day| day.keys().cloned())
            .collect()
    }

    /// What a project used on the day of the last update.
    pub(super) fn today(&self, project: &str) -> Counters {
        self.days.get(&self.today).and_then(|day| day.get(project)).copied().unwrap_or_default()
    }
}
