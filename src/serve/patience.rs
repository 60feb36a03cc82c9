//! How long a server waits for a client that does nothing.
//!
//! Invariant: every wait for a client has an end. Users cannot change it; a test that is such a client makes it short.

use std::time::Duration;

/// How long a server waits for a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For the headers of its next request.
    pub headers: Duration,
    /// Until it takes something of an answer.
    pub writes: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { headers: Duration::from_secs(10), writes: Duration::from_secs(10) }
    }
}
