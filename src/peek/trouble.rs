//! Why there is no snapshot to show, short enough for a line.
//!
//! Invariant: a reason is a few words without names or paths, so it fits any line and any bar.

use super::failure::Failure;
use crate::snapshot::{OpenError, PeekError, ReadError};

/// The reason for a failure.
pub(super) fn of(failure: &Failure) -> &'static str {
    match failure {
        Failure::View(error) => of_peek(error),
        _ => "no snapshot",
    }
}

/// Why a snapshot cannot be read.
pub(super) fn of_peek(error: &PeekError) -> &'static str {
    match error {
        PeekError::Open(OpenError::NotFound { .. }) => "no snapshot",
        PeekError::Read(ReadError::NothingPublished) => "nothing published yet",
        PeekError::Read(ReadError::Busy) => "snapshot busy",
        _ => "snapshot unreadable",
    }
}
