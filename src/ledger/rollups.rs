//! Sums over the requests of a quarter hour, by session, project, model and dimensions.
//!
//! Invariant: a rollup's figures and its first and last millisecond are those of its requests, and a rollup without
//! requests has no row. All time zone offsets are multiples of a quarter hour, so the days of any zone are sums of
//! whole rollups.
//!
//! A 5-hour block *includes* the instant five hours after its start, which is the first millisecond of a quarter hour.
//! Requests made exactly then have a rollup of their own, so blocks are sums of whole rollups too.

use std::ops::Range;
use std::sync::Arc;

use rusqlite::Connection;

use super::columns::{Columns, money, word};
use super::insertion::Insertion;
use super::names::Names;
use super::{Figures, Ledger, LedgerError};
use crate::snapshot::{Counters, Picodollars};
use crate::usage::Dimensions;

/// Sums over the requests of one session, project, model and set of dimensions in one quarter hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollup {
    /// Start of the quarter hour, in milliseconds UTC.
    pub quarter_ms: i64,
    /// Session id.
    pub session: Arc<str>,
    /// Project key.
    pub project: Arc<str>,
    /// Model as transcripts name it.
    pub model: Arc<str>,
    /// What the requests were for.
    pub dimensions: Arc<Dimensions>,
    /// When the earliest of the requests was made, in milliseconds UTC.
    pub first_ms: i64,
    /// When the latest was made.
    pub last_ms: i64,
    /// The sums.
    pub figures: Figures,
}

/// The key of a rollup, in the table's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RollupKey {
    pub(super) quarter_ms: i64,
    /// False for the requests made at the quarter's first millisecond.
    pub(super) after_start: bool,
    pub(super) about: About,
}

/// What the requests of a rollup have in common besides their time, as ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct About {
    pub(super) session: i64,
    pub(super) project: i64,
    pub(super) model: i64,
    pub(super) dimensions: i64,
}

impl RollupKey {
    /// The columns of the key, in order.
    fn columns(&self) -> [i64; 6] {
        let Self { quarter_ms, after_start, about: About { session, project, model, dimensions } } = *self;
        [quarter_ms, after_start.into(), session, project, model, dimensions]
    }
}

/// The rest of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) first_ms: i64,
    pub(super) last_ms: i64,
    pub(super) figures: Figures,
}

impl Sums {
    /// Those of both.
    pub(super) fn with(mut self, other: Self) -> Self {
        self.figures += other.figures;
        self.first_ms = self.first_ms.min(other.first_ms);
        self.last_ms = self.last_ms.max(other.last_ms);
        self
    }
}

impl Ledger {
    /// Gives every rollup whose quarter hour starts in a range of milliseconds UTC to `visit`, in time order.
    pub fn rollups(&self, quarters_ms: Range<i64>, mut visit: impl FnMut(Rollup)) -> Result<(), LedgerError> {
        let mut names = Names::new(&self.connection);
        each(&self.connection, quarters_ms, |key, sums| {
            visit(named(&key, sums, &mut names)?);
            Ok(())
        })
    }
}

/// A rollup with names instead of ids.
pub(super) fn named(key: &RollupKey, sums: Sums, names: &mut Names<'_>) -> Result<Rollup, LedgerError> {
    Ok(Rollup {
        quarter_ms: key.quarter_ms,
        session: names.session(key.about.session)?,
        project: names.project(key.about.project)?,
        model: names.model(key.about.model)?,
        dimensions: names.dimensions(key.about.dimensions)?,
        first_ms: sums.first_ms,
        last_ms: sums.last_ms,
        figures: sums.figures,
    })
}

macro_rules! sums {
    () => {
        "first_ms, last_ms, requests, messages, input, output, cache_write_5m, cache_write_1h, cache_read, \
         web_searches, web_fetches, thinking, provisional_messages, provisional_output, unpriced_tokens, \
         unpriced_computed_tokens, cost_usd, cost_pico, computed_usd, computed_pico, recorded_usd, recorded_pico"
    };
}

macro_rules! key {
    () => {
        "quarter_ms, after_start, session, project, model, dimensions"
    };
}

/// Gives every row of a range to `visit`, in the order of places.
pub(super) fn each(
    connection: &Connection,
    quarters_ms: Range<i64>,
    mut visit: impl FnMut(RollupKey, Sums) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    const EACH: &str = concat!(
        "SELECT ",
        key!(),
        ", ",
        sums!(),
        " FROM rollups WHERE quarter_ms >= ?1 AND quarter_ms < ?2 ORDER BY ",
        key!()
    );
    let mut query = connection.prepare_cached(EACH)?;
    let mut rows = query.query((quarters_ms.start, quarters_ms.end))?;
    while let Some(row) = rows.next()? {
        let columns = &mut Columns::of(row);
        let key = RollupKey {
            quarter_ms: columns.integer()?,
            after_start: columns.flag()?,
            about: About {
                session: columns.integer()?,
                project: columns.integer()?,
                model: columns.integer()?,
                dimensions: columns.integer()?,
            },
        };
        visit(key, read(columns)?)?;
    }
    Ok(())
}

