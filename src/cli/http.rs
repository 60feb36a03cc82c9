//! The options of commands that serve totals over HTTP.
//!
//! Invariant: they override `[http]` in the config file, and mean the same for a daemon in another folder.

use std::ffi::OsString;
use std::path::PathBuf;

use super::Failure;
use super::paths::absolute;
use crate::config::{MetricNames, Settings, Source};
use crate::serve::DEFAULT;

/// Who may read what.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct AccessOptions {
    /// File with the token that clients must show; only you may be able to read it
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Serve other machines although nothing is encrypted; needs a token
    #[arg(long)]
    allow_plain_http: bool,
    /// Hide names of projects and paths from everyone
    #[arg(long)]
    redact: bool,
    /// Names of metrics at /metrics: cco, or claude-code for those of Claude Code's own metrics
    #[arg(long, value_name = "NAMES", value_parser = metric_names())]
    metrics_names: Option<MetricNames>,
}

/// Options of a publisher that may serve HTTP.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct HttpOptions {
    /// Serve totals over HTTP as well, at an address and port, a port, or unix:PATH [default: 127.0.0.1:3000]
    #[arg(long, value_name = "ADDR")]
    http: Option<Option<String>>,
    #[command(flatten)]
    access: AccessOptions,
}

impl HttpOptions {
    /// Whether HTTP was asked for on the command line.
    pub(super) fn is_asked(&self) -> bool {
        self.http.is_some()
    }

    /// Puts them into settings.
    pub(super) fn apply(&self, settings: &mut Settings) {
        if let Some(address) = &self.http {
            choose_address(settings, address.as_deref());
        }
        self.access.apply(settings);
    }

    /// The options as arguments that mean the same in another folder.
    pub(super) fn arguments(&self) -> Result<Vec<OsString>, Failure> {
        let mut arguments = Vec::new();
        if let Some(address) = &self.http {
            // Without an address nothing that follows may be taken for one.
            arguments.push(match address {
                Some(address) => format!("--http={address}").into(),
                None => "--http".into(),
            });
        }
        if let Some(path) = &self.access.token_file {
            arguments.extend(["--token-file".into(), absolute(path)?.into()]);
        }
        arguments.extend(self.access.allow_plain_http.then(|| "--allow-plain-http".into()));
        arguments.extend(self.access.redact.then(|| "--redact".into()));
        if let Some(names) = &self.access.metrics_names {
            arguments.extend(["--metrics-names".into(), names.word().into()]);
        }
        Ok(arguments)
    }
}

impl AccessOptions {
    /// Puts them into settings.
    pub(super) fn apply(&self, settings: &mut Settings) {
        let http = &mut settings.http;
        if let Some(path) = &self.token_file {
            http.token_file = Some(path.clone());
        }
        http.allow_plain_http |= self.allow_plain_http;
        http.redact |= self.redact;
        http.metrics_names = self.metrics_names.or(http.metrics_names);
    }
}

/// Serves at this address, else at the config file's, else at the usual one.
pub(super) fn choose_address(settings: &mut Settings, address: Option<&str>) {
    let http = &mut settings.http;
    let configured = || http.address.take();
    http.address = Some(address.map(str::to_owned).or_else(configured).unwrap_or_else(|| DEFAULT.to_owned()));
    settings.sources.http = Source::Flag;
}

/// Parses the names of metrics.
fn metric_names() -> impl clap::builder::TypedValueParser<Value = MetricNames> {
    use clap::builder::TypedValueParser as _;
    let words = MetricNames::WORDS.map(|(word, _)| word);
    clap::builder::PossibleValuesParser::new(words).try_map(|word| word.parse::<MetricNames>())
}
