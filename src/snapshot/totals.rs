//! The body of an L1 slot: current totals and calendar periods, as a reader gets and a publisher gives them.
//!
//! Invariant: a [`Totals`] is one commit's words, whole; its getters only pick words, so copying it is
//! all that a read costs.

use super::Counters;
use super::layout::{Region, control, limit, period, slot};

/// What a set of counters in a slot is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// Everything ever counted; its start and end are those of `i64`.
    AllTime,
    /// The current day in the file's zone.
    Today,
    /// The current week.
    Week,
    /// The current month.
    Month,
    /// The current five-hour block; start and end are zero if there is none.
    Block,
}

/// A stretch of time and what was used in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period {
    /// First millisecond, UTC.
    pub start: i64,
    /// First millisecond after it, UTC.
    pub end: i64,
    /// The requests in it.
    pub counters: Counters,
}

impl Period {
    /// From the words of a period.
    #[inline]
    pub(crate) fn decode(words: &[u64]) -> Self {
        let words: &[u64; period::WORDS] = words.first_chunk().expect("a period is whole");
        Self::load(|at| words[at])
    }

    /// From the words that `word` gives by their offsets.
    #[inline]
    pub(crate) fn load(word: impl Fn(usize) -> u64) -> Self {
        Self {
            start: word(period::START).cast_signed(),
            end: word(period::END).cast_signed(),
            counters: Counters::load(|at| word(period::COUNTERS + at)),
        }
    }

    fn encode(&self, words: &mut [u64]) {
        words[period::START] = self.start.cast_unsigned();
        words[period::END] = self.end.cast_unsigned();
        self.counters.encode(&mut words[period::COUNTERS..]);
    }

    /// All time, which is never over.
    #[inline]
    pub(crate) fn all_time(counters: Counters) -> Self {
        Self { start: i64::MIN, end: i64::MAX, counters }
    }

    /// Whether `now` (ms UTC) is past its end: its figures are still right, but not those of the current period.
    pub fn is_over(&self, now: i64) -> bool {
        now >= self.end
    }
}

/// How much of an account-wide limit is used, as Claude Code last reported it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limit {
    /// Used part in millionths of the limit.
    pub used_millionths: u64,
    /// When it resets, ms UTC; 0 if unknown.
    pub resets_at: i64,
    /// When this was reported, ms UTC.
    pub seen_at: i64,
}

impl Limit {
    /// Whether it has been reset by `now` (ms UTC): current use is unknown.
    pub fn is_over(&self, now: i64) -> bool {
        self.resets_at != 0 && now >= self.resets_at
    }

    fn encode(&self, words: &mut [u64]) {
        words[limit::USED] = self.used_millionths;
        words[limit::RESETS_AT] = self.resets_at.cast_unsigned();
        words[limit::SEEN_AT] = self.seen_at.cast_unsigned();
    }

    fn decode(words: &[u64]) -> Self {
        Self {
            used_millionths: words[limit::USED],
            resets_at: words[limit::RESETS_AT].cast_signed(),
            seen_at: words[limit::SEEN_AT].cast_signed(),
        }
    }
}

/// Whether totals cover all transcripts that were there when the scan began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ScanState {
    /// Transcripts are still being read: totals are a lower bound.
    #[default]
    CatchingUp,
    /// All were read.
    Complete,
}

/// Everything a commit says besides the tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Publication {
    /// When, ms UTC.
    pub published_at: i64,
    /// All time.
    pub totals: Counters,
    /// The current day in the file's zone.
    pub today: Period,
    /// The current week.
    pub this_week: Period,
    /// The current month.
    pub this_month: Period,
    /// The five-hour block that contains the moment of publishing, if one does.
    pub block: Option<Period>,
    /// Times of the block's first and last request, ms UTC; zeros without a block.
    pub block_span: (i64, i64),
    /// How complete the totals are.
    pub scan_state: ScanState,
    /// Use of the five-hour limit, if a status line reported it.
    pub five_hour_limit: Option<Limit>,
    /// Use of the seven-day limit, if a status line reported it.
    pub seven_day_limit: Option<Limit>,
    /// Sessions that the table had no room for.
    pub sessions_left_out: u64,
}

