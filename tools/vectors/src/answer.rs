//! Everything that a snapshot says, as the JSON that each reader is held to: what the Rust reader makes of a file.
//!
//! Invariant: it uses what `cco::snapshot` gives to strangers and nothing else, and names members as `LAYOUT.md` names
//! fields.

use std::path::Path;

use cco::snapshot::{
    AgentRow, Code, Counters, DayRow, Frame, Freshness, Health, HistoryRow, HourRow, Identity, Limit,
    LimitRow, ModelRow, Name, Period, ProjectRow, Reader, SessionRow, Span, Totals, WriterState,
};

use crate::json::Json;

/// What there is at `path`: a snapshot, or the number of the error.
pub fn answer(path: &Path, now: i64, is_held: bool) -> Json {
    match Reader::open(path)
        .map_err(|error| error.code())
        .and_then(|mut reader| of(&mut reader, now, is_held))
    {
        Ok(snapshot) => Json::Object(vec![("snapshot", snapshot)]),
        Err(code) => error(code),
    }
}

/// The answer that is an error.
pub fn error(code: Code) -> Json {
    Json::Object(vec![("error", u64::from(u8::from(code)).into())])
}

/// Everything in the snapshot of an open reader.
pub fn of(reader: &mut Reader, now: i64, is_held: bool) -> Result<Json, Code> {
    let frame = reader.frame().map_err(|error| error.code())?;
    let health = reader.health().map_err(|error| error.code())?;
    let totals = frame.totals();
    let control = totals.control();
    let freshness = Freshness::by_wall_clock(control, now, is_held);
    let word = match freshness.writer {
        WriterState::Live => "live",
        WriterState::Stopped => "stopped",
        WriterState::Dead => "dead",
    };
    let age = u64::try_from(freshness.heartbeat_age.as_millis()).unwrap_or(u64::MAX);
    let mut members = vec![
        ("page", page(reader.identity())),
        ("superseded", u64::from(control.superseded).into()),
        ("state", if control.stopped { 2u64 } else { 1 }.into()),
        ("slot", slot(totals)),
    ];
    members.extend(tables(&frame));
    members.extend([
        ("health", health.as_ref().map_or(Json::Null, self::health)),
        ("freshness", word.into()),
        ("heartbeat_age_ms", age.into()),
        ("over", over(totals, now)),
    ]);
    Ok(Json::Object(members))
}

fn page(identity: &Identity) -> Json {
    Json::Object(vec![
        ("version", format!("{}.{}", identity.layout.0, identity.layout.1).into()),
        ("epoch", identity.epoch.into()),
        ("writer_pid", identity.writer_pid.into()),
        ("writer_started_at", identity.writer_started_at.into()),
        ("boot_id", uuid(identity.boot_id)),
        ("created_at", identity.created_at.into()),
        ("week_start", u64::from(identity.week_start).into()),
        ("program", identity.program.as_str().into()),
        ("zone", identity.zone.as_str().into()),
    ])
}

fn uuid([high, low]: [u64; 2]) -> Json {
    if (high, low) == (0, 0) {
        return Json::Null;
    }
    let digits = format!("{high:016x}{low:016x}");
    let groups = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    groups.join("-").into()
}

fn slot(totals: &Totals) -> Json {
    let (first, last) = totals.block_span().unwrap_or_default();
    Json::Object(vec![
        ("generation", totals.generation().into()),
        ("published_at", totals.published_at().into()),
        ("scan_state", (totals.scan_state() as u64).into()),
        ("totals", counters(&totals.all_time())),
        ("today", period(totals.today())),
        ("this_week", period(totals.this_week())),
        ("this_month", period(totals.this_month())),
        ("block", period(totals.over(Span::Block))),
        ("block_first_at", first.into()),
        ("block_last_at", last.into()),
        ("five_hour_limit", limit(totals.five_hour_limit())),
        ("seven_day_limit", limit(totals.seven_day_limit())),
        ("sessions_left_out", totals.sessions_left_out().into()),
    ])
}

fn counters(counters: &Counters) -> Json {
    Json::Object(vec![
        ("requests", counters.requests.into()),
        ("messages", counters.messages.into()),
        ("input_tokens", counters.input_tokens.into()),
        ("output_tokens", counters.output_tokens.into()),
        ("cache_write_5m_tokens", counters.cache_write_5m_tokens.into()),
        ("cache_write_1h_tokens", counters.cache_write_1h_tokens.into()),
        ("cache_read_tokens", counters.cache_read_tokens.into()),
        ("web_search_requests", counters.web_search_requests.into()),
        ("unpriced_tokens", counters.unpriced_tokens.into()),
        ("cost", counters.cost.0.into()),
        ("thinking_tokens", counters.thinking_tokens.into()),
        ("web_fetch_requests", counters.web_fetch_requests.into()),
        ("provisional_messages", counters.provisional_messages.into()),
        ("provisional_output_tokens", counters.provisional_output_tokens.into()),
    ])
}

fn period(period: Period) -> Json {
    Json::Object(vec![
        ("start", period.start.into()),
        ("end", period.end.into()),
        ("counters", counters(&period.counters)),
    ])
}

