//! Rollups for reports: ids instead of names, the cost in one mode.
//!
//! Invariant: the sums and their order are those of [`Ledger::rollups`]. Nothing is allocated per row, because a report
//! over years reads hundreds of thousands of them.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::columns::Columns;
use super::names::{self, Names};
use super::{Ledger, LedgerError, requests, rollups};
use crate::period::QUARTER_MS;
use crate::pricing::CostMode;
use crate::snapshot::Counters;
use crate::usage::{Dimension, Dimensions, Record};

/// Sums over the requests of one session, project, model and set of dimensions in one quarter hour, or at its first
/// millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Start of the quarter hour, in milliseconds UTC.
    pub quarter_ms: i64,
    /// False for the requests made in its first millisecond, where a 5-hour block may end.
    pub after_start: bool,
    /// Id of the session.
    pub session: i64,
    /// Id of the project.
    pub project: i64,
    /// Id of the model.
    pub model: i64,
    /// Id of the dimensions.
    pub dimensions: i64,
    /// When the earliest of the requests was made, in milliseconds UTC.
    pub first_ms: i64,
    /// When the latest was made.
    pub last_ms: i64,
    /// The sums.
    pub counters: Counters,
}

/// A kind of id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameKind {
    /// Sessions.
    Sessions,
    /// Projects.
    Projects,
    /// Models.
    Models,
}

macro_rules! query {
    ($unpriced:literal, $cost:literal) => {
        concat!(
            "SELECT session, project, model, dimensions, first_ms, last_ms, requests, messages, input, output, cache_write_5m, \
             cache_write_1h, cache_read, web_searches, web_fetches, thinking, provisional_messages, \
             provisional_output, ",
            $unpriced,
            ", ",
            $cost,
            " FROM rollups WHERE quarter_ms >= ?1 AND quarter_ms < ?2 ORDER BY quarter_ms, after_start"
        )
    };
}

fn query(mode: CostMode) -> &'static str {
    match mode {
        CostMode::Auto => query!("unpriced_tokens", "cost_usd, cost_pico"),
        CostMode::Calculate => query!("unpriced_computed_tokens", "computed_usd, computed_pico"),
        CostMode::Display => query!("0", "recorded_usd, recorded_pico"),
    }
}

impl Ledger {
    /// Runs `read` on a single state of the ledger, even if a writer changes it meanwhile.
    pub fn at_one_moment<T>(&self, read: impl FnOnce() -> Result<T, LedgerError>) -> Result<T, LedgerError> {
        let moment = self.connection.unchecked_transaction()?;
        let seen = read()?;
        moment.commit()?;
        Ok(seen)
    }

    /// Gives every tally whose quarter hour starts in a range of milliseconds UTC to `visit`: in order of the
    /// quarter hours, and within one what was made at its first millisecond first.
    pub fn tallies(
        &self,
        quarters_ms: Range<i64>,
        mode: CostMode,
        mut visit: impl FnMut(&Tally),
    ) -> Result<(), LedgerError> {
        let mut query = self.connection.prepare_cached(query(mode))?;
        let mut rows = query.query((quarters_ms.start, quarters_ms.end))?;
        while let Some(row) = rows.next()? {
            visit(&read(&mut Columns::of(row))?);
        }
        Ok(())
    }

    /// The names of ids.
    pub fn names(&self, of: NameKind) -> Result<HashMap<i64, Arc<str>>, LedgerError> {
        let mut query = self.connection.prepare_cached(match of {
            NameKind::Sessions => "SELECT id, name FROM sessions",
            NameKind::Projects => "SELECT id, name FROM projects",
            NameKind::Models => "SELECT id, name FROM models",
        })?;
        let mut rows = query.query(())?;
        let mut names = HashMap::new();
        while let Some(row) = rows.next()? {
            let columns = &mut Columns::of(row);
            names.insert(columns.integer()?, columns.text()?.into());
        }
        Ok(names)
    }

    /// The values of a dimension, the last that was new first.
    pub fn dimension_values(&self, of: Dimension) -> Result<Vec<Arc<str>>, LedgerError> {
        let name = of.name();
        // The types of subagents that only a file beside their transcript names have no such order.
        let named_beside = if of == Dimension::Subagent {
            "UNION ALL SELECT 0 AS id, kind AS value FROM subagents"
        } else {
            ""
        };
        let mut query = self.connection.prepare(&format!(
            "SELECT value FROM (SELECT id, {name} AS value FROM dimensions {named_beside}) \
             WHERE value <> '' GROUP BY value ORDER BY max(id) DESC, value",
        ))?;
        let mut rows = query.query(())?;
        let mut values = Vec::new();
        while let Some(row) = rows.next()? {
            values.push(Columns::of(row).text()?.into());
        }
        Ok(values)
    }

    /// What requests were for, by id.
    pub fn dimensions(&self) -> Result<HashMap<i64, Dimensions>, LedgerError> {
        let mut query = self.connection.prepare_cached(
            "SELECT id, branch, subagent, skill, plugin, mcp_server, mcp_tool, effort, entrypoint, agent_id \
             FROM dimensions",
        )?;
        let mut rows = query.query(())?;
        let mut dimensions = HashMap::new();
        while let Some(row) = rows.next()? {
            let columns = &mut Columns::of(row);
            let id = columns.integer()?;
            dimensions.insert(id, names::read_dimensions(columns)?);
        }
        Ok(dimensions)
    }

    /// Gives every record of a session, by its id, to `visit`, in order of time.
    pub fn session_records(&self, session: i64, mut visit: impl FnMut(&Record)) -> Result<(), LedgerError> {
        let names = &mut Names::new(&self.connection);
        requests::each(names, requests::OF_SESSION, (session, i64::MIN, i64::MAX), |_, record| {
            visit(&record);
            Ok(())
        })
    }

    /// Gives every record made in a range of milliseconds UTC whose transcript gives a cost to `visit`, in no order.
    pub fn records_with_cost(
        &self,
        range_ms: Range<i64>,
        mut visit: impl FnMut(&Record),
    ) -> Result<(), LedgerError> {
        let names = &mut Names::new(&self.connection);
        requests::each(names, requests::WITH_COST, (range_ms.start, range_ms.end), |_, record| {
            visit(&record);
            Ok(())
        })
    }
}

fn read(columns: &mut Columns<'_, '_>) -> Result<Tally, LedgerError> {
    let (session, project, model) = (columns.integer()?, columns.integer()?, columns.integer()?);
    let dimensions = columns.integer()?;
    let (first_ms, last_ms) = (columns.integer()?, columns.integer()?);
    // Derived from the first request: two columns less to read.
    let quarter_ms = first_ms - first_ms.rem_euclid(QUARTER_MS);
    let mut tally = Tally {
        quarter_ms,
        after_start: first_ms != quarter_ms,
        session,
        project,
        model,
        dimensions,
        first_ms,
        last_ms,
        counters: rollups::counts(columns)?,
    };
    tally.counters.cost = columns.money()?;
    Ok(tally)
}
