//! The publisher's health in the JSON document.
//!
//! Invariant: members are added, never changed. Used by [`super::document`].

use serde::Serialize;

use super::figures::rfc3339;
use super::following;
use crate::snapshot::Health;
use crate::snapshot::layout::HISTOGRAM_BUCKETS;

#[derive(Debug, Serialize)]
pub(super) struct HealthFigures {
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
    /// Sums of these; `None` if the file has none.
    pass_us_sum: Option<u64>,
    commit_us_sum: Option<u64>,
    publish_us_sum: Option<u64>,
}

impl HealthFigures {
    pub(super) fn of(health: &Health) -> Self {
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
            following: following::name(health.following),
            poll_interval_ms: health.poll_interval_ms,
            folders_unwatched: health.folders_unwatched,
            resident_bytes: health.resident_bytes,
            ledger_bytes: health.ledger_bytes,
            passes_by_duration: health.passes_by_duration.0,
            commits_by_duration: health.commits_by_duration.0,
            publishes_by_duration: health.publishes_by_duration.0,
            pass_us_sum: health.passes_by_duration.sum(health.pass_us_sum),
            commit_us_sum: health.commits_by_duration.sum(health.commit_us_sum),
            publish_us_sum: health.publishes_by_duration.sum(health.publish_us_sum),
        }
    }
}
