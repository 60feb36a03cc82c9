//! Blocks of hours: what each used, how fast the one that runs is used, and where that leads.
//!
//! Invariant: where blocks begin and end follows from all requests of the account ([`Divider`] says how); what is
//! left out of a report is left out of the blocks' counters, never of their bounds. Money stays in integers,
//! rates per hour and projections included.

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
    /// The full hour it starts at, in milliseconds UTC.
    pub start_ms: i64,
    /// Its end, its length later.
    pub end_ms: i64,
    /// Its first request that is counted.
    pub first_ms: i64,
    /// Its last.
    pub last_ms: i64,
    /// Whether it contains the present moment.
    pub is_active: bool,
    /// What was used.
    pub counters: Counters,
    /// The same by model, the dearest first.
    pub models: Vec<ModelSums>,
}

/// A pause that is longer than a block, from where a block without requests would begin to the next request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// A block's length behind the last request, in milliseconds UTC.
    pub start_ms: i64,
    /// The next request.
    pub end_ms: i64,
}

/// A block or a pause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A block.
    Block(Block),
    /// A pause.
    Gap(Gap),
}

/// How fast a block is used, from its first to its last request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burn {
    tokens: u64,
    /// Input and output alone: what is neither read from nor written to a cache.
    fresh_tokens: u64,
    cost: Picodollars,
    duration_ms: i64,
}

/// Where a block ends up if it goes on like that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Projection {
    /// Tokens at its end.
    pub tokens: u64,
    /// Cost at its end.
    pub cost: Picodollars,
    /// Time left, in milliseconds.
    pub left_ms: i64,
}

/// All blocks and pauses of the ledger, in order of time; of blocks those with something to count. Their length is
/// a whole number of quarter hours, and at least an hour: a shorter block could end before its first request.
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
    /// When it starts, in milliseconds UTC.
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

/// Keeps what starts on a day of the query's.
pub fn keep_days(entries: &mut Vec<Entry>, query: &Query) {
    let mut calendar = query.calendar();
    let mut day = |entry: &Entry| -> Date { calendar.date(entry.start_ms()) };
    entries.retain(|entry| query.has_day(day(entry)));
}

/// The most tokens of a block that is over: what a limit may be measured by.
pub fn most_tokens(entries: &[Entry]) -> Option<u64> {
    let over = entries.iter().filter_map(Entry::block).filter(|block| !block.is_active);
    over.map(|block| block.counters.total_tokens()).max().filter(|tokens| *tokens > 0)
}

impl Block {
    /// How fast it is used; `None` where its requests were all made at one moment.
    pub fn burn(&self) -> Option<Burn> {
        let duration_ms = self.last_ms - self.first_ms;
        (duration_ms > 0).then(|| Burn {
            tokens: self.counters.total_tokens(),
            fresh_tokens: self.counters.input_tokens.wrapping_add(self.counters.output_tokens),
            cost: self.counters.cost,
            duration_ms,
        })
    }

    /// Where it ends up. `None` where it is over, or nothing can be told of how fast it is used.
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
    /// Tokens a minute.
    pub fn tokens_per_minute(&self) -> f64 {
        self.per_minute(self.tokens)
    }

    /// Tokens a minute without those of the cache.
    pub fn fresh_tokens_per_minute(&self) -> f64 {
        self.per_minute(self.fresh_tokens)
    }

    /// Cost an hour.
    pub fn cost_per_hour(&self) -> Picodollars {
        self.cost_in(HOUR_MS)
    }

    #[allow(clippy::cast_precision_loss)] // a rate to look at, not to count with
    fn per_minute(&self, tokens: u64) -> f64 {
        tokens as f64 * MINUTE_MS as f64 / self.duration_ms as f64
    }

    /// As many tokens as it comes to in a time.
    pub fn tokens_in(&self, ms: i64) -> u64 {
        u64::try_from(self.share(u128::from(self.tokens), ms)).unwrap_or(u64::MAX)
    }

    fn cost_in(&self, ms: i64) -> Picodollars {
        Picodollars(self.share(self.cost.0, ms))
    }

    /// As much of an amount as falls to a time, rounded half up.
    fn share(&self, amount: u128, ms: i64) -> u128 {
        let (ms, duration) = (u128::from(ms.unsigned_abs()), u128::from(self.duration_ms.unsigned_abs()));
        amount.saturating_mul(ms).saturating_add(duration / 2) / duration
    }
}

/// Tallies on their way into blocks.
struct Reading<'a> {
    query: &'a Query,
    names: &'a NameTables,
    length_ms: i64,
    now_ms: i64,
    divider: Divider,
    open: Option<Open>,
    /// Those of one quarter hour's first millisecond, or of its rest: no block divides them, and only together
    /// do they tell when it began and ended.
    pending: Vec<Tally>,
    entries: Vec<Entry>,
}

/// A block on the way.
struct Open {
    stretch: Stretch,
    /// First and last request that count.
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

    /// Puts what is pending into a block.
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

    /// Completes the open block and gives the time of its last request.
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
