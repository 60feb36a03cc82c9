//! Claude Code's own figure for the cost of a session. It is kept beside computed costs and never added to them.
//!
//! Invariant: the highest figure that any transcript has for a session is kept, whatever the order.

use std::sync::Arc;

use super::columns::{Columns, money, word};
use super::names::Names;
use super::{Ledger, LedgerError};
use crate::snapshot::Picodollars;

/// Claude Code's cumulative figures for a session. Of several, the last in the derived order (by cost first) is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CostStateRow {
    /// `totalCostUSD`.
    pub cost: Picodollars,
    /// `startTime`, in milliseconds UTC.
    pub start_ms: i64,
    /// `totalDuration`, in milliseconds. Start and duration give the time it was written.
    pub duration_ms: i64,
    /// `totalAPIDuration`, in milliseconds.
    pub api_duration_ms: i64,
    /// `totalLinesAdded`.
    pub lines_added: u64,
    /// `totalLinesRemoved`.
    pub lines_removed: u64,
    /// `hasUnknownModelCost`.
    pub has_unknown_model_cost: bool,
    /// `modelUsage`, as JSON text.
    pub model_usage: Box<str>,
    /// Session id.
    pub session: Arc<str>,
    /// Project key of the transcript that has it.
    pub project: Arc<str>,
}

macro_rules! columns {
    () => {
        "session, project, cost_usd, cost_pico, start_ms, duration_ms, api_duration_ms, lines_added, \
         lines_removed, has_unknown_model_cost, model_usage"
    };
}

impl CostStateRow {
    /// When it was written, in milliseconds UTC.
    pub fn at_ms(&self) -> i64 {
        self.start_ms.saturating_add(self.duration_ms)
    }

    pub(super) fn write(&self, names: &mut Names<'_>) -> Result<(), LedgerError> {
        const FIND: &str = concat!("SELECT ", columns!(), " FROM cost_states WHERE session = ?1");
        const PUT: &str = concat!(
            "INSERT OR REPLACE INTO cost_states (",
            columns!(),
            ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
        );
        let connection = names.connection;
        let session = names.session_id(&self.session)?;
        let project = names.project_id(&self.project)?;
        let mut query = connection.prepare_cached(FIND)?;
        let mut rows = query.query([session])?;
        if let Some(row) = rows.next()?
            && read(&mut Columns::of(row), names)? >= *self
        {
            return Ok(());
        }
        let (usd, pico) = money(self.cost);
        connection.prepare_cached(PUT)?.execute((
            session,
            project,
            usd,
            pico,
            self.start_ms,
            self.duration_ms,
            self.api_duration_ms,
            word(self.lines_added),
            word(self.lines_removed),
            self.has_unknown_model_cost,
            &self.model_usage,
        ))?;
        Ok(())
    }
}

impl Ledger {
    /// Claude Code's own figures, at most one per session.
    pub fn cost_states(&self) -> Result<Vec<CostStateRow>, LedgerError> {
        const ALL: &str = concat!("SELECT ", columns!(), " FROM cost_states ORDER BY session");
        let mut names = Names::new(&self.connection);
        let mut query = self.connection.prepare_cached(ALL)?;
        let mut rows = query.query(())?;
        let mut states = Vec::new();
        while let Some(row) = rows.next()? {
            states.push(read(&mut Columns::of(row), &mut names)?);
        }
        Ok(states)
    }
}

fn read(columns: &mut Columns<'_, '_>, names: &mut Names<'_>) -> Result<CostStateRow, LedgerError> {
    Ok(CostStateRow {
        session: names.session(columns.integer()?)?,
        project: names.project(columns.integer()?)?,
        cost: columns.money()?,
        start_ms: columns.integer()?,
        duration_ms: columns.integer()?,
        api_duration_ms: columns.integer()?,
        lines_added: columns.word()?,
        lines_removed: columns.word()?,
        has_unknown_model_cost: columns.flag()?,
        model_usage: columns.text()?.into(),
    })
}
