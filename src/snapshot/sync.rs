//! The atomics of the protocol: the standard library's, or loom's when its models are checked.
//!
//! All stores to shared words go through [`put`] and [`put_release`], so a test can stop a writer after any single
//! store, as a kill would.

#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicU64, Ordering, fence};
#[cfg(not(loom))]
pub(crate) use std::sync::atomic::{AtomicU64, Ordering, fence};

/// Stores a word without ordering.
#[inline]
pub(crate) fn put(word: &AtomicU64, value: u64) {
    #[cfg(all(test, not(loom)))]
    kill::step();
    word.store(value, Ordering::Relaxed);
}

/// Stores a word after everything stored before it.
#[inline]
pub(crate) fn put_release(word: &AtomicU64, value: u64) {
    #[cfg(all(test, not(loom)))]
    kill::step();
    word.store(value, Ordering::Release);
}

/// Loads a word without ordering: the only load that is sound on a page mapped read-only.
#[inline]
pub(crate) fn get(word: &AtomicU64) -> u64 {
    word.load(Ordering::Relaxed)
}

/// Ends a writer after a chosen number of stores.
#[cfg(all(test, not(loom)))]
pub(crate) mod kill {
    use std::cell::Cell;

    thread_local! {
        static LEFT: Cell<Option<u64>> = const { Cell::new(None) };
    }

    /// The payload that a killed writer unwinds with.
    pub(crate) struct Killed;

    pub(super) fn step() {
        LEFT.with(|left| match left.get() {
            Some(0) => std::panic::resume_unwind(Box::new(Killed)),
            Some(n) => left.set(Some(n - 1)),
            None => {}
        });
    }

    /// Runs `writer` and ends it before its store number `stores` (from 0). True if it was ended.
    pub(crate) fn after(stores: u64, writer: impl FnOnce()) -> bool {
        LEFT.with(|left| left.set(Some(stores)));
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(writer));
        LEFT.with(|left| left.set(None));
        match outcome {
            Ok(()) => false,
            Err(payload) if payload.is::<Killed>() => true,
            Err(payload) => std::panic::resume_unwind(payload),
        }
    }
}
