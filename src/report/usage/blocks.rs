//! Blocks: the usage in each.
//!
//! Invariant: all requests of the account determine where blocks begin and end (see [`Divider`]). A filter changes
//! the blocks' counters, never their bounds.

use jiff::civil::Date;

use super::named::NameTables;
use super::query::{Query, Selection};
use super::rows::{ModelSums, OpenModel, add_model, named_models};
use crate::ledger::{Ledger, LedgerError, Tally};
use crate::period::{Divider, Stretch};
use crate::report::View;
use crate::report::burn::{Burn, Projection};
use crate::report::five_hours::FiveHours;
use crate::snapshot::Counters;

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

impl Gap {
    /// How long there was no request, with blocks of this length.
    pub fn idle_ms(&self, length_ms: i64) -> i64 {
        self.end_ms - self.start_ms + length_ms
    }
}

/// A block or a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A block.
    Block(Block),
    /// A gap.
    Gap(Gap),
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
            selection: query.only.of(ledger)?,
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

    /// The gap, if it is one.
    pub fn gap(&self) -> Option<&Gap> {
        match self {
            Self::Block(_) => None,
            Self::Gap(gap) => Some(gap),
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
pub fn most_tokens(entries: &[Entry], now_ms: i64) -> Option<u64> {
    let over = entries.iter().filter_map(Entry::block).filter(|block| block.end_ms <= now_ms);
    over.map(|block| block.counters.total_tokens()).max().filter(|tokens| *tokens > 0)
}

impl Block {
    /// A snapshot's block, if there is one that contains the time of the view. Its models are unknown.
    pub fn of_view(view: &View) -> Option<Self> {
        let period = view.block()?;
        let (first_ms, last_ms) = view.totals.block_span()?;
        Some(Self {
            start_ms: period.start,
            end_ms: period.end,
            first_ms,
            last_ms,
            is_active: true,
            counters: period.counters,
            models: Vec::new(),
        })
    }

    /// The burn rate; `None` if all its requests have the same time.
    pub fn burn(&self) -> Option<Burn> {
        Burn::of(&self.counters, self.first_ms, self.last_ms)
    }

    /// The projection for when its five hours end; `None` if the block is over or has no burn rate.
    pub fn projection(&self, end: FiveHours, now_ms: i64) -> Option<Projection> {
        let burn = self.burn().filter(|_| self.is_active)?;
        Some(burn.projection(end.left_ms(now_ms)))
    }
}

/// Divides tallies into blocks.
struct Reading<'a> {
    selection: Selection<'a>,
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
        for tally in self.pending.drain(..).filter(|tally| self.selection.takes(tally)) {
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
