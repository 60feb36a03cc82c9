//! The state of a publisher: the lock says whether it runs, the snapshot what it does, the system what it uses.
//!
//! Invariant: this disturbs nothing and needs no answer from the publisher, so a publisher that hangs is recognized.

use std::io;
use std::path::Path;

use super::error::DaemonError;
use super::holder::{Holder, holder};
use super::logs::last_error;
use crate::snapshot::{Freshness, Health, OpenError, Reader, WriterState};
use crate::state_folder::StateFolder;

/// A publisher, seen from outside.
#[derive(Debug)]
pub struct Status {
    /// Who holds the lock.
    pub holder: Holder,
    /// What its snapshot says; an error if it cannot be read.
    pub snapshot: Result<SnapshotStatus, OpenError>,
    /// Its memory in bytes, now and at most, if the system tells.
    pub memory: Option<Memory>,
    /// The last error in its log.
    pub last_error: Option<String>,
}

/// What a publisher's snapshot says of it.
#[derive(Clone, Copy, Debug)]
pub struct SnapshotStatus {
    /// The process that wrote it.
    pub pid: u64,
    /// When that process started, ms UTC.
    pub started_at: i64,
    /// The newest commit's number.
    pub generation: u64,
    /// When it was published, ms UTC; `None` if it cannot be read.
    pub published_at: Option<i64>,
    /// Whether the writer lives.
    pub freshness: Option<Freshness>,
    /// Its health figures.
    pub health: Option<Health>,
}

/// Resident memory, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Now.
    pub bytes: u64,
    /// The most so far.
    pub peak_bytes: u64,
}

impl Status {
    /// Whether a publisher runs.
    pub fn is_running(&self) -> bool {
        !matches!(self.holder, Holder::Nobody { .. })
    }

    /// Whether the snapshot is that of the publisher that runs, and current.
    pub fn is_live(&self) -> bool {
        self.is_running()
            && self.snapshot.as_ref().is_ok_and(|published| {
                published.freshness.is_some_and(|freshness| freshness.writer == WriterState::Live)
            })
    }
}

/// The status of the publisher of a state folder and its snapshot.
pub fn status(state: &StateFolder, snapshot: &Path) -> Result<Status, DaemonError> {
    let holder = holder(&state.lock())?;
    let log = state.log();
    Ok(Status {
        holder,
        snapshot: Reader::open_copying(snapshot).map(|mut reader| published(&mut reader)),
        memory: match holder {
            Holder::Process(pid) => memory(pid),
            _ => None,
        },
        last_error: last_error(&log).map_err(DaemonError::io(log, "read"))?,
    })
}

fn published(reader: &mut Reader) -> SnapshotStatus {
    // Each of these may be damaged alone; the others still tell something.
    let totals = reader.totals().ok();
    SnapshotStatus {
        pid: reader.identity().writer_pid,
        started_at: reader.identity().writer_started_at,
        generation: totals.map_or(0, |totals| totals.generation()),
        published_at: totals.map(|totals| totals.published_at()),
        freshness: reader.freshness().ok(),
        health: reader.health().ok().flatten(),
    }
}

/// The memory of a process; `None` without `/proc`, or without such a process.
fn memory(pid: u32) -> Option<Memory> {
    let text: io::Result<String> = std::fs::read_to_string(format!("/proc/{pid}/status"));
    parse_memory(&text.ok()?)
}

fn parse_memory(text: &str) -> Option<Memory> {
    let kib = |name: &str| -> Option<u64> {
        let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
        rest.split_whitespace().next()?.parse().ok()
    };
    Some(Memory { bytes: kib("VmRSS:")? * 1024, peak_bytes: kib("VmHWM:")? * 1024 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_in_bytes() {
        let text = "Name:\tcco\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n";
        assert_eq!(parse_memory(text), Some(Memory { bytes: 1 << 20, peak_bytes: 2 << 20 }));
        assert_eq!(parse_memory("State:\tZ (zombie)\n"), None);
    }
}
