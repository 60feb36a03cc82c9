//! Updates the snapshot's tables from the sums.
//!
//! Invariant: after [`Tables::update`] every row of the draft equals the sums, and exactly what has requests has a row:
//! all models, projects and days, the hours of the last 31 days, and the newest sessions. An update costs what changed;
//! at the first, everything did. Used by [`super::publisher`].

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::aggregate::{Activity, Aggregates, Changes};
use super::positions::Positions;
use super::project_days::ProjectDays;
use crate::limits::{Key, Limits, Reading};
use crate::period::Calendar;
use crate::snapshot::{
    Agent, AgentRow, Counters, DayRow, Draft, HOURS_MAX, HourRow, Limit, LimitRow, ModelRow, ProjectRow,
    SESSIONS_MAX, SessionRow,
};

/// Claude Code's name in the table of agents.
const CLAUDE_CODE: &str = "claude-code";

/// Milliseconds in an hour.
const HOUR_MS: i64 = 3_600_000;

/// The rows of the draft by key.
#[derive(Debug)]
pub(super) struct Tables {
    calendar: Calendar,
    agents: Positions<Agent>,
    models: Positions<Arc<str>>,
    projects: Positions<Arc<str>>,
    sessions: Positions<Arc<str>>,
    /// Listed sessions by their last request: the first is the next to be removed.
    sessions_by_age: BTreeSet<(i64, Arc<str>)>,
    session_ages: HashMap<Arc<str>, i64>,
    days: Positions<u32>,
    hours: Positions<i64>,
    /// Sums that quarters have already been added to, by day.
    day_sums: BTreeMap<u32, Counters>,
    /// What of each quarter hour is in the day sums.
    quarter_sums: BTreeMap<i64, Counters>,
    /// The day that projects' rows show beside all time.
    project_days: ProjectDays,
}

impl Tables {
    pub(super) fn new(calendar: Calendar) -> Self {
        Self {
            calendar,
            agents: Positions::default(),
            models: Positions::default(),
            project_days: ProjectDays::default(),
            projects: Positions::default(),
            sessions: Positions::default(),
            sessions_by_age: BTreeSet::new(),
            session_ages: HashMap::new(),
            days: Positions::default(),
            hours: Positions::default(),
            day_sums: BTreeMap::new(),
            quarter_sums: BTreeMap::new(),
        }
    }

    /// Updates the draft with what changed. `paths` has projects' working folders.
    pub(super) fn update(
        &mut self,
        draft: &mut Draft,
        sums: &Aggregates,
        changes: &Changes,
        paths: &BTreeMap<Arc<str>, (i64, Arc<str>)>,
        now: i64,
    ) {
        self.update_agents(draft, sums);
        for model in &changes.models {
            match sums.model(model) {
                Some(counters) => {
                    let row = ModelRow {
                        name: draft.intern(model),
                        agent: Agent::CLAUDE_CODE,
                        counters: *counters,
                    };
                    self.models.put(draft, model, &row);
                }
                None => self.models.remove::<ModelRow>(draft, model),
            }
        }
        let new_day = self.project_days.update(&mut self.calendar, changes, now);
        for project in changes.projects.iter().chain(&new_day) {
            match sums.project(project) {
                Some(activity) => {
                    let row = ProjectRow {
                        project: draft.intern(project),
                        path: draft.intern(paths.get(project).map_or("", |(_, path)| path)),
                        agent: Agent::CLAUDE_CODE,
                        first_at: activity.first_ms,
                        last_at: activity.last_ms,
                        counters: activity.counters,
                        today: self.project_days.today(project),
                    };
                    self.projects.put(draft, project, &row);
                }
                None => self.projects.remove::<ProjectRow>(draft, project),
            }
        }
        self.update_sessions(draft, sums, &changes.sessions);
        self.update_days(draft, sums, &changes.quarters);
        self.update_hours(draft, sums, &changes.quarters, now);
    }

    /// Shows the account's limits.
    pub(super) fn update_limits(&self, draft: &mut Draft, limits: &Limits) {
        let row = |(key, reading): (&Key, &Reading)| {
            let Limit { used_millionths, resets_at, seen_at } = reading.limit;
            LimitRow {
                agent: Agent::CLAUDE_CODE,
                kind: key.kind,
                scope: draft.intern(&key.scope),
                used_millionths,
                resets_at,
                seen_at,
                spent: reading.spent,
                allowed: reading.allowed,
            }
        };
        let rows: Vec<LimitRow> = limits.iter().map(row).collect();
        while draft.len::<LimitRow>() > rows.len() {
            draft.swap_remove::<LimitRow>(rows.len());
        }
        for (number, row) in rows.iter().enumerate() {
            if number < draft.len::<LimitRow>() {
                draft.set(number, row);
            } else {
                draft.push(row);
            }
        }
    }

    /// Shows the agents whose transcripts are counted.
    fn update_agents(&mut self, draft: &mut Draft, sums: &Aggregates) {
        let row =
            AgentRow { agent: Agent::CLAUDE_CODE, name: draft.intern(CLAUDE_CODE), counters: sums.totals() };
        self.agents.put(draft, &Agent::CLAUDE_CODE, &row);
    }

