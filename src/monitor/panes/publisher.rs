//! The publisher: whether it lives, and what it has read and done.
//!
//! Invariant: what it never reported is left out.

use ratatui::text::Line;

use super::{facts, heading};
use crate::monitor::state::State;
use crate::plain_text;
use crate::report::View;
use crate::report::figures::{bytes, counted, duration, grouped, span};
use crate::report::following::{ADVICE, polling};
use crate::report::usage::moment;
use crate::snapshot::{Health, ScanState, WriterState};

pub(crate) fn lines(state: &State, view: &View, columns: usize) -> Vec<Line<'static>> {
    let mut lines = vec![heading("Publisher", "", columns, false)];
    lines.extend(facts(rows(state, view), columns));
    lines
}

fn rows(state: &State, view: &View) -> Vec<(&'static str, String)> {
    let age = span(u64::try_from(view.freshness.heartbeat_age.as_millis()).unwrap_or(u64::MAX));
    let ago = |at: i64| format!("{} ago", span(u64::try_from(view.now - at).unwrap_or(0)));
    let identity = &view.identity;
    let process = format!("process {}", identity.writer_pid);
    let word = match view.freshness.writer {
        WriterState::Live => format!("live ({process}), last heartbeat {age} ago"),
        WriterState::Stopped => format!("stopped {age} ago ({process}); to start it: cco daemon start"),
        WriterState::Dead => {
            format!("dead ({process}), last heartbeat {age} ago; to start it: cco daemon start")
        }
    };
    let scan = match view.totals.scan_state() {
        ScanState::CatchingUp => "catching up: figures are a lower bound",
        ScanState::Complete => "complete",
    };
    let started = moment(identity.writer_started_at, &state.options.zone);
    let mut rows = vec![
        ("State", word),
        ("Scan", scan.to_owned()),
        (
            "Published",
            format!("{}, generation {}", ago(view.totals.published_at()), grouped(view.totals.generation())),
        ),
    ];
    match &view.health {
        Some(health) => rows.extend(health_rows(health, &ago)),
        None => rows.push(("Health", "not reported".to_owned())),
    }
    rows.extend([
        ("Started", format!("{started}, version {}", plain_text::name(&identity.program))),
        ("Snapshot", plain_text::path(&view.path)),
        ("Days in", plain_text::name(&identity.zone).into_owned()),
    ]);
    rows
}

fn health_rows(health: &Health, ago: &dyn Fn(i64) -> String) -> Vec<(&'static str, String)> {
    let files = format!("{}, {}", counted(health.files, "file"), bytes(health.file_bytes));
    let skipped = match health.skipped_files {
        0 => String::new(),
        skipped => format!(", {} skipped", grouped(skipped)),
    };
    let errors = match health.errors {
        0 => "none".to_owned(),
        errors => format!("{}, the last {}", grouped(errors), ago(health.last_error_at)),
    };
    let read = format!(
        "{} in {}, {} malformed",
        bytes(health.bytes_read),
        counted(health.lines, "line"),
        grouped(health.malformed_lines)
    );
    let merged = format!(
        "{} from {}, {} merged",
        counted(health.requests, "request"),
        counted(health.records, "record"),
        grouped(health.duplicates_merged)
    );
    let mut rows = vec![
        ("Errors", errors),
        ("Transcripts", files + &skipped),
        ("Read", read),
        ("Counted", merged),
        (
            "Truncations",
            format!("{}, lost events {}", grouped(health.truncations), grouped(health.lost_events)),
        ),
    ];
    let mut time = |label, us: u64| {
        if us > 0 {
            rows.push((label, duration(us)));
        }
    };
    time("Full scan", health.scan_us);
    time("Last pass", health.pass_us);
    time("Ledger commit", health.commit_us);
    time("Publish", health.publish_us);
    time("Lag", health.lag_us);
    let mut size = |label, size: u64| {
        if size > 0 {
            rows.push((label, bytes(size)));
        }
    };
    size("Memory", health.resident_bytes);
    size("Ledger", health.ledger_bytes);
    rows.extend(polling(health).map(|words| ("Following", format!("{words}: {ADVICE}"))));
    rows
}
