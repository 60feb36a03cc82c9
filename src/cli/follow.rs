//! `cco publish` in the foreground: publishes, keeps the snapshot live, and does as signals say.
//!
//! Invariant: the settings of a reload count from the next pass on; settings that make no sense change nothing.
//! What a service manager is told happens here: ready after a publish, alive with each turn of the loop.

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use super::failure::Described;
use super::options::Options;
use super::publish::roots_of;
use super::{Exit, Failure, logging, once};
use crate::config::Settings;
use crate::daemon::{Notifier, Order, detach, log_path, on_orders};
use crate::ingest::Progress;
use crate::publish::{Held, Once};
use crate::snapshot::HEARTBEAT_EVERY;

/// The longest that a change goes unseen.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// Where the log goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Log {
    /// To the terminal, or the service manager's journal.
    Stderr,
    /// To the state folder, with the terminal left.
    File,
}

/// Publishes until told to stop.
pub(super) fn run(options: &Options, log: Log) -> Result<(), Failure> {
    if log == Log::File {
        detach().map_err(|error| Failure::new(Exit::Failed, error))?;
    }
    let settings = options.settings()?;
    match log {
        Log::Stderr => logging::to_stderr(&settings.log),
        Log::File => logging::to_file(&log_path(&settings.state), &settings.log),
    }?;
    let outcome = publish(options, settings);
    if let Err(failure) = &outcome {
        tracing::error!("ended: {failure}");
    }
    outcome
}

fn publish(options: &Options, mut settings: Settings) -> Result<(), Failure> {
    let (give, orders) = channel();
    // After the end of the loop nobody takes orders, and none are needed.
    on_orders(move |order| give.send(order).unwrap_or_default()).map_err(|source| {
        Failure::new(Exit::Failed, Described { what: "cannot listen to signals", source })
    })?;
    let manager = Notifier::new(std::process::id(), |name| std::env::var_os(name));
    loop {
        let held = pass(&settings)?;
        manager.ready();
        match wait(held, &orders, &manager) {
            None => {}
            Some(Order::Stop) => return Ok(()),
            Some(Order::Reload) => {
                manager.reloading();
                match options.settings() {
                    Ok(newer) => settings = newer,
                    Err(failure) => tracing::error!("the settings stay as they were: {failure}"),
                }
            }
        }
    }
}

/// Reads all transcripts and publishes them.
fn pass(settings: &Settings) -> Result<Held, Failure> {
    let roots = roots_of(settings)?;
    let once = Once::begin(once::job(&roots, settings)).map_err(once::failure)?;
    let (pass, held) = once.run_and_hold(&Progress::default()).map_err(once::failure)?;
    tracing::info!(
        files = pass.stats.files,
        records = pass.stats.records,
        took_ms = pass.duration_us / 1000,
        "published"
    );
    Ok(held)
}

/// Keeps the snapshot live until an order comes, or until it is time for another pass.
fn wait(mut held: Held, orders: &Receiver<Order>, manager: &Notifier) -> Option<Order> {
    let turn = manager.watchdog_every().map_or(HEARTBEAT_EVERY, |every| every.min(HEARTBEAT_EVERY));
    let deadline = Instant::now() + SWEEP_EVERY;
    while Instant::now() < deadline {
        match orders.recv_timeout(turn) {
            Err(RecvTimeoutError::Timeout) => {
                held.heartbeat();
                manager.alive();
            }
            Ok(Order::Reload) => return Some(Order::Reload),
            Ok(Order::Stop) | Err(RecvTimeoutError::Disconnected) => {
                tracing::info!("told to stop");
                manager.stopping();
                held.stop();
                return Some(Order::Stop);
            }
        }
    }
    None
}
