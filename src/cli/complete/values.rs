//! Which options complete to what, by the names of their values: `--project <PROJECT>` completes to projects.
//!
//! Invariant: an option gets its candidates by being described as its like are; none is listed here by its own name.

use std::ffi::OsStr;
use std::sync::Arc;

use clap::{Arg, Command, ValueHint};
use clap_complete::ArgValueCompleter;
use clap_complete::engine::CompletionCandidate;

use super::known::Known;
use crate::usage::Dimension;

/// Finds what continues the text that was typed.
type Find = fn(&Known, &str) -> Vec<CompletionCandidate>;

/// Names of values, and what they are.
const FINDS: [(&str, Find); 15] = [
    ("PROJECT", Known::projects),
    ("MODEL", Known::models),
    ("ID", Known::sessions),
    ("PATH", Known::fields),
    ("ZONE", Known::zones),
    ("BRANCH", |known, typed| known.values(Dimension::Branch, typed)),
    ("SUBAGENT", |known, typed| known.values(Dimension::Subagent, typed)),
    ("SKILL", |known, typed| known.values(Dimension::Skill, typed)),
    ("PLUGIN", |known, typed| known.values(Dimension::Plugin, typed)),
    ("SERVER", |known, typed| known.values(Dimension::McpServer, typed)),
    ("TOOL", |known, typed| known.values(Dimension::McpTool, typed)),
    ("EFFORT", |known, typed| known.values(Dimension::Effort, typed)),
    ("ENTRYPOINT", |known, typed| known.values(Dimension::Entrypoint, typed)),
    ("AGENT", |known, typed| known.values(Dimension::AgentId, typed)),
    ("N|max", |_, typed| if "max".starts_with(typed) { vec!["max".into()] } else { Vec::new() }),
];

/// The command with candidates for its values, and for those of the commands in it.
pub(super) fn completed(command: Command, known: &Arc<Known>) -> Command {
    // Prices are known for more models than were used.
    let is_prices = command.get_name() == "prices";
    let command = command.mut_args(|argument| {
        let name = argument.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
        match name.as_deref() {
            Some("MODEL") if is_prices => with(argument, known, Known::priced_models),
            Some("DIR") => argument.value_hint(ValueHint::DirPath),
            Some(name) => match FINDS.iter().find(|(named, _)| *named == name) {
                Some((_, find)) => with(argument, known, *find),
                None => argument,
            },
            None => argument,
        }
    });
    command.mut_subcommands(|inner| completed(inner, known))
}

fn with(argument: Arg, known: &Arc<Known>, find: Find) -> Arg {
    let known = Arc::clone(known);
    let complete = move |typed: &OsStr| typed.to_str().map_or_else(Vec::new, |typed| find(&known, typed));
    argument.add(ArgValueCompleter::new(complete))
}
