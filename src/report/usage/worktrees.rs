//! Projects in git worktrees as their main repository's project, `--group worktree`.
//!
//! Invariant: folding only changes which row a sum is in and what the row is called, so all rows together are the same sums as
//! before. What a worktree belongs to is what the ledger remembers; nothing is asked of the disk.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::named::NameTables;
use crate::ledger::{Ledger, LedgerError, Worktree};
use crate::usage::is_named_after;

/// The longest name that Claude Code gives a project's folder whole.
const WHOLE: usize = 200;

/// Which project each worktree is a part of, by their ids.
#[derive(Clone, Debug, Default)]
pub(super) struct Folding(HashMap<i64, i64>);

impl Folding {
    /// The project that stands for a project.
    pub(super) fn of(&self, project: i64) -> i64 {
        self.0.get(&project).copied().unwrap_or(project)
    }

    /// Folds worktrees, and calls all projects of a repository by one name.
    pub(super) fn read(ledger: &Ledger, names: &mut NameTables) -> Result<Self, LedgerError> {
        let worktrees = ledger.worktrees()?;
        let mut repositories: BTreeMap<&Arc<str>, Vec<&Worktree>> = BTreeMap::new();
        for worktree in &worktrees {
            repositories.entry(&worktree.repository).or_default().push(worktree);
        }
        let folded: HashSet<i64> = worktrees.iter().map(|worktree| worktree.project).collect();
        let mut folding = HashMap::new();
        for (repository, worktrees) in repositories {
            let whole = Repository::of(repository, &worktrees, &folded, names);
            folding.extend(worktrees.iter().map(|worktree| (worktree.project, whole.project)));
            let ids = worktrees.iter().map(|worktree| worktree.project).chain([whole.project]);
            for id in ids {
                names.projects.insert(id, Arc::clone(&whole.key));
            }
            names.paths.insert(Arc::clone(&whole.key), Arc::clone(repository));
            names.repositories.insert(Arc::clone(&whole.key), Arc::clone(repository));
            let folders = worktrees.iter().map(|worktree| Arc::clone(&worktree.folder)).collect();
            names.worktrees.insert(whole.key, folders);
        }
        Ok(Self(folding))
    }
}

/// The project that stands for a repository.
struct Repository {
    project: i64,
    key: Arc<str>,
}

impl Repository {
    /// The project of its main folder. If nothing was counted there, its first worktree stands for it, by the name that the
    /// main folder's project would have.
    fn of(folder: &Arc<str>, worktrees: &[&Worktree], folded: &HashSet<i64>, names: &NameTables) -> Self {
        let is_its = |key: &Arc<str>| match names.paths.get(key) {
            Some(path) => path == folder,
            None => is_named_after(key, folder),
        };
        let others = names.projects.iter().filter(|(id, _)| !folded.contains(id));
        let mains = others.filter(|(_, key)| is_its(key));
        if let Some((id, key)) = mains.min_by_key(|(id, key)| (Arc::clone(key), **id)) {
            return Self { project: *id, key: Arc::clone(key) };
        }
        let first = worktrees[0].project;
        let key = key_of(folder).filter(|key| !names.projects.values().any(|known| **known == **key));
        let own = || super::named::name(&names.projects, first);
        Self { project: first, key: key.map_or_else(own, Arc::from) }
    }
}

/// The name that Claude Code gives a folder's project; `None` if it would cut it.
fn key_of(folder: &str) -> Option<String> {
    let letter =
        |unit: u16| u8::try_from(unit).ok().filter(u8::is_ascii_alphanumeric).map_or('-', char::from);
    let key: String = folder.encode_utf16().map(letter).collect();
    (key.len() <= WHOLE).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(projects: &[(i64, &str, Option<&str>)]) -> NameTables {
        let mut names = NameTables::default();
        for (id, key, path) in projects {
            names.projects.insert(*id, (*key).into());
            names.paths.extend(path.map(|path| (Arc::from(*key), path.into())));
        }
        names
    }

    fn whole(names: &NameTables) -> (i64, String) {
        let worktree = Worktree { project: 7, folder: "/w/fix".into(), repository: "/w/main".into() };
        let whole = Repository::of(&worktree.repository, &[&worktree], &[7].into(), names);
        (whole.project, whole.key.to_string())
    }

    #[test]
    fn the_project_of_the_main_folder_stands_for_its_worktrees() {
        let fix = (7, "-w-fix", Some("/w/fix"));
        assert_eq!(whole(&names(&[fix, (3, "named-freely", Some("/w/main"))])), (3, "named-freely".into()));
        assert_eq!(whole(&names(&[fix, (3, "-w-main", None)])), (3, "-w-main".into()), "no record named it");
    }

    #[test]
    fn a_worktree_stands_for_a_main_folder_without_usage_and_takes_nobodys_name() {
        let fix = (7, "-w-fix", Some("/w/fix"));
        assert_eq!(whole(&names(&[fix])), (7, "-w-main".into()));
        // Another folder that Claude Code names alike.
        assert_eq!(whole(&names(&[fix, (3, "-w-main", Some("/w-main"))])), (7, "-w-fix".into()));
        assert_eq!(key_of("/é/😀").as_deref(), Some("-----"));
    }
}
