//! The terminal monitor, `cco monitor`, and the block view of `cco live`: a reader of the snapshot like any other, that asks
//! the ledger for models by day.
//!
//! State (what is known and chosen), drawing (pure: state in, picture out) and input are apart; threads bring news of the
//! snapshot, answers of the ledger, keys and signals to one loop. Panes are in `panes/`, one file each.
//!
//! Invariant: it changes nothing of what it shows, and the caller says where the ledger and the config file are. What is
//! missing, stale or dead is shown as such, never as zero. However it ends, the terminal is as it was before. Used by `cli`.

mod ask;
mod draw;
mod events;
mod follow;
mod hour;
mod input;
mod look;
mod panes;
mod run;
#[cfg(test)]
mod sample;
mod screen;
mod scroll;
mod signals;
mod state;
mod styled;

use std::fmt;
use std::io;
use std::path::PathBuf;

use jiff::tz::TimeZone;

pub(crate) use self::ask::{Source, Sources};
pub(crate) use self::events::{Events, events};
pub(crate) use self::run::run;
pub(crate) use self::state::Tab;
use crate::config::monitor::Symbols;
use crate::config::{Aliases, Budgets, Monitor};
use crate::report::usage::Costs;
use crate::snapshot::Code;

/// What a monitor needs to know before it begins.
pub(crate) struct Setup {
    /// The snapshot that it follows.
    pub(crate) snapshot: PathBuf,
    /// How the ledger is read.
    pub(crate) sources: Sources,
    /// The zone of times.
    pub(crate) zone: TimeZone,
    pub(crate) costs: Costs,
    pub(crate) budgets: Budgets,
    /// What to call projects and models.
    pub(crate) aliases: Aliases,
    /// Look, pace and keys.
    pub(crate) settings: Monitor,
    /// Whether the terminal gets colours.
    pub(crate) has_colors: bool,
    /// The symbols that the locale allows, for settings that do not say.
    pub(crate) symbols: Symbols,
    /// The view it begins with.
    pub(crate) home: Tab,
    /// A word to begin with, such as what this process does before there are figures.
    pub(crate) note: Option<String>,
    /// Whether a snapshot that cannot be read ends it, instead of being shown until there is another.
    pub(crate) ends_if_unreadable: bool,
}

/// Why a monitor ended that was not told to.
#[derive(Debug)]
pub(crate) enum MonitorError {
    /// The terminal refused.
    Terminal {
        /// What could not be done with it.
        action: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The snapshot cannot be read.
    Unreadable {
        /// The number of the error.
        code: Code,
        /// The error with its causes.
        words: String,
    },
    /// A thread panicked, and said so.
    Panicked,
}

impl fmt::Display for MonitorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Terminal { action, .. } => write!(f, "cannot {action} the terminal"),
            Self::Unreadable { words, .. } => f.write_str(words),
            Self::Panicked => f.write_str("this is a fault of cco: please report the message above"),
        }
    }
}

impl std::error::Error for MonitorError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Terminal { source, .. } => Some(source),
            Self::Unreadable { .. } | Self::Panicked => None,
        }
    }
}

impl MonitorError {
    /// The exit code of a program that ends with this.
    pub(crate) fn code(&self) -> Code {
        match self {
            Self::Unreadable { code, .. } => *code,
            Self::Terminal { .. } | Self::Panicked => Code::Failed,
        }
    }

    /// Whether the terminal was closed: nobody is there to be told.
    pub(crate) fn is_of_closed_terminal(&self) -> bool {
        let Self::Terminal { source, .. } = self else { return false };
        source.kind() == io::ErrorKind::BrokenPipe
            || source.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error())
    }
}
