//! Whether a snapshot's publisher is alive: the lock it holds and its heartbeat.
//!
//! Invariant: a publisher counts as live only while it holds the lock and its heartbeat is at most
//! [`HEARTBEAT_LIMIT`] old; so a killed one is known at once and one that hangs soon.

use std::io;
use std::path::Path;
use std::time::Duration;

use super::file::inode_at;
use super::identity::Identity;
use super::lock::writer_holds_lock;
use super::os;
use super::totals::Control;

/// How often publishers beat.
pub const HEARTBEAT_EVERY: Duration = Duration::from_secs(5);
/// The oldest heartbeat of a live publisher.
pub const HEARTBEAT_LIMIT: Duration = Duration::from_secs(15);

/// Ages by two clocks that differ by no more are one age.
const CLOCKS_AGREE_MS: u64 = 100;

/// The state of a publisher, as readers see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriterState {
    /// It holds the lock and beats.
    Live,
    /// It stopped cleanly: the totals were complete then and may be stale now.
    Stopped,
    /// It was killed, hangs or lost its file; the last complete totals stay readable.
    Dead,
}

/// How current a snapshot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// The publisher.
    pub writer: WriterState,
    /// Time since its last heartbeat.
    pub heartbeat_age: Duration,
    /// The file at the path is not the open one.
    pub replaced: bool,
}

impl Freshness {
    /// Whether the values follow the transcripts now. Those of a replaced file do not, even if a publisher lives.
    pub fn is_live(&self) -> bool {
        self.writer == WriterState::Live && !self.replaced
    }
}

/// Judges the file with inode `opened` that was opened at `path`.
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
    let replaced = match inode_at(path) {
        Ok(inode) => inode != opened,
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => return Err(error),
    };
    Ok(Freshness { writer, heartbeat_age, replaced })
}

/// Time since the heartbeat.
fn age(identity: &Identity, control: Control) -> Duration {
    let by_boot_clock = os::boot_clock_ms_once().checked_sub(control.heartbeat_monotonic_ms);
    let by_wall_clock = os::wall_clock_ms_once().saturating_sub(control.heartbeat_at);
    let is_same_boot = || identity.boot_id != [0; 2] && identity.boot_id == os::boot_id();
    Duration::from_millis(age_of(by_boot_clock, u64::try_from(by_wall_clock).unwrap_or(0), is_same_boot))
}

/// The age by the boot clock, which no one sets, where the boot is the same; none where that was ahead.
///
/// Where both clocks say the same, it is the same whichever of them holds: a one-shot reader need not ask for the boot,
/// which is a file to open and read.
fn age_of(by_boot_clock: Option<u64>, by_wall_clock: u64, is_same_boot: impl FnOnce() -> bool) -> u64 {
    match by_boot_clock {
        Some(age) if age.abs_diff(by_wall_clock) <= CLOCKS_AGREE_MS => age,
        _ if is_same_boot() => by_boot_clock.unwrap_or(0),
        _ => by_wall_clock,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boot_is_asked_for_only_where_the_clocks_differ() {
        assert_eq!(age_of(Some(4_000), 4_000 + CLOCKS_AGREE_MS, || unreachable!("they agree")), 4_000);
        let differing = [(Some(4_000), 4_101), (Some(4_000), 0), (Some(0), 90_000_000), (None, 3)];
        for (by_boot_clock, by_wall_clock) in differing {
            // Someone set the clock, or the machine was started again.
            assert_eq!(age_of(by_boot_clock, by_wall_clock, || true), by_boot_clock.unwrap_or(0));
            assert_eq!(age_of(by_boot_clock, by_wall_clock, || false), by_wall_clock);
        }
    }
}
