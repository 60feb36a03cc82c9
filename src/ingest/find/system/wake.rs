//! Ending a wait from another thread.
//!
//! Invariant: a wake is never lost: it ends the wait under way, or the next one.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Ends a wait from another thread.
#[derive(Clone, Debug, Default)]
pub struct Waker(Arc<Wake>);

#[derive(Debug, Default)]
struct Wake {
    is_woken: Mutex<bool>,
    came: Condvar,
    /// Becomes readable at a wake, for whoever waits for other descriptors as well.
    #[cfg(target_os = "linux")]
    descriptor: Option<rustix::fd::OwnedFd>,
}

impl Waker {
    /// One whose wakes show at a descriptor too, if the process may open one.
    #[cfg(target_os = "linux")]
    pub(super) fn with_descriptor() -> Self {
        use rustix::event::{EventfdFlags, eventfd};

        let descriptor = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).ok();
        Self(Arc::new(Wake { descriptor, ..Wake::default() }))
    }

    /// The descriptor at which wakes show.
    #[cfg(target_os = "linux")]
    pub(super) fn descriptor(&self) -> Option<&rustix::fd::OwnedFd> {
        self.0.descriptor.as_ref()
    }

    /// Lets the wait that is under way, or else the next one, return at once.
    pub fn wake(&self) {
        *self.lock() = true;
        self.0.came.notify_all();
        #[cfg(target_os = "linux")]
        if let Some(descriptor) = &self.0.descriptor {
            // It fails only if the counter is full: then it is readable already.
            let _full = rustix::io::write(descriptor, &1u64.to_ne_bytes());
        }
    }

    /// Whether it was used since this was last asked.
    pub(super) fn was_used(&self) -> bool {
        #[cfg(target_os = "linux")]
        if let Some(descriptor) = &self.0.descriptor {
            // It fails if nothing is there to be read.
            let _empty = rustix::io::read(descriptor, &mut [0; 8]);
        }
        std::mem::take(&mut *self.lock())
    }

    /// Waits until it is used, or so long.
    pub(super) fn wait(&self, timeout: Duration) {
        let woken = self.lock();
        if !*woken {
            // Whether the time is up or it was used, whoever waits looks.
            drop(self.0.came.wait_timeout(woken, timeout).unwrap_or_else(PoisonError::into_inner));
        }
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.0.is_woken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
