//! The running publisher: follows transcripts, watches budgets, serves HTTP and obeys signals.
//!
//! Invariant: invalid settings change nothing. The service manager hears `ready` once the totals are complete, and a
//! sign of life each time the publisher's loop runs. Used by `cco publish`.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::alert_watch::{AlertWatch, Watcher};
use super::budget_watch::BudgetWatch;
use super::http;
use super::job::job_to_follow;
use super::notify_socket::Notifier;
use super::signals::on_orders;
use super::unpriced_log::UnpricedLog;
use crate::causes::causes;
use crate::config::{Settings, SettingsError};
use crate::publish::{Event, Live, Order, PublishError, Requests};
use crate::serve::ServeError;
use crate::snapshot::Lock;

/// How often to retry a failed restart.
const RETRY_EVERY: Duration = Duration::from_secs(1);

/// Why a publisher ended with an error.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunError {
    /// Signal handlers cannot be installed.
    Signals(io::Error),
    /// It cannot start, or another publisher took its place.
    Publish(PublishError),
    /// It cannot serve HTTP where it was told to on the command line.
    Serve(ServeError),
}

/// Publishes until told to stop. `reload` reads the current settings.
pub fn run(
    mut settings: Settings,
    reload: impl Fn() -> Result<Settings, SettingsError>,
) -> Result<(), RunError> {
    let requests = Arc::new(Requests::default());
    let signalled = Arc::clone(&requests);
    on_orders(move |order| signalled.order(order)).map_err(RunError::Signals)?;
    let manager = Notifier::new(std::process::id(), |name| std::env::var_os(name));
    let mut live = Live::open(job_to_follow(&settings))?;
    let mut server = match http::begin(&settings, &requests) {
        Ok(server) => server,
        Err(error) => {
            live.stop();
            return Err(RunError::Serve(error));
        }
    };
    let mut budgets = BudgetWatch::begin(&settings);
    let mut alerts = AlertWatch::begin(&settings, Watcher::Publisher);
    let mut unpriced = UnpricedLog::default();
    loop {
        let ended = live.run(&requests, |event| match event {
            Event::Ready => {
                manager.ready();
                tracing::info!("totals are complete and published; following");
                unpriced.look(&settings.snapshot);
            }
            Event::Alive => {
                manager.alive();
                unpriced.look(&settings.snapshot);
                if let Some(budgets) = &budgets {
                    budgets.wake();
                }
                if let Some(alerts) = &alerts {
                    alerts.wake();
                }
            }
        });
        match ended? {
            Order::Stop => break,
            Order::Reload => {
                manager.reloading();
                // Never two at a time: both would run commands.
                drop(budgets.take());
                drop(alerts.take());
                // Nor two servers, as both would want the address.
                drop(server.take());
                let old_state = settings.state.clone();
                match reload() {
                    Ok(newer) => settings = newer,
                    Err(error) => tracing::error!("keeping the previous settings: {}", causes(&error)),
                }
                // Keeping the lock means no other publisher can take the state folder in between.
                let lock = Some(live.hand_over()).filter(|_| settings.state == old_state);
                match open_again(lock, &settings, &requests, &manager)? {
                    Some(newer) => {
                        live = newer;
                        budgets = BudgetWatch::begin(&settings);
                        alerts = AlertWatch::begin(&settings, Watcher::Publisher);
                        server = http::begin(&settings, &requests).unwrap_or_else(|error| {
                            tracing::error!("no HTTP until the settings are read again: {}", causes(&error));
                            None
                        });
                    }
                    None => return Ok(()),
                }
            }
        }
    }
    tracing::info!("stopping");
    manager.stopping();
    // The next publisher may want the address as soon as the locks are free.
    drop(server);
    live.stop();
    Ok(())
}

/// Restarts with other settings. Errors are logged and retried, like any other error of a running publisher. `None` if
/// it is told to stop meanwhile.
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
            Self::Serve(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RunError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Signals(error) => Some(error),
            Self::Publish(error) => error.source(),
            Self::Serve(error) => error.source(),
        }
    }
}
