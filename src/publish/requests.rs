//! Requests to a running publisher from other threads of its process: stop, restart with new settings, scan.
//!
//! Invariant: a request wakes the publisher; one made before the publisher listens is found when it starts to. Used by
//! the threads of signal handlers and by the caller that runs the publisher.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::ingest::{Progress, Waker};

/// An order that ends a publisher's run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// End cleanly.
    Stop,
    /// Restart with the current settings.
    Reload,
}

/// Requests to the publisher that this process runs.
#[derive(Debug, Default)]
pub struct Requests {
    stop: AtomicBool,
    reload: AtomicBool,
    scan: AtomicBool,
    waker: Mutex<Option<Waker>>,
    progress: Progress,
}

impl Requests {
    /// How far the publisher's scans are.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Gives an order.
    pub fn order(&self, order: Order) {
        match order {
            Order::Stop => self.stop.store(true, Ordering::Release),
            Order::Reload => self.reload.store(true, Ordering::Release),
        }
        self.wake();
    }

    /// Asks for a full scan now.
    pub fn scan(&self) {
        self.scan.store(true, Ordering::Release);
        self.wake();
    }

    /// Whether it was told to stop.
    pub fn is_to_stop(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// Wakes the publisher with this from now on. Call it before the publisher first checks for requests.
    pub(super) fn wake_by(&self, waker: Waker) {
        *self.waker() = Some(waker);
    }

    /// The order to carry out. An order to stop is permanent.
    pub(super) fn next_order(&self) -> Option<Order> {
        let is_to_reload = || self.reload.swap(false, Ordering::AcqRel);
        if self.is_to_stop() { Some(Order::Stop) } else { is_to_reload().then_some(Order::Reload) }
    }

    /// Whether a scan was asked for since this was last called.
    pub(super) fn take_scan(&self) -> bool {
        self.scan.swap(false, Ordering::AcqRel)
    }

    fn wake(&self) {
        if let Some(waker) = &*self.waker() {
            waker.wake();
        }
    }

    fn waker(&self) -> MutexGuard<'_, Option<Waker>> {
        self.waker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_to_stop_is_permanent_and_others_are_carried_out_once() {
        let requests = Requests::default();
        assert_eq!((requests.next_order(), requests.take_scan()), (None, false));
        requests.scan();
        requests.order(Order::Reload);
        assert_eq!((requests.next_order(), requests.next_order()), (Some(Order::Reload), None));
        assert_eq!((requests.take_scan(), requests.take_scan()), (true, false));
        requests.order(Order::Reload);
        requests.order(Order::Stop);
        assert_eq!((requests.next_order(), requests.next_order()), (Some(Order::Stop), Some(Order::Stop)));
        assert!(requests.is_to_stop());
    }
}
