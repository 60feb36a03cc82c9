//! `cco setup`: integrations shown, agreed to, made and undone.
//!
//! Invariant: nothing is written that was not shown first, or that nobody agreed to.

use std::io::{IsTerminal as _, stdin};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde::Serialize;

use super::confirm::agreed;
use super::offer::offer;
use super::options::Options;
use super::own_files::refuse_own_file;
use super::paths::own_program;
use super::setup_plan::{notes, outcome, show};
use super::values::whole;
use super::{Failure, note, print, print_json};
use crate::daemon::own_roots;
use crate::plain_text::plain;
use crate::setup::{
    ClaudeOptions, ClaudeSettings, DAYS_BY_DEFAULT, DAYS_TO_WARN, Existing, GuardOptions, Integration, Like,
    Places, Plan, Programs, Records, SetupError, VSCODE, claude_version, knows_model_switch, vscode,
};
use crate::state_folder::StateFolder;

/// Options of `cco setup`.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Without an integration: lists all integrations and their status.\n\
                  Each integration shows the exact change and asks first. --undo reverts it and keeps later edits.\n\
                  If no publisher is running, it offers to start one; with --yes it only says how.\n\
                  Exit codes: 0 done, or nothing to do; 1 any other error; 2 nothing was changed: no terminal to ask \
                  for confirmation (use --yes), or wrong usage; 4 no file to add to."
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    integration: Option<Command>,
    /// Print the list as JSON
    #[arg(long)]
    json: bool,
    /// State folder, where changes are recorded [default: ~/.local/state/cco]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Claude Code: status line, a hook that starts the publisher, transcript retention
    #[command(
        after_help = "The status line is `cco-peek statusline`. The hook is `cco-peek --ensure`: it prints nothing, \
                            and Claude Code does not wait for it."
    )]
    Claude {
        /// Keep the existing status line, on separate lines above or below ours
        #[arg(long, value_name = "WHERE", num_args = 0..=1, default_missing_value = "above", require_equals = true)]
        wrap: Option<Where>,
        /// Replace the existing status line
        #[arg(long, conflicts_with = "wrap")]
        replace: bool,
        /// Make Claude Code keep transcripts for this many days (cleanupPeriodDays)
        #[arg(long, value_name = "DAYS", value_parser = whole::<u64>(1..=36_500))]
        keep_transcripts: Option<u64>,
        /// Make the status line look like another program's: its own configuration is translated as far as it goes
        #[arg(long, value_name = "PROGRAM", conflicts_with = "wrap")]
        like: Option<Theirs>,
        /// Also write the rows of Claude Code's list of subagents
        #[arg(long)]
        subagents: bool,
        #[command(flatten)]
        how: How,
        /// Settings file to edit [default: settings.json in Claude Code's folder]
        #[arg(long, value_name = "FILE", conflicts_with = "undo")]
        file: Option<PathBuf>,
    },
    /// Spend guard: Claude Code's hooks that warn of a cost and stop at one
    #[command(
        after_help = "The hooks run `cco-peek guard` before each prompt and tool call, and before a change of the model if Claude \
                            Code knows that hook. Limits are under [guard] in the config file: cco guard --help."
    )]
    Guard {
        /// Also guard changes of the model [default: if `claude --version` is 2.1.251 or later]
        #[arg(long)]
        model_switch: bool,
        #[command(flatten)]
        how: How,
        /// Settings file to edit [default: settings.json in Claude Code's folder]
        #[arg(long, value_name = "FILE", conflicts_with = "undo")]
        file: Option<PathBuf>,
    },
    /// tmux: figures at the right of the status line
    Tmux {
        #[command(flatten)]
        how: How,
        /// Config file to edit [default: ~/.tmux.conf, or ~/.config/tmux/tmux.conf]
        #[arg(long, value_name = "FILE", conflicts_with = "undo")]
        file: Option<PathBuf>,
    },
    /// starship: a module in the prompt
    Starship {
        #[command(flatten)]
        how: How,
        /// Config file to edit [default: ~/.config/starship.toml]
        #[arg(long, value_name = "FILE", conflicts_with = "undo")]
        file: Option<PathBuf>,
    },
    /// waybar: a module with live figures
    Waybar {
        #[command(flatten)]
        how: How,
        /// Config file to edit [default: ~/.config/waybar/config.jsonc, or config]
        #[arg(long, value_name = "FILE", conflicts_with = "undo")]
        file: Option<PathBuf>,
    },
    /// bash: completions, and figures before the prompt
    Bash {
        /// Also show figures before the prompt
        #[arg(long)]
        prompt: bool,
        #[command(flatten)]
        how: How,
        /// File to edit [default: ~/.bashrc]
        #[arg(long, value_name = "FILE", conflicts_with = "undo")]
        file: Option<PathBuf>,
    },
    /// zsh: completions, and figures at the right of the prompt
    Zsh {
        #[command(flatten)]
        prompt: Prompt,
        #[command(flatten)]
        how: How,
        /// File to edit [default: ~/.zshrc]
        #[arg(long, value_name = "FILE", conflicts_with = "undo")]
        file: Option<PathBuf>,
    },
    /// fish: completions, and figures at the right of the prompt
    Fish {
        #[command(flatten)]
        prompt: Prompt,
        #[command(flatten)]
        how: How,
        /// Folder to write to [default: ~/.config/fish]
        #[arg(long, value_name = "DIR", conflicts_with = "undo")]
        folder: Option<PathBuf>,
    },
    /// Neovim: the plugin, with :Cco and a component for status lines
    #[command(
        after_help = "Neovim loads the plugin by itself. Setup does not change your init.lua; it prints the line to add \
                            for the status line."
    )]
    Nvim {
        #[command(flatten)]
        how: How,
        /// Folder to write to [default: ~/.local/share/nvim/site/pack/cco/start/cco]
        #[arg(long, value_name = "DIR", conflicts_with = "undo")]
        folder: Option<PathBuf>,
    },
    /// Vim: the plugin, with :Cco and a component for status lines
    #[command(
        after_help = "Vim loads the plugin by itself. Setup does not change your vimrc; it prints the line to add for \
                            the status line."
    )]
    Vim {
        #[command(flatten)]
        how: How,
        /// Folder to write to [default: ~/.vim/pack/cco/start/cco]
        #[arg(long, value_name = "DIR", conflicts_with = "undo")]
        folder: Option<PathBuf>,
    },
    /// Emacs: figures in the mode line, and M-x cco
    Emacs {
        #[command(flatten)]
        how: How,
        /// Emacs's folder, with init.el in it [default: ~/.emacs.d, or ~/.config/emacs, and the init file in use]
        #[arg(long, value_name = "DIR", conflicts_with = "undo")]
        folder: Option<PathBuf>,
    },
    /// VS Code, VSCodium, code-server: the extension, by the editor's own command line
    Vscode {
        #[command(flatten)]
        how: How,
        /// Extension to install: a .vsix file, which tools/editors/vscode/package makes in a clone of cco
        #[arg(long, value_name = "FILE", conflicts_with = "undo")]
        extension: Option<PathBuf>,
        /// The editor's program [default: code, codium or code-server, whichever is in PATH]
        #[arg(long, value_name = "PROGRAM", conflicts_with = "undo")]
        editor: Option<PathBuf>,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Where {
    Above,
    Below,
}

/// Programs whose status line ours can look like.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Theirs {
    Ccusage,
    Ccstatusline,
}

