//! The JSON of reports, `--json`: the types that are serialised.
//!
//! Invariant (schema 1): members are added, never changed or removed. Times are RFC 3339 in UTC, dates are in the
//! report's zone, costs are JSON numbers in USD with up to twelve decimals and no exponent.

use std::sync::Arc;

use jiff::civil::Date;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::block_report::BlockReport;
use super::blocks::{Block, Entry, Gap};
use super::costs::Costs;
use super::periods::Periods;
use super::query::{Grouping, Query};
use super::rows::{Label, ModelSums, Report, Row};
use super::statistics::{Statistics, StatisticsRow};
use crate::config::Aliases;
use crate::period::Span;
use crate::pricing::CostMode;
use crate::report::figures::rfc3339;
use crate::report::parts::Sums;
use crate::usage::Dimension;

/// Metadata of a document.
#[derive(Clone, Debug, Serialize)]
pub struct Head {
    schema: u32,
    report: &'static str,
    timezone: String,
    mode: &'static str,
    since: Option<String>,
    until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'static str>,
}

/// A report by period, session, project or model.
#[derive(Debug, Serialize)]
pub struct Document {
    #[serde(flatten)]
    head: Head,
    /// The title of the only session.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<Arc<str>>,
    rows: Vec<Line>,
    totals: Sums,
    models: Vec<Model>,
    /// For days with nothing counted; no total includes them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    claude_statistics: Vec<StatisticsLine>,
}

/// Claude Code's own statistics of a period.
#[derive(Debug, Serialize)]
struct StatisticsLine {
    period: String,
    days: u64,
    tokens: u64,
    /// `input_output`, or `all` with the cache's.
    counts: &'static str,
    models: Vec<ModelTokens>,
}

#[derive(Debug, Serialize)]
struct ModelTokens {
    model: Arc<str>,
    tokens: u64,
}

/// A report of blocks.
#[derive(Debug, Serialize)]
pub struct Blocks {
    #[serde(flatten)]
    head: Head,
    length_minutes: i64,
    token_limit: Option<u64>,
    rows: Vec<BlockLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idle: Option<Vec<Bounds>>,
}

#[derive(Debug, Serialize)]
struct Line {
    #[serde(flatten)]
    label: RowLabel,
    #[serde(flatten)]
    project: Option<ProjectLabel>,
    #[serde(flatten)]
    values: Values,
    first: Option<String>,
    last: Option<String>,
    #[serde(flatten)]
    sums: Sums,
    #[serde(skip_serializing_if = "Option::is_none")]
    models: Option<Vec<Model>>,
}

#[derive(Debug, Serialize)]
struct ProjectLabel {
    project: Arc<str>,
    path: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project_alias: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repository: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    worktrees: Vec<Arc<str>>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum RowLabel {
    Day {
        date: String,
        #[serde(flatten)]
        bounds: Bounds,
    },
    Week {
        week: String,
        #[serde(flatten)]
        bounds: Bounds,
    },
    Month {
        month: String,
        #[serde(flatten)]
        bounds: Bounds,
    },
    Year {
        year: String,
        #[serde(flatten)]
        bounds: Bounds,
    },
    Session {
        session: Arc<str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<Arc<str>>,
    },
    Model {
        model: Arc<str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        model_alias: Option<String>,
    },
    Project {},
    Dimensions {},
}

/// A member for each dimension of the report; null where transcripts do not name one.
#[derive(Debug)]
struct Values(Vec<(Dimension, Option<Arc<str>>)>);

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(of, value)| (of.name(), value)))
    }
}

#[derive(Clone, Debug, Serialize)]
struct Bounds {
    start: Option<String>,
    end: Option<String>,
}

#[derive(Debug, Serialize)]
struct Model {
    model: Arc<str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_alias: Option<String>,
    #[serde(flatten)]
    sums: Sums,
}

#[derive(Debug, Serialize)]
struct BlockLine {
    start: Option<String>,
    end: Option<String>,
    first: Option<String>,
    last: Option<String>,
    is_active: bool,
    #[serde(flatten)]
    sums: Sums,
    models: Vec<Model>,
    burn_rate: Option<BurnRate>,
    projection: Option<Projection>,
    remaining_tokens: Option<u64>,
}

#[derive(Debug, Serialize)]
struct BurnRate {
    tokens_per_minute: f64,
    fresh_tokens_per_minute: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_per_hour_usd: Option<Box<RawValue>>,
}

