//! `/api/budgets`: the JSON of `cco budget`.
//!
//! Invariant: an answer is kept for ten seconds at most, because projections have a clock in them.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;

use super::usage::text;
use crate::report::budget_document::BudgetDocument;
use crate::report::usage::{current_periods, spent};
use crate::serve::aliases::Names;
use crate::serve::described::{Parameter, Route};
use crate::serve::parameters::Parameters;
use crate::serve::problem::Problem;
use crate::serve::rendition::JSON;
use crate::serve::reports::{From, failed, open};
use crate::serve::served::Served;
use crate::serve::source::now_ms;

const PARAMETERS: &[Parameter] = &[];

pub(in crate::serve) const ROUTES: &[Route] = &[Route {
    path: "/api/budgets",
    summary: "How much of each budget is spent",
    parameters: PARAMETERS,
    kind: JSON,
    is_open: false,
    methods: || get(budgets),
}];

/// How long an answer is kept.
const KEPT_MS: i64 = 10_000;

async fn budgets(
    State(served): State<Arc<Served>>,
    names: Names,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Parameters::read(&uri, PARAMETERS)?;
    let commit = served.source.commit().map_err(|absent| served.absent(&absent))?;
    let now_ms = now_ms();
    let question = format!("budgets {}{}", now_ms / KEPT_MS, names.mark());
    let shared = Arc::clone(&served);
    let read = move || {
        let settings = &shared.settings;
        let periods = current_periods(settings, now_ms)
            .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
        let spent = spent(&open(&settings.state.ledger())?, &periods).map_err(|error| failed(&error))?;
        let statuses = spent.against(&settings.budgets, now_ms);
        let mut document = BudgetDocument::of(&statuses, settings.budgets.warn_percent, now_ms);
        if names == Names::Hidden {
            document.hide_names(|kind, name| shared.aliases.of(kind, name));
        }
        text(&document)
    };
    let made = served.reports.answer(&served.counts, commit, From::Ledger, question, read).await?;
    Ok(made.answer(&headers, &served.counts))
}
