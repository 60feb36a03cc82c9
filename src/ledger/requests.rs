//! Requests as rows: found by key, written, listed.
//!
//! Invariant: what is read from a row equals the record that was written to it.

use std::sync::Arc;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Params, ToSql};

use super::columns::{Columns, money, word};
use super::counting_version::COUNTING_VERSION;
use super::insertion::Insertion;
use super::names::Names;
use super::rollups::About;
use super::{LedgerError, iterations};
use crate::usage::{Home, Key, Rare, Record, Tokens};

/// A record as stored.
pub(super) struct StoredRecord {
    pub(super) record: Record,
    /// The edition of the counting rule that counted it.
    pub(super) counting: i64,
}

macro_rules! columns {
    () => {
        "key, at_ms, copied, sidechain, session, project, model, terms, dimensions, final, input, output, \
         cache_write_5m, cache_write_1h, cache_read, web_searches, web_fetches, thinking, recorded_usd, \
         recorded_pico, iterations, counting"
    };
}

const FIND: &str = concat!("SELECT ", columns!(), " FROM requests WHERE key = ?1");

macro_rules! insert {
    ($verb:literal) => {
        concat!(
            $verb,
            " INTO requests (",
            columns!(),
            ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, \
             ?21, ?22)"
        )
    };
}

const PUT: &str = insert!("INSERT OR REPLACE");

const INSERT: &str = insert!("INSERT");

/// Parameters: the key, the columns that are numbers in every row (and how many), the columns that few rows have, and
/// the edition.
const KEY: usize = 1;
const NUMBER: usize = 2;
const NUMBERS: usize = 17;
const RARE: usize = 19;
const COUNTING: usize = 22;

/// Every request, in the order of keys.
pub(super) const ALL: &str = concat!("SELECT ", columns!(), " FROM requests");

/// Requests of session ?1 from ?2 to ?3, both included, in milliseconds.
pub(super) const OF_SESSION: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM requests INDEXED BY requests_by_session WHERE session = ?1 AND at_ms BETWEEN ?2 AND ?3"
);

/// Requests from ?1 to ?2 (excluded), in milliseconds, whose transcript gives a cost, in no order.
pub(super) const WITH_COST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM requests WHERE recorded_usd IS NOT NULL AND at_ms >= ?1 AND at_ms < ?2"
);

/// Requests of project ?1 (of all, if it is NULL) before ?2, in milliseconds.
pub(super) const BEFORE: &str =
    concat!("SELECT ", columns!(), " FROM requests WHERE at_ms < ?2 AND (?1 IS NULL OR project = ?1)");

/// A key as stored: bytes in the order of the numbers.
pub(super) fn key_bytes(key: Key) -> [u8; 16] {
    key.0.to_be_bytes()
}

/// The request with this key.
pub(super) fn find(names: &mut Names<'_>, key: Key) -> Result<Option<StoredRecord>, LedgerError> {
    let connection = names.connection;
    let mut query = connection.prepare_cached(FIND)?;
    let mut rows = query.query([key_bytes(key)])?;
    match rows.next()? {
        Some(row) => read(&mut Columns::of(row), names).map(Some),
        None => Ok(None),
    }
}

/// Gives every request that a query selects to `visit`, one at a time.
pub(super) fn each(
    names: &mut Names<'_>,
    query: &str,
    parameters: impl Params,
    mut visit: impl FnMut(&mut Names<'_>, Record) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    let connection = names.connection;
    let mut query = connection.prepare_cached(query)?;
    let mut rows = query.query(parameters)?;
    while let Some(row) = rows.next()? {
        let kept = read(&mut Columns::of(row), names)?;
        visit(names, kept.record)?;
    }
    Ok(())
}

/// The ids that a request's row refers to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ids {
    pub(super) session: i64,
    pub(super) project: i64,
    pub(super) model: i64,
    pub(super) terms: i64,
    pub(super) dimensions: i64,
}

impl Ids {
    /// The ids of a record's names, which are added if they are new.
    pub(super) fn of(record: &Record, names: &mut Names<'_>) -> Result<Self, LedgerError> {
        Ok(Self {
            session: names.session_id(&record.home.session)?,
            project: names.project_id(&record.home.project)?,
            model: names.model_id(&record.model)?,
            terms: names.terms_id(&record.terms)?,
            dimensions: names.dimensions_id(&record.dimensions)?,
        })
    }

    /// What a rollup of the record's requests of a model is about.
    pub(super) fn about(&self, model: i64) -> About {
        About { session: self.session, project: self.project, model, dimensions: self.dimensions }
    }
}

/// A request as the parameters of a statement.
pub(super) struct Row<'r> {
    key: Key,
    numbers: [i64; NUMBERS],
    rare: Option<&'r Rare>,
}

