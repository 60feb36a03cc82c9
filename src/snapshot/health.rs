//! The publisher's health: what it has seen and done. It is beside the totals, not part of a commit.
//!
//! Invariant: health has its own ring of sections, so an idle publisher can report on itself without a new
//! generation of totals.

use super::layout::{HISTOGRAM_BUCKETS, health};

/// Figures since the publisher started, unless noted otherwise. Times are ms UTC, durations µs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// When these figures were written.
    pub updated_at: i64,
    /// Roots that are followed.
    pub roots: u64,
    /// Transcripts known.
    pub files: u64,
    /// Their bytes.
    pub file_bytes: u64,
    /// Files and folders that the last scan could not read.
    pub skipped_files: u64,
    /// Scans.
    pub passes: u64,
    /// Transcript bytes read.
    pub bytes_read: u64,
    /// Lines seen.
    pub lines: u64,
    /// Records with usage that were taken, duplicates included.
    pub records: u64,
    /// Requests counted, of all time.
    pub requests: u64,
    /// Records that merged into one counted before.
    pub duplicates_merged: u64,
    /// Lines that are not JSON objects, or stop being so at some point.
    pub malformed_lines: u64,
    /// Last lines that were not yet complete.
    pub unfinished_lines: u64,
    /// Records of the model `<synthetic>`, which cost nothing and are left out.
    pub synthetic_records: u64,
    /// Records skipped because their time is missing or impossible.
    pub bad_timestamps: u64,
    /// Transcripts that were found shorter or rewritten.
    pub truncations: u64,
    /// Times that the system lost change events.
    pub lost_events: u64,
    /// Errors.
    pub errors: u64,
    /// Time of the last error; 0 if there was none.
    pub last_error_at: i64,
    /// Duration of the last full scan.
    pub scan_us: u64,
    /// Duration of the last pass.
    pub pass_us: u64,
    /// Duration of the last ledger commit.
    pub commit_us: u64,
    /// Duration of the last publish.
    pub publish_us: u64,
    /// Time from the last transcript write to its publish.
    pub lag_us: u64,
    /// How changes are noticed.
    pub following: Following,
    /// Time between polls of folders that cannot be watched, in milliseconds; 0 if there are none.
    pub poll_interval_ms: u64,
    /// Folders that cannot be watched.
    pub folders_unwatched: u64,
    /// Memory that the publisher uses, in bytes; 0 unknown.
    pub resident_bytes: u64,
    /// Size of the ledger's file, in bytes; 0 unknown.
    pub ledger_bytes: u64,
    /// Durations of passes.
    pub passes_by_duration: Histogram,
    /// Durations of ledger commits.
    pub commits_by_duration: Histogram,
    /// Durations of publishes.
    pub publishes_by_duration: Histogram,
    /// Sum of the durations of passes; see [`Histogram::sum`].
    pub pass_us_sum: u64,
    /// Sum of the durations of ledger commits; see [`Histogram::sum`].
    pub commit_us_sum: u64,
    /// Sum of the durations of publishes; see [`Histogram::sum`].
    pub publish_us_sum: u64,
}

/// How a publisher notices changes. Numbers are in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u64)]
pub enum Following {
    /// Unknown.
    #[default]
    Unknown = 0,
    /// The system reports changes in every folder.
    Watching = 1,
    /// Some folders cannot be watched and are polled.
    Polling = 2,
}

impl Following {
    fn of(number: u64) -> Self {
        match number {
            1 => Self::Watching,
            2 => Self::Polling,
            _ => Self::Unknown,
        }
    }
}

/// Counts of durations. The count at position N is of those below 64 µs × 2^N and not below the bound before it; the
/// last is of all others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Histogram(pub [u64; HISTOGRAM_BUCKETS]);

impl Histogram {
    /// First duration that bucket `bucket` does not count, in µs; `None` for the last.
    pub fn bound_us(bucket: usize) -> Option<u64> {
        (bucket + 1 < HISTOGRAM_BUCKETS).then(|| 64 << bucket)
    }

    /// Counts a duration in µs.
    pub fn count(&mut self, us: u64) {
        let bucket =
            (0..HISTOGRAM_BUCKETS).find(|&bucket| Self::bound_us(bucket).is_none_or(|bound| us < bound));
        self.0[bucket.unwrap_or(HISTOGRAM_BUCKETS - 1)] += 1;
    }

    /// The sum of these durations, from the file's word `stored`. `None` if unknown: files of layout 1.0 have 0 there.
    pub fn sum(&self, stored: u64) -> Option<u64> {
        (stored > 0 || *self == Self::default()).then_some(stored)
    }

    fn encode(&self, words: &mut [u64]) {
        words[..HISTOGRAM_BUCKETS].copy_from_slice(&self.0);
    }

    fn decode(words: &[u64]) -> Self {
        Self(*words.first_chunk().expect("a histogram is whole"))
    }
}

impl Health {
    /// Counts a pass that took this long.
    pub fn count_pass(&mut self, us: u64) {
        self.pass_us = us;
        self.passes_by_duration.count(us);
        self.pass_us_sum = self.pass_us_sum.saturating_add(us);
    }

    /// Counts a ledger commit that took this long.
    pub fn count_commit(&mut self, us: u64) {
        self.commit_us = us;
        self.commits_by_duration.count(us);
        self.commit_us_sum = self.commit_us_sum.saturating_add(us);
    }

