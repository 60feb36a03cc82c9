//! When something was first and last used, which sums kept elsewhere do not know after a request was removed.
//!
//! Invariant: the answers come from the requests as they are now. Iterations share their record's time and home, so
//! records alone decide. Sessions and projects are Claude Code's.

use std::sync::Arc;

use rusqlite::OptionalExtension as _;

use super::{Ledger, LedgerError};

/// First and last request of something, in milliseconds UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The earliest.
    pub first_ms: i64,
    /// The latest.
    pub last_ms: i64,
}

impl Ledger {
    /// First and last request of a session, and the project of the last: the lowest of several made at that
    /// millisecond. `None` if the session has no requests.
    pub fn session_bounds(&self, session: &str) -> Result<Option<(Bounds, Arc<str>)>, LedgerError> {
        const OF_SESSION: &str = "SELECT MIN(at_ms), MAX(at_ms) FROM requests \
                                  WHERE session = (SELECT id FROM sessions WHERE name = ?1 AND agent = 0)";
        const LAST: &str = "SELECT projects.name FROM requests JOIN projects ON projects.id = requests.project \
                            WHERE session = (SELECT id FROM sessions WHERE name = ?1 AND agent = 0) AND at_ms = ?2 \
                            ORDER BY projects.name LIMIT 1";
        let Some(bounds) = self.bounds(OF_SESSION, session)? else { return Ok(None) };
        let mut last = self.connection.prepare_cached(LAST)?;
        let project: String = last.query_row((session, bounds.last_ms), |row| row.get(0))?;
        Ok(Some((bounds, project.into())))
    }

    /// First and last request of a project.
    pub fn project_bounds(&self, project: &str) -> Result<Option<Bounds>, LedgerError> {
        self.bounds(
            "SELECT MIN(first_ms), MAX(last_ms) FROM rollups \
             WHERE project = (SELECT id FROM projects WHERE name = ?1 AND agent = 0)",
            project,
        )
    }

    /// First and last request of the quarter hour that starts at `quarter_ms`.
    pub fn quarter_bounds(&self, quarter_ms: i64) -> Result<Option<Bounds>, LedgerError> {
        self.bounds("SELECT MIN(first_ms), MAX(last_ms) FROM rollups WHERE quarter_ms = ?1", quarter_ms)
    }

    /// The first request of a quarter hour after its very first millisecond, in milliseconds UTC.
    pub fn first_in_quarter_after_its_start(&self, quarter_ms: i64) -> Result<Option<i64>, LedgerError> {
        let query = "SELECT MIN(first_ms) FROM rollups WHERE quarter_ms = ?1 AND after_start = 1";
        Ok(self.connection.prepare_cached(query)?.query_row([quarter_ms], |row| row.get(0))?)
    }

    fn bounds(&self, query: &str, of: impl rusqlite::ToSql) -> Result<Option<Bounds>, LedgerError> {
        let mut query = self.connection.prepare_cached(query)?;
        let bounds = query.query_row([of], |row| {
            let (first_ms, last_ms): (Option<i64>, Option<i64>) = (row.get(0)?, row.get(1)?);
            Ok(first_ms.zip(last_ms).map(|(first_ms, last_ms)| Bounds { first_ms, last_ms }))
        });
        Ok(bounds.optional()?.flatten())
    }
}
