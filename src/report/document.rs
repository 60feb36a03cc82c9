//! The JSON of a snapshot, `cco-peek --json`: the wire types, apart from the snapshot's own.
//!
//! Schema 1: members are added, never changed or removed. Times are RFC 3339 in UTC, costs are JSON numbers in
//! USD with up to twelve decimals and no exponent, so that no digit is lost on the way.

use serde::Serialize;
use serde_json::value::RawValue;

use super::figures::{date, rfc3339};
use super::view::View;
use crate::snapshot::layout::HISTOGRAM_BUCKETS;
use crate::snapshot::{
    AgentRow, Counters, DayRow, Following, Frame, Health, HourRow, LimitKind, LimitRow, ModelRow, Period,
    Picodollars, ProjectRow, ScanState, SessionRow, WriterState,
};

/// Which of the longer tables a document has besides models and projects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tables {
    /// `sessions`, the newest first.
    pub sessions: bool,
    /// `days`, in order.
    pub days: bool,
    /// `hours`, in order.
    pub hours: bool,
    /// `history`, in order.
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

/// What a scan saw, for the document that `cco publish --once --json` prints.
#[derive(Clone, Debug, Serialize)]
pub struct ScanFigures {
    /// Transcripts read.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Their lines.
    pub lines: u64,
    /// Records with usage, before those of one request merge.
    pub records: u64,
    /// Lines that are no JSON objects, in whole or from some point on.
    pub malformed: u64,
    /// Files and folders that were skipped.
    pub skipped: u64,
    /// Time from the first look to the commit, in milliseconds.
    pub duration: u64,
    /// What was skipped, and why.
    pub skipped_paths: Vec<SkippedPath>,
}

/// A file or folder that was skipped.
#[derive(Clone, Debug, Serialize)]
pub struct SkippedPath {
    /// Where.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// The members that need no tables: what most fields are in.
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
    /// Sessions that the snapshot's table had no room for.
    sessions_left_out: u64,
}

/// The account's limits, as a status line last heard of them.
#[derive(Debug, Serialize)]
struct Limits {
    five_hour: Option<Limit>,
    seven_day: Option<Limit>,
}

#[derive(Debug, Serialize)]
struct Limit {
    used_percentage: f64,
    resets_at: Option<String>,
    seen_at: Option<String>,
    /// Since it was seen.
    age_ms: u64,
    /// It has started anew since: what is used now is not known.
    is_over: bool,
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
    pid: u32,
    version: String,
    timezone: String,
}

/// A set of counters, `C`.
#[derive(Debug, Serialize)]
pub(super) struct Sums {
    requests: u64,
    messages: u64,
    input_tokens: u64,
    output_tokens: u64,
    cache_write_5m_tokens: u64,
    cache_write_1h_tokens: u64,
    cache_read_tokens: u64,
    total_tokens: u64,
    web_search_requests: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_usd: Option<Box<RawValue>>,
    unpriced_tokens: u64,
    thinking_tokens: u64,
    web_fetch_requests: u64,
    provisional_messages: u64,
    provisional_output_tokens: u64,
}

/// A block: a period, and the times of its first and last request.
#[derive(Debug, Serialize)]
struct Block {
    #[serde(flatten)]
    span: Span,
    first: Option<String>,
    last: Option<String>,
}

#[derive(Debug, Serialize)]
struct Agent {
    agent: String,
    #[serde(flatten)]
    sums: Sums,
}

/// Any limit of the account.
#[derive(Debug, Serialize)]
struct AccountLimit {
    agent: u32,
    kind: &'static str,
    scope: Option<String>,
    #[serde(flatten)]
    limit: Limit,
    spent_usd: Option<Box<RawValue>>,
    allowed_usd: Option<Box<RawValue>>,
}

#[derive(Debug, Serialize)]
struct Span {
    start: Option<String>,
    end: Option<String>,
    #[serde(flatten)]
    sums: Sums,
}

#[derive(Debug, Serialize)]
struct Model {
    model: String,
    agent: u32,
    #[serde(flatten)]
    sums: Sums,
}

#[derive(Debug, Serialize)]
struct Project {
    project: String,
    path: Option<String>,
    agent: u32,
    #[serde(flatten)]
    sums: Sums,
    today: Sums,
}

#[derive(Debug, Serialize)]
struct Unpriced {
    model: String,
    tokens: u64,
}

#[derive(Debug, Serialize)]
struct Session {
    session: String,
    project: String,
    agent: u32,
    first: Option<String>,
    last: Option<String>,
    #[serde(flatten)]
    sums: Sums,
}

#[derive(Debug, Serialize)]
struct Day {
    date: String,
    #[serde(flatten)]
    sums: Sums,
}

#[derive(Debug, Serialize)]
struct Hour {
    start: Option<String>,
    #[serde(flatten)]
    sums: Sums,
}

#[derive(Debug, Serialize)]
struct Past {
    at: Option<String>,
    #[serde(flatten)]
    sums: Sums,
}

