//! What reaches the drawing thread, from all others.
//!
//! Invariant: the channel is short and senders wait, so nothing piles up while the terminal is slow. Signals have a channel
//! of their own that never makes their thread wait, so that a second one to stop is heard however the terminal hangs.

use crossbeam::channel::{Receiver, Sender, bounded, unbounded};

use super::state::{Input, News, Reply};
use crate::snapshot::Code;

/// How many events wait at most.
pub(super) const WAITING_MAX: usize = 4;

/// An event.
#[derive(Debug)]
pub(crate) enum Event {
    /// From keyboard, mouse or the terminal's size.
    Input(Input),
    /// From the snapshot.
    News(News),
    /// The snapshot cannot be read.
    Unreadable(Code, String),
    /// From the ledger.
    Reply(Reply),
    /// From this process: a word to show, or none.
    Note(Option<String>),
    /// From this process: what it did besides has ended, and so must the monitor.
    Ended,
}

/// A signal that means something here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// End.
    Stop,
    /// Give the terminal back and sleep.
    Suspend,
    /// Awake again.
    Resume,
}

/// The loop has ended, so nobody takes events.
pub(super) struct Over;

/// Where threads send events.
#[derive(Clone, Debug)]
pub(crate) struct Events {
    events: Sender<Event>,
    signals: Sender<Signal>,
}

/// Where the drawing thread takes them.
#[derive(Debug)]
pub(crate) struct Inbox {
    pub(super) events: Receiver<Event>,
    pub(super) signals: Receiver<Signal>,
}

/// A way for events.
pub(crate) fn events() -> (Events, Inbox) {
    let (events, taken) = bounded(WAITING_MAX);
    let (signals, taken_signals) = unbounded();
    (Events { events, signals }, Inbox { events: taken, signals: taken_signals })
}

impl Events {
    /// Sends an event; waits as long as too many wait already. Fails if the monitor has ended.
    pub(super) fn send(&self, event: Event) -> Result<(), Over> {
        self.events.send(event).map_err(|_| Over)
    }

    /// Sends a signal; never waits. Fails if the monitor has ended.
    pub(super) fn signal(&self, signal: Signal) -> Result<(), Over> {
        self.signals.send(signal).map_err(|_| Over)
    }

    /// Shows a word beside the publisher's state.
    pub(crate) fn note(&self, words: Option<String>) {
        // Nobody reads it any more if the monitor has ended.
        let _ = self.send(Event::Note(words));
    }

    /// Ends the monitor.
    pub(crate) fn end(&self) {
        // It may have ended by itself.
        let _ = self.send(Event::Ended);
    }
}
