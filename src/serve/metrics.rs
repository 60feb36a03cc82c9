//! What `/metrics` says beyond the snapshot: the server's own counters; and what it keeps of a commit's figures.
//!
//! Invariant: families of usage and limits are made once for a commit, a question and a stretch of time in which no limit
//! ends; what is kept is bounded. Everything else is of the moment of the request.

use std::sync::{Arc, Mutex, PoisonError};

use super::aliases::Names;
use super::counts::Counts;
use super::source::{Absent, Commit, stretch};
use crate::report::View;
use crate::report::metrics::{Exposition, Kind, MetricOptions, TextFormat, ratio};

/// The most texts that are kept: formats, names and numbers of projects that different scrapers ask for.
const KEPT: usize = 16;

/// A question: what is asked for, by whom, in which format.
pub(super) type Question = (MetricOptions, Names, TextFormat);

/// Families that were made, of one commit.
#[derive(Debug, Default)]
pub(super) struct KeptMetrics(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    of: Option<Commit>,
    valid_until_ms: i64,
    made: Vec<(Question, Arc<str>)>,
}

impl KeptMetrics {
    /// The families for a question. `view` reads the newest commit, `make` makes them of it.
    pub(super) fn families(
        &self,
        commit: Commit,
        now: i64,
        question: Question,
        view: impl FnOnce() -> Result<View, Absent>,
        make: impl FnOnce(&View) -> String,
    ) -> Result<Arc<str>, Absent> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.of != Some(commit) || now >= kept.valid_until_ms {
            kept.made.clear();
        }
        if let Some((_, made)) = kept.made.iter().find(|(known, _)| *known == question) {
            return Ok(Arc::clone(made));
        }
        let view = view()?;
        let made: Arc<str> = make(&view).into();
        let of = Commit::of(&view);
        let (_, valid_until_ms) = stretch(&view);
        if kept.of != Some(of) || kept.made.len() >= KEPT {
            kept.made.clear();
        }
        (kept.of, kept.valid_until_ms) = (Some(of), valid_until_ms);
        kept.made.push((question, Arc::clone(&made)));
        Ok(made)
    }
}

/// Adds the server's own counters. It began at `began` (ms UTC).
pub(super) fn server(exposition: &mut Exposition, counts: &Counts, began: i64) {
    let mut requests = exposition.family(
        Kind::Counter,
        "cco_http_requests",
        "Requests that were answered, by class of status.",
    );
    for (class, count) in ["1xx", "2xx", "3xx", "4xx", "5xx"].iter().zip(&counts.by_class) {
        requests.sample(&[("status", class)], count.get());
        requests.created(&[("status", class)], began);
    }
    let (durations, sum_us) = counts.durations.get();
    let mut family = exposition.family(
        Kind::Histogram,
        "cco_http_request_duration_seconds",
        "Time from a request to the beginning of its answer.",
    );
    family.durations(&durations, Some(sum_us));
    family.created(&[], began);
    let (shared, unchanged, serialised) =
        (counts.shared.get(), counts.unchanged.get(), counts.serialised.get());
    for (name, help, count) in [
        ("cco_http_bodies_sent", "Answers with a body that is shared.", shared),
        ("cco_http_not_modified", "Answers that the client had already.", unchanged),
        ("cco_http_bodies_made", "Bodies that were made.", serialised),
        ("cco_http_connections", "Connections that were let in.", counts.connections.get()),
        ("cco_http_connections_refused", "Connections too many.", counts.turned_away.get()),
        ("cco_http_event_clients", "Event clients that were let in.", counts.event_clients.get()),
    ] {
        let mut family = exposition.family(Kind::Counter, name, help);
        family.sample(&[], count);
        family.created(&[], began);
    }
    let answers = shared.saturating_add(unchanged);
    if answers > 0 {
        // In millionths, to be exact.
        let hits = u128::from(answers.saturating_sub(serialised)) * 1_000_000 / u128::from(answers);
        exposition.one(
            Kind::Gauge,
            "cco_http_hit_ratio",
            "Answers that cost no serialisation, of all with a body or without need of one.",
            ratio(hits),
        );
    }
}
