//! The options of `cco guard` and `cco-peek guard`.
//!
//! Invariant: an option replaces its bound in the config file and nothing else.

use clap::{Args, Subcommand};

use crate::config::{Guard, guard};
use crate::report::guard::Scope;
use crate::snapshot::Picodollars;

/// What `guard` is for.
pub(crate) const GUARD_HELP: &str = "\
    Without a command: reads a hook's JSON from stdin and answers it (UserPromptSubmit, PreToolUse, PreModelSwitch); at a \
    terminal it shows the status. Limits are under [guard] in the config file; options replace them. Without current figures \
    everything is let through, which is said; with strict everything is stopped. To install the hooks: cco setup guard.\n\n\
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

/// What to do besides answering a hook.
#[derive(Debug, Subcommand)]
pub(super) enum GuardCommand {
    /// Show what was spent beside what is warned of and stopped
    #[command(after_help = "Exit codes: 0 done; 1 any other error; 3 figures may be stale; 4 no snapshot.")]
    Status(StatusOptions),
    /// Let one more prompt through, with what Claude does for it; it must be sent within ten minutes
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

/// Bounds, instead of those in the config file.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct BoundOptions {
    /// Warn from this cost of a session on, in USD
    #[arg(long, value_name = "USD", value_parser = amount)]
    session_warn: Option<Picodollars>,
    /// Stop from this cost of a session on
    #[arg(long, value_name = "USD", value_parser = amount)]
    session_stop: Option<Picodollars>,
    /// Warn from this cost of a day on
    #[arg(long, value_name = "USD", value_parser = amount)]
    day_warn: Option<Picodollars>,
    /// Stop from this cost of a day on
    #[arg(long, value_name = "USD", value_parser = amount)]
    day_stop: Option<Picodollars>,
    /// Warn from this cost of a 5-hour block on
    #[arg(long, value_name = "USD", value_parser = amount)]
    block_warn: Option<Picodollars>,
    /// Stop from this cost of a 5-hour block on
    #[arg(long, value_name = "USD", value_parser = amount)]
    block_stop: Option<Picodollars>,
    /// Warn from this cost of a project's day on
    #[arg(long, value_name = "USD", value_parser = amount)]
    project_warn: Option<Picodollars>,
    /// Stop from this cost of a project's day on
    #[arg(long, value_name = "USD", value_parser = amount)]
    project_stop: Option<Picodollars>,
    /// Stop everything while there are no current figures
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

    /// Whether a scope's stop is one of them.
    pub(super) fn stops(&self, scope: Scope) -> bool {
        self.of(scope)[1].is_some()
    }

    /// Puts them in the place of those in the config file.
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
