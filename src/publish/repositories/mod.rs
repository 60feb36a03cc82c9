//! Asks the disk which projects are worktrees, and of which repository.
//!
//! Invariants: nobody waits for the disk. A few threads ask; whoever wants the answers takes what is there. A folder that never
//! answers (a network folder may not) keeps one of the threads, and its project is a project of its own. There are never more
//! threads than that, however much hangs. No question and no answer is lost: an answer is kept until the ledger has it, and what
//! cannot be answered now is asked again later.

mod worktree;

use std::collections::{HashSet, VecDeque};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use self::worktree::{Found, look};
use crate::ledger::{Ledger, LedgerError, Repository};

/// How many ask at once: if so many folders hang, the others wait too.
const THREADS: usize = 4;

/// How soon to ask again about folders that could not be read. Most were deleted; some are on a disk that is not mounted.
const AGAIN_AFTER: Duration = Duration::from_secs(600);

/// Questions, and answers that are not stored yet.
#[derive(Debug)]
pub(super) struct Repositories {
    /// How the disk is asked.
    look: fn(&Path) -> Found,
    /// Folders whose answers have not arrived.
    awaited: HashSet<Arc<str>>,
    queue: Arc<Mutex<Queue>>,
    sender: Sender<Answer>,
    answers: Receiver<Answer>,
    /// Answers that arrived and are not in the ledger.
    found: Vec<Repository>,
    /// When to ask again, if there is something left to ask.
    again_at: Option<Instant>,
}

/// A folder, and what was found out about it.
type Answer = (Arc<str>, Found);

/// What the threads share.
#[derive(Debug, Default)]
struct Queue {
    /// Folders that no thread looks at yet.
    due: VecDeque<Arc<str>>,
    /// How many threads will look at `due` before they end.
    threads: usize,
}

impl Default for Repositories {
    fn default() -> Self {
        Self::asking(look)
    }
}

impl Repositories {
    fn asking(look: fn(&Path) -> Found) -> Self {
        let (sender, answers) = channel();
        let (awaited, queue, found) = (HashSet::new(), Arc::default(), Vec::new());
        Self { look, awaited, queue, sender, answers, found, again_at: None }
    }

    /// Whether it is time to ask again about folders that could not be read.
    pub(super) fn is_due(&self) -> bool {
        self.again_at.is_some_and(|at| Instant::now() >= at)
    }

    /// Begins to ask about the folders of which the ledger does not know it yet.
    pub(super) fn ask(&mut self, ledger: &Ledger) -> Result<(), LedgerError> {
        let unknown = ledger.folders_without_repository()?;
        self.again_at = None;
        let mut queue = locked(&self.queue);
        for folder in unknown {
            if self.awaited.insert(Arc::clone(&folder)) {
                queue.due.push_back(folder);
            }
        }
        for _ in 0..queue.due.len().min(THREADS.saturating_sub(queue.threads)) {
            let (look, shared, sender) = (self.look, Arc::clone(&self.queue), self.sender.clone());
            let asking = thread::Builder::new().name("worktrees".into());
            match asking.spawn(move || answer(look, &shared, &sender)) {
                Ok(_) => queue.threads += 1,
                Err(error) => {
                    tracing::warn!(%error, "cannot ask which projects are worktrees: trying again later");
                    self.again_at = Some(Instant::now() + AGAIN_AFTER);
                    break;
                }
            }
        }
        Ok(())
    }

    /// Stores the answers that come within this time. Returns whether a worktree is among them.
    pub(super) fn store(&mut self, ledger: &mut Ledger, within: Duration) -> Result<bool, LedgerError> {
        let until = Instant::now() + within;
        while !self.awaited.is_empty() {
            let within = until.saturating_duration_since(Instant::now());
            let Ok((folder, answer)) = self.answers.recv_timeout(within) else { break };
            self.awaited.remove(&folder);
            let repository = match answer {
                Found::Main(main) => main.to_str().map(Arc::from),
                Found::None => None,
                Found::Unknown => {
                    self.again_at.get_or_insert_with(|| Instant::now() + AGAIN_AFTER);
                    continue;
                }
            };
            self.found.push(Repository { folder, repository });
        }
        if !self.found.is_empty() {
            ledger.keep_repositories(&self.found)?;
        }
        Ok(self.found.drain(..).any(|answer| answer.repository.is_some()))
    }
}

/// Answers one question after another until there is none.
fn answer(look: fn(&Path) -> Found, queue: &Mutex<Queue>, sender: &Sender<Answer>) {
    while let Some(folder) = next(queue) {
        let found = look(Path::new(&*folder));
        // If nobody waits for answers any more, the publisher has ended.
        if sender.send((folder, found)).is_err() {
            return;
        }
    }
}

/// The next question. A thread that finds none no longer counts, so whoever asks next starts another.
fn next(queue: &Mutex<Queue>) -> Option<Arc<str>> {
    let mut queue = locked(queue);
    let next = queue.due.pop_front();
    if next.is_none() {
        queue.threads -= 1;
    }
    next
}

fn locked(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
