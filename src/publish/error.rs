//! Why totals could not be counted or published.

use std::fmt;
use std::path::PathBuf;

use super::aggregate::BelowZero;
use crate::ledger::LedgerError;
use crate::snapshot::WriteError;

/// Why a publisher failed. Ledger and snapshot keep their last complete state in every case.
#[derive(Debug)]
#[non_exhaustive]
pub enum PublishError {
    /// The state folder is another publisher's, or cannot be used.
    State(WriteError),
    /// The snapshot is another publisher's, or cannot be written.
    Snapshot(WriteError),
    /// The ledger cannot be opened, read or written.
    Ledger(LedgerError),
    /// A batch takes away more than the sums hold. They are read from the ledger again.
    Sums(BelowZero),
    /// The ledger's path no longer leads to the ledger in use: the state folder was deleted, moved or replaced.
    Displaced(PathBuf),
    /// The system's clock shows a time that no calendar has.
    Clock(jiff::Error),
}

impl PublishError {
    /// Whether another publisher is at work.
    pub fn is_locked(&self) -> bool {
        matches!(self, Self::State(WriteError::Locked { .. }) | Self::Snapshot(WriteError::Locked { .. }))
    }
}

impl From<LedgerError> for PublishError {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::State(error) | Self::Snapshot(error) => error.fmt(f),
            Self::Ledger(error) => error.fmt(f),
            Self::Sums(BelowZero) => f.write_str(
                "a sum would fall below zero: the sums are read from the ledger again; if this repeats: cco ledger \
                 verify",
            ),
            Self::Displaced(ledger) => write!(
                f,
                "{} was deleted, moved or replaced while it was in use, so nothing more is counted into it: start the \
                 publisher again",
                ledger.display()
            ),
            Self::Clock(_) => f.write_str("the system's clock is beyond any calendar: set it right"),
        }
    }
}

impl std::error::Error for PublishError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::State(error) | Self::Snapshot(error) => error.source(),
            Self::Ledger(error) => error.source(),
            Self::Sums(_) | Self::Displaced(_) => None,
            Self::Clock(error) => Some(error),
        }
    }
}
