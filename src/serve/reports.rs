//! Answers that take some work, kept for a generation.
//!
//! They are made on a thread for work that blocks, one at a time from the ledger and one from the snapshot: whoever asks the
//! same meanwhile gets the same answer. If a client leaves, what it asked for is finished and kept.
//!
//! Invariant: what is kept is of one commit and bounded in number and bytes.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::counts::Counts;
use super::problem::Problem;
use super::rendition::Rendition;
use super::source::Commit;
use super::warning::Warning;
use crate::causes::causes;
use crate::ledger::{Ledger, LedgerError};

/// The most answers that are kept.
const ANSWERS: usize = 128;
/// The most bytes of them.
const BYTES: usize = 8 << 20;

/// What a question is answered from. Each has turns of its own, so neither waits for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    Ledger,
    Snapshot,
}

/// The answers.
#[derive(Debug)]
pub(super) struct Reports {
    /// A part of each tag.
    mark: String,
    kept: Arc<Mutex<Kept>>,
    turns: [Arc<Semaphore>; 2],
}

#[derive(Debug, Default)]
struct Kept {
    /// The epoch and generation that the answers are of.
    of: (u64, u64),
    bytes: usize,
    answers: HashMap<String, Arc<Rendition>>,
}

impl Reports {
    pub(super) fn new(mark: String) -> Self {
        Self { mark, kept: Arc::default(), turns: std::array::from_fn(|_| Arc::new(Semaphore::new(1))) }
    }

    /// The answer to `question` as of a commit. `make` reads it `from` there, when it is its turn.
    pub(super) async fn answer(
        &self,
        counts: &Counts,
        commit: Commit,
        from: From,
        question: String,
        make: impl FnOnce() -> Result<String, Problem> + Send + 'static,
    ) -> Result<Arc<Rendition>, Problem> {
        if let Some(known) = self.known(commit, &question) {
            return Ok(known);
        }
        let turn = self.turn(from).await;
        if let Some(known) = self.known(commit, &question) {
            return Ok(known);
        }
        let of = (commit.epoch, commit.generation);
        // Its tag must differ from that of another question's answer.
        let asked = BuildHasherDefault::<DefaultHasher>::default().hash_one(&question);
        let version = format!("{}-{}-{asked:016x}", commit.id(), self.mark);
        let kept = Arc::clone(&self.kept);
        let made = run(turn, move || {
            let made = Arc::new(Rendition::json(&version, make()?));
            lock(&kept).keep(of, question, &made);
            Ok(made)
        });
        let made = made.await?;
        counts.serialised.up();
        Ok(made)
    }

    /// Reads something from the ledger that is not kept.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        run(self.turn(From::Ledger).await, work).await
    }

    async fn turn(&self, from: From) -> Option<OwnedSemaphorePermit> {
        // It is never closed, so there is always a permit.
        Arc::clone(&self.turns[from as usize]).acquire_owned().await.ok()
    }

    fn known(&self, commit: Commit, question: &str) -> Option<Arc<Rendition>> {
        let kept = lock(&self.kept);
        kept.answers.get(question).filter(|_| kept.of == (commit.epoch, commit.generation)).cloned()
    }
}

impl Kept {
    fn keep(&mut self, of: (u64, u64), question: String, made: &Arc<Rendition>) {
        if self.of != of {
            *self = Self { of, ..Self::default() };
        }
        let bytes = made.bytes();
        if self.answers.len() >= ANSWERS || self.bytes + bytes > BYTES {
            self.answers.clear();
            self.bytes = 0;
        }
        if bytes <= BYTES {
            self.bytes += bytes;
            self.answers.insert(question, Arc::clone(made));
        }
    }
}

/// Does work that blocks. The turn goes with it, so that a client that leaves meanwhile does not let the next one begin.
async fn run<T: Send + 'static>(
    turn: Option<OwnedSemaphorePermit>,
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let work = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        work()
    });
    work.await.map_err(|error| {
        tracing::error!("an answer from the ledger failed: {error}");
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "this failed; the publisher's log says why: cco daemon logs",
        )
    })?
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens the ledger, for reading.
pub(super) fn open(path: &Path) -> Result<Ledger, Problem> {
    Ledger::open_read_only(path).map_err(|error| failed(&error))
}

/// The ledger cannot be read.
pub(super) fn failed(error: &LedgerError) -> Problem {
    // Why may name a path, which not everyone may see.
    static WARNING: Warning = Warning::new();
    if WARNING.is_due() {
        tracing::warn!("the ledger cannot be read: {}", causes(error));
    }
    Problem::for_now(
        "the ledger cannot be read; to check it: cco ledger verify".to_owned(),
        Duration::from_secs(1),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_the_snapshot_answers_waits_for_no_report() {
        let (reports, counts, commit) =
            (Reports::new(String::new()), Counts::default(), Commit::living(1, 1));
        let _turn = reports.turn(From::Ledger).await;
        let make = || Ok("{}".to_owned());
        let made = reports.answer(&counts, commit, From::Snapshot, "hour".to_owned(), make);
        tokio::time::timeout(Duration::from_secs(60), made).await.expect("it waits").unwrap();
        let queued = reports.answer(&counts, commit, From::Ledger, "year".to_owned(), make);
        tokio::time::timeout(Duration::from_millis(1), queued).await.expect_err("reports have turns");
        let known =
            reports.answer(&counts, commit, From::Ledger, "hour".to_owned(), || Err(Problem::not_found()));
        known.await.expect("it is kept");
    }
}