impl<'r> Row<'r> {
    pub(super) fn of(record: &'r Record, ids: &Ids) -> Self {
        let Record { key, at_ms, home, tokens, is_final, rare, .. } = record;
        let numbers = [
            *at_ms,
            home.copied.into(),
            home.sidechain.into(),
            ids.session,
            ids.project,
            ids.model,
            ids.terms,
            ids.dimensions,
            (*is_final).into(),
            word(tokens.input),
            word(tokens.output),
            word(tokens.cache_write_5m),
            word(tokens.cache_write_1h),
            word(tokens.cache_read),
            word(tokens.web_searches),
            word(tokens.web_fetches),
            word(tokens.thinking),
        ];
        Self { key: *key, numbers, rare: rare.as_deref() }
    }

    /// Passes the columns that few rows have, with their parameters, to `bind`.
    fn bind_rare(
        &self,
        mut bind: impl FnMut(usize, &dyn ToSql) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError> {
        let (usd, pico) = self.rare.and_then(|rare| rare.recorded_cost).map(money).unzip();
        let iterations = iterations::to_text(self.rare.map_or(&[], |rare| &rare.iterations))?;
        bind(RARE, &usd)?;
        bind(RARE + 1, &pico)?;
        bind(RARE + 2, &iterations)
    }
}

/// Writes a request, and replaces an existing row with its key.
pub(super) fn put(names: &mut Names<'_>, record: &Record) -> Result<(), LedgerError> {
    let row = Row::of(record, &Ids::of(record, names)?);
    let mut statement = names.connection.prepare_cached(PUT)?;
    statement.raw_bind_parameter(KEY, key_bytes(row.key))?;
    for (parameter, number) in (NUMBER..).zip(row.numbers) {
        statement.raw_bind_parameter(parameter, number)?;
    }
    row.bind_rare(|parameter, value| Ok(statement.raw_bind_parameter(parameter, value)?))?;
    statement.raw_bind_parameter(COUNTING, COUNTING_VERSION)?;
    statement.raw_execute()?;
    Ok(())
}

/// Writes many requests, all of them new.
pub(super) struct Requests<'c> {
    insertion: Insertion<'c, NUMBERS>,
    /// The last row had a cost or iterations.
    was_rare: bool,
}

impl<'c> Requests<'c> {
    pub(super) fn new(connection: &'c Connection) -> Result<Self, LedgerError> {
        let mut insertion = Insertion::new(connection, INSERT, NUMBER)?;
        insertion.bind(COUNTING, COUNTING_VERSION)?;
        Ok(Self { insertion, was_rare: false })
    }

    pub(super) fn insert(&mut self, row: &Row<'_>) -> Result<(), LedgerError> {
        self.insertion.bind(KEY, key_bytes(row.key))?;
        let is_rare = row.rare.is_some();
        if is_rare || self.was_rare {
            row.bind_rare(|parameter, value| self.insertion.bind(parameter, value))?;
        }
        self.was_rare = is_rare;
        self.insertion.insert(&row.numbers)
    }
}

/// Removes the request with this key.
pub(super) fn remove(connection: &Connection, key: Key) -> Result<(), LedgerError> {
    connection.prepare_cached("DELETE FROM requests WHERE key = ?1")?.execute([key_bytes(key)])?;
    Ok(())
}

fn read(columns: &mut Columns<'_, '_>, names: &mut Names<'_>) -> Result<StoredRecord, LedgerError> {
    let key = match columns.value()? {
        ValueRef::Blob(bytes) => <[u8; 16]>::try_from(bytes).ok(),
        _ => None,
    };
    let key = key.ok_or_else(|| LedgerError::Corrupt("a request's key is not 16 bytes long".into()))?;
    let at_ms = columns.integer()?;
    let home = Home {
        copied: columns.flag()?,
        sidechain: columns.flag()?,
        session: names.session(columns.integer()?)?,
        project: names.project(columns.integer()?)?,
    };
    let model = names.model(columns.integer()?)?;
    let terms = names.terms(columns.integer()?)?;
    let dimensions = names.dimensions(columns.integer()?)?;
    let is_final = columns.flag()?;
    let tokens = Tokens {
        input: columns.word()?,
        output: columns.word()?,
        cache_write_5m: columns.word()?,
        cache_write_1h: columns.word()?,
        cache_read: columns.word()?,
        web_searches: columns.word()?,
        web_fetches: columns.word()?,
        thinking: columns.word()?,
    };
    let recorded_cost = columns.optional_money()?;
    let iterations = iterations::from_text(columns.optional_text()?, &model)?;
    let rare = Rare { iterations, recorded_cost };
    let rare = (rare != Rare::default()).then(|| Box::new(rare));
    let key = Key(u128::from_be_bytes(key));
    let record =
        Record { key, at_ms, home: Arc::new(home), model, terms, tokens, dimensions, is_final, rare };
    Ok(StoredRecord { record, counting: columns.integer()? })
}
