//! Names for the ledger's ids, read once per report.

use std::collections::HashMap;
use std::sync::Arc;

use crate::ledger::{Ledger, LedgerError, NameKind, Worktree};

/// A project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Its key: the folder in `projects/`.
    pub key: Arc<str>,
    /// Its working folder, if known.
    pub path: Option<Arc<str>>,
    /// If it is in a git worktree, the same folder of the main repository; if worktrees were folded into it, its folder.
    pub repository: Option<Arc<str>>,
    /// Folders of the worktrees that were folded into it.
    pub worktrees: Vec<Arc<str>>,
}

/// Names by id.
#[derive(Clone, Debug, Default)]
pub struct NameTables {
    /// Sessions.
    pub sessions: HashMap<i64, Arc<str>>,
    /// Titles of sessions.
    pub titles: HashMap<i64, Arc<str>>,
    /// Keys of projects.
    pub projects: HashMap<i64, Arc<str>>,
    /// Models.
    pub models: HashMap<i64, Arc<str>>,
    /// Working folders of projects, by key.
    pub paths: HashMap<Arc<str>, Arc<str>>,
    /// Folders of the main repositories of projects in git worktrees, and of repositories with folded worktrees, by key.
    pub repositories: HashMap<Arc<str>, Arc<str>>,
    /// Folders of the worktrees that were folded into a project, by its key.
    pub worktrees: HashMap<Arc<str>, Vec<Arc<str>>>,
}

impl NameTables {
    /// Reads the names. There are many sessions, so their names are read only if `wants_sessions`.
    pub fn read(ledger: &Ledger, wants_sessions: bool) -> Result<Self, LedgerError> {
        let paths = ledger.project_paths()?.into_iter().map(|known| (known.project, known.path));
        let projects = ledger.names(NameKind::Projects)?;
        let of =
            |worktree: Worktree| Some((Arc::clone(projects.get(&worktree.project)?), worktree.repository));
        Ok(Self {
            sessions: if wants_sessions { ledger.names(NameKind::Sessions)? } else { HashMap::new() },
            titles: if wants_sessions { ledger.titles()? } else { HashMap::new() },
            repositories: ledger.worktrees()?.into_iter().filter_map(of).collect(),
            projects,
            models: ledger.names(NameKind::Models)?,
            paths: paths.collect(),
            worktrees: HashMap::new(),
        })
    }

    /// A project by its key.
    pub(super) fn project(&self, key: Arc<str>) -> Project {
        Project {
            path: self.paths.get(&key).map(Arc::clone),
            repository: self.repositories.get(&key).map(Arc::clone),
            worktrees: self.worktrees.get(&key).cloned().unwrap_or_default(),
            key,
        }
    }
}

/// The name of an id, or `#id` if it has none. The ledger is damaged then, and `cco ledger verify` reports that.
pub fn name(names: &HashMap<i64, Arc<str>>, id: i64) -> Arc<str> {
    names.get(&id).map_or_else(|| format!("#{id}").into(), Arc::clone)
}