#[derive(Debug, Serialize)]
struct HealthFigures {
    updated_at: Option<String>,
    roots: u64,
    files: u64,
    file_bytes: u64,
    skipped_files: u64,
    passes: u64,
    bytes_read: u64,
    lines: u64,
    records: u64,
    requests: u64,
    duplicates_merged: u64,
    malformed_lines: u64,
    unfinished_lines: u64,
    synthetic_records: u64,
    bad_timestamps: u64,
    truncations: u64,
    lost_events: u64,
    errors: u64,
    last_error_at: Option<String>,
    scan_us: u64,
    pass_us: u64,
    commit_us: u64,
    publish_us: u64,
    lag_us: u64,
    following: &'static str,
    poll_interval_ms: u64,
    folders_unwatched: u64,
    resident_bytes: u64,
    ledger_bytes: u64,
    passes_by_duration: [u64; HISTOGRAM_BUCKETS],
    commits_by_duration: [u64; HISTOGRAM_BUCKETS],
    publishes_by_duration: [u64; HISTOGRAM_BUCKETS],
}

impl Document {
    /// The document of a view that has its tables. Without them the tables are empty.
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

    /// Adds what the scan saw that led to it.
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
            block: view.block().map(|block| Block::of(&block, totals.block_span().unwrap_or_default())),
            limits: Limits {
                five_hour: totals.five_hour_limit().map(|limit| Limit::of(limit, view.now)),
                seven_day: totals.seven_day_limit().map(|limit| Limit::of(limit, view.now)),
            },
            sessions_left_out: totals.sessions_left_out(),
        }
    }
}