#[derive(Clone, Copy, Debug, clap::Args)]
struct Prompt {
    /// Also show figures at the right of the prompt
    #[arg(long)]
    prompt: bool,
}

#[derive(Clone, Debug, clap::Args)]
struct How {
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
    /// Only show what would change
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Undo this integration
    #[arg(long)]
    undo: bool,
    /// State folder, where changes are recorded [default: ~/.local/state/cco]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

impl How {
    /// Whether there is somebody to ask.
    fn asks(&self) -> bool {
        !self.yes && !self.dry_run && stdin().is_terminal()
    }
}

/// A row of the list of integrations: schema 1, members are added, never changed.
#[derive(Debug, Serialize)]
struct IntegrationRow {
    name: &'static str,
    /// The file that setup edits; empty if only the other program knows.
    file: String,
    /// Whether setup would change nothing.
    is_set_up: bool,
    /// Whether there is something to undo.
    is_recorded: bool,
    /// Why it cannot be set up now.
    problem: Option<String>,
}

/// Runs `cco setup`.
pub(super) fn run(arguments: Arguments) -> Result<(), Failure> {
    let (integration, how, file) = match arguments.integration {
        None => return list(arguments.state, arguments.json),
        Some(Command::Claude { wrap, replace, keep_transcripts, like, subagents, how, file }) => {
            let existing = match wrap {
                Some(Where::Above) => Existing::Above,
                Some(Where::Below) => Existing::Below,
                None if replace => Existing::Replace,
                None => Existing::Refuse,
            };
            let like = like.map(|theirs| match theirs {
                Theirs::Ccusage => Like::Ccusage,
                Theirs::Ccstatusline => Like::Ccstatusline,
            });
            let wanted = ClaudeOptions { existing, keep_days: keep_transcripts, like, subagents };
            (Integration::Claude(wanted), how, file)
        }
        Some(Command::Guard { model_switch, how, file }) => {
            let knows = || {
                let version = claude_version(std::env::var_os("PATH").as_deref());
                version.is_some_and(knows_model_switch)
            };
            let options = GuardOptions {
                knows_model_switch: !how.undo && (model_switch || knows()),
                has_limits: !Options::of_state(how.state.clone()).settings()?.guard.is_empty(),
            };
            (Integration::Guard(options), how, file)
        }
        Some(Command::Tmux { how, file }) => (Integration::Tmux, how, file),
        Some(Command::Starship { how, file }) => (Integration::Starship, how, file),
        Some(Command::Waybar { how, file }) => (Integration::Waybar, how, file),
        Some(Command::Bash { prompt, how, file }) => (Integration::Bash { prompt }, how, file),
        Some(Command::Zsh { prompt, how, file }) => (Integration::Zsh { prompt: prompt.prompt }, how, file),
        Some(Command::Fish { prompt, how, folder }) => {
            (Integration::Fish { prompt: prompt.prompt }, how, folder)
        }
        Some(Command::Nvim { how, folder }) => (Integration::Nvim, how, folder),
        Some(Command::Vim { how, folder }) => (Integration::Vim, how, folder),
        Some(Command::Emacs { how, folder }) => (Integration::Emacs, how, folder),
        Some(Command::Vscode { how, extension, editor }) => {
            let records = Records::in_state(&state(how.state.clone())?);
            if how.undo {
                return undo(VSCODE, &records, &how);
            }
            let search = std::env::var_os("PATH");
            let plan = vscode(&records, extension.as_deref(), editor.as_deref(), search.as_deref())?;
            return proceed(VSCODE, true, &plan, &how, &records);
        }
    };
    let records = Records::in_state(&state(how.state.clone())?);
    if how.undo {
        return undo(integration.name(), &records, &how);
    }
    if let Some(file) = file.as_ref().filter(|file| !file.is_dir()) {
        refuse_own_file(&Options::of_state(how.state.clone()).settings()?, file)?;
    }
    let Some(plan) = asked_plan(integration, &how, &records, file.as_ref())? else {
        return print("nothing was changed\n");
    };
    proceed(integration.name(), integration.shows_figures(), &plan, &how, &records)
}

/// Shows a plan, asks, and carries it out. Then offers to start a publisher, if the integration shows figures.
fn proceed(
    name: &str,
    shows_figures: bool,
    plan: &Plan,
    how: &How,
    records: &Records,
) -> Result<(), Failure> {
    notes(plan);
    let offered = || match shows_figures && !how.dry_run {
        true => offer(&Options::of_state(how.state.clone()), how.asks()),
        false => Ok(()),
    };
    if plan.is_empty() {
        print("already set up\n")?;
        return if how.asks() { offered() } else { Ok(()) };
    }
    show(plan)?;
    if how.dry_run {
        return Ok(());
    }
    if !is_agreed("Make this change?", how)? {
        return print("nothing was changed\n");
    }
    records.apply(name, plan)?;
    let next: String = plan.next.iter().map(|line| format!("{line}\n")).collect();
    print(&format!("{}{next}to undo: cco setup {name} --undo\n", outcome(plan)))?;
    offered()
}

/// The plan. If it needs a decision and there is somebody to ask, asks. `None` if they decided against it.
fn asked_plan(
    integration: Integration,
    how: &How,
    records: &Records,
    file: Option<&PathBuf>,
) -> Result<Option<Plan>, Failure> {
    let (places, programs) = (places()?, programs()?);
    let plan = |integration: Integration| integration.plan(&places, &programs, records, file.cloned());
    let Integration::Claude(mut wanted) = integration else {
        return plan(integration).map(Some).map_err(Failure::from);
    };
    let mut planned = plan(integration);
    if let Err(error @ SetupError::Taken { can_wrap: true, .. }) = &planned
        && wanted.existing == Existing::Refuse
        && how.asks()
    {
        note(&plain(&format!("cco: {error}")));
        if !agreed("Show both, the existing one above ours?", "")? {
            return Ok(None);
        }
        wanted.existing = Existing::Above;
        planned = plan(Integration::Claude(wanted));
    }
    let planned = planned?;
    if planned.files.is_empty() || wanted.keep_days.is_some() || !how.asks() {
        return Ok(Some(planned));
    }
    let settings = file.cloned().unwrap_or_else(|| places.claude_settings());
    let days = ClaudeSettings::read(settings)?.cleanup_days.unwrap_or(DAYS_BY_DEFAULT);
    let question =
        format!("Claude Code deletes transcripts after {days} days. Make it keep them for ten years?");
    if days < DAYS_TO_WARN && agreed(&question, "")? {
        wanted.keep_days = Some(3650);
        return plan(Integration::Claude(wanted)).map(Some).map_err(Failure::from);
    }
    Ok(Some(planned))
}

fn undo(name: &str, records: &Records, how: &How) -> Result<(), Failure> {
    let Some(undo) = records.undo(name)? else {
        return print(&format!("nothing to undo: cco did not set up {name}\n"));
    };
    notes(&undo.plan);
    show(&undo.plan)?;
    if how.dry_run {
        return Ok(undo.finished(false)?);
    }
    if !undo.plan.is_empty() && !is_agreed("Undo this?", how)? {
        return print("nothing was changed\n");
    }
    records.carry_out(name, &undo)?;
    let lines = outcome(&undo.plan);
    print(if lines.is_empty() && undo.finished(true).is_ok() {
        "nothing was left to undo\n"
    } else {
        &lines
    })?;
    Ok(undo.finished(true)?)
}

fn is_agreed(question: &str, how: &How) -> Result<bool, Failure> {
    if how.yes {
        return Ok(true);
    }
    agreed(question, "nothing was changed: no terminal to ask for confirmation; use --yes")
}

fn list(state_folder: Option<PathBuf>, json: bool) -> Result<(), Failure> {
    let records = Records::in_state(&state(state_folder)?);
    let recorded = records.names()?;
    let (places, programs) = (places()?, programs()?);
    let listed = Integration::all().map(|integration| {
        let plan = integration.plan(&places, &programs, &records, None);
        IntegrationRow {
            name: integration.name(),
            file: integration.path(&places).display().to_string(),
            is_set_up: plan.as_ref().is_ok_and(|plan| plan.files.is_empty()),
            is_recorded: recorded.iter().any(|name| name == integration.name()),
            problem: plan.err().map(|error| error.to_string()),
        }
    });
    let is_recorded = recorded.iter().any(|name| name == VSCODE);
    // Only the editor knows whether it has the extension, and asking one takes time.
    let vscode = IntegrationRow {
        name: VSCODE,
        file: String::new(),
        is_set_up: is_recorded,
        is_recorded,
        problem: None,
    };
    let listed: Vec<_> = listed.into_iter().chain([vscode]).collect();
    if json {
        return print_json(&listed);
    }
    let lines = listed.iter().map(|listed| {
        let stands = match (&listed.problem, listed.is_set_up) {
            (Some(problem), _) => format!("not set up: {problem}"),
            (None, true) => "set up".to_owned(),
            (None, false) => format!("not set up: cco setup {}", listed.name),
        };
        format!("{:<9} {}\n", listed.name, plain(&stands))
    });
    print(&lines.collect::<String>())
}

fn state(named: Option<PathBuf>) -> Result<StateFolder, Failure> {
    Ok(Options::of_state(named).settings()?.state)
}

/// Where integrations' files are.
pub(super) fn places() -> Result<Places, Failure> {
    let claude = own_roots().checked.into_iter().next();
    Places::from(|name| std::env::var_os(name), claude).ok_or_else(|| SetupError::NoHome.into())
}

fn programs() -> Result<Programs, Failure> {
    let own = own_program()?;
    Ok(Programs::found(std::env::var_os("PATH").as_deref(), own.parent().unwrap_or(Path::new("/"))))
}
