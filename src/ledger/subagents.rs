//! The types of subagents that only a file beside their transcript names.
//!
//! Invariant: they are kept apart from requests and looked up when a report is made, so that a type that becomes known
//! late changes no request. Of several types for one subagent the lowest is kept, whatever the order.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::Connection;

use super::columns::Columns;
use super::{Ledger, LedgerError};

/// A subagent of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubagentRow {
    /// Session id.
    pub session: Arc<str>,
    /// The subagent's id, which only its session knows.
    pub agent_id: Box<str>,
    /// Its type.
    pub kind: Box<str>,
}

impl SubagentRow {
    /// Keeps the type, unless the session has no request that counts.
    pub(super) fn write(&self, connection: &Connection) -> Result<(), LedgerError> {
        const PUT: &str = "INSERT INTO subagents (session, agent_id, kind) \
                           SELECT id, ?2, ?3 FROM sessions WHERE name = ?1 AND agent = 0 \
                           ON CONFLICT DO UPDATE SET kind = excluded.kind WHERE excluded.kind < kind";
        connection.prepare_cached(PUT)?.execute((&self.session, &self.agent_id, &self.kind))?;
        Ok(())
    }
}

impl Ledger {
    /// The types of subagents, by the id of their session and their own.
    pub fn subagent_kinds(&self) -> Result<HashMap<(i64, Arc<str>), Arc<str>>, LedgerError> {
        let mut query = self.connection.prepare_cached("SELECT session, agent_id, kind FROM subagents")?;
        let mut rows = query.query(())?;
        let mut kinds = HashMap::new();
        while let Some(row) = rows.next()? {
            let columns = &mut Columns::of(row);
            let key = (columns.integer()?, columns.text()?.into());
            kinds.insert(key, columns.text()?.into());
        }
        Ok(kinds)
    }
}
