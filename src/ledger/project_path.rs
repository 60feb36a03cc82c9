//! The working folders that projects stand for.
//!
//! Invariant: of all paths that records name for a project, the lowest (time, path) is kept, whatever the order.

use std::sync::Arc;

use super::columns::Columns;
use super::names::Names;
use super::{Ledger, LedgerError};

/// A working folder that a record named for its project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectPath {
    /// Project key.
    pub project: Arc<str>,
    /// When the record was made, in milliseconds UTC.
    pub at_ms: i64,
    /// The folder.
    pub path: Arc<str>,
}

impl ProjectPath {
    /// Whether it is the project's from now on, and was not before.
    pub(super) fn write(&self, names: &mut Names<'_>) -> Result<bool, LedgerError> {
        let project = names.project_id(&self.project)?;
        let put = "UPDATE projects \
                      SET path_at_ms = ?2, repository = CASE WHEN path = ?3 THEN repository END, path = ?3 \
                    WHERE id = ?1 AND (path IS NULL OR (path_at_ms, path) > (?2, ?3))";
        Ok(names.connection.prepare_cached(put)?.execute((project, self.at_ms, &self.path))? > 0)
    }
}

impl Ledger {
    /// Working folders of the projects that have one, in the order of project keys.
    pub fn project_paths(&self) -> Result<Vec<ProjectPath>, LedgerError> {
        let mut query = self.connection.prepare_cached(
            "SELECT name, path_at_ms, path FROM projects WHERE path IS NOT NULL ORDER BY name",
        )?;
        let mut rows = query.query(())?;
        let mut paths = Vec::new();
        while let Some(row) = rows.next()? {
            let columns = &mut Columns::of(row);
            paths.push(ProjectPath {
                project: columns.text()?.into(),
                at_ms: columns.integer()?,
                path: columns.text()?.into(),
            });
        }
        Ok(paths)
    }
}
