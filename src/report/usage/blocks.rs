//! Blocks: the usage in each, and the rate and projection of the current one.
//!
//! Invariant: all requests of the account determine where blocks begin and end (see [`Divider`]). A filter changes
//! the blocks' counters, never their bounds. Money stays in integers, also in rates and projections.

use jiff::civil::Date;

use super::named::NameTables;
use super::query::Query;
use super::rows::{ModelSums, OpenModel, add_model, named_models};
use crate::ledger::{Ledger, LedgerError, Tally};
use crate::period::{Divider, Stretch};
use crate::snapshot::{Counters, Picodollars};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;

/// A block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its start, a full hour, ms UTC.
    pub start_ms: i64,
    /// Its end: the start plus the block length.
    pub end_ms: i64,
    /// Its first counted request.
    pub first_ms: i64,
    /// Its last counted request.
    pub last_ms: i64,
    /// Whether it contains the current time.
    pub is_active: bool,
    /// Its usage.
    pub counters: Counters,
    /// Its usage by model, most expensive first.
    pub models: Vec<ModelSums>,
}

/// Idle time that is longer than a block, from one block length after the last request to the next request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// One block length after the last request, ms UTC.
    pub start_ms: i64,
    /// The next request.
    pub end_ms: i64,
}

/// A block or a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A block.
    Block(Block),
    /// A gap.
    Gap(Gap),
}

/// A block's burn rate, from its first to its last request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burn {
    tokens: u64,
    /// Input and output only, without cache reads and writes.
    fresh_tokens: u64,
    cost: Picodollars,
    duration_ms: i64,
}

/// A block's usage at its end, if the burn rate stays the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Projection {
    /// Tokens at its end.
    pub tokens: u64,
    /// Cost at its end.
    pub cost: Picodollars,
    /// Time left, in milliseconds.
    pub left_ms: i64,
}

/// All gaps, and all blocks with counted requests, oldest first. The length must be a whole number of quarter hours
/// and at least an hour, because a shorter block could end before its first request.
pub fn blocks(
    ledger: &Ledger,
    query: &Query,
    length_ms: i64,
    now_ms: i64,
) -> Result<Vec<Entry>, LedgerError> {
    ledger.at_one_moment(|| {
        let names = NameTables::read(ledger, false)?;
        let mut reading = Reading {
            query,
            names: &names,
            length_ms,
            now_ms,
            divider: Divider::new(length_ms),
            open: None,
            pending: Vec::new(),
            entries: Vec::new(),
        };
        ledger.tallies(i64::MIN..i64::MAX, query.mode, |tally| reading.take(tally))?;
        Ok(reading.end())
    })
}

impl Entry {
    /// Its start, ms UTC.
    pub fn start_ms(&self) -> i64 {
        match self {
            Self::Block(block) => block.start_ms,
            Self::Gap(gap) => gap.start_ms,
        }
    }

    /// The block, if it is one.
    pub fn block(&self) -> Option<&Block> {
        match self {
            Self::Block(block) => Some(block),
            Self::Gap(_) => None,
        }
    }
}

/// Keeps the entries that start on one of the query's days.
pub fn keep_days(entries: &mut Vec<Entry>, query: &Query) {
    let mut calendar = query.calendar();
    let mut day = |entry: &Entry| -> Date { calendar.date(entry.start_ms()) };
    entries.retain(|entry| query.has_day(day(entry)));
}

/// The most tokens in any block that is over. `--token-limit max` uses it.
pub fn most_tokens(entries: &[Entry]) -> Option<u64> {
    let over = entries.iter().filter_map(Entry::block).filter(|block| !block.is_active);
    over.map(|block| block.counters.total_tokens()).max().filter(|tokens| *tokens > 0)
}

impl Block {
    /// The burn rate; `None` if all its requests have the same time.
    pub fn burn(&self) -> Option<Burn> {
        let duration_ms = self.last_ms - self.first_ms;
        (duration_ms > 0).then(|| Burn {
            tokens: self.counters.total_tokens(),
            fresh_tokens: self.counters.input_tokens.wrapping_add(self.counters.output_tokens),
            cost: self.counters.cost,
            duration_ms,
        })
    }

    /// The projection; `None` if the block is over or has no burn rate.
    pub fn projection(&self, now_ms: i64) -> Option<Projection> {
        let burn = self.burn().filter(|_| self.is_active)?;
        let left_ms = (self.end_ms - now_ms).max(0);
        Some(Projection {
            tokens: self.counters.total_tokens().saturating_add(burn.tokens_in(left_ms)),
            cost: self.counters.cost + burn.cost_in(left_ms),
            left_ms,
        })
    }
}

