//! Stops a publisher: sends SIGTERM and waits.
//!
//! Invariant: "stopped" means that the lock is free, so the next publisher can start at once. Nothing is killed
//! by force. Used by the command line.

use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};

use super::error::DaemonError;
use super::holder::{Holder, holder};
use crate::state_folder::StateFolder;

const CHECK_EVERY: Duration = Duration::from_millis(10);

/// How a stop went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopOutcome {
    /// It ran and has ended.
    Ended {
        /// Its process id.
        pid: u32,
    },
    /// None ran; `last` is the id that a former publisher left in the lock file.
    NotRunning {
        /// Of the last publisher.
        last: Option<u32>,
    },
}

/// Ends the publisher of the state folder, whether it was started detached, by a service or in a terminal.
pub fn stop(state: &StateFolder, patience: Duration) -> Result<StopOutcome, DaemonError> {
    let lock = state.lock();
    let pid = match holder(&lock)? {
        Holder::Nobody { last } => return Ok(StopOutcome::NotRunning { last }),
        Holder::Unseen { pid } => return Err(DaemonError::Foreign { lock, pid }),
        Holder::Process(pid) => pid,
    };
    let target = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let Some(target) = target else { return Err(DaemonError::Foreign { lock, pid: Some(pid) }) };
    // A suspended process gets the first signal only when the second lets it go on.
    match kill_process(target, Signal::TERM).and_then(|()| kill_process(target, Signal::CONT)) {
        Ok(()) | Err(Errno::SRCH) => {} // gone already
        Err(Errno::PERM) => return Err(DaemonError::NotAllowed { pid }),
        Err(error) => return Err(DaemonError::io(&lock, "stop the holder of")(error.into())),
    }
    let deadline = Instant::now() + patience;
    // A successor under another id means that this one has ended.
    while holder(&lock)? == Holder::Process(pid) {
        if Instant::now() >= deadline {
            return Err(DaemonError::StillRunning { pid, waited: patience });
        }
        sleep(CHECK_EVERY);
    }
    Ok(StopOutcome::Ended { pid })
}
