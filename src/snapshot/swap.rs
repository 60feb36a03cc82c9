//! How a new file takes the place of a snapshot: the calls, each of which the one before makes safe.
//!
//! 1. Sync the new file: without it a power cut could leave the path on blocks that were never written.
//! 2. Rename it over the old one: from now on readers that open the path find it.
//! 3. Mark the old file superseded and wake its readers: they open the path again and find the new one.
//!
//! Invariant: a reader that sees the mark finds the new file at the path. Tests read the order from a journal of the
//! calls, because a machine that does not lose power shows no difference.

use std::fs::File;
use std::io;
use std::path::Path;

use super::commit;
use super::layout::control;
use super::sync::{AtomicU64, put};

/// Puts the bytes of the new file on the disk.
pub(crate) fn sync(file: &File) -> io::Result<()> {
    #[cfg(test)]
    journal::note(journal::Call::Sync);
    file.sync_data()
}

/// Gives the new file its path.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(test)]
    journal::note(journal::Call::Rename);
    std::fs::rename(from, to)
}

/// Sends the readers of the old file to the path.
pub(crate) fn supersede(old: &[AtomicU64]) {
    #[cfg(test)]
    journal::note(journal::Call::Supersede);
    put(&old[control::SUPERSEDED], 1);
    commit::notify(old);
}

/// The calls of this thread, in order.
#[cfg(test)]
pub(crate) mod journal {
    use std::cell::RefCell;

    thread_local! {
        static CALLS: RefCell<Vec<Call>> = const { RefCell::new(Vec::new()) };
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) enum Call {
        Sync,
        Rename,
        Supersede,
    }

    pub(super) fn note(call: Call) {
        CALLS.with_borrow_mut(|calls| calls.push(call));
    }

    /// The calls since the last time it was asked.
    pub(crate) fn take() -> Vec<Call> {
        CALLS.take()
    }
}
