//! The tables of the JSON document: a row type each, made from a frame, in an order that means something.
//!
//! Invariant: members are added, never changed. Used by [`super::document`].

use std::collections::HashMap;

use serde::Serialize;
use serde_json::value::RawValue;

use super::figures::{date, rfc3339};
use super::limit_pace::{is_stale, used_up_at};
#[cfg(feature = "publisher")]
use super::limit_table::source_of;
use super::parts::{Limit, Sums, usd};
use crate::config::Aliases;
#[cfg(feature = "publisher")]
use crate::limits::{Source, Told};
use crate::snapshot::{
    AgentRow, DayRow, Frame, HourRow, LimitKind, LimitRow, ModelRow, Picodollars, ProjectRow, SessionRow,
};

#[derive(Debug, Serialize)]
pub(super) struct Agent {
    agent: String,
    #[serde(flatten)]
    sums: Sums,
}

/// Any limit of the account.
#[derive(Debug, Serialize)]
pub(super) struct AccountLimit {
    agent: u32,
    kind: &'static str,
    scope: Option<String>,
    #[serde(flatten)]
    limit: Limit,
    /// It was reported so long ago that much may have been used since.
    is_stale: bool,
    /// Who reported it, in documents that say so: `status_line` or `cache`.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'static str>,
    /// When it is used up at the pace of its window so far, if that is before its reset and still to come.
    used_up_at: Option<String>,
    spent_usd: Option<Box<RawValue>>,
    allowed_usd: Option<Box<RawValue>>,
}

#[derive(Debug, Serialize)]
pub(super) struct Model {
    model: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_alias: Option<String>,
    agent: u32,
    #[serde(flatten)]
    sums: Sums,
}

#[derive(Debug, Serialize)]
pub(super) struct Project {
    project: String,
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project_alias: Option<String>,
    agent: u32,
    #[serde(flatten)]
    sums: Sums,
    today: Sums,
}

#[derive(Debug, Serialize)]
pub(super) struct Unpriced {
    model: String,
    tokens: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct Session {
    session: String,
    project: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    project_alias: Option<String>,
    agent: u32,
    first: Option<String>,
    last: Option<String>,
    #[serde(flatten)]
    sums: Sums,
}

#[derive(Debug, Serialize)]
pub(super) struct Day {
    date: String,
    #[serde(flatten)]
    sums: Sums,
}

#[derive(Debug, Serialize)]
pub(super) struct Hour {
    start: Option<String>,
    #[serde(flatten)]
    sums: Sums,
}

#[derive(Debug, Serialize)]
pub(super) struct Past {
    at: Option<String>,
    #[serde(flatten)]
    sums: Sums,
}

/// Adds aliases beside the names.
pub(super) fn name(
    models: &mut [Model],
    projects: &mut [Project],
    sessions: &mut [Session],
    aliases: &Aliases,
) {
    for model in models {
        model.model_alias = aliases.model(&model.model).map(str::to_owned);
    }
    for project in &mut *projects {
        project.project_alias = aliases.project(&project.project, project.path.as_deref()).map(str::to_owned);
    }
    let by_project: HashMap<&str, &Project> =
        projects.iter().map(|project| (&*project.project, project)).collect();
    for session in sessions {
        let project = by_project.get(&*session.project);
        session.project_alias = match project {
            Some(project) => project.project_alias.clone(),
            None => aliases.project(&session.project, None).map(str::to_owned),
        };
    }
}

impl Project {
    /// Puts an alias in the place of its name.
    pub(super) fn hide_name(&mut self, alias: impl Fn(&str, &str) -> String) {
        self.project = alias("project", &self.project);
        self.project_alias = None;
        self.path = None;
    }
}

impl Session {
    /// Puts aliases in the place of its id and its project's name.
    pub(super) fn hide_name(&mut self, alias: impl Fn(&str, &str) -> String) {
        self.session = alias("session", &self.session);
        self.project = alias("project", &self.project);
        self.project_alias = None;
    }
}

/// Model rows of a frame, most expensive first, then by name.
pub fn by_cost(frame: &Frame) -> Vec<ModelRow> {
    let mut rows: Vec<ModelRow> = frame.rows().collect();
    rows.sort_by(|a, b| {
        let volume = |row: &ModelRow| (row.counters.cost, row.counters.total_tokens());
        volume(b).cmp(&volume(a)).then_with(|| frame.name(a.name).cmp(frame.name(b.name)))
    });
    rows
}

pub(super) fn models(frame: &Frame) -> Vec<Model> {
    let rows = by_cost(frame);
    rows.iter()
        .map(|row| Model {
            model: frame.name(row.name).into(),
            model_alias: None,
            agent: row.agent.0,
            sums: Sums::of(&row.counters),
        })
        .collect()
}

pub(super) fn agents(frame: &Frame) -> Vec<Agent> {
    let rows = frame.rows::<AgentRow>();
    rows.map(|row| Agent { agent: frame.name(row.name).into(), sums: Sums::of(&row.counters) }).collect()
}

/// The name of a kind of limit.
pub fn limit_kind(kind: LimitKind) -> &'static str {
    match kind {
        LimitKind::FiveHour => "five_hour",
        LimitKind::SevenDay => "seven_day",
        LimitKind::SevenDayModel => "seven_day_model",
        LimitKind::Spend => "spend",
        LimitKind::Other => "other",
    }
}