impl Burn {
    /// Tokens per minute.
    pub fn tokens_per_minute(&self) -> f64 {
        self.per_minute(self.tokens)
    }

    /// Tokens per minute without cache reads and writes.
    pub fn fresh_tokens_per_minute(&self) -> f64 {
        self.per_minute(self.fresh_tokens)
    }

    /// Cost per hour.
    pub fn cost_per_hour(&self) -> Picodollars {
        self.cost_in(HOUR_MS)
    }

    #[allow(clippy::cast_precision_loss)] // for display, not for sums
    fn per_minute(&self, tokens: u64) -> f64 {
        tokens as f64 * MINUTE_MS as f64 / self.duration_ms as f64
    }

    /// Tokens used in this time at the burn rate.
    pub fn tokens_in(&self, ms: i64) -> u64 {
        u64::try_from(self.share(u128::from(self.tokens), ms)).unwrap_or(u64::MAX)
    }

    fn cost_in(&self, ms: i64) -> Picodollars {
        Picodollars(self.share(self.cost.0, ms))
    }

    /// The part of an amount for this time, rounded half up.
    fn share(&self, amount: u128, ms: i64) -> u128 {
        let (ms, duration) = (u128::from(ms.unsigned_abs()), u128::from(self.duration_ms.unsigned_abs()));
        amount.saturating_mul(ms).saturating_add(duration / 2) / duration
    }
}

/// Divides tallies into blocks.
struct Reading<'a> {
    query: &'a Query,
    names: &'a NameTables,
    length_ms: i64,
    now_ms: i64,
    divider: Divider,
    open: Option<Open>,
    /// The tallies of one quarter hour's first millisecond, or of its rest. They are in the same block, and their
    /// first and last request are known only when all have been read.
    pending: Vec<Tally>,
    entries: Vec<Entry>,
}

/// A block being summed.
struct Open {
    stretch: Stretch,
    /// First and last counted request.
    counted: Option<(i64, i64)>,
    models: Vec<OpenModel>,
}

impl Reading<'_> {
    fn take(&mut self, tally: &Tally) {
        let part = |tally: &Tally| (tally.quarter_ms, tally.after_start);
        if self.pending.last().is_some_and(|last| part(last) != part(tally)) {
            self.divide();
        }
        self.pending.push(*tally);
    }

    /// Puts the pending tallies into a block.
    fn divide(&mut self) {
        let Some(first_ms) = self.pending.iter().map(|tally| tally.first_ms).min() else { return };
        let last_ms = self.pending.iter().map(|tally| tally.last_ms).max().unwrap_or(first_ms);
        let (stretch, is_new) = self.divider.take(first_ms, last_ms);
        if is_new {
            let before = self.close();
            let pause = before.and_then(|before| first_ms.checked_sub(before));
            if let Some(before) = before.filter(|_| pause > Some(self.length_ms)) {
                let gap = Gap { start_ms: before.saturating_add(self.length_ms), end_ms: first_ms };
                self.entries.push(Entry::Gap(gap));
            }
        }
        let open = self.open.get_or_insert_with(|| Open { stretch, counted: None, models: Vec::new() });
        open.stretch = stretch;
        for tally in self.pending.drain(..).filter(|tally| self.query.only.takes(tally)) {
            let (first_ms, last_ms) = open.counted.unwrap_or((tally.first_ms, tally.last_ms));
            open.counted = Some((first_ms.min(tally.first_ms), last_ms.max(tally.last_ms)));
            add_model(&mut open.models, &tally);
        }
    }

    /// Completes the open block and returns the time of its last request.
    fn close(&mut self) -> Option<i64> {
        let Open { stretch, counted, models } = self.open.take()?;
        if let Some((first_ms, last_ms)) = counted {
            let end_ms = stretch.start_ms.saturating_add(self.length_ms);
            let models = named_models(models, self.names);
            self.entries.push(Entry::Block(Block {
                start_ms: stretch.start_ms,
                end_ms,
                first_ms,
                last_ms,
                is_active: stretch.start_ms <= self.now_ms && self.now_ms < end_ms,
                counters: models.iter().map(|sums| sums.counters).sum(),
                models,
            }));
        }
        Some(stretch.last_ms)
    }

    fn end(mut self) -> Vec<Entry> {
        self.divide();
        self.close();
        self.entries
    }
}