#[derive(Debug, Serialize)]
struct Projection {
    total_tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_usd: Option<Box<RawValue>>,
    left_ms: i64,
    /// When that time is over.
    end: Option<String>,
}

impl Head {
    /// The metadata of the report called `report`. `zone_name` is the name of the query's zone.
    pub fn of(report: &'static str, query: &Query, zone_name: &str) -> Self {
        Self {
            schema: 1,
            report,
            timezone: zone_name.into(),
            mode: match query.mode {
                CostMode::Auto => "auto",
                CostMode::Calculate => "calculate",
                CostMode::Display => "display",
            },
            since: query.since.map(|date| date.to_string()),
            until: query.until.map(|date| date.to_string()),
            group: query.folds_worktrees.then_some("worktree"),
        }
    }
}

impl Document {
    /// The document of a report for `query`.
    pub fn of(head: Head, report: &Report, query: &Query, costs: Costs, aliases: &Aliases) -> Self {
        let mut labels = Labels::new(Periods::new(query, report.grouping), report.grouping);
        let mut line = |row: &Row| Line {
            label: labels.of(row, aliases),
            project: row.project.as_ref().map(|project| ProjectLabel {
                project: Arc::clone(&project.key),
                path: project.path.clone(),
                project_alias: aliases.project(&project.key, project.path.as_deref()).map(str::to_owned),
                repository: project.repository.clone(),
                worktrees: project.worktrees.clone(),
            }),
            values: Values::of(row, &report.division.by),
            first: rfc3339(row.first_ms),
            last: rfc3339(row.last_ms),
            sums: costs.sums(&row.counters),
            models: (report.grouping != Grouping::Models).then(|| models(&row.models, costs, aliases)),
        };
        Self {
            head,
            title: None,
            rows: report.rows.iter().map(&mut line).collect(),
            totals: costs.sums(&report.totals),
            models: models(&report.models, costs, aliases),
            claude_statistics: Vec::new(),
        }
    }

    /// Adds the title of the only session that it is about.
    #[must_use]
    pub fn with_title(mut self, title: Option<Arc<str>>) -> Self {
        self.title = title;
        self
    }

    /// Adds Claude Code's own statistics.
    #[must_use]
    pub fn with_statistics(mut self, statistics: &Statistics, grouping: Grouping) -> Self {
        self.claude_statistics =
            statistics.rows.iter().map(|row| StatisticsLine::of(row, grouping)).collect();
        self
    }

    /// Puts aliases in the place of names of projects, sessions, branches and the like, and removes paths. `alias` gets the
    /// kind of a name and the name.
    pub fn hide_names(&mut self, alias: impl Fn(&str, &str) -> String) {
        self.title = None;
        for line in &mut self.rows {
            if let RowLabel::Session { session, title } = &mut line.label {
                *session = alias("session", session).into();
                *title = None;
            }
            if let Some(project) = &mut line.project {
                let name = alias("project", &project.project).into();
                *project = ProjectLabel {
                    project: name,
                    path: None,
                    project_alias: None,
                    repository: None,
                    worktrees: Vec::new(),
                };
            }
            for (of, value) in line.values.0.iter_mut().filter(|(of, _)| of.is_named_by_users()) {
                *value = value.take().map(|value| alias(of.name(), &value).into());
            }
        }
    }
}

impl StatisticsLine {
    fn of(row: &StatisticsRow, grouping: Grouping) -> Self {
        let model =
            |(model, tokens): &(Arc<str>, u64)| ModelTokens { model: Arc::clone(model), tokens: *tokens };
        Self {
            period: period_name(row.first_day, grouping),
            days: row.days,
            tokens: row.tokens,
            counts: if row.with_cache { "all" } else { "input_output" },
            models: row.models.iter().map(model).collect(),
        }
    }
}

/// Labels of rows.
struct Labels {
    periods: Periods,
    grouping: Grouping,
    /// The label of the last period. Divided rows have many of one period, and its bounds take a calendar to find.
    last: Option<(Date, RowLabel)>,
}

impl Labels {
    fn new(periods: Periods, grouping: Grouping) -> Self {
        Self { periods, grouping, last: None }
    }

