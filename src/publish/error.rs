//! Why totals could not be counted or published.

use std::fmt;

use crate::ledger::LedgerError;
use crate::snapshot::WriteError;

/// A publisher's failures. Ledger and snapshot keep what was last complete in every case.
#[derive(Debug)]
#[non_exhaustive]
pub enum PublishError {
    /// The state folder is another publisher's, or cannot be used.
    State(WriteError),
    /// The snapshot is another publisher's, or cannot be written.
    Snapshot(WriteError),
    /// The ledger cannot be opened, read or written.
    Ledger(LedgerError),
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
            Self::Clock(_) => f.write_str("the system's clock is beyond any calendar: set it right"),
        }
    }
}

impl std::error::Error for PublishError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::State(error) | Self::Snapshot(error) => error.source(),
            Self::Ledger(error) => error.source(),
            Self::Clock(error) => Some(error),
        }
    }
}
