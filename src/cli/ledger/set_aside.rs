//! `cco ledger set-aside`: moves a damaged ledger away, so that the next publisher begins a new one.
//!
//! Invariant: nothing is deleted, the files keep belonging together under their new names, and a ledger that is not
//! damaged stays.

use std::fs;
use std::path::{Path, PathBuf};

use super::exclusive::alone;
use crate::cli::open_ledger::be_there;
use crate::cli::{Exit, Failure, print};
use crate::config::Settings;
use crate::ledger::Ledger;
use crate::plain_text;

/// What the names of a ledger's files end with.
const ENDINGS: [&str; 3] = ["", "-wal", "-shm"];

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
    let aside = free(&ledger);
    for ending in ENDINGS {
        let from = with_ending(&ledger, ending);
        if from.symlink_metadata().is_ok() {
            fs::rename(&from, with_ending(&aside, ending)).map_err(Failure::io("cannot move the ledger"))?;
        }
    }
    print(&format!("moved to {}; to count what is left: cco publish --once\n", plain_text::path(&aside)))
}

/// A name beside the ledger that none of its files has yet.
fn free(ledger: &Path) -> PathBuf {
    let named = |number: u32| match number {
        1 => with_ending(ledger, ".damaged"),
        _ => with_ending(ledger, &format!(".damaged-{number}")),
    };
    let is_free =
        |path: &PathBuf| ENDINGS.iter().all(|ending| with_ending(path, ending).symlink_metadata().is_err());
    (1..).map(named).find(is_free).unwrap_or_else(|| named(1))
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
