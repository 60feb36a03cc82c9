//! `/openapi.json`: describes every route and its parameters.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use axum::routing::get;

use crate::serve::described::{Parameter, Route};
use crate::serve::parameters::Parameters;
use crate::serve::problem::Problem;
use crate::serve::rendition::JSON;
use crate::serve::served::Served;

const PARAMETERS: &[Parameter] = &[];

pub(in crate::serve) const ROUTES: &[Route] = &[Route {
    path: "/openapi.json",
    summary: "This description",
    parameters: PARAMETERS,
    kind: JSON,
    is_open: true,
    methods: || get(description),
}];

async fn description(
    State(served): State<Arc<Served>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Parameters::read(&uri, PARAMETERS)?;
    Ok(served.openapi.answer(&headers, &served.counts))
}
