//! The filters of reports, as parameters.
//!
//! Invariant: they mean what the options of the same names mean to `cco daily`. Whoever sees no names cannot ask for
//! them either: whether a name is there would be an answer.

use axum::http::StatusCode;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

use crate::config::{Aliases, Group, Settings, zone_named};
use crate::ledger::Ledger;
use crate::pricing::CostMode;
use crate::report::usage::choose::{self, Wanted};
use crate::report::usage::{
    ChoiceError, Costs, Dimension, Division, Grouping, Only, Query, date, first_of_last, json,
};
use crate::serve::aliases::Names;
use crate::serve::described::Parameter;
use crate::serve::parameters::Parameters;
use crate::serve::problem::Problem;
use crate::serve::reports::failed;

pub(super) const SINCE: Parameter = Parameter::one("since", "2026-11-01", "First day to include");
pub(super) const UNTIL: Parameter = Parameter::one("until", "2026-11-30", "Last day to include");
pub(super) const LAST: Parameter = Parameter::one(
    "last",
    "7",
    "Only the last N days, weeks, months or years up to today, or the last N rows",
);
pub(super) const PROJECT: Parameter =
    Parameter::many("project", "engine", "Only this project: its folder or part of its name");
pub(super) const GROUP: Parameter = Parameter::one(
    "group",
    "worktree",
    "What is one project: each working folder (project), or a git repository with its worktrees (worktree)",
);
pub(super) const MODEL: Parameter =
    Parameter::many("model", "opus", "Only models with this name or part of a name");
pub(super) const ORDER: Parameter =
    Parameter::one("order", "desc", "asc: oldest or cheapest first; desc: newest or most expensive first");
pub(super) const MODE: Parameter =
    Parameter::one("mode", "auto", "Which cost to use: auto, calculate or display");
pub(super) const TIMEZONE: Parameter =
    Parameter::one("timezone", "Europe/Berlin", "Time zone for days, weeks, months and years");
pub(super) const NO_COST: Parameter = Parameter::one("no_cost", "true", "Leave out costs");

pub(super) const BY: Parameter = Parameter::one(
    "by",
    "branch,effort",
    "A row for each value of these: branch, subagent, skill, plugin, mcp_server, mcp_tool, effort, entrypoint, \
     agent_id",
);

const fn of(dimension: Dimension, example: &'static str, meaning: &'static str) -> Parameter {
    Parameter::many(dimension.name(), example, meaning)
}

pub(super) const BRANCH: Parameter =
    of(Dimension::Branch, "main", "Only this git branch, or part of its name");
pub(super) const SUBAGENT: Parameter = of(Dimension::Subagent, "Explore", "Only subagents of this type");
pub(super) const SKILL: Parameter = of(Dimension::Skill, "review", "Only this skill");
pub(super) const PLUGIN: Parameter = of(Dimension::Plugin, "codex", "Only this plugin");
pub(super) const MCP_SERVER: Parameter = of(Dimension::McpServer, "github", "Only this MCP server");
pub(super) const MCP_TOOL: Parameter = of(Dimension::McpTool, "search", "Only this tool of an MCP server");
pub(super) const EFFORT: Parameter = of(Dimension::Effort, "high", "Only this effort");
pub(super) const ENTRYPOINT: Parameter =
    of(Dimension::Entrypoint, "cli", "Only this way to start Claude Code");
pub(super) const AGENT_ID: Parameter =
    of(Dimension::AgentId, "a1b2c3", "Only this subagent of a session, by its id");

/// Dimensions, separated by commas.
fn dimensions(text: &str) -> Result<Vec<Dimension>, String> {
    let named = |name: &str| Dimension::ALL.into_iter().find(|of| of.name() == name);
    let names = || Dimension::ALL.map(Dimension::name).join(", ");
    let by: Vec<Dimension> = text
        .split(',')
        .map(|name| named(name).ok_or_else(|| format!("use {}", names())))
        .collect::<Result<_, _>>()?;
    let is_twice = |of: &Dimension| by.iter().filter(|other| *other == of).count() > 1;
    if by.iter().any(is_twice) { Err("use each once".into()) } else { Ok(by) }
}

/// The most rows that `last` means.
const LAST_MOST: u32 = 1_000_000;

/// Filters, with names that are not looked up yet.
#[derive(Clone, Debug)]
pub(super) struct Filters {
    pub(super) since: Option<Date>,
    pub(super) until: Option<Date>,
    pub(super) last: Option<u32>,
    wanted: Wanted,
    /// How rows are divided further.
    pub(super) division: Division,
    pub(super) is_descending: Option<bool>,
    mode: CostMode,
    zone: TimeZone,
    zone_name: String,
    pub(super) week_start: Weekday,
    pub(super) costs: Costs,
}

