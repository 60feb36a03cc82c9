//! Why there is no snapshot to show, in the few words that a line has room for.

use super::failure::Failure;
use crate::snapshot::{OpenError, PeekError, ReadError};

/// Why nothing was found.
pub(super) fn of(failure: &Failure) -> &'static str {
    match failure {
        Failure::View(error) => of_peek(error),
        _ => "no snapshot",
    }
}

/// Why a snapshot could not be looked at.
pub(super) fn of_peek(error: &PeekError) -> &'static str {
    match error {
        PeekError::Open(OpenError::NotFound { .. }) => "no snapshot",
        PeekError::Read(ReadError::NothingPublished) => "nothing published yet",
        PeekError::Read(ReadError::Busy) => "snapshot busy",
        _ => "snapshot unreadable",
    }
}
