//! `[report]` in the config file: how reports are grouped unless an option says otherwise.
//!
//! Invariant: it changes what reports show, never what is counted or published.

use serde::Deserialize;

/// The content of the section.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// What is one project.
    #[serde(default)]
    pub group: Group,
}

/// What is one project in reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// Each working folder.
    #[default]
    Project,
    /// A git repository's main working folder and its worktrees.
    Worktree,
}

impl Group {
    /// The word that chooses it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Worktree => "worktree",
        }
    }
}

/// All keys of [`Report`].
pub(super) const KEYS: [&str; 1] = ["group"];
