//! `cco publish` in the foreground: follows the transcripts, and does as signals say.
//!
//! Invariant: settings that make no sense change nothing. What a service manager is told happens here: ready once
//! the totals are complete, alive with each turn of the publisher's loop.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::budget_watch::BudgetWatch;
use super::failure::Described;
use super::options::Options;
use super::{Exit, Failure, logging};
use crate::causes::causes;
use crate::config::Settings;
use crate::daemon::{Notifier, Order, detach, job_to_follow, on_orders};
use crate::ingest::Waker;
use crate::publish::{Ending, Job, Live, Requests, Told};
use crate::snapshot::Lock;

/// How often it is tried to begin anew where that failed.
const RETRY_EVERY: Duration = Duration::from_secs(1);

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
        Log::File => logging::to_file(&settings.state.log(), &settings.log),
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
        Failure::new(Exit::Failed, Described { what: "cannot install signal handlers", source })
    })?;
    let manager = Notifier::new(std::process::id(), |name| std::env::var_os(name));
    let mut live = Live::open(job(&settings))?;
    let mut budgets = BudgetWatch::begin(&settings);
    loop {
        let ending = live.run(&reach.requests, |told| match told {
            Told::Ready(waker) => {
                reach.set_waker(waker);
                manager.ready();
                tracing::info!("totals are complete and published; following");
            }
            Told::Alive => {
                manager.alive();
                if let Some(budgets) = &budgets {
                    budgets.wake();
                }
            }
        });
        match ending? {
            Ending::Stopped => break,
            Ending::Reload => {
                manager.reloading();
                // Not two at a time: both would tell.
                drop(budgets.take());
                let old_state = settings.state.clone();
                match options.settings() {
                    Ok(newer) => settings = newer,
                    Err(failure) => tracing::error!("keeping the previous settings: {failure}"),
                }
                // Nobody takes the state folder in between.
                let lock = Some(live.hand_over()).filter(|_| settings.state == old_state);
                match open_again(lock, &settings, &reach.requests, &manager)? {
                    Some(newer) => {
                        live = newer;
                        budgets = BudgetWatch::begin(&settings);
                    }
                    None => return Ok(()),
                }
            }
        }
    }
    tracing::info!("stopping");
    manager.stopping();
    live.stop();
    Ok(())
}

fn job(settings: &Settings) -> Job {
    job_to_follow(settings)
}

/// Begins anew under other settings. What keeps it from that is logged and waited for, as whatever happens to a
/// publisher that runs is; `None` where it is told to stop meanwhile.
fn open_again(
    lock: Option<Lock>,
    settings: &Settings,
    requests: &Requests,
    manager: &Notifier,
) -> Result<Option<Live>, Failure> {
    let mut opened = match lock {
        Some(lock) => Live::open_with(lock, job(settings)),
        None => Live::open(job(settings)),
    };
    loop {
        match opened {
            Ok(live) => return Ok(Some(live)),
            Err(error) if error.is_locked() => return Err(error.into()),
            Err(error) => {
                tracing::error!("cannot start with the new settings, will retry: {}", causes(&error));
            }
        }
        if requests.is_to_stop() {
            tracing::info!("stopping");
            manager.stopping();
            return Ok(None);
        }
        manager.alive();
        std::thread::sleep(RETRY_EVERY);
        opened = Live::open(job(settings));
    }
}
