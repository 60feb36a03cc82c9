//! The atomics of the protocol: the standard library's, or loom's when its models are checked.
//!
//! All stores to shared words go through [`put`] and [`put_release`], so a test can stop a writer after any single
//! store, as a kill would.

#[cfg(loom)]
pub(crate) use self::modelled::AtomicU64;
#[cfg(loom)]
pub(crate) use loom::sync::atomic::{Ordering, fence};
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

/// Words of which loom follows some: a snapshot has thousands, and loom can follow a dozen.
#[cfg(loom)]
mod modelled {
    use loom::sync::atomic as followed;
    use std::sync::atomic::{self as plain, Ordering};

    /// A word as the protocol sees it.
    #[derive(Debug)]
    pub(crate) enum AtomicU64 {
        /// Loom tries every value that a load may return.
        Followed(followed::AtomicU64),
        /// A load returns the last store. Such a word orders nothing, so a model must not conclude from it.
        Plain(plain::AtomicU64),
    }

    impl AtomicU64 {
        pub(crate) fn new(value: u64) -> Self {
            Self::Followed(followed::AtomicU64::new(value))
        }

        pub(crate) fn plain(value: u64) -> Self {
            Self::Plain(plain::AtomicU64::new(value))
        }

        pub(super) fn load(&self, order: Ordering) -> u64 {
            match self {
                Self::Followed(word) => word.load(order),
                Self::Plain(word) => word.load(order),
            }
        }

        pub(super) fn store(&self, value: u64, order: Ordering) {
            match self {
                Self::Followed(word) => word.store(value, order),
                Self::Plain(word) => word.store(value, order),
            }
        }
    }
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
