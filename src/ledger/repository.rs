//! Which projects are in git worktrees, and which folder of the main repository they stand for.
//!
//! Invariant: an answer belongs to the folder that was asked about, and stays when the folder is deleted. Nobody asks again unless
//! records name another folder for the project.

use std::sync::Arc;

use super::columns::Columns;
use super::{Ledger, LedgerError};

/// What a working folder is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// The folder.
    pub folder: Arc<str>,
    /// The same folder of the main repository; `None` if it is in no worktree.
    pub repository: Option<Arc<str>>,
}

/// A project in a worktree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worktree {
    /// Id of the project.
    pub project: i64,
    /// Its working folder.
    pub folder: Arc<str>,
    /// The same folder of the main repository.
    pub repository: Arc<str>,
}

impl Ledger {
    /// Working folders that may be in a worktree or not: nobody has found out yet.
    pub fn folders_without_repository(&self) -> Result<Vec<Arc<str>>, LedgerError> {
        let mut query = self.connection.prepare_cached(
            "SELECT DISTINCT path FROM projects WHERE path IS NOT NULL AND repository IS NULL ORDER BY path",
        )?;
        let mut rows = query.query(())?;
        let mut folders = Vec::new();
        while let Some(row) = rows.next()? {
            folders.push(Columns::of(row).text()?.into());
        }
        Ok(folders)
    }

    /// Keeps what is known of folders.
    pub fn keep_repositories(&mut self, known: &[Repository]) -> Result<(), LedgerError> {
        let transaction = self.write()?;
        for Repository { folder, repository } in known {
            transaction
                .prepare_cached("UPDATE projects SET repository = ?2 WHERE path = ?1 AND repository IS NULL")?
                .execute((folder, repository.as_deref().unwrap_or_default()))?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// All projects in worktrees, in the order of their keys.
    pub fn worktrees(&self) -> Result<Vec<Worktree>, LedgerError> {
        let mut query = self.connection.prepare_cached(
            "SELECT id, path, repository FROM projects WHERE path IS NOT NULL AND repository <> '' ORDER BY name",
        )?;
        let mut rows = query.query(())?;
        let mut worktrees = Vec::new();
        while let Some(row) = rows.next()? {
            let columns = &mut Columns::of(row);
            worktrees.push(Worktree {
                project: columns.integer()?,
                folder: columns.text()?.into(),
                repository: columns.text()?.into(),
            });
        }
        Ok(worktrees)
    }
}