    /// Counts a publish that took this long.
    pub fn count_publish(&mut self, us: u64) {
        self.publish_us = us;
        self.publishes_by_duration.count(us);
        self.publish_us_sum = self.publish_us_sum.saturating_add(us);
    }

    /// Writes all known words but sequence and CRC.
    pub(crate) fn encode(&self, words: &mut [u64]) {
        words[health::UPDATED_AT] = self.updated_at.cast_unsigned();
        words[health::ROOTS] = self.roots;
        words[health::FILES] = self.files;
        words[health::FILE_BYTES] = self.file_bytes;
        words[health::SKIPPED_FILES] = self.skipped_files;
        words[health::PASSES] = self.passes;
        words[health::BYTES_READ] = self.bytes_read;
        words[health::LINES] = self.lines;
        words[health::RECORDS] = self.records;
        words[health::REQUESTS] = self.requests;
        words[health::DUPLICATES_MERGED] = self.duplicates_merged;
        words[health::MALFORMED_LINES] = self.malformed_lines;
        words[health::UNFINISHED_LINES] = self.unfinished_lines;
        words[health::SYNTHETIC_RECORDS] = self.synthetic_records;
        words[health::BAD_TIMESTAMPS] = self.bad_timestamps;
        words[health::TRUNCATIONS] = self.truncations;
        words[health::LOST_EVENTS] = self.lost_events;
        words[health::ERRORS] = self.errors;
        words[health::LAST_ERROR_AT] = self.last_error_at.cast_unsigned();
        words[health::SCAN_US] = self.scan_us;
        words[health::PASS_US] = self.pass_us;
        words[health::COMMIT_US] = self.commit_us;
        words[health::PUBLISH_US] = self.publish_us;
        words[health::LAG_US] = self.lag_us;
        words[health::FOLLOWING] = self.following as u64;
        words[health::POLL_INTERVAL_MS] = self.poll_interval_ms;
        words[health::FOLDERS_UNWATCHED] = self.folders_unwatched;
        words[health::RESIDENT_BYTES] = self.resident_bytes;
        words[health::LEDGER_BYTES] = self.ledger_bytes;
        self.passes_by_duration.encode(&mut words[health::PASS_HISTOGRAM..]);
        self.commits_by_duration.encode(&mut words[health::COMMIT_HISTOGRAM..]);
        self.publishes_by_duration.encode(&mut words[health::PUBLISH_HISTOGRAM..]);
        words[health::PASS_US_SUM] = self.pass_us_sum;
        words[health::COMMIT_US_SUM] = self.commit_us_sum;
        words[health::PUBLISH_US_SUM] = self.publish_us_sum;
    }

    /// From its words, of which there may be more than are known.
    pub(crate) fn decode(words: &[u64]) -> Self {
        Self {
            updated_at: words[health::UPDATED_AT].cast_signed(),
            roots: words[health::ROOTS],
            files: words[health::FILES],
            file_bytes: words[health::FILE_BYTES],
            skipped_files: words[health::SKIPPED_FILES],
            passes: words[health::PASSES],
            bytes_read: words[health::BYTES_READ],
            lines: words[health::LINES],
            records: words[health::RECORDS],
            requests: words[health::REQUESTS],
            duplicates_merged: words[health::DUPLICATES_MERGED],
            malformed_lines: words[health::MALFORMED_LINES],
            unfinished_lines: words[health::UNFINISHED_LINES],
            synthetic_records: words[health::SYNTHETIC_RECORDS],
            bad_timestamps: words[health::BAD_TIMESTAMPS],
            truncations: words[health::TRUNCATIONS],
            lost_events: words[health::LOST_EVENTS],
            errors: words[health::ERRORS],
            last_error_at: words[health::LAST_ERROR_AT].cast_signed(),
            scan_us: words[health::SCAN_US],
            pass_us: words[health::PASS_US],
            commit_us: words[health::COMMIT_US],
            publish_us: words[health::PUBLISH_US],
            lag_us: words[health::LAG_US],
            following: Following::of(words[health::FOLLOWING]),
            poll_interval_ms: words[health::POLL_INTERVAL_MS],
            folders_unwatched: words[health::FOLDERS_UNWATCHED],
            resident_bytes: words[health::RESIDENT_BYTES],
            ledger_bytes: words[health::LEDGER_BYTES],
            passes_by_duration: Histogram::decode(&words[health::PASS_HISTOGRAM..]),
            commits_by_duration: Histogram::decode(&words[health::COMMIT_HISTOGRAM..]),
            publishes_by_duration: Histogram::decode(&words[health::PUBLISH_HISTOGRAM..]),
            pass_us_sum: words[health::PASS_US_SUM],
            commit_us_sum: words[health::COMMIT_US_SUM],
            publish_us_sum: words[health::PUBLISH_US_SUM],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_unknown_if_there_are_durations_and_the_file_has_no_sum() {
        let mut health = Health::default();
        assert_eq!(health.passes_by_duration.sum(health.pass_us_sum), Some(0), "nothing took no time");
        health.count_pass(70);
        health.count_pass(30);
        assert_eq!(health.passes_by_duration.sum(health.pass_us_sum), Some(100));
        assert_eq!((health.pass_us, health.passes_by_duration.0[..2].iter().sum::<u64>()), (30, 2));
        assert_eq!(health.passes_by_duration.sum(0), None, "as a file of layout 1.0 has it");
    }
}
