//! `/api/events`: server-sent events, one for each publish.
//!
//! An event has the totals, as `/api/stats` has them; a client reads that for tables. It is named `publish`, and its id
//! is the epoch and generation, so a client that comes back with `Last-Event-ID` hears only what is new.
//!
//! Invariant: nothing waits for a client, and nothing is kept for it: a slow one misses events and gets the newest.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, Method, Uri};
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use futures_util::stream;
use tokio::sync::{OwnedSemaphorePermit, watch};

use crate::serve::aliases::Names;
use crate::serve::described::{Parameter, Route};
use crate::serve::event_clients::Newest;
use crate::serve::negotiate::accepts;
use crate::serve::parameters::Parameters;
use crate::serve::problem::Problem;
use crate::serve::served::Served;

const PARAMETERS: &[Parameter] = &[];
const KIND: &str = "text/event-stream";

pub(in crate::serve) const ROUTES: &[Route] = &[Route {
    path: "/api/events",
    summary: "Server-sent events: the totals at each publish",
    parameters: PARAMETERS,
    kind: KIND,
    is_open: false,
    methods: || get(events),
}];

/// How long a client waits before it connects again.
const GREETING: &[u8] = b"retry: 1000\n\n";
/// Sent when nothing happens, so both sides notice if the other is gone.
const ALIVE: &[u8] = b": alive\n\n";
const ALIVE_EVERY: Duration = Duration::from_secs(15);
/// The header with the last event that a client has.
const LAST_EVENT_ID: &str = "last-event-id";

/// What a client's stream goes on with.
struct Client {
    newest: Newest,
    stop: watch::Receiver<bool>,
    names: Names,
    /// The last event that it has.
    last: Option<String>,
    is_greeted: bool,
    _slot: OwnedSemaphorePermit,
}

async fn events(
    State(served): State<Arc<Served>>,
    names: Names,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Parameters::read(&uri, PARAMETERS)?;
    if !accepts(&headers, KIND) {
        return Err(Problem::not_acceptable(KIND));
    }
    // Without anything published there is nothing to hear of; a client learns how far the publisher is.
    served.source.commit().map_err(|absent| served.absent(&absent))?;
    let mut response = Response::new(Body::empty());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(KIND));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if method == Method::HEAD {
        return Ok(response);
    }
    let Some((newest, slot)) = served.events.join() else {
        return Err(Problem::for_now("too many event clients: close some", Duration::from_secs(5)));
    };
    served.counts.event_clients.up();
    let last = headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()).map(str::to_owned);
    let stop = served.stop.clone();
    let client = Client { newest, stop, names, last, is_greeted: false, _slot: slot };
    *response.body_mut() = Body::from_stream(stream::unfold(client, next));
    Ok(response)
}

/// The next bytes for a client; `None` at the end of the server.
async fn next(mut client: Client) -> Option<(Result<Bytes, std::convert::Infallible>, Client)> {
    if !std::mem::replace(&mut client.is_greeted, true) {
        client.newest.mark_changed();
        return Some((Ok(Bytes::from_static(GREETING)), client));
    }
    loop {
        // `None` when nothing happened for a while. An error means the end as well.
        let changed = tokio::select! {
            _ = client.stop.wait_for(|stop| *stop) => return None,
            changed = client.newest.changed() => Some(changed),
            () = tokio::time::sleep(ALIVE_EVERY) => None,
        };
        let Some(changed) = changed else { return Some((Ok(Bytes::from_static(ALIVE)), client)) };
        changed.ok()?;
        let Some(event) = client.newest.borrow_and_update().clone() else { continue };
        // What a client has it hears again only if the publisher is gone since.
        if client.last.take().is_some_and(|last| last == event.id && event.is_live) {
            continue;
        }
        return Some((Ok(event.text(client.names)), client));
    }
}
