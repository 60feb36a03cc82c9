//! `/`: the page for people.
//!
//! Invariant: pages are part of the program and need nothing from elsewhere; their policy forbids it.

use std::sync::LazyLock;

use axum::extract::State;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use axum::routing::get;
use std::sync::Arc;

use crate::serve::described::{Parameter, Route};
use crate::serve::rendition::Rendition;
use crate::serve::served::Served;

/// A page reads its own query, for links to a view.
const PARAMETERS: &[Parameter] = &[];
const HTML: &str = "text/html; charset=utf-8";
/// What a page may load and where it may connect: here.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

pub(in crate::serve) const ROUTES: &[Route] = &[Route {
    path: "/",
    summary: "The page for people",
    parameters: PARAMETERS,
    kind: "text/html",
    is_open: true,
    methods: || get(page),
}];

static PAGE: LazyLock<Rendition> = LazyLock::new(|| {
    let version = concat!("page-", env!("CARGO_PKG_VERSION"));
    Rendition::new(HTML, version, include_str!("../assets/index.html"))
});

async fn page(State(served): State<Arc<Served>>, headers: HeaderMap) -> Response {
    let mut response = PAGE.answer(&headers, &served.counts);
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, POLICY);
    response
}
