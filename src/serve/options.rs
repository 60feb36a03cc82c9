//! What a server serves, to whom: settings, checked.
//!
//! Invariant: what others can reach, by its address or through a proxy, demands a token; its address also the user's word
//! that it may be without encryption.

use std::sync::Arc;

use super::address::Address;
use super::error::ServeError;
use super::patience::Patience;
use super::token::Token;
use crate::config::{Http, MetricNames, Settings};

/// How much of the first count is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScanProgress {
    /// Bytes read.
    pub bytes: u64,
    /// Bytes to read, as far as known.
    pub expected: u64,
}

/// A server's ways to its publisher, in the same process or in another one.
#[derive(Clone)]
pub struct Links {
    /// Asks the publisher to scan now.
    pub nudge: Arc<dyn Fn() + Send + Sync>,
    /// How far the publisher is, if that is known in this process.
    pub progress: Arc<dyn Fn() -> Option<ScanProgress> + Send + Sync>,
}

/// A server's options.
#[derive(Clone)]
pub struct Options {
    pub(super) address: Address,
    pub(super) token: Option<Token>,
    pub(super) settings: Settings,
    pub(super) links: Links,
    pub(super) metric_names: MetricNames,
    pub(super) patience: Patience,
}

/// Whether others may come to this address, so that nobody gets figures without the token.
pub(super) fn demands_token(address: &Address, http: &Http) -> bool {
    !address.is_local() || !http.hosts.is_empty()
}

impl Options {
    /// Those in `settings`, whose address is set.
    pub fn of(settings: &Settings, links: Links) -> Result<Self, ServeError> {
        let http = &settings.http;
        let given = http.address.as_deref().unwrap_or(super::address::DEFAULT);
        let address: Address =
            given.parse().map_err(|what| ServeError::Address { given: given.to_owned(), what })?;
        let token = http.token_file.as_deref().map(Token::read).transpose()?;
        if address.is_local() && demands_token(&address, http) && token.is_none() {
            return Err(ServeError::NamesNeedToken);
        }
        if !address.is_local() {
            if token.is_none() {
                return Err(ServeError::NeedsToken(address));
            }
            if !http.allow_plain_http {
                return Err(ServeError::NeedsConsent(address));
            }
        }
        let metric_names = http.metrics_names.unwrap_or_default();
        let patience = Patience::default();
        Ok(Self { address, token, settings: settings.clone(), links, patience, metric_names })
    }

    /// Where the server is to listen: with port 0, at any port that is free.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The same options at another address, such as the one that a server with port 0 got.
    #[must_use]
    pub fn at(self, address: Address) -> Self {
        Self { address, ..self }
    }

    /// The same with another patience.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }
}
