//! The JSON format of `ccusage claude daily|weekly|monthly|session|blocks --json`, key for key.
//!
//! Invariant: keys, nesting and units are those of ccusage 20; the figures are ours. Costs have all their digits;
//! ccusage writes the nearest floating-point number.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::value::RawValue;

use super::block_report::BlockReport;
use super::blocks::{Block, Entry, Gap};
use super::costs::Costs;
use super::json::period_name;
use super::query::Grouping;
use super::rows::{Label, ModelSums, Report, Row};
use crate::period::utc;
use crate::report::parts::usd;
use crate::snapshot::{Counters, Picodollars};

/// Above this percentage of a limit, the status is `warning`.
const WARNING_PERCENT: f64 = 80.0;

/// Where a report's rows have their projects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Projects {
    /// Nowhere.
    None,
    /// In each row, because some were asked for.
    InRows,
    /// Rows are grouped by them, and each has its own too.
    Grouped,
}

/// A report's rows, under its name or by project, and their totals.
#[derive(Debug, Serialize)]
pub struct Rows {
    #[serde(flatten)]
    rows: BTreeMap<&'static str, RowList>,
    totals: Totals,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum RowList {
    Rows(Vec<Line>),
    ByProject(BTreeMap<Arc<str>, Vec<Line>>),
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    #[serde(flatten)]
    label: RowLabel,
    #[serde(flatten)]
    tokens: Tokens,
    total_tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_cost: Option<Box<RawValue>>,
    models_used: Vec<Arc<str>>,
    model_breakdowns: Vec<Breakdown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<Arc<str>>,
}

#[derive(Debug, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum RowLabel {
    Day { date: String },
    Week { week: String },
    Month { month: String },
    Session { session_id: Arc<str>, project_path: Arc<str>, first_activity: String, last_activity: String },
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Tokens {
    input_tokens: u64,
    output_tokens: u64,
    cache_creation_tokens: u64,
    cache_read_tokens: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Breakdown {
    model_name: Arc<str>,
    #[serde(flatten)]
    tokens: Tokens,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    missing_pricing: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Totals {
    #[serde(flatten)]
    tokens: Tokens,
    total_tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_cost: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unpriced_models: Vec<Arc<str>>,
}

/// One session, request by request.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    session_id: Arc<str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_cost: Option<Box<RawValue>>,
    total_tokens: u64,
    entries: Vec<Request>,
}

/// One request of a session.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    timestamp: String,
    #[serde(flatten)]
    tokens: Tokens,
    model: Arc<str>,
    #[serde(rename = "costUSD", skip_serializing_if = "Option::is_none")]
    cost: Option<Box<RawValue>>,
}

/// Blocks and gaps.
#[derive(Debug, Serialize)]
pub struct Blocks {
    blocks: Vec<BlockLine>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct BlockLine {
    id: String,
    start_time: String,
    end_time: String,
    actual_end_time: Option<String>,
    is_active: bool,
    is_gap: bool,
    entries: u64,
    token_counts: TokenCounts,
    total_tokens: u64,
    #[serde(rename = "costUSD", skip_serializing_if = "Option::is_none")]
    cost: Option<Box<RawValue>>,
    models: Vec<Arc<str>>,
    burn_rate: Option<BurnRate>,
    projection: Option<ProjectionJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_limit_status: Option<LimitStatus>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TokenCounts {
    input_tokens: u64,
    output_tokens: u64,
    cache_creation_input_tokens: u64,
    cache_read_input_tokens: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct BurnRate {
    tokens_per_minute: f64,
    tokens_per_minute_for_indicator: f64,
    cost_per_hour: Box<RawValue>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ProjectionJson {
    total_tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_cost: Option<Box<RawValue>>,
    remaining_minutes: i64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LimitStatus {
    limit: u64,
    projected_usage: u64,
    percent_used: f64,
    status: &'static str,
}

impl Rows {
    /// The document of a report by day, week, month or session. `None` if ccusage does not have this report.
    pub fn of(report: &Report, projects: Projects, costs: Costs) -> Option<Self> {
        let name = match report.grouping {
            Grouping::Days => "daily",
            Grouping::Weeks => "weekly",
            Grouping::Months => "monthly",
            Grouping::Sessions => "sessions",
            Grouping::Years | Grouping::Projects | Grouping::Models | Grouping::Dimensions => return None,
        };
        let line = |row: &Row| Line::of(row, report.grouping, projects, costs);
        let rows = if projects == Projects::Grouped {
            let mut projects: BTreeMap<Arc<str>, Vec<Line>> = BTreeMap::new();
            for row in &report.rows {
                let key = row.project.as_ref().map_or_else(|| "".into(), |project| Arc::clone(&project.key));
                projects.entry(key).or_default().push(line(row));
            }
            BTreeMap::from([("projects", RowList::ByProject(projects))])
        } else {
            BTreeMap::from([(name, RowList::Rows(report.rows.iter().map(line).collect()))])
        };
        Some(Self { rows, totals: Totals::of(report, costs) })
    }
}

impl Line {
    fn of(row: &Row, grouping: Grouping, projects: Projects, costs: Costs) -> Self {
        let project = row.project.as_ref().map(|project| Arc::clone(&project.key));
        let label = match (&row.label, grouping) {
            (Label::Period(date), Grouping::Months) => {
                RowLabel::Month { month: period_name(*date, grouping) }
            }
            (Label::Period(date), Grouping::Weeks) => RowLabel::Week { week: period_name(*date, grouping) },
            (Label::Period(date), _) => RowLabel::Day { date: period_name(*date, grouping) },
            (Label::Session(session), _) => RowLabel::Session {
                session_id: Arc::clone(session),
                project_path: project.clone().unwrap_or_else(|| "".into()),
                first_activity: time(row.first_ms),
                last_activity: time(row.last_ms),
            },
            (Label::Project | Label::Model(_) | Label::Dimensions, _) => {
                RowLabel::Day { date: String::new() }
            }
        };
        Self {
            label,
            tokens: Tokens::of(&row.counters),
            total_tokens: row.counters.total_tokens(),
            total_cost: costs.usd(row.counters.cost),
            models_used: in_order_of_use(&row.models),
            model_breakdowns: row.models.iter().map(|sums| Breakdown::of(sums, costs)).collect(),
            project: project.filter(|_| projects != Projects::None),
        }
    }
}

impl Tokens {
    fn of(counters: &Counters) -> Self {
        Self {
            input_tokens: counters.input_tokens,
            output_tokens: counters.output_tokens,
            cache_creation_tokens: cache_writes(counters),
            cache_read_tokens: counters.cache_read_tokens,
        }
    }
}

impl Breakdown {
    fn of(sums: &ModelSums, costs: Costs) -> Self {
        Self {
            model_name: Arc::clone(&sums.model),
            tokens: Tokens::of(&sums.counters),
            cost: costs.usd(sums.counters.cost),
            missing_pricing: sums.counters.unpriced_tokens > 0,
        }
    }
}

impl Totals {
    fn of(report: &Report, costs: Costs) -> Self {
        let unpriced = report.models.iter().filter(|sums| sums.counters.unpriced_tokens > 0);
        let mut unpriced_models: Vec<_> = unpriced.map(|sums| Arc::clone(&sums.model)).collect();
        unpriced_models.sort();
        Self {
            tokens: Tokens::of(&report.totals),
            total_tokens: report.totals.total_tokens(),
            total_cost: costs.usd(report.totals.cost),
            unpriced_models,
        }
    }
}

impl Session {
    /// The document of a session with these totals and requests.
    pub fn of(session: Arc<str>, totals: &Counters, entries: Vec<Request>, costs: Costs) -> Self {
        Self {
            session_id: session,
            total_cost: costs.usd(totals.cost),
            total_tokens: totals.total_tokens(),
            entries,
        }
    }
}

impl Request {
    /// A request at `at_ms` (ms UTC), with the cost in its transcript.
    pub fn of(at_ms: i64, model: Arc<str>, counters: &Counters, recorded: Option<Picodollars>) -> Self {
        Self { timestamp: time(at_ms), tokens: Tokens::of(counters), model, cost: recorded.map(usd) }
    }
}

impl Blocks {
    /// The document of blocks and gaps in order of their start, compared with a token limit if there is one. A block
    /// starts at a full hour, so it can start before the gap that leads to it.
    pub fn of(report: &BlockReport, is_newest_first: bool, costs: Costs) -> Self {
        let line = |entry: &Entry| match entry {
            Entry::Block(block) => BlockLine::of(block, report, costs),
            Entry::Gap(gap) => BlockLine::of_gap(gap, costs),
        };
        let mut entries: Vec<_> = report.entries.iter().collect();
        // Stable: of two that start together, the gap comes first, and last if the newest come first.
        entries.sort_by_key(|entry| entry.start_ms());
        if is_newest_first {
            entries.reverse();
        }
        Self { blocks: entries.into_iter().map(line).collect() }
    }
}

impl BlockLine {
    fn of(block: &Block, report: &BlockReport, costs: Costs) -> Self {
        let burn_rate = block.burn().filter(|_| block.is_active).map(|burn| BurnRate {
            tokens_per_minute: burn.tokens_per_minute(),
            tokens_per_minute_for_indicator: burn.fresh_tokens_per_minute(),
            cost_per_hour: usd(burn.cost_per_hour().amount),
        });
        let projected = block.projection(report.end_of(block), report.now_ms);
        let status = |limit: u64, projected_usage: u64| {
            let percent_used = percent(projected_usage, limit);
            let status = match percent_used {
                over if over > 100.0 => "exceeds",
                near if near > WARNING_PERCENT => "warning",
                _ => "ok",
            };
            LimitStatus { limit, projected_usage, percent_used, status }
        };
        Self {
            id: time(block.start_ms),
            start_time: time(block.start_ms),
            end_time: time(block.end_ms),
            actual_end_time: Some(time(block.last_ms)),
            is_active: block.is_active,
            is_gap: false,
            entries: block.counters.messages,
            token_counts: TokenCounts::of(&block.counters),
            total_tokens: block.counters.total_tokens(),
            cost: costs.usd(block.counters.cost),
            models: in_order_of_use(&block.models),
            burn_rate,
            token_limit_status: report
                .limit
                .zip(projected)
                .map(|(limit, projected)| status(limit, projected.tokens)),
            projection: projected.map(|projected| ProjectionJson {
                total_tokens: projected.tokens,
                total_cost: costs.usd(to_cents(projected.cost.amount)),
                remaining_minutes: (projected.left_ms + 30_000) / 60_000,
            }),
        }
    }

    fn of_gap(gap: &Gap, costs: Costs) -> Self {
        Self {
            id: format!("gap-{}", time(gap.start_ms)),
            start_time: time(gap.start_ms),
            end_time: time(gap.end_ms),
            actual_end_time: None,
            is_active: false,
            is_gap: true,
            entries: 0,
            token_counts: TokenCounts::of(&Counters::default()),
            total_tokens: 0,
            cost: costs.usd(Picodollars::ZERO),
            models: Vec::new(),
            burn_rate: None,
            projection: None,
            token_limit_status: None,
        }
    }
}

impl TokenCounts {
    fn of(counters: &Counters) -> Self {
        Self {
            input_tokens: counters.input_tokens,
            output_tokens: counters.output_tokens,
            cache_creation_input_tokens: cache_writes(counters),
            cache_read_input_tokens: counters.cache_read_tokens,
        }
    }
}

fn cache_writes(counters: &Counters) -> u64 {
    counters.cache_write_5m_tokens.wrapping_add(counters.cache_write_1h_tokens)
}

fn in_order_of_use(models: &[ModelSums]) -> Vec<Arc<str>> {
    let mut models: Vec<_> = models.iter().collect();
    models.sort_by(|a, b| a.first_ms.cmp(&b.first_ms).then_with(|| a.model.cmp(&b.model)));
    models.into_iter().map(|sums| Arc::clone(&sums.model)).collect()
}

/// RFC 3339 in UTC, always with milliseconds.
fn time(ms: i64) -> String {
    utc(ms).map(|at| format!("{at:.3}Z")).unwrap_or_default()
}

fn to_cents(amount: Picodollars) -> Picodollars {
    const PER_CENT: u128 = 10_000_000_000;
    Picodollars(amount.cents().saturating_mul(PER_CENT))
}

#[allow(clippy::cast_precision_loss)] // for display
fn percent(part: u64, of: u64) -> f64 {
    part as f64 * 100.0 / of as f64
}