pub(super) fn account_limits(frame: &Frame, now: i64) -> Vec<AccountLimit> {
    let money = |amount: Picodollars| (amount != Picodollars::ZERO).then(|| usd(amount));
    let limit = |row: LimitRow| AccountLimit {
        agent: row.agent.0,
        kind: limit_kind(row.kind),
        scope: Some(frame.name(row.scope)).filter(|scope| !scope.is_empty()).map(Into::into),
        limit: Limit::of(
            crate::snapshot::Limit {
                used_millionths: row.used_millionths,
                resets_at: row.resets_at,
                seen_at: row.seen_at,
            },
            now,
        ),
        is_stale: is_stale(&row, now),
        source: None,
        used_up_at: used_up_at(&row).filter(|at| *at > now).and_then(rfc3339),
        spent_usd: money(row.spent),
        allowed_usd: money(row.allowed),
    };
    frame.rows::<LimitRow>().map(limit).collect()
}

/// Says who reported each of these limits, which are those of the frame.
#[cfg(feature = "publisher")]
pub(super) fn name_sources(limits: &mut [AccountLimit], frame: &Frame, told: &[Told]) {
    for (limit, row) in limits.iter_mut().zip(frame.rows::<LimitRow>()) {
        limit.source = source_of(&row, frame.name(row.scope), told).map(|source| match source {
            Source::StatusLine => "status_line",
            Source::Cache => "cache",
        });
    }
}

pub(super) fn unpriced(frame: &Frame) -> Vec<Unpriced> {
    let rows = by_cost(frame);
    rows.iter()
        .filter(|row| row.counters.unpriced_tokens > 0)
        .map(|row| Unpriced { model: frame.name(row.name).into(), tokens: row.counters.unpriced_tokens })
        .collect()
}

pub(super) fn projects(frame: &Frame) -> Vec<Project> {
    let mut rows: Vec<ProjectRow> = frame.rows().collect();
    rows.sort_by(|a, b| {
        b.counters.cost.cmp(&a.counters.cost).then_with(|| frame.name(a.project).cmp(frame.name(b.project)))
    });
    rows.iter()
        .map(|row| Project {
            project: frame.name(row.project).into(),
            path: Some(frame.name(row.path)).filter(|path| !path.is_empty()).map(Into::into),
            project_alias: None,
            agent: row.agent.0,
            sums: Sums::of(&row.counters),
            today: Sums::of(&row.today),
        })
        .collect()
}

pub(super) fn sessions(frame: &Frame) -> Vec<Session> {
    let mut rows: Vec<SessionRow> = frame.rows().collect();
    rows.sort_by(|a, b| {
        b.last_at.cmp(&a.last_at).then_with(|| frame.name(a.session).cmp(frame.name(b.session)))
    });
    rows.iter()
        .map(|row| Session {
            session: frame.name(row.session).into(),
            project: frame.name(row.project).into(),
            project_alias: None,
            agent: row.agent.0,
            first: rfc3339(row.first_at),
            last: rfc3339(row.last_at),
            sums: Sums::of(&row.counters),
        })
        .collect()
}

pub(super) fn days(frame: &Frame) -> Vec<Day> {
    let mut rows: Vec<DayRow> = frame.rows().collect();
    rows.sort_by_key(|row| row.date);
    rows.iter().map(|row| Day { date: date(row.date), sums: Sums::of(&row.counters) }).collect()
}

pub(super) fn hours(frame: &Frame) -> Vec<Hour> {
    let mut rows: Vec<HourRow> = frame.rows().collect();
    rows.sort_by_key(|row| row.start);
    rows.iter().map(|row| Hour { start: rfc3339(row.start), sums: Sums::of(&row.counters) }).collect()
}

pub(super) fn history(frame: &Frame) -> Vec<Past> {
    frame.history().map(|row| Past { at: rfc3339(row.at), sums: Sums::of(&row.counters) }).collect()
}
