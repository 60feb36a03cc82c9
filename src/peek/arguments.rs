//! The command line of `cco-peek`.
//!
//! Invariant: whatever parses can be run; a combination that makes no sense is refused here, with what to use instead.

use std::path::PathBuf;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand};

use super::condition::Condition;
use super::guard::{GUARD_HELP, GuardArguments};
use crate::config::MetricNames;
use crate::config::suggest::nearest;
use crate::report::Want;
use crate::report::bar::{Format, Template, listing, themes};
use crate::report::document::Tables;
use crate::report::field::Field;
use crate::report::grid::{Cell, Column, Grid};
use crate::report::metrics::{MetricOptions, PROJECTS_MAX};

/// Show what Claude Code used, from the snapshot that a publisher keeps current
#[derive(Debug, Default, Parser)]
#[command(
    name = "cco-peek",
    version,
    about,
    after_help = "\
    Conditions compare fields with numbers, 'texts', null or other fields by > >= < <= == !=, joined by and, or, not and \
    parentheses: 'today.cost_usd > 20 or block.cost_usd >= 5'. A field without a value: exit code 4, unless compared with \
    null. An amount that may be more because models have no price: exit code 22, unless the rest decides.\n\n\
    Exit codes: 0 values are current (--if: true); 1 any other error (--if: false, and nothing else); 2 wrong usage; 3 values \
    may be stale (stderr says why); 4 no snapshot, or no value; 5 not a snapshot; 9 not a regular file; 10 another user's \
    file; 11 other byte order; 12 other layout version; 13 damaged; 14 shortened; 15 nothing published; 16 busy, try again; \
    17 I/O error; 22 depends on models without a price."
)]
pub(super) struct Arguments {
    /// Snapshot to read [default: usage.snapshot in the state folder]
    #[arg(long, value_name = "FILE", env = "CCO_SNAPSHOT", global = true)]
    pub(super) snapshot: Option<PathBuf>,
    /// Config file for themes and templates [default: ~/.config/cco/config.toml]
    #[arg(long, value_name = "FILE", global = true)]
    pub(super) config: Option<PathBuf>,
    /// Print everything as JSON
    #[arg(long)]
    pub(super) json: bool,
    /// Print one value of the JSON, such as totals.cost_usd
    #[arg(long, value_name = "PATH", conflicts_with = "json")]
    pub(super) field: Option<Field>,
    /// Print nothing; the exit code says whether a condition such as 'today.cost_usd > 20' is true (0) or false (1)
    #[arg(long = "if", value_name = "CONDITION", conflicts_with_all = ["json", "field", "format", "watch"])]
    pub(super) condition: Option<Condition>,
    /// Print a line for a bar, or from a template such as '{today.cost} today'
    #[arg(long, value_name = "NAME|TEMPLATE", value_parser = ShapeParser, conflicts_with_all = ["json", "field", "watch"])]
    pub(super) format: Option<Shape>,
    /// Template for a named format [default: from the config file or the theme]
    #[arg(long, value_name = "TEMPLATE", requires = "format")]
    pub(super) template: Option<Template>,
    /// Theme of a named format
    #[arg(long, value_name = "NAME", requires = "format", value_parser = theme_parser())]
    pub(super) theme: Option<String>,
    /// Keep running and print the format again at each change
    #[arg(long, requires = "format")]
    pub(super) follow: bool,
    /// With --format prometheus: names of metrics, cco or claude-code for those of Claude Code's own metrics
    #[arg(long, value_name = "NAMES", requires = "format", value_parser = metric_names_parser())]
    metrics_names: Option<MetricNames>,
    /// With --format prometheus: figures by project as well, of the N most expensive ones; the rest is other
    #[arg(long, value_name = "N", requires = "format", value_parser = projects)]
    metrics_projects: Option<usize>,
    /// Start the publisher first if none is running, and wait for its first publish
    #[arg(long)]
    pub(super) ensure: bool,
    /// How long --ensure waits
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = seconds, requires = "ensure")]
    pub(super) ensure_timeout: u64,
    /// Keep running and print a line at each change
    #[arg(long)]
    pub(super) watch: bool,
    /// Add the newest sessions to the JSON
    #[arg(long, requires = "json", conflicts_with = "field")]
    sessions: bool,
    /// Add all days to the JSON
    #[arg(long, requires = "json", conflicts_with = "field")]
    days: bool,
    /// Add the hours of the last 31 days to the JSON
    #[arg(long, requires = "json", conflicts_with = "field")]
    hours: bool,
    /// Add the history of the totals to the JSON
    #[arg(long, requires = "json", conflicts_with = "field")]
    history: bool,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print Claude Code's status line, from the JSON that it passes on stdin
    #[command(name = "statusline", after_help = template_help(width()))]
    StatusLine(StatusLine),
    /// Answer Claude Code's hooks: warn of a cost, and stop at one
    #[command(after_help = GUARD_HELP)]
    Guard(Box<GuardArguments>),
}

