//! Clients that hear of each publish and each alert.
//!
//! One thread waits on the snapshot for all of them, makes an event once and shows it to all. A client that is slower
//! than the publisher gets the newest totals when it can take them; what it missed is in those. Alerts are shown as long
//! as they go on, so a slow client hears each of them too. The thread sleeps while nobody listens.
//!
//! Invariant: nothing is kept for a client but its place; totals belong to one commit.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::{JoinHandle, Thread};
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::alerts::{Alerts, document};
use super::aliases::{Aliases, HIDDEN_PATH, Names};
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

/// The bytes of an event, for each kind of client.
type Texts = [Bytes; Names::ALL.len()];

/// The totals of a commit.
#[derive(Debug)]
pub(super) struct Publish {
    /// Each has a higher one than those before.
    pub(super) number: u64,
    /// The epoch and generation.
    pub(super) id: String,
    /// Whether the publisher lives.
    pub(super) is_live: bool,
    texts: Texts,
}

/// An alert.
#[derive(Debug)]
pub(super) struct Alert {
    /// Each has a higher one than those before.
    pub(super) number: u64,
    texts: Texts,
}

/// What there is to hear.
#[derive(Clone, Debug, Default)]
pub(super) struct News {
    /// The newest; `None` before the first.
    pub(super) publish: Option<Arc<Publish>>,
    /// Those that go on, the last number last.
    pub(super) alerts: Arc<[Alert]>,
}

/// A client's place.
pub(super) struct Place {
    pub(super) news: watch::Receiver<News>,
    /// The alerts up to this number were sent before it came.
    pub(super) heard: u64,
    _slot: OwnedSemaphorePermit,
}

/// Clients of events, and the thread that waits for them.
#[derive(Debug)]
pub(super) struct EventClients {
    path: PathBuf,
    alerts: Arc<Alerts>,
    aliases: Arc<Aliases>,
    news: watch::Sender<News>,
    slots: Arc<Semaphore>,
    sleeper: OnceLock<Thread>,
    is_over: AtomicBool,
}

impl Publish {
    /// The bytes that a client gets.
    pub(super) fn text(&self, names: Names) -> &Bytes {
        &self.texts[names as usize]
    }
}

impl Alert {
    /// The bytes that a client gets.
    pub(super) fn text(&self, names: Names) -> &Bytes {
        &self.texts[names as usize]
    }
}

impl EventClients {
    pub(super) fn new(path: PathBuf, alerts: &Arc<Alerts>, aliases: &Arc<Aliases>) -> Self {
        Self {
            path,
            alerts: Arc::clone(alerts),
            aliases: Arc::clone(aliases),
            news: watch::Sender::default(),
            slots: Arc::new(Semaphore::new(CLIENTS)),
            sleeper: OnceLock::new(),
            is_over: AtomicBool::new(false),
        }
    }

    /// Lets a client in; `None` if there are too many.
    pub(super) fn join(&self) -> Option<Place> {
        let slot = Arc::clone(&self.slots).try_acquire_owned().ok()?;
        let news = self.news.subscribe();
        // Alerts sent before are in the totals that a client asks for; only later ones are events.
        let heard = self.alerts.active().last;
        if let Some(sleeper) = self.sleeper.get() {
            sleeper.unpark();
        }
        Some(Place { news, heard, _slot: slot })
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
        let (mut number, mut version) = (0, None);
        while !self.is_over.load(Ordering::Acquire) {
            if self.news.receiver_count() == 0 {
                (reader, shown, version) = (None, None, None);
                self.news.send_replace(News::default());
                // A client that joins meanwhile has unparked this thread, which makes this return at once.
                std::thread::park();
                continue;
            }
            let active = self.alerts.active();
            if version.replace(active.version) != Some(active.version) {
                let alerts = active.all.iter().map(|(number, alert)| {
                    let text = |names| event("alert", None, &document(alert, names, &self.aliases));
                    Alert { number: *number, texts: Names::ALL.map(text) }
                });
                let mut alerts: Vec<Alert> = alerts.collect();
                alerts.sort_by_key(|alert| alert.number);
                self.news.send_modify(|news| news.alerts = alerts.into());
            }
            match self.next(&mut reader, &mut shown) {
                Ok(Some((commit, texts))) => {
                    number += 1;
                    let publish = Publish { number, id: commit.id(), is_live: commit.is_live(), texts };
                    self.news.send_modify(|news| news.publish = Some(Arc::new(publish)));
                }
                Ok(None) => {}
                Err(why) => {
                    tracing::debug!("no events: {why}");
                    reader = None;
                    std::thread::park_timeout(LOOK_EVERY);
                }
            }
        }
    }

    /// Waits for a moment; a commit and its totals if there is something new.
    fn next(
        &self,
        open: &mut Option<Reader>,
        shown: &mut Option<Commit>,
    ) -> Result<Option<(Commit, Texts)>, String> {
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
        let texts = Names::ALL.map(|names| {
            if names == Names::Hidden {
                view.path = PathBuf::from(HIDDEN_PATH);
            }
            event("publish", Some(&commit.id()), &Head::of(&view))
        });
        Ok(Some((commit, texts)))
    }
}

/// The bytes of an event. One without an id leaves a client's last id as it was.
fn event(name: &str, id: Option<&str>, data: &impl Serialize) -> Bytes {
    // Numbers and text always serialise; if they did not, clients would get an empty event, which they pass over.
    let data = plain_text::json(serde_json::to_string(data).unwrap_or_default());
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    format!("{id}event: {name}\ndata: {data}\n\n").into_bytes().into()
}
