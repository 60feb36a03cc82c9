//! What happened below some roots, gathered from single events until somebody takes it.
//!
//! Invariant: what waits here is bounded by the number of paths below the roots, however often something happens to
//! them, and nothing that could be a change of a transcript or a folder is left out. Used by [`super::watch`].

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::system::What;
use crate::ingest::claude::{self, PROJECTS};

/// What happened.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct EventSet {
    /// Transcripts that something happened to.
    pub(super) paths: BTreeSet<PathBuf>,
    /// Folders that are no longer there, or what may have been some.
    pub(super) removed: BTreeSet<PathBuf>,
    /// What may be a folder that is new, or that can be listed now.
    pub(super) appeared: BTreeSet<PathBuf>,
    /// Folders beside the roots in which something appeared, by index.
    pub(super) beside: BTreeSet<usize>,
    /// How often events were lost.
    pub(super) lost: u64,
}

impl EventSet {
    /// Takes in what happened to a path.
    pub(super) fn add(&mut self, what: What, path: PathBuf) {
        match what {
            _ if claude::is_transcript(&path) => self.paths.insert(path),
            What::Written => false,
            What::Removed => self.removed.insert(path),
            What::Appeared => self.appeared.insert(path),
        };
    }
}

/// A root and the two folders that decide whether it is one.
#[derive(Debug)]
pub(super) struct RootPaths {
    parent: Option<PathBuf>,
    root: PathBuf,
    projects: PathBuf,
}

impl RootPaths {
    pub(super) fn of(root: &Path) -> Self {
        Self { parent: root.parent().map(Path::to_owned), root: root.into(), projects: root.join(PROJECTS) }
    }

    /// Whether what happens at a path can matter to the root.
    pub(super) fn concern(&self, path: &Path) -> bool {
        path.starts_with(&self.projects) || path == self.root || Some(path) == self.parent.as_deref()
    }
}
