//! Asks the disk which projects are worktrees, and of which repository.
//!
//! Invariant: nobody waits for the disk. A few threads ask, each project once; whoever wants the answers takes what is there.
//! A folder that never answers (a network folder may not) keeps one of the threads, and its project is a project of its own.

mod worktree;

use std::collections::{HashSet, VecDeque};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use self::worktree::{Found, look};
use crate::ledger::{Ledger, LedgerError, Repository};

/// How many ask at once: so many folders may hang before the others wait too.
const THREADS: usize = 4;

/// Questions, and answers that were not taken yet.
#[derive(Debug, Default)]
pub(super) struct Repositories {
    /// Folders that were asked about since the start, each once.
    asked: HashSet<Arc<str>>,
    /// Where answers arrive, for each time that something was asked.
    answers: Vec<Receiver<Repository>>,
}

impl Repositories {
    /// Begins to ask about the projects of which the ledger does not know it yet.
    pub(super) fn ask(&mut self, ledger: &Ledger) -> Result<(), LedgerError> {
        let unknown = ledger.folders_without_repository()?;
        let due: VecDeque<_> =
            unknown.into_iter().filter(|folder| self.asked.insert(Arc::clone(folder))).collect();
        if due.is_empty() {
            return Ok(());
        }
        let (sender, answers) = channel();
        let threads = due.len().min(THREADS);
        let due = Arc::new(Mutex::new(due));
        for _ in 0..threads {
            let (due, sender) = (Arc::clone(&due), sender.clone());
            let asking = thread::Builder::new().name("worktrees".into());
            if let Err(error) = asking.spawn(move || answer(&due, &sender)) {
                tracing::warn!(%error, "cannot ask which projects are worktrees");
            }
        }
        self.answers.push(answers);
        Ok(())
    }

    /// Stores the answers that come within this time. Returns whether a worktree is among them.
    pub(super) fn store(&mut self, ledger: &mut Ledger, within: Duration) -> Result<bool, LedgerError> {
        let until = Instant::now() + within;
        let mut found = Vec::new();
        self.answers.retain(|answers| {
            loop {
                match answers.recv_timeout(until.saturating_duration_since(Instant::now())) {
                    Ok(answer) => found.push(answer),
                    Err(error) => return error == RecvTimeoutError::Timeout,
                }
            }
        });
        if !found.is_empty() {
            ledger.keep_repositories(&found)?;
        }
        Ok(found.iter().any(|answer| answer.repository.is_some()))
    }
}

/// Answers one question after another until there is none.
fn answer(due: &Mutex<VecDeque<Arc<str>>>, sender: &Sender<Repository>) {
    loop {
        let next = due.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let Some(folder) = next else { return };
        let repository = match look(Path::new(&*folder)) {
            Found::Main(main) => main.to_str().map(Arc::from),
            Found::None => None,
            Found::Unknown => continue,
        };
        if sender.send(Repository { folder, repository }).is_err() {
            return;
        }
    }
}
