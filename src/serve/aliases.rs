//! What those see who may not see names: `project-3fa9c1b2` instead of a project.
//!
//! Invariant: an alias is the same as long as a server runs, and who does not have the server's key cannot find out
//! whether it stands for a name that they guess.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

/// What stands for the snapshot's path.
pub(super) const HIDDEN_PATH: &str = "hidden";

/// Whether a client sees names of projects and sessions, and paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    Shown,
    Hidden,
}

/// Gives aliases.
#[derive(Debug, Default)]
pub(super) struct Aliases(RandomState);

impl Aliases {
    /// The alias of a name of this kind.
    pub(super) fn of(&self, kind: &str, name: &str) -> String {
        format!("{kind}-{:016x}", self.0.hash_one((kind, name)))
    }
}

impl Names {
    /// All, for what is kept for each.
    pub(super) const ALL: [Self; 2] = [Self::Shown, Self::Hidden];

    /// A part of a tag or key.
    pub(super) fn mark(self) -> &'static str {
        match self {
            Self::Shown => "",
            Self::Hidden => "-hidden",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_stable_and_another_servers_differs() {
        let aliases = Aliases::default();
        assert_eq!(aliases.of("project", "a"), aliases.of("project", "a"));
        assert_ne!(aliases.of("project", "a"), aliases.of("project", "b"));
        assert_ne!(aliases.of("project", "a"), Aliases::default().of("project", "a"));
    }
}
