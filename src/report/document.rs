//! The JSON of a snapshot, `cco-peek --json`: the wire types, separate from the snapshot's types.
//!
//! Invariant (schema 1): members are added, never changed or removed. Times are RFC 3339 in UTC. Costs are JSON numbers
//! in USD with up to twelve decimals and no exponent, so no digit is lost.

use serde::Serialize;
use serde_json::value::RawValue;

use super::burn::{Burn, Projection};
use super::figures::rfc3339;
use super::five_hours::FiveHours;
use super::health::HealthFigures;
use super::parts::{Limit, Sums, usd};
use super::tables::{
    self, AccountLimit, Agent, Day, Hour, Model, Past, Project, Session, Unpriced, account_limits, agents,
    days, history, hours, models, projects, sessions, unpriced,
};
use super::view::View;
use crate::config::Aliases;
#[cfg(feature = "publisher")]
use crate::limits::Told;
use crate::snapshot::{Counters, Health, Period, ScanState, WriterState};

/// The longer tables that a document has besides models and projects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tables {
    /// `sessions`, newest first.
    pub sessions: bool,
    /// `days`, oldest first.
    pub days: bool,
    /// `hours`, oldest first.
    pub hours: bool,
    /// `history`, oldest first.
    pub history: bool,
}

/// The whole document.
#[derive(Debug, Serialize)]
pub struct Document {
    #[serde(flatten)]
    head: Head,
    agents: Vec<Agent>,
    models: Vec<Model>,
    projects: Vec<Project>,
    unpriced: Vec<Unpriced>,
    account_limits: Vec<AccountLimit>,
    health: Option<HealthFigures>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sessions: Option<Vec<Session>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    days: Option<Vec<Day>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hours: Option<Vec<Hour>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<Vec<Past>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scan: Option<ScanFigures>,
}

/// The result of a scan, for the document that `cco publish --once --json` prints.
#[derive(Clone, Debug, Serialize)]
pub struct ScanFigures {
    /// Transcripts read.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Their lines.
    pub lines: u64,
    /// Records with usage, before records of the same request merge.
    pub records: u64,
    /// Lines that are not JSON objects, or only up to some point.
    pub malformed: u64,
    /// Files and folders that were skipped.
    pub skipped: u64,
    /// Time from the start of the scan to the commit, in milliseconds.
    pub duration: u64,
    /// The skipped files and folders, with reasons.
    pub skipped_paths: Vec<SkippedPath>,
}

/// A file or folder that was skipped.
#[derive(Clone, Debug, Serialize)]
pub struct SkippedPath {
    /// Its path.
    pub path: String,
    /// The reason.
    pub reason: String,
}

/// The members that need no tables. Most fields are in these.
#[derive(Debug, Serialize)]
pub struct Head {
    schema: u32,
    snapshot: Snapshot,
    totals: Sums,
    today: Span,
    this_week: Span,
    this_month: Span,
    block: Option<Block>,
    limits: Limits,
    /// Sessions that the snapshot's table has no room for.
    sessions_left_out: u64,
}

/// The account's limits, as a status line last reported them.
#[derive(Debug, Serialize)]
struct Limits {
    five_hour: Option<Limit>,
    seven_day: Option<Limit>,
}

#[derive(Debug, Serialize)]
struct Snapshot {
    path: String,
    epoch: String,
    generation: u64,
    published_at: Option<String>,
    age_ms: u64,
    writer: &'static str,
    state: &'static str,
    pid: u64,
    version: String,
    timezone: String,
}

/// A block: a period with the times of its first and last request.
#[derive(Debug, Serialize)]
struct Block {
    #[serde(flatten)]
    span: Span,
    first: Option<String>,
    last: Option<String>,
    burn_rate: Option<BurnRate>,
    projection: Option<Projected>,
}

/// A block's burn rate.
#[derive(Debug, Serialize)]
struct BurnRate {
    tokens_per_minute: f64,
    fresh_tokens_per_minute: f64,
    cost_per_hour_usd: Box<RawValue>,
}

/// The projection at that rate for when the block's five hours end: by the account's limit if that is known.
#[derive(Debug, Serialize)]
struct Projected {
    total_tokens: u64,
    cost_usd: Box<RawValue>,
    left_ms: i64,
    /// When that time is over.
    end: Option<String>,
}

#[derive(Debug, Serialize)]
struct Span {
    start: Option<String>,
    end: Option<String>,
    #[serde(flatten)]
    sums: Sums,
}

impl Document {
    /// The document of a view. If the view has no tables, the tables are empty.
    pub fn of(view: &View, tables: Tables) -> Self {
        let frame = view.frame.as_ref();
        let rows = |wanted: bool| frame.filter(|_| wanted);
        Self {
            head: Head::of(view),
            agents: frame.map(agents).unwrap_or_default(),
            models: frame.map(models).unwrap_or_default(),
            account_limits: frame.map(|frame| account_limits(frame, view.now)).unwrap_or_default(),
            projects: frame.map(projects).unwrap_or_default(),
            unpriced: frame.map(unpriced).unwrap_or_default(),
            health: view.health.as_ref().map(HealthFigures::of),
            sessions: rows(tables.sessions).map(sessions),
            days: rows(tables.days).map(days),
            hours: rows(tables.hours).map(hours),
            history: rows(tables.history).map(history),
            scan: None,
        }
    }

