//! Watches budgets and runs the user's command when a limit or its warning threshold is reached.
//!
//! A separate thread reads the snapshot like any other reader, after each publish and at most once a second, so the
//! publisher never waits for it or for a command.
//!
//! Invariant: a crossing is recorded in the state folder before its command starts, so the command runs once per period
//! even if a process ends in between. If warning and limit are reached together, only the limit is reported.

mod command;
mod crossings;

use std::error::Error;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use self::crossings::Crossings;
use super::bell::Bell;
use super::user_command::run;
use crate::causes::causes;
use crate::config::{Command, Settings};
use crate::ledger::Ledger;
use crate::report::budget::{Spent, Status};
use crate::report::usage::{current_periods, spent};
use crate::report::{View, Want};

/// Least time between checks.
const CHECK_EVERY: Duration = Duration::from_secs(1);
/// Most time between checks, if something wakes it.
const CHECK_AGAIN_AFTER: Duration = Duration::from_secs(60);

/// The thread; dropping this ends it.
#[derive(Debug)]
pub(super) struct BudgetWatch {
    bell: Arc<Bell>,
    thread: Option<JoinHandle<()>>,
}

impl BudgetWatch {
    /// Starts the thread; `None` without a budget or a command.
    pub(super) fn begin(settings: &Settings) -> Option<Self> {
        if let Some(refusal) = &settings.budgets.command_refused {
            tracing::error!("{refusal}");
        }
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

    /// Call this when something may have been published.
    pub(super) fn wake(&self) {
        self.bell.wake();
    }
}

impl Drop for BudgetWatch {
    fn drop(&mut self) {
        self.bell.end();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the budget watch ended with a panic");
        }
    }
}

/// The thread's state.
struct Watch {
    command: Command,
    settings: Settings,
    crossings: Crossings,
    /// The last generation that was checked, and when.
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

    /// The state of each budget; empty if nothing was published since the last check.
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
            // The first count is published before it is stored; then the next wake must check again.
            is_stored = stored.overall == published.overall;
            published.projects = stored.projects;
        }
        self.checked = is_stored.then(|| (generation, Instant::now()));
        Ok(published.against(&self.settings.budgets, now))
    }

    /// Runs the command for each new crossing.
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
                run(&self.command, command::variables(status), self.settings.budgets.command_timeout, pause)
            {
                tracing::error!("the budget command failed ({name}, {standing}): {error}");
            }
        }
    }
}
