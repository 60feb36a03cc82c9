//! Roots: the folders that contain a `projects/` folder with transcripts.
//!
//! Invariant: the environment is passed in and never read here, so a test, or a program with explicit roots,
//! touches nothing else. Every path that was checked is reported, whether or not it exists. A folder that
//! cannot be read is not mistaken for one that does not exist.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::skipped::{SkippedPath, is_not_found};
use crate::ingest::claude::{self, Environment, PROJECTS, SearchPaths};

/// A folder that contains a `projects/` folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Root(PathBuf);

impl Root {
    /// Checks that a folder contains `projects/`.
    pub fn new(path: impl Into<PathBuf>) -> Result<Self, RootError> {
        let path = path.into();
        match std::fs::metadata(path.join(PROJECTS)) {
            Ok(metadata) if metadata.is_dir() => Ok(Self(path)),
            Ok(_) => Err(RootError { path, source: None }),
            Err(source) => Err(RootError { path, source: Some(source) }),
        }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The folder that contains its transcripts, at any depth.
    pub fn projects(&self) -> PathBuf {
        self.0.join(PROJECTS)
    }
}

/// A folder is not a root.
#[derive(Debug)]
pub struct RootError {
    /// The folder.
    path: PathBuf,
    /// Why its `projects/` cannot be accessed; `None` if `projects` is not a folder.
    source: Option<io::Error>,
}

impl fmt::Display for RootError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.source {
            Some(source) if source.kind() != io::ErrorKind::NotFound => {
                write!(f, "cannot read {path}/{PROJECTS}: check its permissions")
            }
            _ => write!(
                f,
                "{path} has no {PROJECTS} folder: use a Claude configuration folder, such as ~/.claude"
            ),
        }
    }
}

impl std::error::Error for RootError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

/// The result of a search for roots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RootSearch {
    /// The roots, in the order of the search paths.
    pub roots: Vec<Root>,
    /// Every path that was checked, whether or not it exists.
    pub checked: Vec<PathBuf>,
    /// Paths that could not be read. There may be transcripts in them.
    pub unreadable: Vec<SkippedPath>,
    /// Folders that `CLAUDE_CONFIG_DIR` names and that contain no `projects/`: nothing is counted there.
    pub without_projects: Vec<PathBuf>,
}

impl RootSearch {
    /// Adds a folder if it is a root, or reports it if that cannot be determined. Returns false if it is none.
    fn check(&mut self, path: &Path) -> bool {
        match Root::new(path) {
            Ok(root) => self.roots.push(root),
            Err(RootError { source: Some(source), .. }) if !is_not_found(&source) => {
                self.unreadable
                    .push(SkippedPath::because(path, format!("cannot read this folder: {source}")));
            }
            // It is not a folder, or has no transcripts.
            Err(_) => return false,
        }
        true
    }
}

/// Searches for roots in the places where an agent puts them.
pub fn find_roots(environment: &Environment) -> RootSearch {
    let SearchPaths { candidates, are_named, tree } = claude::search_paths(environment);
    let mut found = RootSearch { checked: candidates, ..RootSearch::default() };
    for path in found.checked.clone() {
        if !found.check(&path) && are_named {
            found.without_projects.push(path);
        }
    }
    if let Some(tree) = tree {
        find_below(&tree, &mut found);
        found.checked.push(tree);
    }
    found
}

/// Adds every folder below `folder` that contains `projects/`, in path order. Links are not followed: a
/// session may link to any folder the user works in.
fn find_below(folder: &Path, found: &mut RootSearch) {
    let mut walk = WalkDir::new(folder).sort_by_file_name().into_iter();
    while let Some(entry) = walk.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                if !error.io_error().is_some_and(is_not_found) {
                    found.unreadable.push(SkippedPath::unwalkable(&error, folder));
                }
                continue;
            }
        };
        if entry.depth() > 0 && entry.file_type().is_dir() && entry.file_name() == PROJECTS {
            if let Some(parent) = entry.path().parent() {
                found.check(parent);
            }
            walk.skip_current_dir();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root_in(home: &Path, path: &str) -> Root {
        std::fs::create_dir_all(home.join(path).join(PROJECTS)).unwrap();
        Root::new(home.join(path)).unwrap()
    }

    #[test]
    fn all_default_roots_that_exist_are_combined() {
        let home = tempfile::tempdir().unwrap();
        let environment = Environment { home: Some(home.path().into()), ..Environment::default() };
        assert_eq!(find_roots(&environment).roots, []);

        let expected = [root_in(home.path(), ".claude"), root_in(home.path(), ".config/claude")];
        let found = find_roots(&environment);
        assert_eq!(found.roots, expected);
        assert_eq!(found.checked.len(), 3, "{:?}", found.checked);
        assert!(found.without_projects.is_empty(), "nobody named them");
    }

    #[test]
    fn configured_folders_replace_the_default_ones() {
        let home = tempfile::tempdir().unwrap();
        root_in(home.path(), ".claude");
        let expected = [root_in(home.path(), "b"), root_in(home.path(), "a")];
        let [b, a] = ["b", "a"].map(|name| home.path().join(name).display().to_string());
        let environment = Environment {
            claude_config_dir: Some(format!("{b},, {a} ,/nonexistent/root").into()),
            home: Some(home.path().into()),
            ..Environment::default()
        };
        let found = find_roots(&environment);
        assert_eq!(found.roots, expected);
        assert!(found.checked.contains(&PathBuf::from("/nonexistent/root")));
        assert_eq!(found.without_projects, [PathBuf::from("/nonexistent/root")]);
    }

    #[test]
    #[cfg(not(target_os = "macos"))]
    fn each_claude_desktop_session_is_a_root() {
        let home = tempfile::tempdir().unwrap();
        let expected = [
            root_in(home.path(), "config/Claude/local-agent-mode-sessions/a/b/local_1/.claude"),
            root_in(home.path(), "config/Claude/local-agent-mode-sessions/c"),
        ];
        let environment = Environment {
            xdg_config_home: Some(home.path().join("config").into()),
            home: Some(home.path().into()),
            ..Environment::default()
        };
        assert_eq!(find_roots(&environment).roots, expected);
    }

    #[test]
    fn the_error_for_a_folder_without_projects_says_what_to_use() {
        let folder = tempfile::tempdir().unwrap();
        let error = Root::new(folder.path()).unwrap_err().to_string();
        assert!(
            error.ends_with("has no projects folder: use a Claude configuration folder, such as ~/.claude")
        );
    }
}
