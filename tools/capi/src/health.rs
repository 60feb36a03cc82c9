//! The publisher's reports on itself.
//!
//! Invariant: members have the order and sizes that `cco.h` gives them, without padding.

#![allow(unsafe_code)] // pointers go to `pointers`

use std::ffi::c_int;

use cco::snapshot::Health as Reported;

use crate::outcome;
use crate::pointers::{Plain, missing, room, shared};
use crate::reader::Reader;

/// A report.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)] // `cco.h` says what members mean
pub struct Health {
    pub updated_at: i64,
    pub roots: u64,
    pub files: u64,
    pub file_bytes: u64,
    pub skipped_files: u64,
    pub passes: u64,
    pub bytes_read: u64,
    pub lines: u64,
    pub records: u64,
    pub requests: u64,
    pub duplicates_merged: u64,
    pub malformed_lines: u64,
    pub unfinished_lines: u64,
    pub synthetic_records: u64,
    pub bad_timestamps: u64,
    pub truncations: u64,
    pub lost_events: u64,
    pub errors: u64,
    pub last_error_at: i64,
    pub scan_us: u64,
    pub pass_us: u64,
    pub commit_us: u64,
    pub publish_us: u64,
    pub lag_us: u64,
    pub following: u64,
    pub poll_interval_ms: u64,
    pub folders_unwatched: u64,
    pub resident_bytes: u64,
    pub ledger_bytes: u64,
    pub pass_histogram: [u64; 16],
    pub commit_histogram: [u64; 16],
    pub publish_histogram: [u64; 16],
    pub pass_us_sum: u64,
    pub commit_us_sum: u64,
    pub publish_us_sum: u64,
}

// SAFETY: repr(C), words alone, and zero is a value of each.
unsafe impl Plain for Health {}

impl From<Reported> for Health {
    fn from(report: Reported) -> Self {
        Self {
            updated_at: report.updated_at,
            roots: report.roots,
            files: report.files,
            file_bytes: report.file_bytes,
            skipped_files: report.skipped_files,
            passes: report.passes,
            bytes_read: report.bytes_read,
            lines: report.lines,
            records: report.records,
            requests: report.requests,
            duplicates_merged: report.duplicates_merged,
            malformed_lines: report.malformed_lines,
            unfinished_lines: report.unfinished_lines,
            synthetic_records: report.synthetic_records,
            bad_timestamps: report.bad_timestamps,
            truncations: report.truncations,
            lost_events: report.lost_events,
            errors: report.errors,
            last_error_at: report.last_error_at,
            scan_us: report.scan_us,
            pass_us: report.pass_us,
            commit_us: report.commit_us,
            publish_us: report.publish_us,
            lag_us: report.lag_us,
            following: report.following as u64,
            poll_interval_ms: report.poll_interval_ms,
            folders_unwatched: report.folders_unwatched,
            resident_bytes: report.resident_bytes,
            ledger_bytes: report.ledger_bytes,
            pass_histogram: report.passes_by_duration.0,
            commit_histogram: report.commits_by_duration.0,
            publish_histogram: report.publishes_by_duration.0,
            pass_us_sum: report.pass_us_sum,
            commit_us_sum: report.commit_us_sum,
            publish_us_sum: report.publish_us_sum,
        }
    }
}

/// The newest report.
///
/// # Safety
/// `reader` is NULL or an open reader; `health` is NULL or points at `size` bytes that may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cco_health(reader: *const Reader, health: *mut Health, size: usize) -> c_int {
    outcome::of(|| {
        // SAFETY: what `cco.h` asks of the caller.
        let reader = unsafe { shared(reader, "reader") }?;
        // SAFETY: what `cco.h` asks of the caller.
        let room = unsafe { room(health, size, "health") }?;
        let report = reader.open.health()?.ok_or_else(|| missing("the publisher has made no report"))?;
        room.write(|| report.into());
        Ok(())
    })
}
