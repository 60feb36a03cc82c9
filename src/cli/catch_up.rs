//! Counts what is new before a command shows it: by the running publisher, else by this process.
//!
//! Invariant: it changes only what plain `cco` would change. If nothing can be counted now, commands can still show
//! what was counted before.

use super::options::Options;
use super::output::note;
use super::roots::roots_of;
use super::{Exit, Failure, progress};
use crate::daemon;
use crate::ingest::Progress;
use crate::publish::{self, Job, Live, ScanSummary, Turn};
use crate::snapshot::Lock;

/// How the figures became current.
#[derive(Debug)]
pub(super) enum Update {
    /// This process scanned.
    Here(Box<ScanSummary>),
    /// The running publisher did.
    There,
    /// Nothing could be counted now.
    None,
}

/// Counts what is new, or makes the running publisher count it.
pub(super) fn catch_up(options: &Options) -> Result<Update, Failure> {
    let settings = options.without_zone().settings()?;
    let counted = roots_of(&settings).and_then(|roots| {
        let roots = roots.iter().map(|root| root.path().into()).collect();
        match take_turn(&daemon::job(roots, &settings))? {
            Turn::Ours(live) => count(*live).map(|summary| Update::Here(Box::new(summary))),
            Turn::Theirs => Ok(Update::There),
        }
    });
    let failure = match counted {
        Ok(update) => return Ok(update),
        Err(failure) => failure,
    };
    let is_known = matches!(failure.exit(), Exit::Missing | Exit::Locked) || failure.is_read_only();
    if is_known && settings.state.ledger().exists() {
        note(&format!("cco: {failure}; showing what was counted before"));
        return Ok(Update::None);
    }
    Err(failure)
}

/// Takes the publisher's place, or makes the publisher scan; tells the user if that takes long.
pub(super) fn take_turn(job: &Job) -> Result<Turn, Failure> {
    publish::take_turn(job, |notice| note(&format!("cco: {notice}"))).map_err(Failure::from)
}

/// Scans everything, publishes and ends.
pub(super) fn count(live: Live) -> Result<ScanSummary, Failure> {
    count_and_keep_lock(live).map(|(pass, _)| pass)
}

/// The same for a caller that still needs the state folder's lock.
pub(super) fn count_and_keep_lock(mut live: Live) -> Result<(ScanSummary, Lock), Failure> {
    let seen = Progress::default();
    let pass = progress::with_bar(&seen, || live.catch_up(&seen))?;
    Ok((pass, live.stop()))
}
