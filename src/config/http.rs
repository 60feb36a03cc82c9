//! `[http]` in the config file: where totals are served over HTTP, and who may read names.
//!
//! Invariant: values are kept as written. `serve` knows what an address means and refuses what is not safe.

use std::path::PathBuf;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::suggest::nearest;

/// The content of the section.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Where to listen: `127.0.0.1:3000`, or `unix:` and a path. A publisher serves HTTP if this is set.
    pub address: Option<String>,
    /// A file with the token that clients must show.
    pub token_file: Option<PathBuf>,
    /// Serve other machines, without encryption.
    #[serde(default)]
    pub allow_plain_http: bool,
    /// Hide names and paths from everyone.
    #[serde(default)]
    pub redact: bool,
    /// Names of this machine that clients may use besides `localhost` and IP addresses.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// How metrics are named: `cco`, or `claude-code` for the names of Claude Code's own.
    pub metrics_names: Option<String>,
}

/// All keys of [`Http`].
pub(super) const KEYS: [&str; 6] =
    ["address", "token_file", "allow_plain_http", "redact", "hosts", "metrics_names"];

/// The first unknown key in the section, and the most similar known key.
pub(super) fn unknown_key<'a, 'i>(
    file: &'a DeTable<'i>,
) -> Option<(&'a Spanned<std::borrow::Cow<'i, str>>, Option<&'static str>)> {
    let DeValue::Table(section) = file.get("http")?.get_ref() else { return None };
    let key = section.keys().find(|key| !KEYS.contains(&key.get_ref().as_ref()))?;
    Some((key, nearest(key.get_ref(), &KEYS)))
}
