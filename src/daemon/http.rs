//! The HTTP server of a running publisher.
//!
//! Invariant: the publisher goes on whatever becomes of the server. Only an address that was asked for on the command
//! line must be had for the publisher to start.

use std::sync::Arc;

use crate::causes::causes;
use crate::config::{Settings, Source};
use crate::publish::Requests;
use crate::serve::{Links, Options, ScanProgress, ServeError, Server};

/// Starts the server that the settings ask for; `None` if they ask for none.
pub(super) fn begin(settings: &Settings, requests: &Arc<Requests>) -> Result<Option<Server>, ServeError> {
    if settings.http.address.is_none() {
        return Ok(None);
    }
    match Options::of(settings, links(requests)).and_then(Server::begin) {
        Ok(server) => {
            tracing::info!("serving HTTP at {}", server.address());
            Ok(Some(server))
        }
        Err(error) if settings.sources.http == Source::Flag => Err(error),
        Err(error) => {
            tracing::error!("no HTTP until the settings are read again: {}", causes(&error));
            Ok(None)
        }
    }
}

fn links(requests: &Arc<Requests>) -> Links {
    let (nudged, watched) = (Arc::clone(requests), Arc::clone(requests));
    Links {
        nudge: Arc::new(move || nudged.scan()),
        progress: Arc::new(move || {
            let progress = watched.progress();
            Some(ScanProgress { bytes: progress.bytes(), expected: progress.expected() })
        }),
    }
}
