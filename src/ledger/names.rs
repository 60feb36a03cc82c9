//! Names that repeat (sessions, projects, models, terms, dimensions) and their ids in rows.
//!
//! Invariant: [`Names`] caches what it looked up, so it is kept for one transaction or one query only. Sessions and
//! projects are Claude Code's, the only agent so far.

use std::sync::Arc;

use foldhash::HashMap;
use rusqlite::{Connection, OptionalExtension};

use super::LedgerError;
use super::columns::Columns;
use crate::usage::{Dimensions, Terms};

/// Looks names up by id and ids by name.
pub(super) struct Names<'c> {
    pub(super) connection: &'c Connection,
    is_read_only: bool,
    sessions: NameCache,
    projects: NameCache,
    models: NameCache,
    terms_by_id: HashMap<i64, Arc<Terms>>,
    terms_ids: HashMap<Arc<Terms>, i64>,
    dimensions_by_id: HashMap<i64, Arc<Dimensions>>,
    dimensions_ids: HashMap<Arc<Dimensions>, i64>,
}

/// The statements for one table of names.
struct Table {
    find: &'static str,
    insert: &'static str,
    name: &'static str,
}

const SESSIONS: Table = Table {
    find: "SELECT id FROM sessions WHERE name = ?1 AND agent = 0",
    insert: "INSERT INTO sessions (name) VALUES (?1)",
    name: "SELECT name FROM sessions WHERE id = ?1",
};

const PROJECTS: Table = Table {
    find: "SELECT id FROM projects WHERE name = ?1 AND agent = 0",
    insert: "INSERT INTO projects (name) VALUES (?1)",
    name: "SELECT name FROM projects WHERE id = ?1",
};

const MODELS: Table = Table {
    find: "SELECT id FROM models WHERE name = ?1",
    insert: "INSERT INTO models (name) VALUES (?1)",
    name: "SELECT name FROM models WHERE id = ?1",
};

impl<'c> Names<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self {
            connection,
            is_read_only: false,
            sessions: NameCache::of(SESSIONS),
            projects: NameCache::of(PROJECTS),
            models: NameCache::of(MODELS),
            terms_by_id: HashMap::default(),
            terms_ids: HashMap::default(),
            dimensions_by_id: HashMap::default(),
            dimensions_ids: HashMap::default(),
        }
    }

    /// Names for a transaction that writes nothing: a new session, project, model or set of dimensions gets an id below
    /// zero, which no row has.
    pub(super) fn read_only(connection: &'c Connection) -> Self {
        Self { is_read_only: true, ..Self::new(connection) }
    }

    /// Whether nothing may be written.
    pub(super) fn is_read_only(&self) -> bool {
        self.is_read_only
    }

    /// The id of a session, which is added if it is new. The next four methods do the same for other names.
    pub(super) fn session_id(&mut self, name: &Arc<str>) -> Result<i64, LedgerError> {
        self.sessions.id(self.connection, name, self.is_read_only)
    }

    pub(super) fn project_id(&mut self, name: &Arc<str>) -> Result<i64, LedgerError> {
        self.projects.id(self.connection, name, self.is_read_only)
    }

    pub(super) fn model_id(&mut self, name: &Arc<str>) -> Result<i64, LedgerError> {
        self.models.id(self.connection, name, self.is_read_only)
    }

    pub(super) fn terms_id(&mut self, terms: &Arc<Terms>) -> Result<i64, LedgerError> {
        if let Some(&id) = self.terms_ids.get(terms) {
            return Ok(id);
        }
        let values = (&*terms.speed, &*terms.tier, &*terms.geo);
        let find = "SELECT id FROM terms WHERE speed = ?1 AND tier = ?2 AND geo = ?3";
        let found = (self.connection.prepare_cached(find)?.query_row(values, |row| row.get(0))).optional()?;
        let insert = "INSERT INTO terms (speed, tier, geo) VALUES (?1, ?2, ?3)";
        let id = match found {
            Some(id) => id,
            None => self.connection.prepare_cached(insert)?.insert(values)?,
        };
        self.terms_ids.insert(Arc::clone(terms), id);
        Ok(id)
    }

    pub(super) fn dimensions_id(&mut self, dimensions: &Arc<Dimensions>) -> Result<i64, LedgerError> {
        const FIND: &str = "SELECT id FROM dimensions WHERE branch = ?1 AND subagent = ?2 AND skill = ?3 \
                            AND plugin = ?4 AND mcp_server = ?5 AND mcp_tool = ?6 AND effort = ?7 \
                            AND entrypoint = ?8 AND agent_id = ?9";
        const INSERT: &str = "INSERT INTO dimensions (branch, subagent, skill, plugin, mcp_server, mcp_tool, effort, \
                              entrypoint, agent_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        if let Some(&id) = self.dimensions_ids.get(dimensions) {
            return Ok(id);
        }
        let values = dimensions.values();
        let found = self.connection.prepare_cached(FIND)?.query_row(values, |row| row.get(0)).optional()?;
        let id = match found {
            Some(id) => id,
            None if self.is_read_only => -1 - self.dimensions_ids.len() as i64,
            None => self.connection.prepare_cached(INSERT)?.insert(values)?,
        };
        self.dimensions_by_id.insert(id, Arc::clone(dimensions));
        self.dimensions_ids.insert(Arc::clone(dimensions), id);
        Ok(id)
    }

    /// The name of a session that a row refers to. The next four methods do the same for other ids.
    pub(super) fn session(&mut self, id: i64) -> Result<Arc<str>, LedgerError> {
        self.sessions.name(self.connection, id)
    }

    pub(super) fn project(&mut self, id: i64) -> Result<Arc<str>, LedgerError> {
        self.projects.name(self.connection, id)
    }

    pub(super) fn model(&mut self, id: i64) -> Result<Arc<str>, LedgerError> {
        self.models.name(self.connection, id)
    }

    pub(super) fn terms(&mut self, id: i64) -> Result<Arc<Terms>, LedgerError> {
        if let Some(terms) = self.terms_by_id.get(&id) {
            return Ok(Arc::clone(terms));
        }
        let terms = (self.connection)
            .prepare_cached("SELECT speed, tier, geo FROM terms WHERE id = ?1")?
            .query_row([id], |row| Ok(Terms { speed: row.get(0)?, tier: row.get(1)?, geo: row.get(2)? }))
            .optional()?;
        let terms = Arc::new(terms.ok_or_else(|| dangling("terms", id))?);
        self.terms_by_id.insert(id, Arc::clone(&terms));
        Ok(terms)
    }

    pub(super) fn dimensions(&mut self, id: i64) -> Result<Arc<Dimensions>, LedgerError> {
        const FIND: &str = "SELECT branch, subagent, skill, plugin, mcp_server, mcp_tool, effort, entrypoint, \
                            agent_id FROM dimensions WHERE id = ?1";
        if let Some(dimensions) = self.dimensions_by_id.get(&id) {
            return Ok(Arc::clone(dimensions));
        }
        let mut query = self.connection.prepare_cached(FIND)?;
        let mut rows = query.query([id])?;
        let row = rows.next()?.ok_or_else(|| dangling("dimensions", id))?;
        let dimensions = Arc::new(read_dimensions(&mut Columns::of(row))?);
        self.dimensions_by_id.insert(id, Arc::clone(&dimensions));
        Ok(dimensions)
    }
}

