//! Who publishes from a state folder: the process that holds its lock.
//!
//! Invariant: [`Holder::Process`] names a process that is alive and, on Linux, has the
//! lock file open. The id in a lock file alone proves nothing: it stays when a process is killed, and the system may
//! give it to another process. Used by everything that starts, stops or inspects a publisher.

use std::io::Read as _;
use std::path::Path;

use super::error::DaemonError;
use crate::own_folder;
use crate::snapshot::is_held;

/// A process id and an end of line are shorter.
const PID_BYTES_MAX: u64 = 32;

/// The holder of a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// Nobody; `last` is the process id that a former holder left.
    Nobody {
        /// Of the last holder.
        last: Option<u32>,
    },
    /// This process.
    Process(u32),
    /// A process that is not visible here: another container's, machine's, or hidden user's.
    Unseen {
        /// Its process id there.
        pid: Option<u32>,
    },
}

/// Finds who holds `lock`, without taking it.
pub fn holder(lock: &Path) -> Result<Holder, DaemonError> {
    // Read before the question: whoever holds the lock at the answer may have come after the text.
    let before = written_pid(lock)?;
    if !is_held(lock).map_err(DaemonError::io(lock, "check"))? {
        return Ok(Holder::Nobody { last: before });
    }
    let pid = written_pid(lock)?;
    Ok(match pid {
        Some(pid) if has_open(pid, lock) => Holder::Process(pid),
        pid => Holder::Unseen { pid },
    })
}

fn written_pid(lock: &Path) -> Result<Option<u32>, DaemonError> {
    let mut text = String::new();
    let read = own_folder::read(lock).and_then(|file| match file {
        Some(file) => file.take(PID_BYTES_MAX).read_to_string(&mut text),
        None => Ok(0),
    });
    read.map_err(DaemonError::io(lock, "read"))?;
    Ok(text.trim().parse().ok().filter(|pid| *pid > 0))
}

/// Whether the process `pid` has the file at `path` open.
#[cfg(target_os = "linux")]
fn has_open(pid: u32, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(wanted) = std::fs::metadata(path) else { return false };
    // Of another user's process the descriptors cannot be listed: it counts as unseen.
    let Ok(descriptors) = std::fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    descriptors
        .flatten()
        .filter_map(|entry| std::fs::metadata(entry.path()).ok())
        .any(|open| (open.dev(), open.ino()) == (wanted.dev(), wanted.ino()))
}

/// Whether the process `pid` exists: other systems tell no more without privileges.
#[cfg(not(target_os = "linux"))]
fn has_open(pid: u32, _: &Path) -> bool {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    pid.is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Lock;

    #[test]
    fn the_holder_is_the_process_that_has_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        assert_eq!(holder(&path).unwrap(), Holder::Nobody { last: None });
        let lock = Lock::take(&path).unwrap();
        let own = std::process::id();
        assert_eq!(holder(&path).unwrap(), Holder::Process(own));
        drop(lock);
        assert_eq!(holder(&path).unwrap(), Holder::Nobody { last: Some(own) });
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_lock_that_names_another_process_is_held_by_someone_unseen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let _lock = Lock::take(&path).unwrap();
        std::fs::write(&path, "1\n").unwrap();
        assert_eq!(holder(&path).unwrap(), Holder::Unseen { pid: Some(1) });
    }
}
