//! Who may read what: the token, and whether a client sees names.
//!
//! Behind a proxy everyone looks like the proxy, which may well be this user's. So what can come through one needs the
//! token: all requests if the server goes by other names than this machine's own (`hosts`), and each that a proxy marked;
//! a proxy that marks nothing needs `hosts`.
//!
//! Invariant: without a token, only this user's own clients see names: those on the Unix socket, and TCP clients that
//! the system lists under this user. With `redact` nobody does. What others can reach answers nothing without the token,
//! except what says no more than that a server runs.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::aliases::Names;
use super::peer::Peer;
use super::problem::Problem;
use super::served::Served;

/// Headers that proxies add, besides those that begin with [`FORWARDED_AS`].
const OF_PROXIES: [&str; 7] = [
    "forwarded",
    "via",
    "x-real-ip",
    "x-client-ip",
    "cf-connecting-ip",
    "true-client-ip",
    "x-cluster-client-ip",
];
const FORWARDED_AS: &str = "x-forwarded-";

/// The client showed the token.
#[derive(Clone, Copy, Debug)]
struct ShowedToken;

/// Refuses a wrong token, and none where one is demanded.
pub(super) async fn check_token(
    State(served): State<Arc<Served>>,
    mut request: Request,
    next: Next,
) -> Response {
    let shown = shown(request.headers());
    let is_forwarded = is_forwarded(request.headers());
    match (&served.token, shown) {
        (Some(token), Some(shown)) if token.is(shown) => {
            request.extensions_mut().insert(ShowedToken);
        }
        (Some(_), Some(_)) => return Problem::token().into_response(),
        (None, _) if is_forwarded => return Problem::forwarded().into_response(),
        (_, None) if is_forwarded || served.demands_token => return Problem::token().into_response(),
        _ => {}
    }
    next.run(request).await
}

/// Whether a proxy marked the request as one of somebody else.
fn is_forwarded(headers: &HeaderMap) -> bool {
    let is_mark = |name: &str| OF_PROXIES.contains(&name) || name.starts_with(FORWARDED_AS);
    headers.keys().any(|name| is_mark(name.as_str()))
}

/// The token that a client shows.
fn shown(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(AUTHORIZATION)?.as_bytes();
    let (scheme, token) = value.split_at_checked("Bearer ".len()).unwrap_or((value, &[]));
    // A scheme that nobody knows is a wrong token.
    Some(if scheme.eq_ignore_ascii_case(b"bearer ") { token.trim_ascii() } else { &[] })
}

impl FromRequestParts<Arc<Served>> for Names {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, served: &Arc<Served>) -> Result<Self, Self::Rejection> {
        if served.settings.http.redact {
            return Ok(Self::Hidden);
        }
        if parts.extensions.get::<ShowedToken>().is_some() {
            return Ok(Self::Shown);
        }
        let Some(peer) = parts.extensions.get::<Arc<Peer>>().cloned() else { return Ok(Self::Hidden) };
        Ok(if peer.is_own_user().await { Self::Shown } else { Self::Hidden })
    }
}
