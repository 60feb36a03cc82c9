//! What all requests share.
//!
//! Invariant: everything in it is bounded, whatever clients do.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::address::Address;
use super::alerts::Alerts;
use super::aliases::{Aliases, Names};
use super::counts::Counts;
use super::event_clients::EventClients;
use super::metrics::KeptMetrics;
use super::options::{Links, Options, demands_token};
use super::problem::Problem;
use super::rendition::Rendition;
use super::reports::Reports;
use super::source::{Absent, Source, now_ms};
use super::token::Token;
use super::warning::Warning;
use crate::config::{self, MetricNames, Settings};
use crate::snapshot::{is_held, lock_path};

/// How often the publisher is asked to scan, at most.
const NUDGE_EVERY: Duration = Duration::from_secs(1);

/// What all requests share.
pub(super) struct Served {
    pub(super) address: Address,
    pub(super) token: Option<Token>,
    /// Whether nobody gets figures without the token.
    pub(super) demands_token: bool,
    pub(super) settings: Settings,
    pub(super) source: Source,
    pub(super) reports: Reports,
    pub(super) metrics: KeptMetrics,
    pub(super) metric_names: MetricNames,
    pub(super) events: Arc<EventClients>,
    pub(super) alerts: Arc<Alerts>,
    pub(super) aliases: Arc<Aliases>,
    pub(super) counts: Counts,
    pub(super) openapi: Rendition,
    /// True once the server is to end.
    pub(super) stop: watch::Receiver<bool>,
    /// When the server began, ms UTC.
    pub(super) begun_at: i64,
    /// For whom names are hidden.
    without_names: config::Aliases,
    links: Links,
    begun: Instant,
    nudged: Mutex<Option<Instant>>,
}

impl Served {
    pub(super) fn new(
        address: Address,
        options: Options,
        openapi: Rendition,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let Options { token, settings, links, metric_names, .. } = options;
        let begun_at = now_ms();
        // Aliases, hidden names and the program itself may differ after a restart, so tags do too.
        let mark = format!("{begun_at:x}");
        let (alerts, aliases) = (Arc::new(Alerts::of(&settings.state)), Arc::new(Aliases::default()));
        Self {
            source: Source::new(settings.snapshot.clone(), mark.clone()),
            events: Arc::new(EventClients::new(settings.snapshot.clone(), &alerts, &aliases)),
            alerts,
            demands_token: demands_token(&address, &settings.http),
            address,
            token,
            settings,
            reports: Reports::new(mark),
            metrics: KeptMetrics::default(),
            metric_names,
            begun_at,
            aliases,
            counts: Counts::default(),
            openapi,
            stop,
            without_names: config::Aliases::default(),
            links,
            begun: Instant::now(),
            nudged: Mutex::new(None),
        }
    }

    /// What the user calls projects and models, as far as a client may see names.
    pub(super) fn chosen_aliases(&self, names: Names) -> &config::Aliases {
        match names {
            Names::Shown => &self.settings.aliases,
            Names::Hidden => &self.without_names,
        }
    }

    /// Nothing is published yet, or it cannot be read: asks the publisher to publish, and says how far it is.
    pub(super) fn absent(&self, absent: &Absent) -> Problem {
        self.nudge();
        let is_running = is_held(&lock_path(&self.settings.snapshot)).unwrap_or(false);
        let detail = match absent {
            // Why names a path, which not everyone may see.
            Absent::Unreadable(why) => {
                static WARNING: Warning = Warning::new();
                if WARNING.is_due() {
                    tracing::warn!("the snapshot cannot be read: {why}");
                }
                "the snapshot cannot be read; to see why: cco doctor".to_owned()
            }
            Absent::Unpublished if is_running => {
                "the publisher is counting; nothing is published yet".to_owned()
            }
            Absent::Unpublished => {
                "nothing is published, and no publisher is running; to start it: cco daemon start".to_owned()
            }
        };
        let waited = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut progress = serde_json::json!({ "publisher_running": is_running, "waited_ms": waited });
        if let Some(scan) = (self.links.progress)() {
            progress["bytes"] = scan.bytes.into();
            progress["bytes_expected"] = scan.expected.into();
        }
        Problem::for_now(detail, Duration::from_secs(1)).member("progress", progress)
    }

    /// Asks the publisher to scan, unless it was asked a moment ago.
    fn nudge(&self) {
        let mut nudged = self.nudged.lock().unwrap_or_else(PoisonError::into_inner);
        if nudged.is_none_or(|at| at.elapsed() >= NUDGE_EVERY) {
            *nudged = Some(Instant::now());
            (self.links.nudge)();
        }
    }
}
