//! What `cco-peek` is told.

use std::path::PathBuf;

use clap::Parser;

use crate::report::Want;
use crate::report::document::Tables;
use crate::report::field::Field;

/// Shows what Claude Code used, from the snapshot that a publisher keeps current.
#[derive(Debug, Default, Parser)]
#[command(
    name = "cco-peek",
    version,
    about,
    after_help = "\
Exit codes: 0 values are current; 3 values may not be current (why is on stderr); 4 no snapshot;
5 not a snapshot or an unsupported version; 2 wrong usage; 1 anything else."
)]
pub(super) struct Arguments {
    /// Snapshot to read [default: usage.snapshot in the state folder]
    #[arg(long, value_name = "FILE", env = "CCO_SNAPSHOT")]
    pub(super) snapshot: Option<PathBuf>,
    /// Print everything as JSON
    #[arg(long)]
    pub(super) json: bool,
    /// Print one value of the JSON, such as totals.cost_usd
    #[arg(long, value_name = "PATH", conflicts_with = "json")]
    pub(super) field: Option<Field>,
    /// Start the publisher first, where none runs, and wait for its first publish
    #[arg(long)]
    pub(super) ensure: bool,
    /// How long --ensure waits at most
    #[arg(long, value_name = "SECONDS", default_value_t = 10, requires = "ensure")]
    pub(super) ensure_timeout: u64,
    /// Go on, with a line for each change
    #[arg(long)]
    pub(super) watch: bool,
    /// Add the newest sessions to the JSON
    #[arg(long, requires = "json")]
    sessions: bool,
    /// Add all days to the JSON
    #[arg(long, requires = "json")]
    days: bool,
    /// Add the last 31 days' hours to the JSON
    #[arg(long, requires = "json")]
    hours: bool,
    /// Add the history of the totals to the JSON
    #[arg(long, requires = "json")]
    history: bool,
}

impl Arguments {
    /// What of the snapshot is needed for them.
    pub(super) fn want(&self) -> Want {
        match &self.field {
            Some(field) => field.want(),
            None if self.watch && !self.json => Want::Totals,
            None => Want::Tables,
        }
    }

    /// The longer tables that the JSON is to have.
    pub(super) fn tables(&self) -> Tables {
        Tables { sessions: self.sessions, days: self.days, hours: self.hours, history: self.history }
    }
}
