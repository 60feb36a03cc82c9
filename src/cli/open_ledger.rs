//! Opens the ledger for reading.
//!
//! Invariant: a missing ledger is an error that says what to do; it is never created here.

use std::path::Path;

use super::failure::{Exit, Failure};
use crate::config::Settings;
use crate::ledger::Ledger;

/// Fails if there is no ledger.
pub(super) fn be_there(path: &Path) -> Result<(), Failure> {
    match path.try_exists() {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::new(
            Exit::Missing,
            format!("no ledger at {}; to create it: cco publish --once", path.display()),
        )),
        Err(error) => Err(Failure::io("cannot access the ledger")(error)),
    }
}

/// The ledger, for reading; a publisher may be running.
pub(super) fn to_read(settings: &Settings) -> Result<Ledger, Failure> {
    let path = settings.state.ledger();
    be_there(&path)?;
    Ledger::open_read_only(&path).map_err(Failure::from)
}
