//! Whether a snapshot's publisher is alive: the lock it holds and its heartbeat.
//!
//! Invariant: a publisher counts as live only while it holds the lock and its heartbeat is at most
//! [`HEARTBEAT_LIMIT`] old; so a killed one is known at once and one that hangs soon, whatever becomes of the clocks.

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

/// Ages by two clocks are the same if they differ by no more than this.
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

    /// The same by the wall clock alone, which is what counts for a file from another boot, from what the caller found
    /// out: a function of its arguments. `is_held` is whether a publisher has the lock ([`super::is_held`]), `now` is in
    /// ms UTC.
    pub fn by_wall_clock(control: Control, now: i64, is_held: bool) -> Self {
        let heartbeat_age = Duration::from_millis(now.abs_diff(control.heartbeat_at));
        Self { writer: state(control, heartbeat_age, is_held), heartbeat_age, replaced: false }
    }
}

/// What the words, the age of the heartbeat and the lock say of the publisher.
fn state(control: Control, heartbeat_age: Duration, is_held: bool) -> WriterState {
    if control.stopped {
        WriterState::Stopped
    } else if is_held && heartbeat_age <= HEARTBEAT_LIMIT {
        WriterState::Live
    } else {
        WriterState::Dead
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
    // Ask for the lock only if it decides.
    let may_live = !control.stopped && heartbeat_age <= HEARTBEAT_LIMIT;
    let writer = state(control, heartbeat_age, may_live && writer_holds_lock(path)?);
    let replaced = match inode_at(path) {
        Ok(inode) => inode != opened,
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => return Err(error),
    };
    Ok(Freshness { writer, heartbeat_age, replaced })
}

/// Time since the heartbeat.
fn age(identity: &Identity, control: Control) -> Duration {
    let since = |now: u64, then: u64| now.cast_signed().saturating_sub(then.cast_signed());
    let by_awake_clock = since(os::awake_clock_ms_once(), control.heartbeat_monotonic_ms);
    let by_wall_clock = os::wall_clock_ms_once().saturating_sub(control.heartbeat_at);
    let same_boot = || {
        let is_same = identity.boot_id != [0; 2] && identity.boot_id == os::boot_id();
        is_same.then(|| by_awake_clock.saturating_sub(os::awake_clock_offset_ms()))
    };
    Duration::from_millis(age_of(by_awake_clock, by_wall_clock, same_boot))
}

/// The age by the awake clock, which no one sets and which stands still while the machine sleeps: a publisher that lives
/// through that is not older for it. `same_boot` gives that age without the offset of this process's time namespace, if
/// the heartbeat is from this boot; otherwise only the wall clock can tell.
///
/// If both clocks give the same age, it is right whichever of them counts: a one-shot reader need not ask for the boot,
/// which is a file to open and read. A heartbeat from the future is as far away as one from the past: clocks that disagree
/// say nothing about it, and least of all that it is new.
fn age_of(by_awake_clock: i64, by_wall_clock: i64, same_boot: impl FnOnce() -> Option<i64>) -> u64 {
    if by_awake_clock >= 0 && by_awake_clock.abs_diff(by_wall_clock) <= CLOCKS_AGREE_MS {
        return by_awake_clock.unsigned_abs();
    }
    same_boot().unwrap_or(by_wall_clock).unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    /// Whether a publisher that holds its lock counts as live.
    fn is_live(by_awake_clock: i64, by_wall_clock: i64, same_boot: Option<i64>) -> bool {
        let age = age_of(by_awake_clock, by_wall_clock, || same_boot);
        Duration::from_millis(age) <= HEARTBEAT_LIMIT
    }

    #[test]
    fn the_boot_is_asked_for_only_if_the_clocks_differ() {
        let agree = |by_awake_clock, by_wall_clock| {
            age_of(by_awake_clock, by_wall_clock, || unreachable!("they agree"))
        };
        assert_eq!(agree(4_000, 4_000 + CLOCKS_AGREE_MS.cast_signed()), 4_000);
        assert_eq!(agree(0, -20), 0);
        for (by_awake_clock, by_wall_clock) in [(4_000, 4_101), (4_000, 0), (0, 90_000_000)] {
            // Someone set the clock, or the machine was started again.
            assert_eq!(age_of(by_awake_clock, by_wall_clock, || Some(4_000)), 4_000);
            assert_eq!(age_of(by_awake_clock, by_wall_clock, || None), by_wall_clock.unsigned_abs());
        }
    }

    #[test]
    fn a_publisher_that_lives_is_live_after_the_machine_slept() {
        assert!(is_live(3_000, 3_000 + 8 * HOUR, Some(3_000)));
    }

    #[test]
    fn a_publisher_that_hangs_is_not_live_after_the_machine_slept() {
        assert!(!is_live(16_000, 16_000 + 8 * HOUR, Some(16_000)));
    }

    #[test]
    fn setting_the_clock_makes_no_publisher_live_or_dead() {
        for set in [-HOUR, -10_000, 10_000, HOUR] {
            assert!(is_live(3_000, 3_000 + set, Some(3_000)), "set by {set} ms");
            assert!(!is_live(16_000, 16_000 + set, Some(16_000)), "set by {set} ms");
        }
    }

    #[test]
    fn a_time_namespace_makes_no_publisher_live_or_dead() {
        for offset in [-100 * HOUR, -16_000, 16_000, 100 * HOUR] {
            assert!(is_live(3_000 + offset, 3_000, Some(3_000)), "offset of {offset} ms");
            assert!(!is_live(16_000 + offset, 16_000, Some(16_000)), "offset of {offset} ms");
        }
    }

    #[test]
    fn a_heartbeat_from_the_future_is_not_new() {
        // The machine was started again, or it is another one, and its wall clock is behind that of the publisher.
        assert!(!is_live(-HOUR, -HOUR, None));
        assert!(!is_live(HOUR, -HOUR, None));
        assert!(!is_live(-HOUR, -HOUR, Some(-HOUR)));
        assert!(is_live(HOUR, -2_000, None), "clocks of two machines are never the same");
        assert_eq!(age_of(i64::MIN, i64::MIN, || None), i64::MIN.unsigned_abs());
    }
}