    fn of(&mut self, row: &Row, aliases: &Aliases) -> RowLabel {
        match &row.label {
            Label::Period(first_day) => match &self.last {
                Some((last, label)) if last == first_day => label.clone(),
                _ => {
                    let label = self.period(*first_day);
                    self.last = Some((*first_day, label.clone()));
                    label
                }
            },
            Label::Session(session) => {
                RowLabel::Session { session: Arc::clone(session), title: row.title.clone() }
            }
            Label::Model(model) => RowLabel::Model {
                model: Arc::clone(model),
                model_alias: aliases.model(model).map(str::to_owned),
            },
            Label::Project => RowLabel::Project {},
            Label::Dimensions => RowLabel::Dimensions {},
        }
    }

    fn period(&self, first_day: Date) -> RowLabel {
        let (name, bounds) =
            (period_name(first_day, self.grouping), Bounds::of(self.periods.span(first_day)));
        match self.grouping {
            Grouping::Weeks => RowLabel::Week { week: name, bounds },
            Grouping::Months => RowLabel::Month { month: name, bounds },
            Grouping::Years => RowLabel::Year { year: name, bounds },
            _ => RowLabel::Day { date: name, bounds },
        }
    }
}

impl Values {
    fn of(row: &Row, by: &[Dimension]) -> Self {
        let named = |value: &Arc<str>| Some(Arc::clone(value)).filter(|value| !value.is_empty());
        Self(by.iter().copied().zip(row.values.iter().map(named)).collect())
    }
}

/// The name of a period: `2026-11-24`, `2026-11` for a month, or `2026` for a year.
pub fn period_name(first_day: Date, grouping: Grouping) -> String {
    match grouping {
        Grouping::Months => format!("{:04}-{:02}", first_day.year(), first_day.month()),
        Grouping::Years => format!("{:04}", first_day.year()),
        _ => first_day.to_string(),
    }
}

impl Bounds {
    fn of(span: Span) -> Self {
        Self { start: rfc3339(span.start_ms), end: rfc3339(span.end_ms) }
    }
}

fn models(models: &[ModelSums], costs: Costs, aliases: &Aliases) -> Vec<Model> {
    let model = |sums: &ModelSums| Model {
        model: Arc::clone(&sums.model),
        model_alias: aliases.model(&sums.model).map(str::to_owned),
        sums: costs.sums(&sums.counters),
    };
    models.iter().map(model).collect()
}

impl Blocks {
    /// The document of a report's blocks. Leaves out gaps.
    pub fn of(head: Head, report: &BlockReport, costs: Costs, aliases: &Aliases) -> Self {
        let blocks = report.entries.iter().filter_map(Entry::block);
        let rows = blocks.map(|block| BlockLine::of(block, report, costs, aliases)).collect();
        let length_minutes = report.length_ms / 60_000;
        Self { head, length_minutes, token_limit: report.limit, rows, idle: None }
    }

    /// Adds the times without any request, from the last one to the next.
    #[must_use]
    pub fn with_idle(mut self, report: &BlockReport) -> Self {
        let idle = |gap: &Gap| Bounds {
            start: rfc3339(gap.end_ms - gap.idle_ms(report.length_ms)),
            end: rfc3339(gap.end_ms),
        };
        self.idle = Some(report.entries.iter().filter_map(Entry::gap).map(idle).collect());
        self
    }
}

impl BlockLine {
    fn of(block: &Block, report: &BlockReport, costs: Costs, aliases: &Aliases) -> Self {
        let burn = block.burn();
        let end = report.end_of(block);
        let projection = block.projection(end, report.now_ms);
        Self {
            start: rfc3339(block.start_ms),
            end: rfc3339(block.end_ms),
            first: rfc3339(block.first_ms),
            last: rfc3339(block.last_ms),
            is_active: block.is_active,
            sums: costs.sums(&block.counters),
            models: models(&block.models, costs, aliases),
            burn_rate: burn.map(|burn| BurnRate {
                tokens_per_minute: burn.tokens_per_minute(),
                fresh_tokens_per_minute: burn.fresh_tokens_per_minute(),
                cost_per_hour_usd: costs.usd(burn.cost_per_hour().amount),
            }),
            projection: projection.map(|projection| Projection {
                total_tokens: projection.tokens,
                cost_usd: costs.usd(projection.cost.amount),
                left_ms: projection.left_ms,
                end: rfc3339(end.end_ms()),
            }),
            remaining_tokens: report
                .limit
                .filter(|_| block.is_active)
                .map(|limit| limit.saturating_sub(block.counters.total_tokens())),
        }
    }
}
