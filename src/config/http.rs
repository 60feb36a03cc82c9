//! `[http]` in the config file: where totals are served over HTTP, and who may read names.
//!
//! Invariant: values are kept as written. `serve` knows what an address means and refuses what is not safe.

use std::path::PathBuf;

use serde::Deserialize;

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
    /// How metrics are named.
    pub metrics_names: Option<MetricNames>,
}

/// How figures of usage are named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MetricNames {
    /// `cco_tokens_total` and so on.
    #[default]
    Cco,
    /// As Claude Code's own OpenTelemetry metrics arrive in Prometheus, so that dashboards for them work.
    ClaudeCode,
}

impl MetricNames {
    /// All, with the words that choose them.
    pub const WORDS: [(&'static str, Self); 2] =
        [(Self::Cco.word(), Self::Cco), (Self::ClaudeCode.word(), Self::ClaudeCode)];

    /// The word that chooses it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cco => "cco",
            Self::ClaudeCode => "claude-code",
        }
    }
}

impl std::str::FromStr for MetricNames {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = Self::WORDS.into_iter().find(|(known, _)| *known == word);
        let words = Self::WORDS.map(|(word, _)| word);
        found.map(|(_, names)| names).ok_or_else(|| format!("use one of {}", words.join(", ")))
    }
}

/// All keys of [`Http`].
pub(super) const KEYS: [&str; 6] =
    ["address", "token_file", "allow_plain_http", "redact", "hosts", "metrics_names"];
