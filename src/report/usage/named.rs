//! Names for the ledger's ids, read once per report.

use std::collections::HashMap;
use std::sync::Arc;

use crate::ledger::{Ledger, LedgerError, NameKind};

/// Names by id.
#[derive(Clone, Debug)]
pub struct NameTables {
    /// Sessions.
    pub sessions: HashMap<i64, Arc<str>>,
    /// Keys of projects.
    pub projects: HashMap<i64, Arc<str>>,
    /// Models.
    pub models: HashMap<i64, Arc<str>>,
    /// Working folders of projects, by key.
    pub paths: HashMap<Arc<str>, Arc<str>>,
}

impl NameTables {
    /// Reads the names. There are many sessions, so their names are read only if `wants_sessions`.
    pub fn read(ledger: &Ledger, wants_sessions: bool) -> Result<Self, LedgerError> {
        let paths = ledger.project_paths()?.into_iter().map(|known| (known.project, known.path));
        Ok(Self {
            sessions: if wants_sessions { ledger.names(NameKind::Sessions)? } else { HashMap::new() },
            projects: ledger.names(NameKind::Projects)?,
            models: ledger.names(NameKind::Models)?,
            paths: paths.collect(),
        })
    }
}

/// The name of an id, or `#id` if it has none. The ledger is damaged then, and `cco ledger verify` reports that.
pub fn name(names: &HashMap<i64, Arc<str>>, id: i64) -> Arc<str> {
    names.get(&id).map_or_else(|| format!("#{id}").into(), Arc::clone)
}