/// Options of `cco-peek statusline`.
#[derive(Debug, Default, Args)]
pub(super) struct StatusLine {
    /// Template [default: from the config file or the theme]
    #[arg(long, value_name = "TEMPLATE")]
    pub(super) template: Option<Template>,
    /// Theme
    #[arg(long, value_name = "NAME", value_parser = theme_parser())]
    pub(super) theme: Option<String>,
    /// Text between sections [default: from the config file or the theme]
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(super) separator: Option<String>,
    /// Print rows for Claude Code's list of subagents, from the JSON of its setting subagentStatusLine
    #[arg(long, conflicts_with_all = ["template", "theme", "separator"])]
    pub(super) subagents: bool,
}

impl StatusLine {
    /// The options of a command line that has nothing but these, each with a valid value: clap would take longer than
    /// everything else, and Claude Code runs this constantly.
    pub(super) fn quickly(arguments: impl Iterator<Item = std::ffi::OsString>) -> Option<Self> {
        let mut arguments = arguments.map(|argument| argument.into_string().ok());
        if arguments.next()?? != "statusline" {
            return None;
        }
        let mut line = Self::default();
        while let Some(option) = arguments.next() {
            let option = option?;
            if option == "--subagents" && !line.subagents {
                line.subagents = true;
                continue;
            }
            let value = arguments.next()??;
            // An option that is there twice, or whose value looks like one, is clap's to refuse.
            let is_new = match &*option {
                _ if value.starts_with('-') => false,
                "--template" => line.template.replace(value.parse().ok()?).is_none(),
                "--theme" => themes().any(|theme| theme == value) && line.theme.replace(value).is_none(),
                "--separator" => line.separator.replace(value).is_none(),
                _ => false,
            };
            if !is_new {
                return None;
            }
        }
        let draws = line.template.is_some() || line.theme.is_some() || line.separator.is_some();
        (!(line.subagents && draws)).then_some(line)
    }
}

/// The value of `--format`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Json,
    Bar(Format),
    Prometheus,
    Template(Template),
}

/// The named formats.
const SHAPES: [(&str, Shape, &str); 10] = [
    ("plain", Shape::Bar(Format::Plain), "text without styles"),
    ("json", Shape::Json, "the document of --json, on one line"),
    ("prometheus", Shape::Prometheus, "metrics, for node_exporter's textfile collector"),
    ("waybar", Shape::Bar(Format::Waybar), "a JSON object per line, for a custom module"),
    ("i3bar", Shape::Bar(Format::I3bar), "i3bar's protocol, with --follow as status_command"),
    ("i3blocks", Shape::Bar(Format::I3blocks), "full text, short text, colour"),
    ("polybar", Shape::Bar(Format::Polybar), "text with formatting tags"),
    ("tmux", Shape::Bar(Format::Tmux), "text with #[styles]"),
    ("starship", Shape::Bar(Format::Starship), "text that starship styles"),
    ("xbar", Shape::Bar(Format::Xbar), "a line for the menu bar, and a menu (also for SwiftBar)"),
];

/// Parses the name of a format, or a template, which is any text with brackets.
#[derive(Clone, Debug)]
struct ShapeParser;

impl TypedValueParser for ShapeParser {
    type Value = Shape;

    fn parse_ref(
        &self,
        command: &clap::Command,
        _: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<Shape, clap::Error> {
        let wrong = |message: String| command.clone().error(ErrorKind::InvalidValue, message);
        let text = value.to_str().ok_or_else(|| wrong("--format: the value is not UTF-8 text".to_owned()))?;
        if let Some((_, shape, _)) = SHAPES.iter().find(|(name, ..)| *name == text) {
            return Ok(shape.clone());
        }
        if text.contains(['{', '[']) {
            return text.parse().map(Shape::Template).map_err(|error| wrong(format!("--format: {error}")));
        }
        let names = SHAPES.map(|(name, ..)| name);
        let meant = match nearest(text, &names) {
            Some(meant) => format!("did you mean {meant}?"),
            None => format!("use {}, or a template such as '{{today.cost}} today'", names.join(", ")),
        };
        Err(wrong(format!("--format: unknown format {text:?}: {meant}")))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(SHAPES.into_iter().map(|(name, _, about)| PossibleValue::new(name).help(about))))
    }
}