    /// Adds what projects and models are called beside their names.
    #[must_use]
    pub fn with_aliases(mut self, aliases: &Aliases) -> Self {
        let sessions = self.sessions.as_deref_mut().unwrap_or_default();
        tables::name(&mut self.models, &mut self.projects, sessions, aliases);
        self
    }

    /// Adds who reported each limit, as far as `told`, which is in the spool, has it.
    #[cfg(feature = "publisher")]
    pub fn with_sources(mut self, view: &View, told: &[Told]) -> Self {
        if let Some(frame) = &view.frame {
            tables::name_sources(&mut self.account_limits, frame, told);
        }
        self
    }

    /// Puts aliases in the place of names of projects and sessions, and `path` in that of the snapshot's path; removes
    /// other paths. `alias` gets the kind of a name and the name.
    pub fn hide_names(&mut self, path: &str, alias: impl Fn(&str, &str) -> String) {
        self.head.snapshot.path = path.into();
        self.scan = None;
        for project in &mut self.projects {
            project.hide_name(&alias);
        }
        for session in self.sessions.iter_mut().flatten() {
            session.hide_name(&alias);
        }
    }

    /// Adds the result of the scan that led to it.
    pub fn with_scan(mut self, scan: ScanFigures) -> Self {
        self.scan = Some(scan);
        self
    }
}

impl Head {
    /// The members of a view that need no tables.
    pub fn of(view: &View) -> Self {
        let totals = &view.totals;
        Self {
            schema: 1,
            snapshot: Snapshot::of(view),
            totals: Sums::of(&totals.all_time()),
            today: Span::of(&totals.today()),
            this_week: Span::of(&totals.this_week()),
            this_month: Span::of(&totals.this_month()),
            block: view.block().map(|block| {
                let span = totals.block_span().unwrap_or_default();
                let end = FiveHours::of(block.end, totals.five_hour_limit(), view.now);
                Block::of(&block, span, end, view.now)
            }),
            limits: Limits {
                five_hour: totals.five_hour_limit().map(|limit| Limit::of(limit, view.now)),
                seven_day: totals.seven_day_limit().map(|limit| Limit::of(limit, view.now)),
            },
            sessions_left_out: totals.sessions_left_out(),
        }
    }
}

impl Snapshot {
    fn of(view: &View) -> Self {
        Self {
            path: view.path.display().to_string(),
            epoch: format!("{:016x}", view.identity.epoch),
            generation: view.totals.generation(),
            published_at: rfc3339(view.totals.published_at()),
            age_ms: u64::try_from(view.freshness.heartbeat_age.as_millis()).unwrap_or(u64::MAX),
            writer: match view.freshness.writer {
                WriterState::Live => "live",
                WriterState::Stopped => "stopped",
                WriterState::Dead => "dead",
            },
            state: match view.totals.scan_state() {
                ScanState::CatchingUp => "catching_up",
                ScanState::Complete => "complete",
            },
            pid: view.identity.writer_pid,
            version: view.identity.program.clone(),
            timezone: view.identity.zone.clone(),
        }
    }
}

impl Span {
    fn of(period: &Period) -> Self {
        Self { start: rfc3339(period.start), end: rfc3339(period.end), sums: Sums::of(&period.counters) }
    }
}

impl Block {
    fn of(period: &Period, (first, last): (i64, i64), end: FiveHours, now: i64) -> Self {
        let burn = Burn::of(&period.counters, first, last);
        let projected = |burn: &Burn| Projected::of(&burn.projection(end.left_ms(now)), end);
        Self {
            span: Span::of(period),
            first: rfc3339(first),
            last: rfc3339(last),
            burn_rate: burn.as_ref().map(BurnRate::of),
            projection: burn.as_ref().map(projected),
        }
    }
}

impl BurnRate {
    fn of(burn: &Burn) -> Self {
        Self {
            tokens_per_minute: burn.tokens_per_minute(),
            fresh_tokens_per_minute: burn.fresh_tokens_per_minute(),
            cost_per_hour_usd: usd(burn.cost_per_hour().amount),
        }
    }
}

impl Projected {
    fn of(projection: &Projection, end: FiveHours) -> Self {
        Self {
            total_tokens: projection.tokens,
            cost_usd: usd(projection.cost.amount),
            left_ms: projection.left_ms,
            end: rfc3339(end.end_ms()),
        }
    }
}

/// A sample of `member` with nothing missing, as JSON. It shows which fields the member can have.
pub(super) fn example(member: &str) -> Option<String> {
    let limit = || Some(Limit::of(crate::snapshot::Limit::default(), 0));
    let json = match member {
        "totals" => serde_json::to_string(&Sums::of(&Counters::default())),
        "today" | "this_week" | "this_month" => serde_json::to_string(&Span::of(&Period::default())),
        "block" => serde_json::to_string(&Block::of(&Period::default(), (0, 1), FiveHours::Block(0), 0)),
        "limits" => serde_json::to_string(&Limits { five_hour: limit(), seven_day: limit() }),
        "health" => serde_json::to_string(&HealthFigures::of(&Health::default())),
        _ => return None,
    };
    json.ok()
}
