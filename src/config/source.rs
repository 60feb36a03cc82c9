//! Where a setting comes from, so that `cco config show` can say so.

use std::fmt;

/// What decided a value, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A flag of the command line.
    Flag,
    /// This environment variable.
    Variable(&'static str),
    /// The configuration file.
    File,
    /// Nothing: the default stands.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Variable(name) => f.write_str(name),
            Self::File => f.write_str("file"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// What decided each of [`super::Settings`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sources {
    /// Of the roots.
    pub roots: Source,
    /// Of the excluded places.
    pub exclude: Source,
    /// Of the state folder.
    pub state: Source,
    /// Of the snapshot's path.
    pub snapshot: Source,
    /// Of the zone.
    pub timezone: Source,
    /// Of the first day of the week.
    pub week_start: Source,
    /// Of the log's filter.
    pub log: Source,
    /// Of how the status line and bars look.
    pub statusline: Source,
    /// Of the prices.
    pub prices: Source,
    /// Of the budgets.
    pub budgets: Source,
}

/// The first candidate that says something, and where it is from.
pub(super) fn first<T, const N: usize>(candidates: [(Source, Option<T>); N]) -> Option<(T, Source)> {
    candidates.into_iter().find_map(|(source, value)| Some((value?, source)))
}
