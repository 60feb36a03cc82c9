//! Tells the user what should not wait: a limit that is near or will not last, a budget that is crossed, malformed lines,
//! a publisher that is gone. In the log, on the desktop, by a command of the user's, and over HTTP.
//!
//! A thread of its own reads the snapshot like any other reader, so nobody waits for it or for a command. In a publisher
//! it looks after a publish; in `cco serve` it looks whether there still is a publisher.
//!
//! Invariant: an alert is recorded in the state folder before it is sent, so it is sent once a period even if a process
//! ends in between. Only who asked for alerts gets any.

mod alert;
mod conditions;
mod desktop;
mod malformed;
mod sent;

use std::error::Error;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use self::alert::Alert;
use self::conditions::Clock;
use self::malformed::Malformed;
use self::sent::SentAlerts;
use super::bell::Bell;
use super::user_command::run;
use crate::causes::causes;
use crate::config::{Alerts, Settings};
use crate::ledger::Ledger;
use crate::report::alerts::STALE;
use crate::report::budget::{ProjectSpent, Spent};
use crate::report::usage::{current_periods, spent};
use crate::report::{View, Want};
use crate::snapshot::{OpenError, PeekError, ReadError, ScanState, WriterState};

/// Least time between looks of a publisher.
const CHECK_EVERY: Duration = Duration::from_secs(1);
/// Time between looks at a publisher.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long a publisher may be dead before that is an alert: a service manager starts another one sooner.
const GONE_FOR: Duration = Duration::from_secs(10);
/// Most time between looks of a publisher, if something wakes it: malformed lines are no new generation.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Who watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watcher {
    /// The publisher, over its figures.
    Publisher,
    /// A reader, over the publisher.
    Reader,
}

/// The thread; dropping this ends it.
#[derive(Debug)]
pub struct AlertWatch {
    bell: Arc<Bell>,
    thread: Option<JoinHandle<()>>,
}

/// The thread's state.
struct Watch {
    watcher: Watcher,
    alerts: Alerts,
    settings: Settings,
    sent: SentAlerts,
    bell: Arc<Bell>,
    malformed: Malformed,
    /// The last generation that was looked at, and when.
    looked: Option<(u64, Instant)>,
    /// Since when there is no publisher.
    gone: Option<Instant>,
}

impl AlertWatch {
    /// Starts the thread; `None` if no alerts are asked for.
    pub fn begin(settings: &Settings, watcher: Watcher) -> Option<Self> {
        let alerts = settings.alerts.clone()?;
        if let Some(refusal) = &alerts.command_refused {
            tracing::error!("{refusal}");
        }
        if watcher == Watcher::Reader && !alerts.stale {
            return None;
        }
        let bell = Arc::new(Bell::default());
        let mut watch = Watch {
            watcher,
            sent: SentAlerts::read(match watcher {
                Watcher::Publisher => settings.state.alerts(),
                Watcher::Reader => settings.state.reader_alerts(),
            }),
            alerts,
            settings: settings.clone(),
            bell: Arc::clone(&bell),
            malformed: Malformed::default(),
            looked: None,
            gone: None,
        };
        let begun = std::thread::Builder::new().name("alerts".into()).spawn(move || watch.run());
        match begun {
            Ok(thread) => Some(Self { bell, thread: Some(thread) }),
            Err(error) => {
                tracing::error!("no alerts: cannot start a thread: {error}");
                None
            }
        }
    }

    /// Call this when something may have been published.
    pub fn wake(&self) {
        self.bell.wake();
    }
}

impl Drop for AlertWatch {
    fn drop(&mut self) {
        self.bell.end();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the watch for alerts ended with a panic");
        }
    }
}

impl Watch {
    fn run(&mut self) {
        loop {
            if self.watcher == Watcher::Publisher && !self.bell.await_due() {
                return;
            }
            let now = jiff::Timestamp::now().as_millisecond();
            let found = match self.watcher {
                Watcher::Publisher => self.figures(now),
                Watcher::Reader => self.publisher(now),
            };
            match found {
                Ok(alerts) => alerts.iter().for_each(|alert| self.tell(alert, now)),
                Err(error) => tracing::warn!("cannot look for alerts: {}", causes(&*error)),
            }
            let pause = if self.watcher == Watcher::Publisher { CHECK_EVERY } else { LOOK_EVERY };
            if !self.bell.pause(pause) {
                return;
            }
        }
    }

