//! Data from around a session that Claude Code does not report: the git repository it is in, and the output of the
//! user's own commands.
//!
//! Invariant: no I/O. A template lists what it needs ([`Asked`]); `peek` looks up exactly that and passes in the result
//! ([`Around`]). Used by `peek`, `facts` and the tables of fields.

use std::collections::BTreeMap;

/// What a template asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The branch.
    pub branch: bool,
    /// The commit that is checked out.
    pub commit: bool,
    /// How far the branch is from its upstream.
    pub distance: bool,
    /// Whether anything is changed.
    pub dirty: bool,
    /// How many lines are changed.
    pub changes: bool,
    /// Commands, by name.
    pub commands: Vec<String>,
}

impl Asked {
    /// Notes that a field is asked for.
    pub(super) fn note(&mut self, name: &str) {
        match name {
            "git.branch" => self.branch = true,
            "git.commit" => self.commit = true,
            "git.ahead" | "git.behind" => self.distance = true,
            "git.dirty" => self.dirty = true,
            "git.added" | "git.removed" => self.changes = true,
            _ => {}
        }
    }
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Around {
    /// The user's home folder.
    pub home: Option<String>,
    /// The branch that is checked out, or the short id of the commit if none is.
    pub branch: Option<String>,
    /// The short id of the commit that is checked out.
    pub commit: Option<String>,
    /// How many commits the branch is ahead of its upstream and behind it.
    pub distance: Option<[u64; 2]>,
    /// Whether anything is changed.
    pub dirty: Option<bool>,
    /// Lines added and removed since the last commit.
    pub changes: Option<[u64; 2]>,
    /// What commands print, by name.
    pub printed: BTreeMap<String, Printed>,
    /// Whether git did not answer in time, so that its answers are old.
    pub is_git_late: bool,
}

/// What a command prints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Printed {
    /// Its first line.
    pub text: String,
    /// Whether it did not answer in time, so that this is what it printed before.
    pub is_late: bool,
}
