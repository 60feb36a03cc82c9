//! Numbers that all parts of the layout share.
//!
//! Invariant: nothing here depends on a part; parts build on these. Used by the layout alone, which passes them on.

/// Bytes in a word.
pub const WORD_BYTES: usize = 8;
/// `CCOSNAP` and a newline that text-mode copying would damage, as a little-endian word.
pub const MAGIC: u64 = u64::from_le_bytes(*b"CCOSNAP\n");
/// Reads as this number only if byte order agrees.
pub const ENDIAN_MARK: u64 = 0x0102_0304_0506_0708;
/// Layout versions that this code writes: the major breaks, the minor adds.
pub const MAJOR: u32 = 1;
/// See [`MAJOR`].
pub const MINOR: u32 = 1;
/// Bytes in page 0: enough for identity and totals, in one `pread`.
pub const PAGE_BYTES: usize = 8192;
/// Words in page 0.
pub const PAGE_WORDS: usize = PAGE_BYTES / WORD_BYTES;
/// Regions, and the copies of a table, start on cache lines.
pub const ALIGN_BYTES: usize = 64;
/// Copies of each table.
pub const BANKS: usize = 2;
/// Sections in the health ring.
pub const HEALTH_SLOTS: usize = 4;
/// Buckets of a histogram of durations.
pub const HISTOGRAM_BUCKETS: usize = 16;
/// No file is longer: it may be sparse, so that its length alone proves nothing.
pub const MAX_FILE_BYTES: u64 = 1 << 32;
/// No region has more rows: more than any real table, less than what could overflow a sum of sizes.
pub const MAX_CAPACITY: u64 = 1 << 32;
/// No row is longer: more than a far later minor version could want.
pub const MAX_ROW_BYTES: u64 = 1 << 16;
/// At least the words of any row that this version knows.
pub const ROW_WORDS_MAX: usize = 64;
/// Words of an entry of the directory.
pub(super) const DIRECTORY_ENTRY_WORDS: usize = 3;
/// Words of a set of counters.
pub(super) const COUNTERS_WORDS: usize = 16;
/// Words of a stretch of time with its counters: its start and its end.
pub(super) const PERIOD_WORDS: usize = 2 + COUNTERS_WORDS;
/// Words of the use of a limit.
pub(super) const LIMIT_WORDS: usize = 3;
