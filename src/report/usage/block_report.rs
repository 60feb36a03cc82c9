//! The blocks of a ledger at one moment, with the limit to measure them by.
//!
//! Used by `cco blocks` and by everything that shows the current block.

use super::block_status::BlockStatus;
use super::blocks::{Block, Entry, blocks, keep_days, most_tokens};
use super::query::Query;
use crate::ledger::{Ledger, LedgerError};
use crate::period::BLOCK_MS;
use crate::report::five_hours::FiveHours;
use crate::snapshot::Limit;

/// How far back recent blocks go, in milliseconds.
const RECENT_MS: i64 = 3 * 24 * 3_600_000;

/// What to measure a block's tokens by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenLimit {
    /// A number of tokens.
    Tokens(u64),
    /// The most tokens of any finished block.
    Most,
}

/// Blocks at a moment.
#[derive(Clone, Debug)]
pub struct BlockReport {
    /// Blocks and gaps, oldest first.
    pub entries: Vec<Entry>,
    /// The number of tokens to measure a block by.
    pub limit: Option<u64>,
    /// The moment, in milliseconds UTC.
    pub now_ms: i64,
    /// How long a block is, in milliseconds.
    pub length_ms: i64,
    /// The account's 5-hour limit, if it is known: when the current block ends is up to it.
    pub account: Option<Limit>,
}

impl BlockReport {
    /// Reads all blocks of a length. `account` is the account's 5-hour limit, as the snapshot has it.
    pub fn read(
        ledger: &Ledger,
        query: &Query,
        length_ms: i64,
        limit: Option<TokenLimit>,
        account: Option<Limit>,
        now_ms: i64,
    ) -> Result<Self, LedgerError> {
        let entries = blocks(ledger, query, length_ms, now_ms)?;
        let limit = limit.and_then(|limit| match limit {
            TokenLimit::Tokens(tokens) => Some(tokens),
            TokenLimit::Most => most_tokens(&entries, now_ms),
        });
        Ok(Self { entries, limit, now_ms, length_ms, account })
    }

    /// Keeps blocks that start on one of the query's days.
    pub fn keep_days(&mut self, query: &Query) {
        keep_days(&mut self.entries, query);
    }

    /// Keeps blocks from the last three days.
    pub fn keep_recent(&mut self) {
        let from_ms = self.now_ms.saturating_sub(RECENT_MS);
        self.entries.retain(|entry| entry.start_ms() >= from_ms);
    }

    /// Keeps the active block, if there is one.
    pub fn keep_active(&mut self) {
        self.entries.retain(|entry| entry.block().is_some_and(|block| block.is_active));
    }

    /// Keeps the last `count` blocks and the gaps between them.
    pub fn keep_last(&mut self, count: usize) {
        let blocks = self.entries.iter().enumerate().rev().filter(|(_, entry)| entry.block().is_some());
        let first = blocks.take(count).last().map_or(self.entries.len(), |(at, _)| at);
        self.entries.drain(..first);
    }

    /// How this block, which is active, stands.
    pub fn status_of<'a>(&self, block: &'a Block) -> BlockStatus<'a> {
        BlockStatus::active(block, self.limit, self.end_of(block), self.now_ms)
    }

    /// When the five hours of the active block end. Blocks of another length have nothing to do with the account's.
    pub fn end_of(&self, block: &Block) -> FiveHours {
        let account = self.account.filter(|_| self.length_ms == BLOCK_MS);
        FiveHours::of(block.end_ms, account, self.now_ms)
    }

    /// The active block, or when the last one ended. It need not be the newest: a request that another machine's clock
    /// dated ahead makes a block that has not begun.
    pub fn status(&self) -> BlockStatus<'_> {
        let mut blocks = self.entries.iter().rev().filter_map(Entry::block);
        match blocks.find(|block| block.start_ms <= self.now_ms) {
            Some(block) if block.is_active => self.status_of(block),
            last => BlockStatus::Idle { ended_ms: last.map(|block| block.end_ms) },
        }
    }
}
