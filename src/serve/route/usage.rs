//! `/api/daily`, `weekly`, `monthly`, `yearly`, `sessions`, `projects` and `models`: the JSON of the reports.
//!
//! Invariant: the same code as the reports', so the same figures.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;

use super::filters::{
    AGENT_ID, BRANCH, BY, EFFORT, ENTRYPOINT, Filters, GROUP, LAST, MCP_SERVER, MCP_TOOL, MODE, MODEL,
    NO_COST, ORDER, PLUGIN, PROJECT, SINCE, SKILL, SUBAGENT, TIMEZONE, UNTIL, refuse_names, refused,
};
use crate::config::WEEKDAYS;
use crate::plain_text;
use crate::report::usage::reconcile::Reconciliation;
use crate::report::usage::reconcile::json::OneSession;
use crate::report::usage::{Grouping, Report, Statistics, choose, json};
use crate::serve::aliases::Names;
use crate::serve::described::{Parameter, Route};
use crate::serve::parameters::Parameters;
use crate::serve::problem::Problem;
use crate::serve::rendition::JSON;
use crate::serve::reports::{From, failed, open};
use crate::serve::served::Served;
use crate::serve::source::now_ms;

const BY_PROJECT: Parameter = Parameter::one("by_project", "true", "A row for each project in each period");
const WEEK_START: Parameter = Parameter::one("week_start", "monday", "First day of the week");
const ID: Parameter =
    Parameter::one("id", "3f0c", "Only this session, day by day: its id or the start of its id");

/// The parameters of all reports, and more.
macro_rules! parameters {
    ($($more:ident),*) => {
        &[
            SINCE, UNTIL, LAST, PROJECT, GROUP, MODEL, BRANCH, SUBAGENT, SKILL, PLUGIN, MCP_SERVER, MCP_TOOL, EFFORT,
            ENTRYPOINT, AGENT_ID, BY, ORDER, MODE, TIMEZONE, NO_COST, $($more),*
        ]
    };
}

const PERIODS: &[Parameter] = parameters![BY_PROJECT];
const WEEKS: &[Parameter] = parameters![BY_PROJECT, WEEK_START];
const SESSIONS: &[Parameter] = parameters![ID];
const OTHERS: &[Parameter] = parameters![];

/// A report's route. Each has a handler of its own type.
macro_rules! route {
    ($path:literal, $grouping:ident, $report:literal, $parameters:ident, $summary:literal) => {
        Route {
            path: $path,
            summary: $summary,
            parameters: $parameters,
            kind: JSON,
            is_open: false,
            methods: || {
                get(async |State(served): State<Arc<Served>>, names: Names, uri: Uri, headers: HeaderMap| {
                    answer(
                        Kind { grouping: Grouping::$grouping, name: $report },
                        $parameters,
                        served,
                        names,
                        &uri,
                        &headers,
                    )
                    .await
                })
            },
        }
    };
}

pub(in crate::serve) const ROUTES: &[Route] = &[
    route!("/api/daily", Days, "daily", PERIODS, "Usage by day"),
    route!("/api/weekly", Weeks, "weekly", WEEKS, "Usage by week"),
    route!("/api/monthly", Months, "monthly", PERIODS, "Usage by month"),
    route!("/api/yearly", Years, "yearly", PERIODS, "Usage by year"),
    route!("/api/sessions", Sessions, "session", SESSIONS, "Usage by session, or one session by day"),
    route!("/api/projects", Projects, "project", OTHERS, "Usage by project"),
    route!("/api/models", Models, "model", OTHERS, "Usage by model"),
];

/// A kind of report.
#[derive(Clone, Copy)]
struct Kind {
    grouping: Grouping,
    name: &'static str,
}

async fn answer(
    kind: Kind,
    known: &'static [Parameter],
    served: Arc<Served>,
    names: Names,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let parameters = Parameters::read(uri, known)?;
    let mut filters = Filters::read(&parameters, &served.settings, names)?;
    filters.week_start = parameters.word("week_start", &WEEKDAYS)?.unwrap_or(filters.week_start);
    let mut grouping = kind.grouping;
    if grouping.is_by_period() {
        filters = filters.with_last_periods(grouping, now_ms());
    }
    let session = parameters.one("id")?.map(str::to_owned);
    if session.is_some() {
        refuse_names(names)?;
        // As `cco session --id` has it.
        grouping = Grouping::Days;
    }
    let question = format!("{} {session:?} {}{}", kind.name, filters.key(), names.mark());
    let commit = served.source.commit().map_err(|absent| served.absent(&absent))?;
    let shared = Arc::clone(&served);
    let read = move || {
        let ledger = open(&shared.settings.state.ledger())?;
        let aliases = shared.chosen_aliases(names);
        let mut query = filters.query(&ledger, aliases)?;
        let session = match &session {
            Some(id) => Some(choose::session(&ledger, id).map_err(|error| refused(&error))?.0),
            None => None,
        };
        query.only.session = session;
        let mut report =
            Report::read(&ledger, &query, grouping, &filters.division).map_err(|error| failed(&error))?;
        if let Some(count) = filters.last {
            report.keep_last(usize::try_from(count).unwrap_or(usize::MAX));
        }
        if let Some(is_descending) = filters.is_descending {
            report.put_in_order(is_descending);
        }
        let head = filters.head(kind.name);
        let mut statistics = Statistics::read(&ledger, &query, grouping).map_err(|error| failed(&error))?;
        if filters.is_descending == Some(true) {
            statistics.rows.reverse();
        }
        let mut document = json::Document::of(head, &report, &query, filters.costs, aliases)
            .with_statistics(&statistics, grouping);
        if let Some(session) = session {
            document = document.with_title(ledger.title(session).map_err(|error| failed(&error))?);
        }
        if names == Names::Hidden {
            document.hide_names(|kind, name| shared.aliases.of(kind, name));
        }
        match session.filter(|_| filters.costs.are_shown()) {
            Some(session) => {
                let compared = Reconciliation::of_session(&ledger, &query, session);
                let compared = compared.map_err(|error| failed(&error))?;
                text(&OneSession::of(document, compared.as_ref(), aliases))
            }
            None => text(&document),
        }
    };
    let made = served.reports.answer(&served.counts, commit, From::Ledger, question, read).await?;
    Ok(made.answer(headers, &served.counts))
}

/// A document as JSON.
pub(super) fn text(document: &impl serde::Serialize) -> Result<String, Problem> {
    let text = serde_json::to_string(document)
        .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok(plain_text::json(text))
}
