//! The running publisher: follows the transcripts, watches budgets, and does as signals say.
//!
//! Invariant: settings that make no sense change nothing. What a service manager is told happens here: ready once
//! the totals are complete, alive with each turn of the publisher's loop. Used by `cco publish`.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::budget_watch::BudgetWatch;
use super::job::job_to_follow;
use super::notify_socket::Notifier;
use super::signals::on_orders;
use crate::causes::causes;
use crate::config::{Settings, SettingsError};
use crate::publish::{Event, Live, Order, PublishError, Requests};
use crate::snapshot::Lock;

/// How often it is tried to begin anew where that failed.
const RETRY_EVERY: Duration = Duration::from_secs(1);

/// Why a publisher could not go on.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunError {
    /// Signals cannot be listened to.
    Signals(io::Error),
    /// It cannot begin, or its place was taken.
    Publish(PublishError),
}

/// Publishes until told to stop. `reload` settles the settings of the moment.
pub fn run(
    mut settings: Settings,
    reload: impl Fn() -> Result<Settings, SettingsError>,
) -> Result<(), RunError> {
    let requests = Arc::new(Requests::default());
    let signalled = Arc::clone(&requests);
    on_orders(move |order| signalled.order(order)).map_err(RunError::Signals)?;
    let manager = Notifier::new(std::process::id(), |name| std::env::var_os(name));
    let mut live = Live::open(job_to_follow(&settings))?;
    let mut budgets = BudgetWatch::begin(&settings);
    loop {
        let ended = live.run(&requests, |event| match event {
            Event::Ready => {
                manager.ready();
                tracing::info!("totals are complete and published; following");
            }
            Event::Alive => {
                manager.alive();
                if let Some(budgets) = &budgets {
                    budgets.wake();
                }
            }
        });
        match ended? {
            Order::Stop => break,
            Order::Reload => {
                manager.reloading();
                // Not two at a time: both would tell.
                drop(budgets.take());
                let old_state = settings.state.clone();
                match reload() {
                    Ok(newer) => settings = newer,
                    Err(error) => tracing::error!("keeping the previous settings: {}", causes(&error)),
                }
                // Nobody takes the state folder in between.
                let lock = Some(live.hand_over()).filter(|_| settings.state == old_state);
                match open_again(lock, &settings, &requests, &manager)? {
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

/// Begins anew under other settings. What keeps it from that is logged and waited for, as whatever happens to a
/// publisher that runs is; `None` where it is told to stop meanwhile.
fn open_again(
    lock: Option<Lock>,
    settings: &Settings,
    requests: &Requests,
    manager: &Notifier,
) -> Result<Option<Live>, RunError> {
    let mut opened = match lock {
        Some(lock) => Live::open_with(lock, job_to_follow(settings)),
        None => Live::open(job_to_follow(settings)),
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
        opened = Live::open(job_to_follow(settings));
    }
}

impl From<PublishError> for RunError {
    fn from(error: PublishError) -> Self {
        Self::Publish(error)
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signals(_) => f.write_str("cannot install signal handlers"),
            Self::Publish(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RunError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Signals(error) => Some(error),
            Self::Publish(error) => error.source(),
        }
    }
}
