//! Asks the ledger on a thread of its own, so that drawing never waits for it.
//!
//! Invariant: one question at a time; the ledger is opened for each, so that none is held between them.

use crossbeam::channel::{Receiver, Sender, bounded};

use super::events::{Event, Events};
use super::state::{Question, Reply};
use crate::report::usage::{BlockReport, Report};

/// Reads something from the ledger, or says why not.
pub(crate) type Source<T> = Box<dyn Fn() -> Result<T, String> + Send>;

/// How the ledger is read. The caller knows where it is.
pub(crate) struct Sources {
    /// Usage by day.
    pub(crate) days: Source<Report>,
    /// The block, if it is not the snapshot's.
    pub(crate) block: Option<Source<BlockReport>>,
}

/// Begins to answer questions until nobody asks or takes answers.
pub(super) fn begin(sources: Sources, events: Events) -> std::io::Result<Sender<Question>> {
    let (questions, asked) = bounded(2);
    let answer = move || answer_all(&asked, &sources, &events);
    std::thread::Builder::new().name("ledger".into()).spawn(answer)?;
    Ok(questions)
}

fn answer_all(asked: &Receiver<Question>, sources: &Sources, events: &Events) {
    for question in asked {
        let reply = match (question, &sources.block) {
            (Question::Days, _) => Reply::Days((sources.days)()),
            (Question::Block, Some(block)) => Reply::Block(block()),
            (Question::Block, None) => continue,
        };
        if events.send(Event::Reply(reply)).is_err() {
            return;
        }
    }
}
