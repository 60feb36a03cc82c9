//! Bringing the ledger up to date before it is read.
//!
//! Invariant: what runs already is asked, else this process counts; either way nothing else changes than `cco`
//! alone would change. What was counted before can be shown even where nothing can be counted now.

use crate::cli::ask::{Turn, take_turn};
use crate::cli::options::Options;
use crate::cli::roots::roots_of;
use crate::cli::{Exit, Failure, note, once};
use crate::daemon;

/// Counts what is new, or has the publisher that runs do so.
pub(in crate::cli) fn catch_up(options: &Options) -> Result<(), Failure> {
    let settings = options.without_zone().settings()?;
    let counted = roots_of(&settings).and_then(|roots| {
        let roots = roots.iter().map(|root| root.path().into()).collect();
        match take_turn(&daemon::job(roots, &settings))? {
            Turn::Ours(live) => once::count(*live).map(|_| ()),
            Turn::Theirs => Ok(()),
        }
    });
    let Err(failure) = counted else { return Ok(()) };
    let is_known = matches!(failure.exit(), Exit::Missing | Exit::Locked);
    if is_known && settings.state.ledger().exists() {
        note(&format!("cco: {failure}\ncco: showing what was counted before"));
        return Ok(());
    }
    Err(failure)
}
