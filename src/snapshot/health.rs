//! The publisher's health: what it saw and how it fares, beside the totals and not part of a commit.
//!
//! Invariant: health has a ring of sections of its own, so that an idle publisher can report on itself
//! without a new generation of totals.

use super::layout::{HEALTH_WORDS, HISTOGRAM_BUCKETS, HISTOGRAMS};

/// Figures of the publisher since it started, unless said otherwise. Times are ms UTC, durations µs.
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
    /// Files and folders that could not be read at the last look.
    pub skipped_files: u64,
    /// Looks at the roots.
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
    /// Lines that are no JSON objects, in whole or from some point on.
    pub malformed_lines: u64,
    /// Last lines that were not yet complete.
    pub unfinished_lines: u64,
    /// Records of the model `<synthetic>`, which cost nothing and are left out.
    pub synthetic_records: u64,
    /// Records left out for a missing or impossible time.
    pub bad_timestamps: u64,
    /// Transcripts that were found shorter or rewritten.
    pub truncations: u64,
    /// Times that the system lost change events.
    pub lost_events: u64,
    /// Errors met.
    pub errors: u64,
    /// When the last of them was met; 0 never.
    pub last_error_at: i64,
    /// Duration of the last full scan.
    pub scan_us: u64,
    /// Duration of the last pass.
    pub pass_us: u64,
    /// Duration of the last ledger commit.
    pub commit_us: u64,
    /// Duration of the last publish.
    pub publish_us: u64,
    /// From a transcript's write to its publish, last seen.
    pub lag_us: u64,
    /// How changes are noticed.
    pub following: Following,
    /// Time between looks at folders that are polled, in milliseconds; 0 if none is.
    pub poll_interval_ms: u64,
    /// Folders that cannot be watched.
    pub folders_unwatched: u64,
    /// Memory that the publisher holds, in bytes; 0 unknown.
    pub resident_bytes: u64,
    /// Size of the ledger's file, in bytes; 0 unknown.
    pub ledger_bytes: u64,
    /// Durations of passes.
    pub passes_by_duration: Histogram,
    /// Durations of ledger commits.
    pub commits_by_duration: Histogram,
    /// Durations of publishes.
    pub publishes_by_duration: Histogram,
}

/// How a publisher notices changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Following {
    /// It does not say.
    #[default]
    Unknown,
    /// The system reports them for every folder.
    Watching,
    /// The system does not for some folders, which are looked at now and then.
    Polling,
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
}

/// First word behind sequence and CRC.
const BODY: usize = 2;

impl Health {
    pub(crate) fn encode(&self) -> [u64; HEALTH_WORDS] {
        let figures = [
            self.updated_at.cast_unsigned(),
            self.roots,
            self.files,
            self.file_bytes,
            self.skipped_files,
            self.passes,
            self.bytes_read,
            self.lines,
            self.records,
            self.requests,
            self.duplicates_merged,
            self.malformed_lines,
            self.unfinished_lines,
            self.synthetic_records,
            self.bad_timestamps,
            self.truncations,
            self.lost_events,
            self.errors,
            self.last_error_at.cast_unsigned(),
            self.scan_us,
            self.pass_us,
            self.commit_us,
            self.publish_us,
            self.lag_us,
            self.following as u64,
            self.poll_interval_ms,
            self.folders_unwatched,
            self.resident_bytes,
            self.ledger_bytes,
        ];
        let mut words = [0; HEALTH_WORDS];
        words[BODY..BODY + figures.len()].copy_from_slice(&figures);
        let histograms = [self.passes_by_duration, self.commits_by_duration, self.publishes_by_duration];
        for (words, histogram) in words[HISTOGRAMS..].chunks_exact_mut(HISTOGRAM_BUCKETS).zip(histograms) {
            words.copy_from_slice(&histogram.0);
        }
        words
    }

    pub(crate) fn decode(words: &[u64; HEALTH_WORDS]) -> Self {
        let mut histograms = words[HISTOGRAMS..].chunks_exact(HISTOGRAM_BUCKETS);
        let mut histogram = || {
            let mut counts = [0; HISTOGRAM_BUCKETS];
            if let Some(words) = histograms.next() {
                counts.copy_from_slice(words);
            }
            Histogram(counts)
        };
        let mut figures = words[BODY..].iter().copied();
        let mut next = || figures.next().unwrap_or(0);
        Self {
            updated_at: next().cast_signed(),
            roots: next(),
            files: next(),
            file_bytes: next(),
            skipped_files: next(),
            passes: next(),
            bytes_read: next(),
            lines: next(),
            records: next(),
            requests: next(),
            duplicates_merged: next(),
            malformed_lines: next(),
            unfinished_lines: next(),
            synthetic_records: next(),
            bad_timestamps: next(),
            truncations: next(),
            lost_events: next(),
            errors: next(),
            last_error_at: next().cast_signed(),
            scan_us: next(),
            pass_us: next(),
            commit_us: next(),
            publish_us: next(),
            lag_us: next(),
            following: match next() {
                1 => Following::Watching,
                2 => Following::Polling,
                _ => Following::Unknown,
            },
            poll_interval_ms: next(),
            folders_unwatched: next(),
            resident_bytes: next(),
            ledger_bytes: next(),
            passes_by_duration: histogram(),
            commits_by_duration: histogram(),
            publishes_by_duration: histogram(),
        }
    }
}
