//! The publisher's eye on budgets: the command that is run once a limit, or the share from which it is near, is
//! reached.
//!
//! A thread of its own looks at what was published, as any reader does, after each publish and at most once a
//! second: the publisher never waits for it, nor for a command.
//!
//! Invariant: a crossing is noted in the state folder before its command is begun, so that it is told once a
//! period, whatever ends in between. Near and over that are reached at once are told as over.

mod command;
mod crossings;

use std::error::Error;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use self::crossings::Crossings;
use crate::causes::causes;
use crate::config::{Command, Settings};
use crate::ledger::Ledger;
use crate::report::budget::{Spent, Status};
use crate::report::usage::{current_periods, spent};
use crate::report::{View, Want};

/// Least time from one look to the next.
const CHECK_EVERY: Duration = Duration::from_secs(1);
/// Most time from one to the next, where something wakes it.
const CHECK_AGAIN_AFTER: Duration = Duration::from_secs(60);

/// The thread, as long as this is kept.
#[derive(Debug)]
pub(super) struct BudgetWatch {
    bell: Arc<Bell>,
    thread: Option<JoinHandle<()>>,
}

/// What wakes it.
#[derive(Debug, Default)]
struct Bell {
    rung: Mutex<BellState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct BellState {
    is_due: bool,
    is_over: bool,
}

impl BudgetWatch {
    /// Begins to look; `None` where there is no budget, or nothing to run.
    pub(super) fn begin(settings: &Settings) -> Option<Self> {
        let command = settings.budgets.command.clone().filter(|_| !settings.budgets.is_empty())?;
        let bell = Arc::new(Bell::default());
        let mut watch = Watch {
            command,
            crossings: Crossings::read(settings.state.crossings()),
            settings: settings.clone(),
            checked: None,
            bell: Arc::clone(&bell),
        };
        let begun = std::thread::Builder::new().name("budgets".into()).spawn(move || watch.run());
        match begun {
            Ok(thread) => Some(Self { bell, thread: Some(thread) }),
            Err(error) => {
                tracing::error!("not watching budgets: cannot start a thread: {error}");
                None
            }
        }
    }

    /// Something may have been published.
    pub(super) fn wake(&self) {
        self.bell.ring(|rung| rung.is_due = true);
    }
}

impl Drop for BudgetWatch {
    fn drop(&mut self) {
        self.bell.ring(|rung| rung.is_over = true);
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the budget watch ended with a panic");
        }
    }
}

impl Bell {
    fn ring(&self, change: impl FnOnce(&mut BellState)) {
        change(&mut self.rung());
        self.changed.notify_all();
    }

    fn rung(&self) -> MutexGuard<'_, BellState> {
        self.rung.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps until there is something to look at. False where it is over.
    fn await_due(&self) -> bool {
        let rung = self.rung();
        let mut rung = (self.changed.wait_while(rung, |rung| !rung.is_due && !rung.is_over))
            .unwrap_or_else(PoisonError::into_inner);
        rung.is_due = false;
        !rung.is_over
    }

    /// Sleeps for a time, or until it is over. False where it is.
    fn pause(&self, time: Duration) -> bool {
        let rung = self.rung();
        let (rung, _) = (self.changed.wait_timeout_while(rung, time, |rung| !rung.is_over))
            .unwrap_or_else(PoisonError::into_inner);
        !rung.is_over
    }
}

/// What the thread does.
struct Watch {
    command: Command,
    settings: Settings,
    crossings: Crossings,
    /// The last generation that was looked at, and when.
    checked: Option<(u64, Instant)>,
    bell: Arc<Bell>,
}

impl Watch {
    fn run(&mut self) {
        while self.bell.await_due() {
            match self.check() {
                Ok(statuses) => self.run_commands(&statuses),
                Err(error) => tracing::warn!("cannot check budgets: {}", causes(&*error)),
            }
            if !self.bell.pause(CHECK_EVERY) {
                return;
            }
        }
    }

    /// How budgets stand; nothing where nothing was published since the last look.
    fn check(&mut self) -> Result<Vec<Status>, Box<dyn Error>> {
        let now = jiff::Timestamp::now().as_millisecond();
        let view = View::once(&self.settings.snapshot, Want::Totals, now)?;
        let generation = view.totals.generation();
        let is_known =
            |(checked, at): (u64, Instant)| checked == generation && at.elapsed() < CHECK_AGAIN_AFTER;
        if self.checked.is_some_and(is_known) {
            return Ok(Vec::new());
        }
        let mut is_stored = true;
        let mut published = Spent::of_totals(&view.totals);
        if !self.settings.budgets.projects.is_empty() {
            let stored = spent(
                &Ledger::open_read_only(&self.settings.state.ledger())?,
                &current_periods(&self.settings, now)?,
            )?;
            // A first count is published before it is stored: then the next wake is to look again.
            is_stored = stored.overall == published.overall;
            published.projects = stored.projects;
        }
        self.checked = is_stored.then(|| (generation, Instant::now()));
        Ok(published.against(&self.settings.budgets, now))
    }

    /// Runs the command for each crossing that is new.
    fn run_commands(&mut self, statuses: &[Status]) {
        let now = jiff::Timestamp::now().as_millisecond();
        for status in statuses {
            match self.crossings.note(status, now) {
                Ok(false) => continue,
                Ok(true) => {}
                Err(error) => {
                    tracing::error!("cannot record a budget alert, it may repeat: {error}");
                }
            }
            let (name, standing) = (status.name(), status.standing.name());
            tracing::info!(budget = name, standing, spent_usd = %status.spent, limit_usd = %status.limit, "budget");
            let pause = |time| self.bell.pause(time);
            if let Err(error) =
                command::run(&self.command, status, self.settings.budgets.command_timeout, pause)
            {
                tracing::error!("the budget command failed ({name}, {standing}): {error}");
            }
        }
    }
}