/// The sums of a place.
pub(super) fn find(connection: &Connection, key: &RollupKey) -> Result<Option<Sums>, LedgerError> {
    const FIND: &str = concat!(
        "SELECT ",
        sums!(),
        " FROM rollups WHERE quarter_ms = ?1 AND after_start = ?2 AND session = ?3 AND project = ?4 \
         AND model = ?5 AND dimensions = ?6"
    );
    let mut query = connection.prepare_cached(FIND)?;
    let mut rows = query.query(key.columns())?;
    rows.next()?.map(|row| read(&mut Columns::of(row))).transpose()
}

macro_rules! insert {
    ($verb:literal) => {
        concat!(
            $verb,
            " INTO rollups (",
            key!(),
            ", ",
            sums!(),
            ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, \
             ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28)"
        )
    };
}

/// Writes a row, and replaces an existing one.
pub(super) fn put(connection: &Connection, key: &RollupKey, sums: &Sums) -> Result<(), LedgerError> {
    let mut statement = connection.prepare_cached(insert!("INSERT OR REPLACE"))?;
    statement.execute(rusqlite::params_from_iter(numbers(key, sums)))?;
    Ok(())
}

/// Writes many rows, all of them new.
pub(super) fn insert(
    connection: &Connection,
    rows: impl Iterator<Item = (RollupKey, Sums)>,
) -> Result<(), LedgerError> {
    let mut insertion = Insertion::new(connection, insert!("INSERT"), 1)?;
    for (key, sums) in rows {
        insertion.insert(&numbers(&key, &sums))?;
    }
    Ok(())
}

/// A row's columns, in order.
fn numbers(key: &RollupKey, sums: &Sums) -> [i64; 28] {
    let Figures { auto, computed, unpriced_computed_tokens, recorded } = sums.figures;
    let [cost, computed, recorded] = [auto.cost, computed, recorded].map(money);
    let [quarter_ms, after_start, session, project, model, dimensions] = key.columns();
    [
        quarter_ms,
        after_start,
        session,
        project,
        model,
        dimensions,
        sums.first_ms,
        sums.last_ms,
        word(auto.requests),
        word(auto.messages),
        word(auto.input_tokens),
        word(auto.output_tokens),
        word(auto.cache_write_5m_tokens),
        word(auto.cache_write_1h_tokens),
        word(auto.cache_read_tokens),
        word(auto.web_search_requests),
        word(auto.web_fetch_requests),
        word(auto.thinking_tokens),
        word(auto.provisional_messages),
        word(auto.provisional_output_tokens),
        word(auto.unpriced_tokens),
        word(unpriced_computed_tokens),
        cost.0,
        cost.1,
        computed.0,
        computed.1,
        recorded.0,
        recorded.1,
    ]
}

/// Removes a row.
pub(super) fn remove(connection: &Connection, key: &RollupKey) -> Result<(), LedgerError> {
    const REMOVE: &str = "DELETE FROM rollups WHERE quarter_ms = ?1 AND after_start = ?2 AND session = ?3 \
                          AND project = ?4 AND model = ?5 AND dimensions = ?6";
    connection.prepare_cached(REMOVE)?.execute(key.columns())?;
    Ok(())
}

fn read(columns: &mut Columns<'_, '_>) -> Result<Sums, LedgerError> {
    let (first_ms, last_ms) = (columns.integer()?, columns.integer()?);
    let mut auto = counts(columns)?;
    let unpriced_computed_tokens = columns.word()?;
    auto.cost = columns.money()?;
    let (computed, recorded) = (columns.money()?, columns.money()?);
    Ok(Sums { first_ms, last_ms, figures: Figures { auto, computed, unpriced_computed_tokens, recorded } })
}

/// Counters from `requests` to the first column of unpriced tokens, without a cost.
pub(super) fn counts(columns: &mut Columns<'_, '_>) -> Result<Counters, LedgerError> {
    Ok(Counters {
        requests: columns.word()?,
        messages: columns.word()?,
        input_tokens: columns.word()?,
        output_tokens: columns.word()?,
        cache_write_5m_tokens: columns.word()?,
        cache_write_1h_tokens: columns.word()?,
        cache_read_tokens: columns.word()?,
        web_search_requests: columns.word()?,
        web_fetch_requests: columns.word()?,
        thinking_tokens: columns.word()?,
        provisional_messages: columns.word()?,
        provisional_output_tokens: columns.word()?,
        unpriced_tokens: columns.word()?,
        cost: Picodollars::ZERO,
    })
}