    /// What there is to tell of the figures; nothing if nothing was published since the last look.
    fn figures(&mut self, now: i64) -> Result<Vec<Alert>, Box<dyn Error>> {
        let generation = View::once(&self.settings.snapshot, Want::Totals, now)?.totals.generation();
        let is_known = |(looked, at): (u64, Instant)| looked == generation && at.elapsed() < LOOK_AGAIN_AFTER;
        if self.looked.is_some_and(is_known) {
            return Ok(Vec::new());
        }
        let view = View::once(&self.settings.snapshot, Want::Tables, now)?;
        let clock = Clock { now, zone: &self.settings.zone };
        let mut all = Vec::new();
        if let Some(frame) = &view.frame {
            all.extend(conditions::limits(frame, &self.alerts, clock));
        }
        let mut published = Spent::of_totals(&view.totals);
        if !self.settings.budgets.projects.is_empty() {
            // Without it, limits and the other budgets are still known.
            match self.spent_by_project(now) {
                Ok(projects) => published.projects = projects,
                Err(error) => tracing::warn!("budgets of projects are not checked: {}", causes(&*error)),
            }
        }
        all.extend(conditions::budgets(&published.against(&self.settings.budgets, now), clock));
        // What the first count finds is old, and no rise.
        if let Some(health) = view.health.filter(|_| view.totals.scan_state() == ScanState::Complete) {
            let risen = self.malformed.risen(health.malformed_lines, now);
            all.extend(conditions::malformed(risen, &self.alerts, clock));
        }
        self.looked = Some((view.totals.generation(), Instant::now()));
        Ok(all)
    }

    fn spent_by_project(&self, now: i64) -> Result<Option<Vec<ProjectSpent>>, Box<dyn Error>> {
        let ledger = Ledger::open_read_only(&self.settings.state.ledger())?;
        Ok(spent(&ledger, &current_periods(&self.settings, now)?)?.projects)
    }

    /// An alert if the publisher is gone.
    fn publisher(&mut self, now: i64) -> Result<Vec<Alert>, Box<dyn Error>> {
        let view = match View::once(&self.settings.snapshot, Want::Totals, now) {
            // Who never published is not gone.
            Err(
                PeekError::Open(OpenError::NotFound { .. }) | PeekError::Read(ReadError::NothingPublished),
            ) => {
                return Ok(Vec::new());
            }
            view => view?,
        };
        // A publisher that was stopped is not missed.
        if view.freshness.writer != WriterState::Dead {
            self.gone = None;
            self.sent.let_go(STALE, i64::MAX)?;
            return Ok(Vec::new());
        }
        if self.gone.is_none() {
            // A publisher may have come and gone while nobody watched, so the end of this one is news. Asked only once:
            // after the clock is set back, every alert would seem to be from before.
            self.sent.let_go(STALE, view.totals.control().heartbeat_at)?;
        }
        let gone = *self.gone.get_or_insert_with(Instant::now);
        Ok(if gone.elapsed() >= GONE_FOR {
            vec![conditions::stale(&view, &self.settings.zone)]
        } else {
            Vec::new()
        })
    }

    /// Tells an alert, if it is new.
    fn tell(&mut self, alert: &Alert, now: i64) {
        match self.sent.note(alert, now) {
            Ok(false) => return,
            Ok(true) => {}
            Err(error) => tracing::error!("cannot record an alert, it may repeat: {error}"),
        }
        tracing::warn!(alert = alert.name, about = alert.about, "{}: {}", alert.message, alert.advice);
        let pause = |time| self.bell.pause(time);
        let timeout = self.alerts.command_timeout;
        if let Some(command) = &self.alerts.command
            && let Err(error) = run(command, alert.variables(), timeout, pause)
        {
            tracing::error!("the command for alerts failed ({}): {error}", alert.name);
        }
        if self.alerts.desktop
            && let Err(error) = run(&desktop::notification(alert), Vec::new(), timeout, pause)
        {
            tracing::warn!("cannot show an alert on the desktop: {error}; it needs notify-send (libnotify)");
        }
    }
}
