//! `/healthz` and `/readyz`: whether the server runs, and whether there are figures.
//!
//! Invariant: they need no token and say nothing else.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use crate::serve::described::{Parameter, Route};
use crate::serve::parameters::Parameters;
use crate::serve::problem::Problem;
use crate::serve::rendition::JSON;
use crate::serve::served::Served;

const PARAMETERS: &[Parameter] = &[];

pub(in crate::serve) const ROUTES: &[Route] = &[
    Route {
        path: "/healthz",
        summary: "Whether the server runs",
        parameters: PARAMETERS,
        kind: JSON,
        is_open: true,
        methods: || get(healthz),
    },
    Route {
        path: "/readyz",
        summary: "Whether there are figures: from the first publish on",
        parameters: PARAMETERS,
        kind: JSON,
        is_open: true,
        methods: || get(readyz),
    },
];

async fn healthz(uri: Uri) -> Result<Response, Problem> {
    Parameters::read(&uri, PARAMETERS)?;
    Ok(answer(r#"{"status":"ok"}"#.to_owned()))
}

async fn readyz(State(served): State<Arc<Served>>, uri: Uri) -> Result<Response, Problem> {
    Parameters::read(&uri, PARAMETERS)?;
    // No reason is given, because anyone may ask.
    let unready = |_| Problem::for_now("there are no figures yet".to_owned(), Duration::from_secs(1));
    let commit = served.source.commit().map_err(unready)?;
    Ok(answer(format!(r#"{{"status":"ready","publisher":"{}"}}"#, commit.state())))
}

fn answer(text: String) -> Response {
    let kind = (CONTENT_TYPE, HeaderValue::from_static(JSON));
    ([kind, (CACHE_CONTROL, HeaderValue::from_static("no-store"))], text).into_response()
}
