//! Whether a snapshot's publisher is alive: the lock it holds and the heartbeat it leaves.
//!
//! Invariant: a publisher counts as live only while it holds the lock and its heartbeat is at most
//! [`HEARTBEAT_LIMIT`] old; so a killed one is known at once and one that hangs soon.

use std::io;
use std::path::Path;
use std::time::Duration;

use super::file::inode;
use super::identity::Identity;
use super::lock::writer_holds_lock;
use super::os;
use super::totals::Control;

/// How often publishers beat.
pub const HEARTBEAT_EVERY: Duration = Duration::from_secs(5);
/// The oldest heartbeat of a live publisher.
pub const HEARTBEAT_LIMIT: Duration = Duration::from_secs(15);

/// The state of a publisher, as its readers see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriterState {
    /// It holds the lock and beats.
    Live,
    /// It stopped cleanly: the totals were complete then and may be stale now.
    Stopped,
    /// It was killed, hangs or lost its file: the last complete totals stand.
    Dead,
}

/// How far a snapshot is to be trusted to be current.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// The publisher.
    pub writer: WriterState,
    /// Time since its last heartbeat.
    pub heartbeat_age: Duration,
    /// Another file stands under the path than the one that is open.
    pub replaced: bool,
}

impl Freshness {
    /// Whether the values follow the transcripts at this moment: those of a replaced file do not, although a
    /// publisher lives.
    pub fn is_live(&self) -> bool {
        self.writer == WriterState::Live && !self.replaced
    }
}

/// Judges the file with `inode` that was opened under `path`.
pub(crate) fn freshness(
    path: &Path,
    opened: (u64, u64),
    identity: &Identity,
    control: Control,
) -> io::Result<Freshness> {
    let heartbeat_age = age(identity, control);
    let writer = if control.stopped {
        WriterState::Stopped
    } else if heartbeat_age <= HEARTBEAT_LIMIT && writer_holds_lock(path)? {
        WriterState::Live
    } else {
        WriterState::Dead
    };
    let replaced = match std::fs::symlink_metadata(path) {
        Ok(metadata) => inode(&metadata) != opened,
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => return Err(error),
    };
    Ok(Freshness { writer, heartbeat_age, replaced })
}

/// Time since the heartbeat: by the boot clock, which no one sets, where the boot is the same.
fn age(identity: &Identity, control: Control) -> Duration {
    if identity.boot_id != [0; 2] && identity.boot_id == os::boot_id() {
        return Duration::from_millis(os::boot_clock_ms().saturating_sub(control.heartbeat_monotonic_ms));
    }
    let age = os::wall_clock_ms().saturating_sub(control.heartbeat_at);
    Duration::from_millis(u64::try_from(age).unwrap_or(0))
}
