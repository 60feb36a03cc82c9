//! What `cco-peek` is told.

use std::path::PathBuf;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand};

use crate::config::suggest::nearest;
use crate::report::Want;
use crate::report::bar::{Format, Template, listing, themes};
use crate::report::document::Tables;
use crate::report::field::Field;

/// Shows what Claude Code used, from the snapshot that a publisher keeps current.
#[derive(Debug, Default, Parser)]
#[command(
    name = "cco-peek",
    version,
    about,
    after_help = "\
Exit codes: 0 values are current; 1 any other error; 2 wrong usage; 3 values may be stale (stderr says why);
4 no snapshot; 5 not a snapshot; 9 not a regular file; 10 another user's file; 11 other byte order;
12 other layout version; 13 damaged; 14 shortened; 15 nothing published; 16 busy, try again; 17 I/O error."
)]
pub(super) struct Arguments {
    /// Snapshot to read [default: usage.snapshot in the state folder]
    #[arg(long, value_name = "FILE", env = "CCO_SNAPSHOT", global = true)]
    pub(super) snapshot: Option<PathBuf>,
    /// Configuration file for themes and templates [default: ~/.config/cco/config.toml]
    #[arg(long, value_name = "FILE", global = true)]
    pub(super) config: Option<PathBuf>,
    /// Print everything as JSON
    #[arg(long)]
    pub(super) json: bool,
    /// Print one value of the JSON, such as totals.cost_usd
    #[arg(long, value_name = "PATH", conflicts_with = "json")]
    pub(super) field: Option<Field>,
    /// Print a line as a bar's tool wants it, or by a template of your own, such as '{today.cost} today'
    #[arg(long, value_name = "NAME|TEMPLATE", value_parser = ShapeParser, conflicts_with_all = ["json", "field", "watch"])]
    pub(super) format: Option<Shape>,
    /// What a named format shows, instead of what the configuration or the theme has
    #[arg(long, value_name = "TEMPLATE", requires = "format")]
    pub(super) template: Option<Template>,
    /// Theme of a named format
    #[arg(long, value_name = "NAME", requires = "format", value_parser = theme_parser())]
    pub(super) theme: Option<String>,
    /// Go on, with an output of the format for each change
    #[arg(long, requires = "format")]
    pub(super) follow: bool,
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
    #[arg(long, requires = "json", conflicts_with = "field")]
    sessions: bool,
    /// Add all days to the JSON
    #[arg(long, requires = "json", conflicts_with = "field")]
    days: bool,
    /// Add the last 31 days' hours to the JSON
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
    /// Print Claude Code's status line, from the JSON that it gives on stdin
    #[command(name = "statusline", after_help = template_help())]
    StatusLine(StatusLine),
}

/// What `cco-peek statusline` is told.
#[derive(Debug, Default, Args)]
pub(super) struct StatusLine {
    /// What to show, instead of what the configuration or the theme has
    #[arg(long, value_name = "TEMPLATE")]
    pub(super) template: Option<Template>,
    /// Theme
    #[arg(long, value_name = "NAME", value_parser = theme_parser())]
    pub(super) theme: Option<String>,
}

/// The value of `--format`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Json,
    Bar(Format),
    Template(Template),
}

/// The names of formats.
const SHAPES: [(&str, Shape, &str); 9] = [
    ("plain", Shape::Bar(Format::Plain), "text without styles"),
    ("json", Shape::Json, "the document of --json, in a line"),
    ("waybar", Shape::Bar(Format::Waybar), "a JSON object a line, for a custom module"),
    ("i3bar", Shape::Bar(Format::I3bar), "i3bar's protocol, with --follow as status_command"),
    ("i3blocks", Shape::Bar(Format::I3blocks), "full text, short text, colour"),
    ("polybar", Shape::Bar(Format::Polybar), "text with formatting tags"),
    ("tmux", Shape::Bar(Format::Tmux), "text with #[styles]"),
    ("starship", Shape::Bar(Format::Starship), "text, which starship styles"),
    ("xbar", Shape::Bar(Format::Xbar), "a line for the menu bar, and a menu (also for SwiftBar)"),
];

/// Takes a format's name, or a template: what has brackets or is more than a word.
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
        let text =
            value.to_str().ok_or_else(|| wrong("--format: what is given is no text (UTF-8)".to_owned()))?;
        if let Some((_, shape, _)) = SHAPES.iter().find(|(name, ..)| *name == text) {
            return Ok(shape.clone());
        }
        if text.contains(['{', '[']) {
            return text.parse().map(Shape::Template).map_err(|error| wrong(format!("--format: {error}")));
        }
        let names = SHAPES.map(|(name, ..)| name);
        let meant = match nearest(text, &names) {
            Some(meant) => format!("did you mean {meant}?"),
            None => format!("there are {}, and templates such as '{{today.cost}} today'", names.join(", ")),
        };
        Err(wrong(format!("--format: there is no format {text:?}: {meant}")))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(SHAPES.into_iter().map(|(name, _, about)| PossibleValue::new(name).help(about))))
    }
}

fn theme_parser() -> clap::builder::PossibleValuesParser {
    themes().collect::<Vec<_>>().into()
}

/// What templates may hold.
fn template_help() -> String {
    format!(
        "\
Templates:
  {{name}}  a field, coloured by its thresholds
  {{dim}}   a style, until {{reset}}: bold, dim, red, green, yellow, blue, magenta, cyan
  [...]   a section: not shown where a field in it has no value; sections side by side get a separator between them, sections in sections do not
  [3|...] the same with its rank: where there is no room, sections of the highest go first
  \\{{ \\[ \\| \\\\ the letter itself; \\n breaks the line

Behind a figure: * Claude Code's own count, + still being counted, ? nobody keeps it current.

Fields, and every path of the JSON such as {{totals.requests}}:
{}
Always exits with 0 and a line, because anything else blanks Claude Code's status line.",
        listing()
    )
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
