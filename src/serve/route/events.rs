//! `/api/events`: server-sent events, one for each publish and one for each alert.
//!
//! `publish` has the totals, as `/api/stats` has them; a client reads that for tables. Its id is the epoch and generation,
//! so a client that comes back with `Last-Event-ID` hears only what is new. `alert` has an alert that was sent since the
//! client came; those of before are in `/api/stats` as long as they go on.
//!
//! Invariant: nothing waits for a client, and nothing is kept for it: a slow one misses totals and gets the newest.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, Method, Uri};
use axum::response::Response;
use axum::routing::get;
use bytes::{Bytes, BytesMut};
use futures_util::stream;
use tokio::sync::watch;

use crate::serve::aliases::Names;
use crate::serve::described::{Parameter, Route};
use crate::serve::event_clients::{News, Place};
use crate::serve::negotiate::accepts;
use crate::serve::parameters::Parameters;
use crate::serve::problem::Problem;
use crate::serve::served::Served;

const PARAMETERS: &[Parameter] = &[];
const KIND: &str = "text/event-stream";

pub(in crate::serve) const ROUTES: &[Route] = &[Route {
    path: "/api/events",
    summary: "Server-sent events: publish has the totals at each publish, alert has an alert when it is sent",
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
    place: Place,
    stop: watch::Receiver<bool>,
    names: Names,
    /// The id of the last totals that it has from another connection.
    last: Option<String>,
    /// The number of the last totals that it has from this one; 0 none.
    shown: u64,
    is_greeted: bool,
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
    let Some(place) = served.events.join() else {
        return Err(Problem::for_now("too many event clients: close some", Duration::from_secs(5)));
    };
    served.counts.event_clients.up();
    let last = headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()).map(str::to_owned);
    let stop = served.stop.clone();
    let client = Client { place, stop, names, last, shown: 0, is_greeted: false };
    *response.body_mut() = Body::from_stream(stream::unfold(client, next));
    Ok(response)
}

/// The next bytes for a client; `None` at the end of the server.
async fn next(mut client: Client) -> Option<(Result<Bytes, std::convert::Infallible>, Client)> {
    if !std::mem::replace(&mut client.is_greeted, true) {
        client.place.news.mark_changed();
        return Some((Ok(Bytes::from_static(GREETING)), client));
    }
    loop {
        // `None` when nothing happened for a while. An error means the end as well.
        let changed = tokio::select! {
            _ = client.stop.wait_for(|stop| *stop) => return None,
            changed = client.place.news.changed() => Some(changed),
            () = tokio::time::sleep(ALIVE_EVERY) => None,
        };
        let Some(changed) = changed else { return Some((Ok(Bytes::from_static(ALIVE)), client)) };
        changed.ok()?;
        let news = client.place.news.borrow_and_update().clone();
        if let Some(bytes) = client.unheard(&news) {
            return Some((Ok(bytes), client));
        }
    }
}

impl Client {
    /// What it did not hear yet; `None` if it heard everything.
    fn unheard(&mut self, news: &News) -> Option<Bytes> {
        let mut unheard = Vec::new();
        for alert in news.alerts.iter().filter(|alert| alert.number > self.place.heard) {
            unheard.push(alert.text(self.names));
        }
        if let Some(alert) = news.alerts.last() {
            self.place.heard = self.place.heard.max(alert.number);
        }
        if let Some(publish) = news.publish.as_ref().filter(|publish| publish.number > self.shown) {
            self.shown = publish.number;
            // What a client has it hears again only if the publisher is gone since.
            if self.last.take().is_none_or(|last| last != publish.id || !publish.is_live) {
                unheard.push(publish.text(self.names));
            }
        }
        match unheard[..] {
            [] => None,
            // The usual case, which copies nothing.
            [one] => Some(one.clone()),
            _ => Some(unheard.into_iter().fold(BytesMut::new(), joined).freeze()),
        }
    }
}

fn joined(mut all: BytesMut, more: &Bytes) -> BytesMut {
    all.extend_from_slice(more);
    all
}
