//! Errors as `application/problem+json` (RFC 9457).
//!
//! Invariant: each says what to do next.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::plain_text;

/// An error that a client sees.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    detail: String,
    more: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

#[derive(Serialize)]
struct Wire<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: &'a str,
    #[serde(flatten)]
    more: &'a Map<String, Value>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), more: Map::new(), headers: Vec::new() }
    }

    /// A query that does not make sense.
    pub(super) fn query(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "nothing is here; to list what is: /openapi.json")
    }

    pub(super) fn method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "this server only answers questions: use GET or HEAD")
            .with(ALLOW, "GET, HEAD")
    }

    /// The client accepts nothing that there is.
    pub(super) fn not_acceptable(what: &str) -> Self {
        Self::new(StatusCode::NOT_ACCEPTABLE, format!("this is {what}: accept that or */*"))
    }

    /// The token is missing or wrong.
    pub(super) fn token() -> Self {
        let detail = "send the token from the server's token file: Authorization: Bearer TOKEN";
        Self::new(StatusCode::UNAUTHORIZED, detail).with(WWW_AUTHENTICATE, "Bearer realm=\"cco\"")
    }

    /// The request came through a proxy, and there is no token to show.
    pub(super) fn forwarded() -> Self {
        let detail = "the request came through a proxy, so its user is not known: start the server with --token-file, and \
                      send the token";
        Self::new(StatusCode::FORBIDDEN, detail)
    }

    /// Something that ends by itself.
    pub(super) fn for_now(detail: impl Into<String>, after: Duration) -> Self {
        let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, detail);
        problem.headers.push((RETRY_AFTER, after.as_secs().max(1).into()));
        problem
    }

    pub(super) fn with(mut self, header: HeaderName, value: &'static str) -> Self {
        self.headers.push((header, HeaderValue::from_static(value)));
        self
    }

    pub(super) fn member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.more.insert(name.to_owned(), value.into());
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let wire = Wire {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: &self.detail,
            more: &self.more,
        };
        // Text and maps of text always serialise; if they did not, the status would say enough.
        let text = plain_text::json(serde_json::to_string(&wire).unwrap_or_default());
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.extend(self.headers);
        response
    }
}