fn metric_names_parser() -> impl TypedValueParser<Value = MetricNames> {
    clap::builder::PossibleValuesParser::new(MetricNames::WORDS.map(|(word, _)| word))
        .try_map(|word| word.parse::<MetricNames>())
}

/// A number of projects.
fn projects(text: &str) -> Result<usize, String> {
    let count = text.parse().ok().filter(|count| *count <= PROJECTS_MAX);
    count.ok_or_else(|| format!("use a whole number from 0 to {PROJECTS_MAX}"))
}

fn theme_parser() -> clap::builder::PossibleValuesParser {
    themes().collect::<Vec<_>>().into()
}

/// What a template is made of.
const SYNTAX: [(&str, &str); 10] = [
    ("{name}", "a field, coloured by its thresholds"),
    (
        "{input.PATH}",
        "what Claude Code tells there, such as {input.effort.level} or {input.workspace.added_dirs.0}",
    ),
    ("{cmd:NAME}", "what a command of yours prints, from [statusline.commands.NAME] in the config file"),
    ("{NAME:bar:8}", "a share as a bar, 8 columns wide; without a number, 10"),
    ("{pr:link}", "the pull request's number, leading to it; {input.PATH:link} leads to the address there"),
    (
        "{dim}",
        "a style, until {reset}: bold, dim, red, green, yellow, blue, magenta, cyan, #rrggbb; bg:COLOUR is behind",
    ),
    ("{fill}", "room: what follows is at the right"),
    (
        "[...]",
        "a section: hidden if a field in it has no value; a separator is put between adjacent sections, but not between \
         inner ones",
    ),
    ("[3|...]", "the same with a rank: if there is no room, the highest rank is hidden first"),
    (r"\{ \[ \| \\", r"the character itself; \n breaks the line, and each line fits the width by itself"),
];

/// Help on templates, for a terminal this wide.
pub(super) fn template_help(width: Option<usize>) -> String {
    format!(
        "\
Templates:
{}
After a figure: * Claude Code's own count; + still being counted; ? may be stale: no publisher is running.

Fields, and every path in the JSON, such as {{totals.requests}}:
{}
Always prints a line and exits with 0, because anything else blanks Claude Code's status line.",
        table(SYNTAX, width),
        table(listing(), width)
    )
}

/// Rows of two columns, indented.
fn table(rows: impl IntoIterator<Item = (&'static str, &'static str)>, width: Option<usize>) -> String {
    let mut grid = Grid::new([Column::key(""), Column::text("", 0)]);
    for (name, about) in rows {
        grid.row([Cell::name(name), Cell::words(about)]);
    }
    let lines = grid.render(width.map(|width| width.saturating_sub(2)));
    lines.lines().map(|line| format!("  {line}\n")).collect()
}

/// How wide the help is, as clap decides it: the terminal's width, else what `COLUMNS` says.
pub(super) fn width() -> Option<usize> {
    let told = || std::env::var("COLUMNS").ok()?.parse().ok().filter(|columns| *columns > 0);
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout()).ok();
    size.map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0).or_else(told)
}

impl Arguments {
    /// The part of the snapshot that they need.
    pub(super) fn want(&self) -> Want {
        match &self.field {
            Some(field) => field.want(),
            None if self.watch && !self.json => Want::Totals,
            None => Want::Tables,
        }
    }

    /// What of metrics is asked for.
    pub(super) fn metrics(&self) -> MetricOptions {
        MetricOptions {
            names: self.metrics_names.unwrap_or_default(),
            projects: self.metrics_projects.unwrap_or(0),
        }
    }

    /// Whether anything about metrics is asked for.
    pub(super) fn asks_for_metrics(&self) -> bool {
        self.metrics_names.is_some() || self.metrics_projects.is_some()
    }

    /// The longer tables to add to the JSON.
    pub(super) fn tables(&self) -> Tables {
        Tables { sessions: self.sessions, days: self.days, hours: self.hours, history: self.history }
    }
}

/// A time to wait.
fn seconds(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "use a whole number of seconds, such as 10".to_owned())
}
