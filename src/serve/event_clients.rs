//! Clients that hear of each publish.
//!
//! One thread waits on the snapshot for all of them, makes the event once and shows it to all. A client that is slower
//! than the publisher gets the newest event when it can take one; what it missed is in that one, because events are
//! totals. The thread sleeps while nobody listens.
//!
//! Invariant: nothing is kept for a client but its place; an event belongs to one commit.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::{JoinHandle, Thread};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::aliases::{HIDDEN_PATH, Names};
use super::source::{Commit, now_ms};
use crate::causes::causes;
use crate::plain_text;
use crate::report::document::Head;
use crate::report::{View, Want, open_to_follow};
use crate::snapshot::{ReadError, Reader};

/// The most event clients at a time.
const CLIENTS: usize = 1536;
/// How often the publisher's state and the server's end are looked at without a publish.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// An event, for each kind of client.
#[derive(Debug)]
pub(super) struct Event {
    /// The epoch and generation.
    pub(super) id: String,
    /// Whether the publisher lives.
    pub(super) is_live: bool,
    texts: [Bytes; Names::ALL.len()],
}

/// The newest event; `None` before the first.
pub(super) type Newest = watch::Receiver<Option<Arc<Event>>>;

/// Clients of events, and the thread that waits for them.
#[derive(Debug)]
pub(super) struct EventClients {
    path: PathBuf,
    newest: watch::Sender<Option<Arc<Event>>>,
    slots: Arc<Semaphore>,
    sleeper: OnceLock<Thread>,
    is_over: AtomicBool,
}

impl Event {
    /// The bytes that a client gets.
    pub(super) fn text(&self, names: Names) -> Bytes {
        self.texts[names as usize].clone()
    }
}

impl EventClients {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            newest: watch::Sender::new(None),
            slots: Arc::new(Semaphore::new(CLIENTS)),
            sleeper: OnceLock::new(),
            is_over: AtomicBool::new(false),
        }
    }

    /// Lets a client in; `None` if there are too many.
    pub(super) fn join(&self) -> Option<(Newest, OwnedSemaphorePermit)> {
        let slot = Arc::clone(&self.slots).try_acquire_owned().ok()?;
        let newest = self.newest.subscribe();
        if let Some(sleeper) = self.sleeper.get() {
            sleeper.unpark();
        }
        Some((newest, slot))
    }

    /// Watches the snapshot until the server ends. `None` if there can be no thread: then there are no events.
    pub(super) fn begin(self: &Arc<Self>) -> Option<JoinHandle<()>> {
        let clients = Arc::clone(self);
        let begun = std::thread::Builder::new().name("http-events".into()).spawn(move || clients.watch());
        match begun {
            Ok(thread) => {
                // Set once: a server begins once.
                let _ = self.sleeper.set(thread.thread().clone());
                Some(thread)
            }
            Err(error) => {
                tracing::error!("no events over HTTP: cannot start a thread: {error}");
                None
            }
        }
    }

    /// Ends the thread.
    pub(super) fn end(&self, thread: Option<JoinHandle<()>>) {
        self.is_over.store(true, Ordering::Release);
        let Some(thread) = thread else { return };
        thread.thread().unpark();
        if thread.join().is_err() {
            tracing::error!("the thread of HTTP events ended with a panic");
        }
    }

    fn watch(&self) {
        let mut reader: Option<Reader> = None;
        let mut shown: Option<Commit> = None;
        while !self.is_over.load(Ordering::Acquire) {
            if self.newest.receiver_count() == 0 {
                (reader, shown) = (None, None);
                self.newest.send_replace(None);
                // A client that joins meanwhile has unparked this thread, which makes this return at once.
                std::thread::park();
                continue;
            }
            match self.next(&mut reader, &mut shown) {
                Ok(Some(event)) => drop(self.newest.send_replace(Some(Arc::new(event)))),
                Ok(None) => {}
                Err(why) => {
                    tracing::debug!("no events: {why}");
                    reader = None;
                    std::thread::park_timeout(LOOK_EVERY);
                }
            }
        }
    }

    /// Waits for a moment; an event if there is something new.
    fn next(&self, open: &mut Option<Reader>, shown: &mut Option<Commit>) -> Result<Option<Event>, String> {
        let reader = match open {
            Some(reader) => {
                reader.wait(LOOK_EVERY).map_err(|error| causes(&error).to_string())?;
                reader
            }
            none => none.insert(open_to_follow(&self.path).map_err(|error| causes(&error).to_string())?),
        };
        let view = match View::of(reader, Want::Totals, now_ms()) {
            // A file that nobody marked as replaced is noticed only by its path.
            Ok(view) if view.freshness.replaced && reader.refresh().unwrap_or(false) => {
                View::of(reader, Want::Totals, now_ms())
            }
            view => view,
        };
        let mut view = match view {
            Err(ReadError::Busy) => return Ok(None),
            view => view.map_err(|error| causes(&error).to_string())?,
        };
        let commit = Commit::of(&view);
        if shown.replace(commit) == Some(commit) {
            if !commit.is_live() {
                // Nothing wakes those who wait for a publisher that is gone.
                std::thread::park_timeout(LOOK_EVERY);
            }
            return Ok(None);
        }
        let mut texts: [Bytes; Names::ALL.len()] = Default::default();
        for names in Names::ALL {
            if names == Names::Hidden {
                view.path = PathBuf::from(HIDDEN_PATH);
            }
            let data = serde_json::to_string(&Head::of(&view)).map_err(|error| error.to_string())?;
            let data = plain_text::json(data);
            texts[names as usize] =
                format!("id: {}\nevent: publish\ndata: {data}\n\n", commit.id()).into_bytes().into();
        }
        Ok(Some(Event { id: commit.id(), is_live: commit.is_live(), texts }))
    }
}