impl Filters {
    /// Those of a request.
    pub(super) fn read(parameters: &Parameters, settings: &Settings, names: Names) -> Result<Self, Problem> {
        let whole = |text: &str| {
            let number = text.parse().ok().filter(|number| (1..=LAST_MOST).contains(number));
            number.ok_or_else(|| format!("use a whole number from 1 to {LAST_MOST}"))
        };
        let modes =
            [("auto", CostMode::Auto), ("calculate", CostMode::Calculate), ("display", CostMode::Display)];
        let zone =
            parameters.parsed("timezone", |name| zone_named(name).map_err(|error| error.to_string()))?;
        let (zone, zone_name) = zone.unwrap_or_else(|| (settings.zone.clone(), settings.zone_name.clone()));
        let groups = [Group::Project, Group::Worktree].map(|group| (group.word(), group));
        let group = parameters.word("group", &groups)?.unwrap_or(settings.report.group);
        let folds_worktrees = group == Group::Worktree;
        let filters = Self {
            since: parameters.parsed("since", date)?,
            until: parameters.parsed("until", date)?,
            last: parameters.parsed("last", whole)?,
            wanted: Wanted {
                folds_worktrees,
                projects: parameters.all("project"),
                models: parameters.all("model"),
                dimensions: Dimension::ALL.map(|of| (of, parameters.all(of.name()))).into(),
            },
            division: Division {
                by_project: parameters.is_on("by_project")?,
                by: parameters.parsed("by", dimensions)?.unwrap_or_default(),
            },
            is_descending: parameters.word("order", &[("asc", false), ("desc", true)])?,
            mode: parameters.word("mode", &modes)?.unwrap_or(CostMode::Auto),
            zone,
            zone_name,
            week_start: settings.week_start,
            costs: if parameters.is_on("no_cost")? { Costs::Hidden } else { Costs::Shown },
        };
        if filters.last.is_some() && (filters.since.is_some() || filters.until.is_some()) {
            return Err(Problem::query("use last, or since and until, not both"));
        }
        if let (Some(since), Some(until)) = (filters.since, filters.until)
            && since > until
        {
            return Err(Problem::query(format!("since {since} is after until {until}: swap them")));
        }
        let is_named = |(of, given): &(Dimension, Vec<String>)| of.is_named_by_users() && !given.is_empty();
        if !filters.wanted.projects.is_empty() || filters.wanted.dimensions.iter().any(is_named) {
            refuse_names(names)?;
        }
        Ok(filters)
    }

    /// Turns `last` into days, for rows that are periods.
    pub(super) fn with_last_periods(mut self, grouping: Grouping, now_ms: i64) -> Self {
        let Some(count) = self.last.take() else { return self };
        let today = jiff::Timestamp::from_millisecond(now_ms).unwrap_or_default();
        let today = self.zone.to_datetime(today).date();
        self.since = first_of_last(grouping, count, today, self.week_start);
        self.until = Some(today);
        self
    }

    /// A text that differs if the answer does.
    pub(super) fn key(&self) -> String {
        let Self {
            since,
            until,
            last,
            wanted,
            division,
            is_descending,
            mode,
            zone: _,
            zone_name,
            week_start,
            costs,
        } = self;
        format!(
            "{since:?} {until:?} {last:?} {wanted:?} {division:?} {is_descending:?} {mode:?} {zone_name:?} \
             {week_start:?} {costs:?}"
        )
    }

    /// The query, with names looked up.
    pub(super) fn query(&self, ledger: &Ledger, aliases: &Aliases) -> Result<Query, Problem> {
        let only = choose::only(ledger, &self.wanted, aliases);
        Ok(Query { only: only.map_err(|error| refused(&error))?, ..self.unfiltered() })
    }

    /// The query without filters by name.
    fn unfiltered(&self) -> Query {
        Query {
            since: self.since,
            until: self.until,
            zone: self.zone.clone(),
            week_start: self.week_start,
            mode: self.mode,
            only: Only::default(),
            folds_worktrees: self.wanted.folds_worktrees,
        }
    }

    /// What a document says of itself.
    pub(super) fn head(&self, report: &'static str) -> json::Head {
        json::Head::of(report, &self.unfiltered(), &self.zone_name)
    }
}

/// Refuses to look up names for whoever sees none.
pub(super) fn refuse_names(names: Names) -> Result<(), Problem> {
    if names == Names::Shown {
        return Ok(());
    }
    let detail = "names of projects and sessions are hidden from you, so you cannot ask for one: send the token, or \
                  connect as the publisher's user";
    Err(Problem::new(StatusCode::FORBIDDEN, detail))
}

/// The problem that a name is not there. Names of models are nobody's secret, and others were not asked for.
pub(super) fn refused(error: &ChoiceError) -> Problem {
    match error {
        ChoiceError::Unknown(words) => Problem::new(StatusCode::NOT_FOUND, words),
        ChoiceError::Ambiguous(words) => Problem::query(words),
        ChoiceError::Ledger(error) => failed(error),
    }
}
