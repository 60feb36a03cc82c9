//! `[keep]` in the config file: what the ledger keeps besides figures and names.
//!
//! Invariant: text of a conversation is kept only if its user asks for it here, and not a moment longer.

use serde::Deserialize;

/// The content of the section.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keep {
    /// Titles of sessions.
    #[serde(default)]
    pub titles: bool,
}

/// All keys of [`Keep`].
pub(super) const KEYS: [&str; 1] = ["titles"];
