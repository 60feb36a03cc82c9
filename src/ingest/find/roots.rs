//! Roots: the folders that hold a `projects/` folder with transcripts.
//!
//! Invariant: the environment is passed in, never read here, so that a test, or a program told where to look,
//! touches nothing else. Every place that was looked at is named, whether or not it is there, and one that may not
//! be looked into is not taken for one that is absent.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::skipped::{Skipped, is_absence};
use crate::ingest::claude::{self, Environment, PROJECTS, Places};

/// A folder with a `projects/` folder in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Root(PathBuf);

impl Root {
    /// Takes a folder as a root; it must hold `projects/`.
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

    /// The folder its transcripts lie below.
    pub fn projects(&self) -> PathBuf {
        self.0.join(PROJECTS)
    }
}

/// A folder is no root.
#[derive(Debug)]
pub struct RootError {
    /// The folder.
    path: PathBuf,
    /// Why its `projects/` cannot be seen; `None` if that is no folder.
    source: Option<io::Error>,
}

impl fmt::Display for RootError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.source {
            Some(source) if source.kind() != io::ErrorKind::NotFound => {
                write!(f, "cannot look into {path}/{PROJECTS}: check its permissions")
            }
            _ => write!(
                f,
                "{path} holds no {PROJECTS} folder: name a Claude configuration folder, such as ~/.claude"
            ),
        }
    }
}

impl std::error::Error for RootError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

/// What a look for roots found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The roots, in the order of the places.
    pub roots: Vec<Root>,
    /// Every place that was looked at, there or not.
    pub looked: Vec<PathBuf>,
    /// What could not be looked into: there may be transcripts.
    pub refused: Vec<Skipped>,
}

impl Found {
    /// Takes a folder in if it is a root, and notes it if that cannot be told.
    fn look_into(&mut self, path: &Path) {
        match Root::new(path) {
            Ok(root) => self.roots.push(root),
            Err(RootError { source: Some(source), .. }) if !is_absence(&source) => {
                self.refused.push(Skipped::because(path, format!("cannot look into it: {source}")));
            }
            // No folder, or one without transcripts.
            Err(_) => {}
        }
    }
}

/// Looks for roots in the places where an agent puts them.
pub fn find_roots(environment: &Environment) -> Found {
    let Places { roots, above } = claude::places(environment);
    let mut found = Found { looked: roots, ..Found::default() };
    for path in found.looked.clone() {
        found.look_into(&path);
    }
    if let Some(above) = above {
        look_below(&above, &mut found);
        found.looked.push(above);
    }
    found
}

/// Adds every folder below `folder` that holds `projects/`, in the order of their paths. Links are not
/// followed: sessions may link to any place the user works in.
fn look_below(folder: &Path, found: &mut Found) {
    let mut walk = WalkDir::new(folder).sort_by_file_name().into_iter();
    while let Some(entry) = walk.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                if !error.io_error().is_some_and(is_absence) {
                    found.refused.push(Skipped::unwalkable(&error, folder));
                }
                continue;
            }
        };
        if entry.depth() > 0 && entry.file_type().is_dir() && entry.file_name() == PROJECTS {
            if let Some(parent) = entry.path().parent() {
                found.look_into(parent);
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
        assert_eq!(found.looked.len(), 3, "{:?}", found.looked);
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
        assert!(found.looked.contains(&PathBuf::from("/nonexistent/root")));
    }

    #[test]
    #[cfg(not(target_os = "macos"))]
    fn claude_desktops_sessions_are_roots_of_their_own() {
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
    fn a_folder_without_projects_says_what_was_expected() {
        let folder = tempfile::tempdir().unwrap();
        let error = Root::new(folder.path()).unwrap_err().to_string();
        assert!(
            error
                .ends_with("holds no projects folder: name a Claude configuration folder, such as ~/.claude")
        );
    }
}
