//! Signals as orders: SIGINT and SIGTERM end a publisher cleanly, SIGHUP makes it read its settings again.
//!
//! Invariant: nothing runs in a signal handler; orders arrive on their own threads. A second order to stop ends the
//! process at once: what was published is kept, and the kernel frees the lock. Used by the running publisher.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGTERM};
use signal_hook::iterator::Signals;

use crate::publish::Order;

/// Exit code of a process that was told twice to stop, as shells use it for SIGINT.
const INTERRUPTED: i32 = 130;

/// Passes every order to `give` from now on. Call it once in a process.
pub fn on_orders(give: impl Fn(Order) + Send + Sync + 'static) -> io::Result<()> {
    let give = Arc::new(give);
    let is_stopping = Arc::new(AtomicBool::new(false));
    let stop = {
        let give = Arc::clone(&give);
        move || {
            // Only whether it was set before matters: no other memory is handed over.
            if is_stopping.swap(true, Ordering::Relaxed) {
                std::process::exit(INTERRUPTED);
            }
            give(Order::Stop);
        }
    };
    let interrupted = stop.clone();
    ctrlc::set_handler(interrupted).map_err(io::Error::other)?;
    let mut signals = Signals::new([SIGTERM, SIGHUP])?;
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        for signal in signals.forever() {
            match signal {
                SIGHUP => give(Order::Reload),
                _ => stop(),
            }
        }
    })?;
    Ok(())
}