/// Rows in use of each table, as a slot states them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lengths {
    /// In the order of [`Region::TABLES`].
    pub(crate) rows: [u64; Region::TABLES.len()],
    pub(crate) history_oldest: u64,
    pub(crate) names_bytes: u64,
    /// The whole word, whose high half should be zero.
    pub(crate) names_crc: u64,
}

impl Publication {
    /// Writes all words of a slot but its sequence and CRC.
    pub(crate) fn encode(&self, bank: usize, lengths: &Lengths, words: &mut [u64]) {
        words[slot::LENGTH] = slot::USED as u64;
        words[slot::PUBLISHED_AT] = self.published_at.cast_unsigned();
        words[slot::BANK] = bank as u64;
        self.totals.encode(&mut words[slot::TOTALS..]);
        self.today.encode(&mut words[slot::TODAY..]);
        self.this_week.encode(&mut words[slot::THIS_WEEK..]);
        self.this_month.encode(&mut words[slot::THIS_MONTH..]);
        self.block.unwrap_or_default().encode(&mut words[slot::BLOCK..]);
        words[slot::BLOCK_FIRST_AT] = self.block_span.0.cast_unsigned();
        words[slot::BLOCK_LAST_AT] = self.block_span.1.cast_unsigned();
        words[slot::SCAN_STATE] = u64::from(self.scan_state == ScanState::Complete);
        self.five_hour_limit.unwrap_or_default().encode(&mut words[slot::FIVE_HOUR_LIMIT..]);
        self.seven_day_limit.unwrap_or_default().encode(&mut words[slot::SEVEN_DAY_LIMIT..]);
        words[slot::LENGTHS..slot::SESSIONS_LEFT_OUT].copy_from_slice(&lengths.rows);
        words[slot::SESSIONS_LEFT_OUT] = self.sessions_left_out;
        words[slot::HISTORY_OLDEST] = lengths.history_oldest;
        words[slot::NAMES_BYTES] = lengths.names_bytes;
        words[slot::NAMES_CRC] = lengths.names_crc;
    }
}

/// The control words beside the slots, as loaded with the totals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Control {
    /// There is a newer file at the path: [`super::Reader::refresh`] opens it.
    pub superseded: bool,
    /// The publisher stopped cleanly.
    pub stopped: bool,
    /// Boot-time clock at the last heartbeat, in milliseconds.
    pub heartbeat_monotonic_ms: u64,
    /// Wall clock at the last heartbeat, ms UTC.
    pub heartbeat_at: i64,
}

impl Control {
    /// From the words of page 0.
    pub(crate) fn decode(word: impl Fn(usize) -> u64) -> Self {
        Self {
            superseded: word(control::SUPERSEDED) != 0,
            stopped: word(control::STATE) == control::STOPPED,
            heartbeat_monotonic_ms: word(control::HEARTBEAT_MONOTONIC),
            heartbeat_at: word(control::HEARTBEAT_WALL).cast_signed(),
        }
    }
}

/// The totals of one commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    words: [u64; slot::USED],
    control: Control,
}

impl Totals {
    /// What nobody published: room to read into.
    pub(crate) const EMPTY: Self = Self {
        words: [0; slot::USED],
        control: Control { superseded: false, stopped: false, heartbeat_monotonic_ms: 0, heartbeat_at: 0 },
    };

    #[inline]
    pub(crate) fn words_mut(&mut self) -> &mut [u64; slot::USED] {
        &mut self.words
    }

    #[inline]
    pub(crate) fn set_control(&mut self, control: Control) {
        self.control = control;
    }

    #[inline]
    pub(crate) fn new(words: [u64; slot::USED], control: Control) -> Self {
        Self { words, control }
    }

    /// Sequence of the commit: even, rising by two.
    pub fn sequence(&self) -> u64 {
        self.words[slot::SEQUENCE]
    }

