//! `cco ledger set-aside`: moves a damaged ledger away, so that the next publisher begins a new one.
//!
//! Invariant: a ledger that is not damaged stays.

use super::exclusive::alone;
use crate::cli::open_ledger::be_there;
use crate::cli::{Exit, Failure, print};
use crate::config::Settings;
use crate::ledger::Ledger;
use crate::plain_text;

/// Runs `cco ledger set-aside`.
pub(super) fn run(settings: &Settings) -> Result<(), Failure> {
    let ledger = settings.state.ledger();
    be_there(&ledger)?;
    // Held to the end: no publisher opens half of the files.
    let _lock = alone(settings)?;
    match Ledger::open_read_only(&ledger).and_then(|ledger| ledger.checkup()) {
        Ok(found) if found.damage.is_empty() => {
            let words = "the ledger is not damaged, so it stays; to remove requests: cco ledger forget";
            return Err(Failure::new(Exit::Failed, words));
        }
        Err(error) if !error.is_damage() => return Err(error.into()),
        _ => {}
    }
    let aside = Ledger::set_aside(&ledger)?;
    print(&format!("moved to {}; to count what is left: cco publish --once\n", plain_text::path(&aside)))
}
