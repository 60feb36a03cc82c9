//! `/metrics`: the figures for Prometheus, as text 0.0.4 or OpenMetrics.
//!
//! Invariant: labels of projects only when asked for, of the most expensive ones, and as aliases for whoever sees no
//! names. A publisher that is gone is reported, and its last figures stay.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;

use crate::config::MetricNames;
use crate::report::alerts::{BUDGET, hidden_budget};
use crate::report::budget::{Spent, Status};
use crate::report::metrics::{
    Exposition, MetricOptions, OPEN_METRICS, PROJECTS_MAX, PROMETHEUS, TextFormat, alerts, budgets, limits,
    publisher, usage,
};
use crate::report::usage::{current_periods, spent};
use crate::serve::aliases::Names;
use crate::serve::described::{Parameter, Route};
use crate::serve::metrics::server;
use crate::serve::negotiate::prefers;
use crate::serve::parameters::Parameters;
use crate::serve::problem::Problem;
use crate::serve::rendition::Rendition;
use crate::serve::reports::{failed, open};
use crate::serve::served::Served;
use crate::serve::source::Commit;

const PROJECTS: Parameter =
    Parameter::one("projects", "20", "Figures by project as well, of this many; the rest is other");
const NAMES: Parameter = Parameter::one("names", "claude-code", "Names of metrics: cco or claude-code");
const PARAMETERS: &[Parameter] = &[PROJECTS, NAMES];

pub(in crate::serve) const ROUTES: &[Route] = &[Route {
    path: "/metrics",
    summary: "Figures for Prometheus, and of the publisher and this server",
    parameters: PARAMETERS,
    kind: "text/plain",
    is_open: false,
    methods: || get(metrics),
}];

async fn metrics(
    State(served): State<Arc<Served>>,
    names: Names,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let parameters = Parameters::read(&uri, PARAMETERS)?;
    let most = |text: &str| match text.parse() {
        Ok(count) if count <= PROJECTS_MAX => Ok(count),
        _ => Err(format!("use a whole number from 0 to {PROJECTS_MAX}")),
    };
    let options = MetricOptions {
        names: parameters.word("names", &MetricNames::WORDS)?.unwrap_or(served.metric_names),
        projects: parameters.parsed("projects", most)?.unwrap_or(0),
    };
    let is_open = prefers(&headers, media(OPEN_METRICS), media(PROMETHEUS));
    let (format, kind) =
        if is_open { (TextFormat::OpenMetrics, OPEN_METRICS) } else { (TextFormat::Prometheus, PROMETHEUS) };
    let absent = |absent| served.absent(&absent);
    let moment = served.source.health().map_err(absent)?;
    let commit = Commit::of(&moment);
    let alias = |name: &str| match names {
        Names::Shown => name.to_owned(),
        Names::Hidden => served.aliases.of("project", name),
    };
    let make = |view: &crate::report::View| {
        let mut families = Exposition::new(format);
        if let Some(frame) = &view.frame {
            usage(&mut families, frame, options, alias);
            limits(&mut families, frame, view.now);
        }
        families.into_families()
    };
    let families = served
        .metrics
        .families(commit, moment.now, (options, names, format), || served.source.view(), make)
        .map_err(absent)?;
    let statuses = statuses(&served, &moment).await?;
    let mut exposition = Exposition::new(format);
    publisher(&mut exposition, &moment);
    exposition.append(&families);
    budgets(&mut exposition, &statuses, moment.now, alias);
    let active = served.alerts.active();
    alerts(&mut exposition, active.beside(moment.freshness.writer), moment.now, |alert| match names {
        Names::Hidden if alert.name == BUDGET => {
            hidden_budget(&alert.about, |kind, name| served.aliases.of(kind, name))
        }
        _ => alert.about.clone(),
    });
    server(&mut exposition, &served.counts, served.begun_at);
    served.counts.serialised.up();
    // No other answer is the same: clocks and counters are in it.
    let version = format!("{}-{:x}-{:x}", commit.id(), moment.now, served.counts.serialised.get());
    Ok(Rendition::new(kind, &version, exposition.finish()).answer(&headers, &served.counts))
}

/// A type without its parameters.
fn media(kind: &'static str) -> &'static str {
    kind.split(';').next().unwrap_or_default()
}

/// The state of each budget. Those of projects are read from the ledger.
async fn statuses(served: &Arc<Served>, view: &crate::report::View) -> Result<Vec<Status>, Problem> {
    let wanted = &served.settings.budgets;
    let mut known = Spent::of_totals(&view.totals);
    let now = view.now;
    if !wanted.projects.is_empty() {
        let shared = Arc::clone(served);
        let read = move || {
            let periods = current_periods(&shared.settings, now)
                .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
            spent(&open(&shared.settings.state.ledger())?, &periods).map_err(|error| failed(&error))
        };
        known.projects = served.reports.read(read).await?.projects;
    }
    Ok(known.against(wanted, now))
}