fn limit(limit: Option<Limit>) -> Json {
    let limit = limit.unwrap_or_default();
    Json::Object(vec![
        ("used", limit.used_millionths.into()),
        ("resets_at", limit.resets_at.into()),
        ("seen_at", limit.seen_at.into()),
    ])
}

fn over(totals: &Totals, now: i64) -> Json {
    let block = totals.block().map_or(Json::Null, |block| block.is_over(now).into());
    Json::Object(vec![
        ("today", totals.today().is_over(now).into()),
        ("this_week", totals.this_week().is_over(now).into()),
        ("this_month", totals.this_month().is_over(now).into()),
        ("block", block),
    ])
}

fn tables(frame: &Frame) -> Vec<(&'static str, Json)> {
    let name = |name: Name| Json::from(frame.name(name));
    let agent = |agent: cco::snapshot::Agent| Json::from(agent.0);
    let list =
        |rows: Vec<Vec<(&'static str, Json)>>| Json::List(rows.into_iter().map(Json::Object).collect());
    let models = frame.rows::<ModelRow>().map(|row| {
        vec![("name", name(row.name)), ("agent", agent(row.agent)), ("counters", counters(&row.counters))]
    });
    let projects = frame.rows::<ProjectRow>().map(|row| {
        vec![
            ("project", name(row.project)),
            ("path", name(row.path)),
            ("agent", agent(row.agent)),
            ("first_at", row.first_at.into()),
            ("last_at", row.last_at.into()),
            ("counters", counters(&row.counters)),
            ("today", counters(&row.today)),
        ]
    });
    let sessions = frame.rows::<SessionRow>().map(|row| {
        vec![
            ("session", name(row.session)),
            ("project", name(row.project)),
            ("agent", agent(row.agent)),
            ("first_at", row.first_at.into()),
            ("last_at", row.last_at.into()),
            ("counters", counters(&row.counters)),
        ]
    });
    let days = frame.rows::<DayRow>();
    let hours = frame.rows::<HourRow>();
    let moment = |what, at: Json, of: &Counters| vec![(what, at), ("counters", counters(of))];
    let agents = frame.rows::<AgentRow>().map(|row| {
        vec![("agent", agent(row.agent)), ("name", name(row.name)), ("counters", counters(&row.counters))]
    });
    let limits = frame.rows::<LimitRow>().map(|row| {
        vec![
            ("agent", agent(row.agent)),
            ("kind", (row.kind as u64).into()),
            ("scope", name(row.scope)),
            ("used", row.used_millionths.into()),
            ("resets_at", row.resets_at.into()),
            ("seen_at", row.seen_at.into()),
            ("spent", row.spent.0.into()),
            ("allowed", row.allowed.0.into()),
        ]
    });
    vec![
        ("models", list(models.collect())),
        ("projects", list(projects.collect())),
        ("sessions", list(sessions.collect())),
        ("days", list(days.map(|row| moment("date", row.date.into(), &row.counters)).collect())),
        ("hours", list(hours.map(|row| moment("start", row.start.into(), &row.counters)).collect())),
        (
            "history",
            list(frame.history().map(|row: HistoryRow| moment("at", row.at.into(), &row.counters)).collect()),
        ),
        ("agents", list(agents.collect())),
        ("limits", list(limits.collect())),
    ]
}

fn health(health: &Health) -> Json {
    Json::Object(vec![
        ("updated_at", health.updated_at.into()),
        ("roots", health.roots.into()),
        ("files", health.files.into()),
        ("file_bytes", health.file_bytes.into()),
        ("skipped_files", health.skipped_files.into()),
        ("passes", health.passes.into()),
        ("bytes_read", health.bytes_read.into()),
        ("lines", health.lines.into()),
        ("records", health.records.into()),
        ("requests", health.requests.into()),
        ("duplicates_merged", health.duplicates_merged.into()),
        ("malformed_lines", health.malformed_lines.into()),
        ("unfinished_lines", health.unfinished_lines.into()),
        ("synthetic_records", health.synthetic_records.into()),
        ("bad_timestamps", health.bad_timestamps.into()),
        ("truncations", health.truncations.into()),
        ("lost_events", health.lost_events.into()),
        ("errors", health.errors.into()),
        ("last_error_at", health.last_error_at.into()),
        ("scan_us", health.scan_us.into()),
        ("pass_us", health.pass_us.into()),
        ("commit_us", health.commit_us.into()),
        ("publish_us", health.publish_us.into()),
        ("lag_us", health.lag_us.into()),
        ("following", (health.following as u64).into()),
        ("poll_interval_ms", health.poll_interval_ms.into()),
        ("folders_unwatched", health.folders_unwatched.into()),
        ("resident_bytes", health.resident_bytes.into()),
        ("ledger_bytes", health.ledger_bytes.into()),
        ("pass_histogram", health.passes_by_duration.0.to_vec().into()),
        ("commit_histogram", health.commits_by_duration.0.to_vec().into()),
        ("publish_histogram", health.publishes_by_duration.0.to_vec().into()),
        ("pass_us_sum", health.pass_us_sum.into()),
        ("commit_us_sum", health.commit_us_sum.into()),
        ("publish_us_sum", health.publish_us_sum.into()),
    ])
}
