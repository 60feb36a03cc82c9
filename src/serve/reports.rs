//! Answers from the ledger, kept for a generation.
//!
//! The ledger is read on a thread for work that blocks, one question at a time: whoever asks the same meanwhile gets the
//! same answer.
//!
//! Invariant: what is kept is of one commit and bounded in number and bytes.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use tokio::sync::Semaphore;

use super::counts::Counts;
use super::problem::Problem;
use super::rendition::Rendition;
use super::source::Commit;
use crate::causes::causes;
use crate::ledger::{Ledger, LedgerError};
use crate::plain_text;

/// The most answers that are kept.
const ANSWERS: usize = 128;
/// The most bytes of them.
const BYTES: usize = 8 << 20;

/// Answers from the ledger.
#[derive(Debug)]
pub(super) struct Reports {
    kept: Mutex<Kept>,
    turn: Semaphore,
}

#[derive(Debug, Default)]
struct Kept {
    /// The epoch and generation that the answers are of.
    of: (u64, u64),
    bytes: usize,
    answers: HashMap<String, Arc<Rendition>>,
}

impl Default for Reports {
    fn default() -> Self {
        Self { kept: Mutex::default(), turn: Semaphore::new(1) }
    }
}

impl Reports {
    /// The answer to `question` as of a commit. `make` reads it from the ledger.
    pub(super) async fn answer(
        &self,
        counts: &Counts,
        commit: Commit,
        question: String,
        make: impl FnOnce() -> Result<String, Problem> + Send + 'static,
    ) -> Result<Arc<Rendition>, Problem> {
        let of = (commit.epoch, commit.generation);
        if let Some(known) = self.known(of, &question) {
            return Ok(known);
        }
        // The semaphore is never closed.
        let _turn = self.turn.acquire().await;
        if let Some(known) = self.known(of, &question) {
            return Ok(known);
        }
        let text = tokio::task::spawn_blocking(make).await.map_err(|error| {
            tracing::error!("an answer from the ledger failed: {error}");
            Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "this failed; the publisher's log says why: cco daemon logs",
            )
        })??;
        counts.serialised.up();
        // Its tag must differ from that of another question's answer.
        let mark = BuildHasherDefault::<DefaultHasher>::default().hash_one(&question);
        let bytes = text.len();
        let made = Arc::new(Rendition::json(&format!("{}-{mark:016x}", commit.id()), text));
        let mut kept = self.kept();
        if kept.of != of {
            *kept = Kept { of, ..Kept::default() };
        }
        if kept.answers.len() >= ANSWERS || kept.bytes + bytes > BYTES {
            kept.answers.clear();
            kept.bytes = 0;
        }
        if bytes <= BYTES {
            kept.bytes += bytes;
            kept.answers.insert(question, Arc::clone(&made));
        }
        Ok(made)
    }

    fn known(&self, of: (u64, u64), question: &str) -> Option<Arc<Rendition>> {
        let kept = self.kept();
        kept.answers.get(question).filter(|_| kept.of == of).cloned()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens the ledger, for reading.
pub(super) fn open(path: &Path) -> Result<Ledger, Problem> {
    Ledger::open_read_only(path).map_err(|error| failed(&error))
}

/// The ledger cannot be read.
pub(super) fn failed(error: &LedgerError) -> Problem {
    let why = causes(error).to_string();
    Problem::for_now(
        format!("the ledger cannot be read: {}; to check it: cco ledger verify", plain_text::plain(&why)),
        Duration::from_secs(1),
    )
}
