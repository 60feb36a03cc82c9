//! The ledger, to write: with publishers kept away, and published again afterwards.
//!
//! Invariant: what was changed is published under the same lock, so that no publisher goes on with sums of before.

use crate::cli::catch_up::count;
use crate::cli::open_ledger::be_there;
use crate::cli::{Exit, Failure};
use crate::config::Settings;
use crate::daemon::job_to_follow;
use crate::ledger::Ledger;
use crate::publish::{Live, Pass};
use crate::snapshot::{Lock, WriteError, is_held, lock_path};

/// The ledger, to write, with the lock that keeps publishers away.
pub(super) fn to_write(settings: &Settings) -> Result<(Lock, Ledger), Failure> {
    let path = settings.state.ledger();
    be_there(&path)?;
    let lock = alone(settings)?;
    Ok((lock, Ledger::open(&path)?))
}

/// Keeps publishers away from the state folder, and sees that none holds the snapshot.
pub(super) fn alone(settings: &Settings) -> Result<Lock, Failure> {
    let lock = settings.state.lock();
    let taken = Lock::take(&lock).map_err(|error| match error {
        WriteError::Locked { holder, .. } => {
            let who = holder.map_or_else(String::new, |pid| format!(" (process {pid})"));
            let words = format!(
                "a publisher{who} is using the ledger in {}; stop it first and start it again afterwards: cco daemon \
                 stop",
                settings.state.path().display()
            );
            Failure::new(Exit::Locked, words)
        }
        error => Failure::new(Exit::Failed, error),
    })?;
    let snapshot = lock_path(&settings.snapshot);
    let is_published_elsewhere = is_held(&snapshot).map_err(Failure::io("cannot check the lock"))?;
    if is_published_elsewhere {
        let snapshot = settings.snapshot.display();
        let words = format!(
            "a publisher with another state folder publishes to {snapshot}: stop it, or use another file with \
             --snapshot"
        );
        return Err(Failure::new(Exit::Locked, words));
    }
    Ok(taken)
}

/// Publishes what the ledger holds now, transcripts looked at once more, so that readers see what was changed.
pub(super) fn publish_anew(settings: &Settings, lock: Lock) -> Result<Pass, Failure> {
    let live = Live::open_with(lock, job_to_follow(settings));
    count(live?)
}
