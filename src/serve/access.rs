//! Who may read what: the token, and whether a client sees names.
//!
//! Invariant: without a token, only this user's own clients see names: those on the Unix socket, and TCP clients that
//! the system lists under this user. With `redact` nobody does. What other machines can reach answers nothing without
//! the token, except what says no more than that a server runs.

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
    match (&served.token, shown) {
        (Some(token), Some(shown)) if token.is(shown) => {
            request.extensions_mut().insert(ShowedToken);
        }
        (Some(_), Some(_)) => return Problem::token().into_response(),
        (_, None) if !served.address.is_local() => return Problem::token().into_response(),
        _ => {}
    }
    next.run(request).await
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