impl Limit {
    #[allow(clippy::cast_precision_loss)] // a percentage has few digits
    fn of(limit: crate::snapshot::Limit, now: i64) -> Self {
        Self {
            used_percentage: limit.used_millionths as f64 / 1e4,
            resets_at: Some(limit.resets_at).filter(|at| *at != 0).and_then(rfc3339),
            seen_at: rfc3339(limit.seen_at),
            age_ms: u64::try_from(now.saturating_sub(limit.seen_at)).unwrap_or(0),
            is_over: limit.is_over(now),
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

impl Sums {
    pub(super) fn of(counters: &Counters) -> Self {
        Self {
            requests: counters.requests,
            messages: counters.messages,
            input_tokens: counters.input_tokens,
            output_tokens: counters.output_tokens,
            cache_write_5m_tokens: counters.cache_write_5m_tokens,
            cache_write_1h_tokens: counters.cache_write_1h_tokens,
            cache_read_tokens: counters.cache_read_tokens,
            total_tokens: counters.total_tokens(),
            web_search_requests: counters.web_search_requests,
            cost_usd: Some(usd(counters.cost)),
            unpriced_tokens: counters.unpriced_tokens,
            thinking_tokens: counters.thinking_tokens,
            web_fetch_requests: counters.web_fetch_requests,
            provisional_messages: counters.provisional_messages,
            provisional_output_tokens: counters.provisional_output_tokens,
        }
    }

    /// The same without a word on cost.
    #[cfg(feature = "publisher")]
    pub(super) fn without_cost(counters: &Counters) -> Self {
        Self { cost_usd: None, ..Self::of(counters) }
    }
}

/// An amount as a JSON number, exact.
pub fn usd(amount: Picodollars) -> Box<RawValue> {
    RawValue::from_string(amount.to_string()).expect("a decimal is a JSON number")
}

impl Span {
    fn of(period: &Period) -> Self {
        Self { start: rfc3339(period.start), end: rfc3339(period.end), sums: Sums::of(&period.counters) }
    }
}

impl Block {
    fn of(period: &Period, (first, last): (i64, i64)) -> Self {
        Self { span: Span::of(period), first: rfc3339(first), last: rfc3339(last) }
    }
}

impl HealthFigures {
    fn of(health: &Health) -> Self {
        Self {
            updated_at: rfc3339(health.updated_at),
            roots: health.roots,
            files: health.files,
            file_bytes: health.file_bytes,
            skipped_files: health.skipped_files,
            passes: health.passes,
            bytes_read: health.bytes_read,
            lines: health.lines,
            records: health.records,
            requests: health.requests,
            duplicates_merged: health.duplicates_merged,
            malformed_lines: health.malformed_lines,
            unfinished_lines: health.unfinished_lines,
            synthetic_records: health.synthetic_records,
            bad_timestamps: health.bad_timestamps,
            truncations: health.truncations,
            lost_events: health.lost_events,
            errors: health.errors,
            last_error_at: Some(health.last_error_at).filter(|at| *at != 0).and_then(rfc3339),
            scan_us: health.scan_us,
            pass_us: health.pass_us,
            commit_us: health.commit_us,
            publish_us: health.publish_us,
            lag_us: health.lag_us,
            following: match health.following {
                Following::Unknown => "unknown",
                Following::Watching => "watching",
                Following::Polling => "polling",
            },
            poll_interval_ms: health.poll_interval_ms,
            folders_unwatched: health.folders_unwatched,
            resident_bytes: health.resident_bytes,
            ledger_bytes: health.ledger_bytes,
            passes_by_duration: health.passes_by_duration.0,
            commits_by_duration: health.commits_by_duration.0,
            publishes_by_duration: health.publishes_by_duration.0,
        }
    }
}

/// A period, a limit and health figures of nothing: for the names of their members.
pub(super) fn empty_parts() -> (impl Serialize, impl Serialize, impl Serialize) {
    let limit = Limit::of(crate::snapshot::Limit::default(), 0);
    (Block::of(&Period::default(), (0, 0)), limit, HealthFigures::of(&Health::default()))
}

/// Model rows of a frame, the dearest first, then by name.
pub fn by_cost(frame: &Frame) -> Vec<ModelRow> {
    let mut rows: Vec<ModelRow> = frame.rows().collect();
    rows.sort_by(|a, b| {
        let volume = |row: &ModelRow| (row.counters.cost, row.counters.total_tokens());
        volume(b).cmp(&volume(a)).then_with(|| frame.name(a.name).cmp(frame.name(b.name)))
    });
    rows
}

fn models(frame: &Frame) -> Vec<Model> {
    let rows = by_cost(frame);
    rows.iter()
        .map(|row| Model {
            model: frame.name(row.name).into(),
            agent: row.agent.0,
            sums: Sums::of(&row.counters),
        })
        .collect()
}

fn agents(frame: &Frame) -> Vec<Agent> {
    let rows = frame.rows::<AgentRow>();
    rows.map(|row| Agent { agent: frame.name(row.name).into(), sums: Sums::of(&row.counters) }).collect()
}

fn account_limits(frame: &Frame, now: i64) -> Vec<AccountLimit> {
    let money = |amount: Picodollars| (amount != Picodollars::ZERO).then(|| usd(amount));
    let limit = |row: LimitRow| AccountLimit {
        agent: row.agent.0,
        kind: match row.kind {
            LimitKind::FiveHour => "five_hour",
            LimitKind::SevenDay => "seven_day",
            LimitKind::SevenDayModel => "seven_day_model",
            LimitKind::Spend => "spend",
            LimitKind::Other => "other",
        },
        scope: Some(frame.name(row.scope)).filter(|scope| !scope.is_empty()).map(Into::into),
        limit: Limit::of(
            crate::snapshot::Limit {
                used_millionths: row.used_millionths,
                resets_at: row.resets_at,
                seen_at: row.seen_at,
            },
            now,
        ),
        spent_usd: money(row.spent),
        allowed_usd: money(row.allowed),
    };
    frame.rows::<LimitRow>().map(limit).collect()
}

fn unpriced(frame: &Frame) -> Vec<Unpriced> {
    let rows = by_cost(frame);
    rows.iter()
        .filter(|row| row.counters.unpriced_tokens > 0)
        .map(|row| Unpriced { model: frame.name(row.name).into(), tokens: row.counters.unpriced_tokens })
        .collect()
}

fn projects(frame: &Frame) -> Vec<Project> {
    let mut rows: Vec<ProjectRow> = frame.rows().collect();
    rows.sort_by(|a, b| {
        b.counters.cost.cmp(&a.counters.cost).then_with(|| frame.name(a.project).cmp(frame.name(b.project)))
    });
    rows.iter()
        .map(|row| Project {
            project: frame.name(row.project).into(),
            path: Some(frame.name(row.path)).filter(|path| !path.is_empty()).map(Into::into),
            agent: row.agent.0,
            sums: Sums::of(&row.counters),
            today: Sums::of(&row.today),
        })
        .collect()
}

fn sessions(frame: &Frame) -> Vec<Session> {
    let mut rows: Vec<SessionRow> = frame.rows().collect();
    rows.sort_by(|a, b| {
        b.last_at.cmp(&a.last_at).then_with(|| frame.name(a.session).cmp(frame.name(b.session)))
    });
    rows.iter()
        .map(|row| Session {
            session: frame.name(row.session).into(),
            project: frame.name(row.project).into(),
            agent: row.agent.0,
            first: rfc3339(row.first_at),
            last: rfc3339(row.last_at),
            sums: Sums::of(&row.counters),
        })
        .collect()
}

fn days(frame: &Frame) -> Vec<Day> {
    let mut rows: Vec<DayRow> = frame.rows().collect();
    rows.sort_by_key(|row| row.date);
    rows.iter().map(|row| Day { date: date(row.date), sums: Sums::of(&row.counters) }).collect()
}

fn hours(frame: &Frame) -> Vec<Hour> {
    let mut rows: Vec<HourRow> = frame.rows().collect();
    rows.sort_by_key(|row| row.start);
    rows.iter().map(|row| Hour { start: rfc3339(row.start), sums: Sums::of(&row.counters) }).collect()
}

fn history(frame: &Frame) -> Vec<Past> {
    frame.history().map(|row| Past { at: rfc3339(row.at), sums: Sums::of(&row.counters) }).collect()
}
