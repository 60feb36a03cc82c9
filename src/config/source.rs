//! Where a setting comes from. `cco config show` prints it.

use std::fmt;

/// The source of a setting, highest priority first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A command-line flag.
    Flag,
    /// This environment variable.
    Variable(&'static str),
    /// The config file.
    File,
    /// The default.
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

/// The source of each of [`super::Settings`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sources {
    /// The roots.
    pub roots: Source,
    /// The exclusions.
    pub exclude: Source,
    /// The state folder.
    pub state: Source,
    /// The snapshot's path.
    pub snapshot: Source,
    /// The time zone.
    pub timezone: Source,
    /// The first day of the week.
    pub week_start: Source,
    /// The log filter.
    pub log: Source,
    /// The look of the status line and bars.
    pub statusline: Source,
    /// Totals over HTTP.
    pub http: Source,
    /// How reports are grouped.
    pub report: Source,
    /// What the ledger keeps besides figures and names.
    pub keep: Source,
    /// The prices.
    pub prices: Source,
    /// The budgets.
    pub budgets: Source,
    /// The alerts.
    pub alerts: Source,
    /// What is warned of and stopped.
    pub guard: Source,
    /// What projects and models are called.
    pub aliases: Source,
    /// The look, pace and keys of the monitor.
    pub monitor: Source,
}

/// The first candidate with a value, and its source.
pub(super) fn first<T, const N: usize>(candidates: [(Source, Option<T>); N]) -> Option<(T, Source)> {
    candidates.into_iter().find_map(|(source, value)| Some((value?, source)))
}
