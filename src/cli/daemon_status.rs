//! `cco daemon status`: how the publisher fares, as text and as JSON.
//!
//! Invariant: what is not known is left out of the text and null in the JSON, never zero.

use std::fmt::Write as _;
use std::process::ExitCode;

use serde::Serialize;

use super::{Exit, Failure, print, print_json};
use crate::config::Settings;
use crate::daemon::{Holder, Status, status};
use crate::plain_text;
use crate::report::figures::{bytes, counted, duration, grouped, rfc3339, span};
use crate::report::following;
use crate::snapshot::{Health, WriterState};

/// What `--json` prints: schema 1, members are added, never changed.
#[derive(Debug, Serialize)]
struct Document {
    schema: u32,
    running: bool,
    pid: Option<u32>,
    uptime_ms: Option<u64>,
    started_at: Option<String>,
    state: String,
    snapshot: String,
    log: String,
    /// `live`, `stopped` or `dead`.
    writer: Option<&'static str>,
    generation: Option<u64>,
    published_at: Option<String>,
    roots: Option<u64>,
    files: Option<u64>,
    file_bytes: Option<u64>,
    skipped_files: Option<u64>,
    requests: Option<u64>,
    /// Averages since the start.
    records_per_second: Option<f64>,
    bytes_per_second: Option<f64>,
    lag_us: Option<u64>,
    following: Option<&'static str>,
    poll_interval_ms: Option<u64>,
    folders_unwatched: Option<u64>,
    #[serde(skip)]
    polling: Option<String>,
    publish_us: Option<u64>,
    memory_bytes: Option<u64>,
    memory_peak_bytes: Option<u64>,
    errors: Option<u64>,
    last_error_at: Option<String>,
    last_error: Option<String>,
}

/// The most columns of a value.
const VALUE_COLUMNS: usize = 300;

/// Prints the status; exit code 3 where no publisher runs.
pub(super) fn run(settings: &Settings, json: bool) -> Result<ExitCode, Failure> {
    let status = status(&settings.state, &settings.snapshot)?;
    let document = document(&status, settings, jiff::Timestamp::now().as_millisecond());
    if json {
        print_json(&document)?;
    } else {
        print(&text(&status, &document))?;
    }
    Ok(if status.is_running() { ExitCode::SUCCESS } else { Exit::NotLive.into() })
}

fn document(status: &Status, settings: &Settings, now: i64) -> Document {
    let published = status.snapshot.as_ref().ok();
    let pid = match status.holder {
        Holder::Process(pid) => Some(pid),
        _ => None,
    };
    // A snapshot that another process wrote tells nothing of the one that runs, only of the figures.
    let own = published
        .filter(|published| pid.is_none_or(|pid| u64::from(pid) == published.pid) && status.is_running());
    let uptime = own.map(|own| u64::try_from(now - own.started_at).unwrap_or(0));
    let health: Option<Health> = published.and_then(|published| published.health);
    let own_health = own.and(health);
    let rate = |count: fn(&Health) -> u64| {
        #[allow(clippy::cast_precision_loss)] // shown with a few digits
        Some(count(&own_health?) as f64 * 1000.0 / uptime.filter(|ms| *ms > 0)? as f64)
    };
    Document {
        schema: 1,
        running: status.is_running(),
        pid,
        uptime_ms: uptime,
        started_at: own.and_then(|own| rfc3339(own.started_at)),
        state: settings.state.path().display().to_string(),
        snapshot: settings.snapshot.display().to_string(),
        log: settings.state.log().display().to_string(),
        writer: published.and_then(|published| published.freshness).map(|freshness| match freshness.writer {
            WriterState::Live => "live",
            WriterState::Stopped => "stopped",
            WriterState::Dead => "dead",
        }),
        generation: published.map(|published| published.generation),
        published_at: published.and_then(|published| rfc3339(published.published_at?)),
        roots: health.map(|health| health.roots),
        files: health.map(|health| health.files),
        file_bytes: health.map(|health| health.file_bytes),
        skipped_files: health.map(|health| health.skipped_files),
        requests: health.map(|health| health.requests),
        records_per_second: rate(|health| health.records),
        bytes_per_second: rate(|health| health.bytes_read),
        lag_us: own_health.map(|health| health.lag_us).filter(|lag| *lag > 0),
        following: own_health.map(|health| following::name(health.following)),
        poll_interval_ms: own_health.map(|health| health.poll_interval_ms),
        folders_unwatched: own_health.map(|health| health.folders_unwatched),
        polling: own_health.as_ref().and_then(following::polling),
        publish_us: own_health.map(|health| health.publish_us),
        memory_bytes: status.memory.map(|memory| memory.bytes),
        memory_peak_bytes: status.memory.map(|memory| memory.peak_bytes),
        errors: health.map(|health| health.errors),
        last_error_at: health
            .filter(|health| health.last_error_at > 0)
            .and_then(|health| rfc3339(health.last_error_at)),
        last_error: status.last_error.clone(),
    }
}

