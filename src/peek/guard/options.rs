//! The options of `cco guard` and `cco-peek guard`.
//!
//! Invariant: an option replaces its bound in the config file and nothing else.

use clap::{Args, Subcommand};

use crate::config::{Guard, guard};
use crate::report::guard::Scope;
use crate::snapshot::Picodollars;

/// The help on what `guard` does.
pub(crate) const GUARD_HELP: &str = "\
    Without a command: reads a hook's JSON from stdin and answers it (UserPromptSubmit, PreToolUse, PreModelSwitch); at a \
    terminal it shows the status. Limits are under [guard] in the config file; options replace them. Without current figures \
    everything is let through, with a message; with strict everything is stopped. To install the hooks: cco setup guard.\n\n\
    Exit codes for hooks: 0 let through, or a tool call stopped by its JSON; 1 not a hook's input or wrong usage, let \
    through; 2 a prompt or a change of the model is stopped, the reason is on stderr.";

/// Options of the guard.
#[derive(Debug, Default, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct GuardArguments {
    #[command(subcommand)]
    pub(super) command: Option<GuardCommand>,
    #[command(flatten)]
    pub(super) bounds: BoundOptions,
}

/// What it can do besides answering a hook.
#[derive(Debug, Subcommand)]
pub(super) enum GuardCommand {
    /// Show what was spent and the limits
    #[command(after_help = "Exit codes: 0 done; 1 any other error; 3 figures may be stale; 4 no snapshot.")]
    Status(StatusOptions),
    /// Let one more prompt through, with everything Claude does for it; send it within ten minutes
    Pass,
}

/// Options of `cco guard status`.
#[derive(Debug, Default, Args)]
pub(super) struct StatusOptions {
    /// Session to show [default: the newest]
    #[arg(long, value_name = "ID")]
    pub(super) session: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// Bounds that replace those in the config file.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct BoundOptions {
    /// Warn when a session has cost this much, in USD
    #[arg(long, value_name = "USD", value_parser = amount)]
    session_warn: Option<Picodollars>,
    /// Stop when a session has cost this much
    #[arg(long, value_name = "USD", value_parser = amount)]
    session_stop: Option<Picodollars>,
    /// Warn when the day has cost this much
    #[arg(long, value_name = "USD", value_parser = amount)]
    day_warn: Option<Picodollars>,
    /// Stop when the day has cost this much
    #[arg(long, value_name = "USD", value_parser = amount)]
    day_stop: Option<Picodollars>,
    /// Warn when the 5-hour block has cost this much
    #[arg(long, value_name = "USD", value_parser = amount)]
    block_warn: Option<Picodollars>,
    /// Stop when the 5-hour block has cost this much
    #[arg(long, value_name = "USD", value_parser = amount)]
    block_stop: Option<Picodollars>,
    /// Warn when the project has cost this much today
    #[arg(long, value_name = "USD", value_parser = amount)]
    project_warn: Option<Picodollars>,
    /// Stop when the project has cost this much today
    #[arg(long, value_name = "USD", value_parser = amount)]
    project_stop: Option<Picodollars>,
    /// Stop everything while figures are not current
    #[arg(long)]
    strict: bool,
}

fn amount(text: &str) -> Result<Picodollars, String> {
    guard::amount(text).ok_or_else(|| format!("expected {}", guard::AMOUNT))
}

impl BoundOptions {
    fn of(&self, scope: Scope) -> [Option<Picodollars>; 2] {
        match scope {
            Scope::Session => [self.session_warn, self.session_stop],
            Scope::Day => [self.day_warn, self.day_stop],
            Scope::Block => [self.block_warn, self.block_stop],
            Scope::Project => [self.project_warn, self.project_stop],
        }
    }

    /// Whether they set a scope's stop.
    pub(super) fn stops(&self, scope: Scope) -> bool {
        self.of(scope)[1].is_some()
    }

    /// Replaces those in the config file.
    pub(super) fn replace_in(&self, guard: &mut Guard) {
        for scope in Scope::ALL {
            let [warn, stop] = self.of(scope);
            let bounds = scope.of_mut(guard);
            bounds.warn = warn.or(bounds.warn);
            bounds.stop = stop.or(bounds.stop);
        }
        guard.is_strict |= self.strict;
    }
}
