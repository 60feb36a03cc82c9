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
    pub kind: Arc<str>,
}

impl SubagentRow {
    /// Keeps the type, unless no request that counts is that subagent's.
    pub(super) fn write(&self, connection: &Connection) -> Result<(), LedgerError> {
        const PUT: &str = "INSERT INTO subagents (session, agent_id, kind) \
                           SELECT id, ?2, ?3 FROM sessions WHERE name = ?1 AND agent = 0 \
                             AND EXISTS (SELECT 1 FROM requests JOIN dimensions ON dimensions.id = requests.dimensions \
                                          WHERE requests.session = sessions.id AND agent_id = ?2) \
                           ON CONFLICT DO UPDATE SET kind = excluded.kind WHERE excluded.kind < kind";
        // Looked up first, because to find a request of it may take a while.
        const FIND: &str = "SELECT 1 FROM subagents JOIN sessions ON sessions.id = session \
                            WHERE name = ?1 AND agent = 0 AND agent_id = ?2 AND kind <= ?3";
        let row = (&self.session, &self.agent_id, &self.kind);
        let is_known = connection.prepare_cached(FIND)?.exists(row)?;
        if !is_known {
            connection.prepare_cached(PUT)?.execute(row)?;
        }
        Ok(())
    }
}

/// Types of subagents, by the id of their session and by their own.
pub type SubagentKinds = HashMap<i64, HashMap<Box<str>, Arc<str>>>;

impl Ledger {
    /// All types of subagents that only a file beside their transcript names.
    pub fn subagent_kinds(&self) -> Result<SubagentKinds, LedgerError> {
        let mut query = self.connection.prepare_cached("SELECT session, agent_id, kind FROM subagents")?;
        let mut rows = query.query(())?;
        let mut kinds = SubagentKinds::new();
        while let Some(row) = rows.next()? {
            let columns = &mut Columns::of(row);
            let (session, agent_id) = (columns.integer()?, columns.text()?.into());
            kinds.entry(session).or_default().insert(agent_id, columns.text()?.into());
        }
        Ok(kinds)
    }
}