/// Dimensions from the columns of their values.
pub(super) fn read_dimensions(columns: &mut Columns<'_, '_>) -> Result<Dimensions, LedgerError> {
    let mut values = [""; Dimensions::COUNT];
    for value in &mut values {
        *value = columns.text()?;
    }
    Ok(Dimensions::of(values))
}

/// A cache of one table.
struct NameCache {
    table: Table,
    ids: HashMap<Arc<str>, i64>,
    names: HashMap<i64, Arc<str>>,
}

impl NameCache {
    fn of(table: Table) -> Self {
        Self { table, ids: HashMap::default(), names: HashMap::default() }
    }

    fn id(
        &mut self,
        connection: &Connection,
        name: &Arc<str>,
        is_read_only: bool,
    ) -> Result<i64, LedgerError> {
        if let Some(&id) = self.ids.get(name) {
            return Ok(id);
        }
        let found = connection.prepare_cached(self.table.find)?.query_row([name], |row| row.get(0));
        let id = match found.optional()? {
            Some(id) => id,
            None if is_read_only => -1 - self.ids.len() as i64,
            None => connection.prepare_cached(self.table.insert)?.insert([name])?,
        };
        self.names.insert(id, Arc::clone(name));
        self.ids.insert(Arc::clone(name), id);
        Ok(id)
    }

    fn name(&mut self, connection: &Connection, id: i64) -> Result<Arc<str>, LedgerError> {
        if let Some(name) = self.names.get(&id) {
            return Ok(Arc::clone(name));
        }
        let found = connection.prepare_cached(self.table.name)?.query_row([id], |row| row.get(0));
        let name: Arc<str> = found.optional()?.ok_or_else(|| dangling(self.table.name, id))?;
        self.names.insert(id, Arc::clone(&name));
        Ok(name)
    }
}

fn dangling(query: &str, id: i64) -> LedgerError {
    LedgerError::Corrupt(format!("a row refers to id {id}, which does not exist: {query}").into())
}
