//! Writes to the ledger: locks out publishers, then publishes the result.
//!
//! Invariant: the result is published under the same lock, so no publisher continues with old sums.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::cli::catch_up::count_and_keep_lock;
use crate::cli::open_ledger::be_there;
use crate::cli::{Exit, Failure};
use crate::config::Settings;
use crate::daemon::job_to_follow;
use crate::ledger::Ledger;
use crate::own_folder::Use;
use crate::publish::{Live, ScanSummary};
use crate::snapshot::{Lock, WriteError, is_held, lock_path};

/// How long a command may hold a lock that only counts what is new. A publisher holds it for good.
const PATIENCE: Duration = Duration::from_secs(1);
const TRY_EVERY: Duration = Duration::from_millis(10);

/// The ledger, for writing, with the lock that keeps publishers out.
pub(super) fn to_write(settings: &Settings) -> Result<(Lock, Ledger), Failure> {
    let path = settings.state.ledger();
    be_there(&path)?;
    let lock = alone(settings)?;
    settings.state.check(Use::Write).map_err(Failure::io("cannot use the state folder"))?;
    Ok((lock, Ledger::open(&path)?))
}

/// Locks publishers out of the state folder, and fails if one holds the snapshot. Waits for a command that counts before
/// it shows a report.
pub(super) fn alone(settings: &Settings) -> Result<Lock, Failure> {
    let until = Instant::now() + PATIENCE;
    loop {
        match try_alone(settings) {
            Err(failure) if failure.exit() == Exit::Locked && Instant::now() < until => sleep(TRY_EVERY),
            other => return other,
        }
    }
}

fn try_alone(settings: &Settings) -> Result<Lock, Failure> {
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

/// Counts what is new and publishes the ledger, so readers see the change.
pub(super) fn publish_again(settings: &Settings, lock: Lock) -> Result<(ScanSummary, Lock), Failure> {
    count_and_keep_lock(Live::open_with(lock, job_to_follow(settings))?)
}
