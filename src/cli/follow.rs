//! `cco publish` in the foreground: follows the transcripts, and does as signals say.
//!
//! Invariant: settings that make no sense change nothing. What a service manager is told happens here: ready once
//! the totals are complete, alive with each turn of the publisher's loop.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::failure::Described;
use super::options::Options;
use super::publish::roots_to_follow;
use super::{Exit, Failure, logging, once};
use crate::config::Settings;
use crate::daemon::{Notifier, Order, detach, log_path, on_orders};
use crate::ingest::Waker;
use crate::publish::{Ending, Live, Requests, Told};

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

/// A publisher that signals reach, whichever it is at the moment.
#[derive(Debug, Default)]
struct Reach {
    requests: Requests,
    waker: Mutex<Option<Waker>>,
}

impl Reach {
    fn order(&self, order: Order) {
        match order {
            Order::Stop => self.requests.stop(),
            Order::Reload => self.requests.reload(),
        }
        if let Some(waker) = &*self.waker.lock().unwrap_or_else(PoisonError::into_inner) {
            waker.wake();
        }
    }

    fn set_waker(&self, waker: Waker) {
        *self.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(waker);
    }
}

fn publish(options: &Options, mut settings: Settings) -> Result<(), Failure> {
    let reach = Arc::new(Reach::default());
    let signalled = Arc::clone(&reach);
    on_orders(move |order| signalled.order(order)).map_err(|source| {
        Failure::new(Exit::Failed, Described { what: "cannot listen to signals", source })
    })?;
    let manager = Notifier::new(std::process::id(), |name| std::env::var_os(name));
    loop {
        let roots: Vec<PathBuf> = roots_to_follow(&settings);
        let mut live = Live::open(once::job(roots, &settings)).map_err(once::failure)?;
        let ending = live.run(&reach.requests, |told| match told {
            Told::Ready(waker) => {
                reach.set_waker(waker);
                manager.ready();
                tracing::info!("published: the totals are complete; following");
            }
            Told::Alive => manager.alive(),
        });
        match ending.map_err(once::failure)? {
            Ending::Stopped => {
                tracing::info!("told to stop");
                manager.stopping();
                live.stop();
                return Ok(());
            }
            Ending::Reload => {
                manager.reloading();
                match options.settings() {
                    Ok(newer) => settings = newer,
                    Err(failure) => tracing::error!("the settings stay as they were: {failure}"),
                }
            }
        }
    }
}
