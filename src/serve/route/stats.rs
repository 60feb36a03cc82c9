//! `/api/stats`: the document of `cco-peek --json`, with the members that clients of earlier daemons read.
//!
//! Invariant: members are added, never changed. What is not known is null, never zero.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use axum::routing::get;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::plain_text;
use crate::report::View;
use crate::report::alerts::AlertDocument;
use crate::report::document::{Document, Tables};
use crate::report::parts::usd;
use crate::serve::alerts::{Active, document as alert_document};
use crate::serve::aliases::{HIDDEN_PATH, Names};
use crate::serve::described::{Parameter, Route};
use crate::serve::parameters::Parameters;
use crate::serve::problem::Problem;
use crate::serve::rendition::{JSON, Rendition};
use crate::serve::served::Served;
use crate::serve::source::Absent;
use crate::snapshot::{Picodollars, ProjectRow};

const PARAMETERS: &[Parameter] = &[];

pub(in crate::serve) const ROUTES: &[Route] = &[Route {
    path: "/api/stats",
    summary: "Totals, periods, block, limits, models and projects of the newest commit, and alerts that go on",
    parameters: PARAMETERS,
    kind: JSON,
    is_open: false,
    methods: || get(stats),
}];

/// The name that clients look for.
const PROJECT: ProjectName = ProjectName { name: "CCO Daemon" };

#[derive(Debug, Serialize)]
struct ProjectName {
    name: &'static str,
}

#[derive(Debug, Serialize)]
struct Stats {
    project: ProjectName,
    version: &'static str,
    /// Of the publisher, in seconds; `None` if it is not running.
    uptime: Option<i64>,
    port: Option<u16>,
    total_requests: u64,
    total_messages: u64,
    total_tokens: u64,
    total_cost: Box<RawValue>,
    cost_by_project: BTreeMap<String, Box<RawValue>>,
    /// Those that go on, oldest first.
    alerts: Vec<AlertDocument>,
    #[serde(flatten)]
    document: Document,
}

async fn stats(
    State(served): State<Arc<Served>>,
    names: Names,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Parameters::read(&uri, PARAMETERS)?;
    let active = served.alerts.active();
    let make = |view: &View, version: &str| {
        served.counts.serialised.up();
        let text = serde_json::to_string(&Stats::of(view, &active, names, &served));
        let text = text.map_err(|error| Absent::Unreadable(error.to_string()))?;
        Ok(Rendition::json(version, plain_text::json(text)))
    };
    let body = served.source.body(names, active.version, |known| known.is_known(&headers), make);
    let body = body.map_err(|absent| served.absent(&absent))?;
    Ok(body.answer(&headers, &served.counts))
}

impl Stats {
    fn of(view: &View, active: &Active, names: Names, served: &Served) -> Self {
        let mut document = Document::of(view, Tables::default()).with_aliases(served.chosen_aliases(names));
        if names == Names::Hidden {
            document.hide_names(HIDDEN_PATH, |kind, name| served.aliases.of(kind, name));
        }
        let mut costs: BTreeMap<String, Picodollars> = BTreeMap::new();
        if let Some(frame) = &view.frame {
            for row in frame.rows::<ProjectRow>() {
                let name = frame.name(row.project);
                let name = match names {
                    Names::Shown => name.to_owned(),
                    Names::Hidden => served.aliases.of("project", name),
                };
                // Several agents may have used a project.
                let cost = costs.entry(name).or_default();
                *cost = Picodollars(cost.0.saturating_add(row.counters.cost.0));
            }
        }
        let totals = view.totals.all_time();
        let alerts = active.beside(view.freshness.writer);
        let uptime = (view.now - view.identity.writer_started_at) / 1000;
        Self {
            project: PROJECT,
            version: env!("CARGO_PKG_VERSION"),
            uptime: view.freshness.is_live().then_some(uptime.max(0)),
            port: served.address.port(),
            total_requests: totals.requests,
            total_messages: totals.messages,
            total_tokens: totals.total_tokens(),
            total_cost: usd(totals.cost),
            cost_by_project: costs.into_iter().map(|(name, cost)| (name, usd(cost))).collect(),
            alerts: alerts.map(|alert| alert_document(alert, names, &served.aliases)).collect(),
            document,
        }
    }
}