    /// Number of the commit in its epoch: half the sequence.
    pub fn generation(&self) -> u64 {
        self.sequence() / 2
    }

    /// When it was published, ms UTC.
    pub fn published_at(&self) -> i64 {
        self.words[slot::PUBLISHED_AT].cast_signed()
    }

    /// Everything ever counted.
    pub fn all_time(&self) -> Counters {
        Counters::decode(&self.words[slot::TOTALS..])
    }

    /// The day that was current at publishing, in the file's zone.
    pub fn today(&self) -> Period {
        Period::decode(&self.words[slot::TODAY..])
    }

    /// The week that was current at publishing.
    pub fn this_week(&self) -> Period {
        Period::decode(&self.words[slot::THIS_WEEK..])
    }

    /// The month that was current at publishing.
    pub fn this_month(&self) -> Period {
        Period::decode(&self.words[slot::THIS_MONTH..])
    }

    /// The five-hour block that was current at publishing, if one was.
    pub fn block(&self) -> Option<Period> {
        Some(Period::decode(&self.words[slot::BLOCK..])).filter(|block| block.end != 0)
    }

    /// Times of the first and last request of that block, ms UTC. Rate and projection follow from them.
    pub fn block_span(&self) -> Option<(i64, i64)> {
        let at = |word: usize| self.words[word].cast_signed();
        self.block().map(|_| (at(slot::BLOCK_FIRST_AT), at(slot::BLOCK_LAST_AT)))
    }

    /// How complete the totals are.
    pub fn scan_state(&self) -> ScanState {
        // A number that is not listed promises nothing.
        if self.words[slot::SCAN_STATE] == 1 { ScanState::Complete } else { ScanState::CatchingUp }
    }

    /// Use of the five-hour limit, if a status line reported it.
    pub fn five_hour_limit(&self) -> Option<Limit> {
        self.limit(slot::FIVE_HOUR_LIMIT)
    }

    /// Use of the seven-day limit, if a status line reported it.
    pub fn seven_day_limit(&self) -> Option<Limit> {
        self.limit(slot::SEVEN_DAY_LIMIT)
    }

    /// Sessions that the sessions table had no room for.
    pub fn sessions_left_out(&self) -> u64 {
        self.words[slot::SESSIONS_LEFT_OUT]
    }

    /// The words of the commit's slot, at the offsets of [`layout::slot`](super::layout::slot): for bindings that
    /// name them in another language.
    #[inline]
    pub fn words(&self) -> &[u64; slot::USED] {
        &self.words
    }

    /// The control words that were loaded with the totals.
    pub fn control(&self) -> Control {
        self.control
    }

    /// The bank of tables that belongs to the commit, unchecked.
    pub(crate) fn bank(&self) -> u64 {
        self.words[slot::BANK]
    }

    pub(crate) fn lengths(&self) -> Lengths {
        let mut rows = [0; Region::TABLES.len()];
        rows.copy_from_slice(&self.words[slot::LENGTHS..slot::SESSIONS_LEFT_OUT]);
        Lengths {
            rows,
            history_oldest: self.words[slot::HISTORY_OLDEST],
            names_bytes: self.words[slot::NAMES_BYTES],
            names_crc: self.words[slot::NAMES_CRC],
        }
    }

    /// One set of counters, as [`super::Reader::counters`] gives it.
    pub fn over(&self, span: Span) -> Period {
        match span {
            Span::AllTime => Period::all_time(self.all_time()),
            span => Period::decode(&self.words[place_of(span)..]),
        }
    }

    fn limit(&self, at: usize) -> Option<Limit> {
        Some(Limit::decode(&self.words[at..])).filter(|limit| limit.seen_at != 0)
    }
}

/// Offset in a slot of a set of counters: of its start, except for all time, which has none.
#[inline]
pub(crate) fn place_of(span: Span) -> usize {
    match span {
        Span::AllTime => slot::TOTALS,
        Span::Today => slot::TODAY,
        Span::Week => slot::THIS_WEEK,
        Span::Month => slot::THIS_MONTH,
        Span::Block => slot::BLOCK,
    }
}
