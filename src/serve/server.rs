//! A running server: a thread with a runtime of its own.
//!
//! Invariant: whatever happens in it, the process that started it goes on. It ends within a second, whatever its clients
//! do. What cannot be accepted is tried again after a pause.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use hyper_util::server::graceful::GracefulShutdown;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::{Semaphore, watch};

use super::address::Address;
use super::connection::{serve, turn_away};
use super::error::ServeError;
use super::listener::{Bound, Listener};
use super::options::Options;
use super::patience::Patience;
use super::routes;
use super::served::Served;

/// The most connections at a time.
const CONNECTIONS: u64 = 2048;
/// Files that others in this process may open, and what each connection may open for a moment.
const OTHER_FILES: u64 = 512;
/// How long clients may take to end when the server does.
const GOODBYE: Duration = Duration::from_millis(500);
/// How long work on other threads is waited for then.
const LAST_WORK: Duration = Duration::from_millis(200);
/// How long a failed accept is not repeated.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Threads that read the ledger and ask the system.
const BLOCKING_THREADS: usize = 4;

/// A running server; dropping it ends it.
#[derive(Debug)]
pub struct Server {
    address: Address,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts it. Clients can connect from now on.
    pub fn begin(options: Options) -> Result<Self, ServeError> {
        let (bound, address) = Bound::take(&options.address)?;
        let patience = options.patience;
        let (stop, stopped) = watch::channel(false);
        let served = Arc::new(Served::new(address.clone(), options, routes::description(), stopped));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(BLOCKING_THREADS)
            .thread_name("http-work")
            .build()
            .map_err(ServeError::Begin)?;
        let slots = Arc::new(Semaphore::new(room_for_connections()));
        let begun = std::thread::Builder::new().name("http".into()).spawn(move || {
            let events = served.events.begin();
            runtime.block_on(async {
                match bound.listen() {
                    Ok(listener) => run(listener, &served, slots, patience).await,
                    Err(error) => tracing::error!("cannot serve HTTP: {error}"),
                }
            });
            runtime.shutdown_timeout(LAST_WORK);
            served.events.end(events);
        });
        let thread = begun.map_err(ServeError::Begin)?;
        Ok(Self { address, stop, thread: Some(thread) })
    }

    /// Where it listens.
    pub fn address(&self) -> &Address {
        &self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the HTTP server ended with a panic");
        }
    }
}

/// Serves clients until the server is to end.
async fn run(listener: Listener, served: &Arc<Served>, slots: Arc<Semaphore>, patience: Patience) {
    let router: Router = routes::router(served);
    let clients = GracefulShutdown::new();
    let mut stop = served.stop.clone();
    loop {
        let accepted = tokio::select! {
            // An error means that nobody can stop it any more.
            _ = stop.wait_for(|stop| *stop) => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => match Arc::clone(&slots).try_acquire_owned() {
                Ok(slot) => {
                    served.counts.connections.up();
                    let (router, until) = (router.clone(), clients.watcher());
                    tokio::spawn(async move {
                        serve(stream, peer, router, until, patience).await;
                        drop(slot);
                    });
                }
                Err(_) => {
                    served.counts.turned_away.up();
                    turn_away(stream);
                }
            },
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => tracing::warn!("{error}"),
            Err(error) => {
                tracing::debug!("cannot accept a client: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    // Nobody else connects, and a socket's name is free for the next server.
    drop(listener);
    if tokio::time::timeout(GOODBYE, clients.shutdown()).await.is_err() {
        tracing::debug!("some clients did not end in time");
    }
    let counts = &served.counts;
    tracing::info!(
        requests = counts.requests.get(),
        refused = counts.refused.get(),
        serialised = counts.serialised.get(),
        shared = counts.shared.get(),
        unchanged = counts.unchanged.get(),
        connections = counts.connections.get(),
        turned_away = counts.turned_away.get(),
        event_clients = counts.event_clients.get(),
        "no longer serving HTTP at {}",
        served.address
    );
}

/// How many connections this process may have. Raises its limit of open files if that is needed and allowed.
fn room_for_connections() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let wanted = CONNECTIONS + OTHER_FILES;
    let allowed = limit.maximum.unwrap_or(u64::MAX).min(wanted);
    let mut current = limit.current.unwrap_or(u64::MAX);
    if current < allowed {
        match setrlimit(Resource::Nofile, Rlimit { current: Some(allowed), maximum: limit.maximum }) {
            Ok(()) => current = allowed,
            Err(error) => tracing::debug!("cannot raise the limit of open files: {error}"),
        }
    }
    // With fewer files than others may need, half is for clients.
    let room = current.saturating_sub(OTHER_FILES).max(current / 2).clamp(1, CONNECTIONS);
    usize::try_from(room).unwrap_or(1)
}