fn text(status: &Status, document: &Document) -> String {
    let mut text = headline(status, document) + "\n";
    let mut line = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let value = plain_text::fitted(&value, VALUE_COLUMNS);
            writeln!(text, "{name:<12} {value}").expect("writing to a String cannot fail");
        }
    };
    let writer = match (&status.snapshot, document.writer) {
        (Err(error), _) => error.to_string(),
        (Ok(_), writer) => {
            let generation = grouped(document.generation.unwrap_or(0));
            format!("{}: {}, generation {generation}", document.snapshot, writer.unwrap_or("unreadable"))
        }
    };
    line("snapshot", Some(writer));
    line("published", document.published_at.clone());
    line("roots", document.roots.map(grouped));
    line(
        "transcripts",
        document.files.map(|files| {
            let skipped = document.skipped_files.unwrap_or(0);
            let size = bytes(document.file_bytes.unwrap_or(0));
            let skipped = if skipped > 0 { format!(", {} skipped", grouped(skipped)) } else { String::new() };
            format!("{}, {size}{skipped}", counted(files, "file"))
        }),
    );
    line("requests", document.requests.map(grouped));
    line(
        "rate",
        document.records_per_second.zip(document.bytes_per_second).map(|(records, read)| {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a rate is positive and small
            let read = bytes(read as u64);
            format!("{records:.1} records/s, {read}/s since start")
        }),
    );
    line("lag", document.lag_us.map(duration));
    line("following", document.polling.as_ref().map(|polling| format!("{polling}: {}", following::ADVICE)));
    line(
        "memory",
        document
            .memory_bytes
            .zip(document.memory_peak_bytes)
            .map(|(now, peak)| format!("{}, peak {}", bytes(now), bytes(peak))),
    );
    line("errors", document.errors.filter(|errors| *errors > 0).map(grouped));
    line("last error", document.last_error.clone());
    line("log", Some(document.log.clone()));
    text
}

fn headline(status: &Status, document: &Document) -> String {
    let up = document.uptime_ms.map(|ms| format!(", up {}", span(ms))).unwrap_or_default();
    match status.holder {
        Holder::Process(pid) if status.is_live() => format!("running (process {pid}){up}"),
        Holder::Process(pid) => {
            format!("running (process {pid}){up}, but its snapshot is stale")
        }
        Holder::Unseen { .. } => format!("running as a process that is not visible from here{up}"),
        Holder::Nobody { last } => match (last, document.writer) {
            (Some(pid), Some("dead")) => {
                format!("not running: process {pid} was killed; to restart: cco daemon start")
            }
            (Some(pid), _) => {
                format!("not running: process {pid} ended; to restart: cco daemon start")
            }
            (None, _) => "not running; to start it: cco daemon start".into(),
        },
    }
}