    /// The number of sessions that the table has no room for.
    pub(super) fn sessions_left_out(&self, sums: &Aggregates) -> u64 {
        (sums.session_count() - self.sessions.len()) as u64
    }

    fn update_sessions(&mut self, draft: &mut Draft, sums: &Aggregates, changed: &[Arc<str>]) {
        let mut made_room = false;
        for session in changed {
            let before = self.session_ages.remove(session);
            if let Some(age) = before {
                self.sessions_by_age.remove(&(age, Arc::clone(session)));
            }
            match sums.session(session) {
                Some(activity) => {
                    made_room |= before.is_some_and(|before| activity.last_ms < before);
                    self.list(draft, session, activity);
                }
                None => {
                    made_room |= before.is_some();
                    self.sessions.remove::<SessionRow>(draft, session);
                }
            }
        }
        // A session that was removed, or became older, makes room for one that was left out. That is rare.
        if made_room {
            self.refill(draft, sums);
        }
    }

    /// Lists a session if it is among the newest; the oldest is removed.
    fn list(&mut self, draft: &mut Draft, session: &Arc<str>, activity: &Activity) {
        let age = (activity.last_ms, Arc::clone(session));
        if !self.sessions.contains(session) && self.sessions.len() == SESSIONS_MAX {
            match self.sessions_by_age.first().cloned() {
                Some(oldest) if oldest < age => {
                    self.sessions_by_age.remove(&oldest);
                    self.session_ages.remove(&oldest.1);
                    self.sessions.remove::<SessionRow>(draft, &oldest.1);
                }
                _ => return,
            }
        }
        let row = SessionRow {
            session: draft.intern(session),
            project: draft.intern(&activity.project),
            agent: Agent::CLAUDE_CODE,
            first_at: activity.first_ms,
            last_at: activity.last_ms,
            counters: activity.counters,
        };
        self.sessions.put(draft, session, &row);
        self.session_ages.insert(Arc::clone(session), age.0);
        self.sessions_by_age.insert(age);
    }

    /// Lists the sessions that are among the newest and missing.
    fn refill(&mut self, draft: &mut Draft, sums: &Aggregates) {
        if sums.session_count() == self.sessions.len() {
            return;
        }
        let mut newest: Vec<(i64, &Arc<str>, &Activity)> =
            sums.sessions().map(|(session, activity)| (activity.last_ms, session, activity)).collect();
        newest.sort_unstable_by(|a, b| (b.0, b.1).cmp(&(a.0, a.1)));
        for (_, session, activity) in newest.into_iter().take(SESSIONS_MAX) {
            if !self.sessions.contains(session) {
                self.list(draft, session, activity);
            }
        }
    }

    fn update_days(&mut self, draft: &mut Draft, sums: &Aggregates, quarters: &[i64]) {
        let mut changed = BTreeSet::new();
        for quarter in quarters {
            let date = u32::try_from(self.calendar.date_of(*quarter)).unwrap_or(0);
            let now = sums.quarters(*quarter, *quarter + 1).next().map(|(_, quarter)| quarter.counters);
            let before = match now {
                Some(counters) => self.quarter_sums.insert(*quarter, counters),
                None => self.quarter_sums.remove(quarter),
            };
            let day = self.day_sums.entry(date).or_default();
            *day += now.unwrap_or_default();
            *day -= before.unwrap_or_default();
            changed.insert(date);
        }
        for date in changed {
            match self.day_sums.get(&date).copied().filter(|day| day.requests > 0) {
                Some(counters) => self.days.put(draft, &date, &DayRow { date, counters }),
                None => {
                    self.day_sums.remove(&date);
                    self.days.remove::<DayRow>(draft, &date);
                }
            }
        }
    }

    fn update_hours(&mut self, draft: &mut Draft, sums: &Aggregates, quarters: &[i64], now: i64) {
        let span = i64::try_from(HOURS_MAX).unwrap_or(i64::MAX) * HOUR_MS;
        // The current hour and those before it, `HOURS_MAX` in all.
        let end = hour_of(now) + HOUR_MS;
        let listed = end - span..end;
        let over: Vec<i64> =
            self.hours.keys().iter().copied().filter(|hour| !listed.contains(hour)).collect();
        for hour in over {
            self.hours.remove::<HourRow>(draft, &hour);
        }
        let hours: BTreeSet<i64> = quarters.iter().map(|quarter| hour_of(*quarter)).collect();
        for hour in hours.range(listed) {
            let counters = sums.between(*hour, *hour + HOUR_MS);
            match counters.requests {
                0 => self.hours.remove::<HourRow>(draft, hour),
                _ => self.hours.put(draft, hour, &HourRow { start: *hour, counters }),
            }
        }
    }
}

fn hour_of(ms: i64) -> i64 {
    ms - ms.rem_euclid(HOUR_MS)
}

#[cfg(test)]
mod tests;
