//! The publisher and its snapshot: whether it lives, how old the figures are, what it did since it started.
//!
//! Invariant: counters are those that the publisher last reported, also after its death. What only holds while it runs
//! (memory, lag) is left out then.

use super::exposition::{Exposition, Kind, seconds_of_ms, seconds_of_us};
use crate::report::View;
use crate::snapshot::{Health, ScanState};

/// Adds what is known without a snapshot: that nobody keeps one.
pub fn publisher_is_unknown(exposition: &mut Exposition) {
    up(exposition, false);
}

/// Adds the publisher of a view.
pub fn publisher(exposition: &mut Exposition, view: &View) {
    let is_live = view.freshness.is_live();
    let epoch = format!("{:016x}", view.identity.epoch);
    exposition
        .family(
            Kind::Info,
            "cco_build",
            "The publisher's version, and the epoch of its counts: they restart with it.",
        )
        .sample(&[("version", &view.identity.program), ("epoch", &epoch)], 1);
    up(exposition, is_live);
    let mut gauge = |name, help: &str, value: String| exposition.one(Kind::Gauge, name, help, value);
    let age = u64::try_from(view.freshness.heartbeat_age.as_micros()).unwrap_or(u64::MAX);
    gauge("cco_snapshot_age_seconds", "Time since the publisher's last sign of life.", seconds_of_us(age));
    gauge(
        "cco_snapshot_published_timestamp_seconds",
        "When the totals last changed.",
        seconds_of_ms(view.totals.published_at()),
    );
    gauge(
        "cco_snapshot_complete",
        "Whether all transcripts are counted; while it is 0, totals are a lower bound.",
        u8::from(view.totals.scan_state() == ScanState::Complete).to_string(),
    );
    gauge(
        "cco_snapshot_generation",
        "Number of the commit in its epoch.",
        view.totals.generation().to_string(),
    );
    let began = view.identity.writer_started_at;
    gauge("cco_publisher_start_time_seconds", "When the publisher started.", seconds_of_ms(began));
    if let Some(health) = &view.health {
        counters(exposition, health, began);
        gauges(exposition, health, is_live);
    }
}

fn up(exposition: &mut Exposition, is_live: bool) {
    let help = "Whether a publisher keeps the figures current.";
    exposition.one(Kind::Gauge, "cco_publisher_up", help, u8::from(is_live));
}

fn counters(exposition: &mut Exposition, health: &Health, began: i64) {
    for (name, help, value) in [
        ("cco_publisher_passes", "Passes over changed transcripts.", health.passes),
        ("cco_publisher_read_bytes", "Bytes of transcripts read.", health.bytes_read),
        ("cco_publisher_lines", "Lines of transcripts seen.", health.lines),
        ("cco_publisher_records", "Records with usage, duplicates included.", health.records),
        ("cco_publisher_malformed_lines", "Lines that are not JSON objects.", health.malformed_lines),
        (
            "cco_publisher_duplicates",
            "Records that merged into one counted before.",
            health.duplicates_merged,
        ),
        ("cco_publisher_bad_timestamps", "Records skipped for an impossible time.", health.bad_timestamps),
        ("cco_publisher_truncations", "Transcripts found shorter or rewritten.", health.truncations),
        ("cco_publisher_lost_events", "Times the system lost change events.", health.lost_events),
        ("cco_publisher_errors", "Passes and publishes that failed.", health.errors),
    ] {
        let mut family = exposition.family(Kind::Counter, name, help);
        family.sample(&[], value);
        family.created(&[], began);
    }
    for (name, help, durations, sum) in [
        (
            "cco_publisher_pass_duration_seconds",
            "Durations of passes.",
            &health.passes_by_duration,
            health.pass_us_sum,
        ),
        (
            "cco_publisher_commit_duration_seconds",
            "Durations of ledger commits.",
            &health.commits_by_duration,
            health.commit_us_sum,
        ),
        (
            "cco_publisher_publish_duration_seconds",
            "Durations of publishes.",
            &health.publishes_by_duration,
            health.publish_us_sum,
        ),
    ] {
        let mut family = exposition.family(Kind::Histogram, name, help);
        family.durations(durations, durations.sum(sum));
        family.created(&[], began);
    }
}

fn gauges(exposition: &mut Exposition, health: &Health, is_live: bool) {
    let mut gauge = |name, help: &str, value: String| exposition.one(Kind::Gauge, name, help, value);
    gauge("cco_roots", "Folders with transcripts that are followed.", health.roots.to_string());
    gauge("cco_transcripts", "Transcripts known.", health.files.to_string());
    gauge("cco_transcripts_size_bytes", "Their length in all.", health.file_bytes.to_string());
    gauge(
        "cco_transcripts_skipped",
        "Files and folders that could not be read.",
        health.skipped_files.to_string(),
    );
    gauge("cco_folders_unwatched", "Folders that can only be polled.", health.folders_unwatched.to_string());
    if health.ledger_bytes > 0 {
        gauge("cco_ledger_size_bytes", "Size of the ledger's file.", health.ledger_bytes.to_string());
    }
    if health.last_error_at != 0 {
        let at = seconds_of_ms(health.last_error_at);
        gauge("cco_publisher_last_error_timestamp_seconds", "When a pass or publish last failed.", at);
    }
    if is_live {
        let lag = "Time from a transcript's last write to its publish, last measured.";
        gauge("cco_publisher_lag_seconds", lag, seconds_of_us(health.lag_us));
        if health.resident_bytes > 0 {
            let memory = health.resident_bytes.to_string();
            gauge("cco_publisher_resident_memory_bytes", "Memory of the publisher.", memory);
        }
    }
}
