//! The options of reports.
//!
//! Invariant: options that contradict each other are refused here, with what to use instead.

use std::io::IsTerminal as _;

use jiff::civil::{Date, Weekday};

use super::dimensions::DimensionOptions;
use crate::cli::options::Options;
use crate::cli::values::{date, whole};
use crate::cli::{Exit, Failure};
use crate::config::{self, Settings};
use crate::pricing::CostMode;
use crate::report::usage::csv::Names;
use crate::report::usage::{Costs, Grouping, Report, TokenLimit, length_ms};

macro_rules! codes {
    () => {
        "Exit codes: 0 done, even with no matching usage; 1 any other error; 2 wrong usage; 4 no transcripts and no \
         ledger, or no such project, model, session, branch or the like."
    };
}

const CODES: &str = codes!();
const EXAMPLES: &str = concat!(
    "Examples:\n  cco daily --last 7\n  cco daily --since 2026-11-01 --project engine --breakdown\n  cco daily --json \
     --compat ccusage\n\n",
    codes!()
);
const BLOCK_EXAMPLES: &str = concat!(
    "Examples:\n  cco blocks --recent\n  cco blocks --active --token-limit max\n  cco live\n\n",
    codes!()
);

/// The reports.
#[derive(Debug, clap::Subcommand)]
pub(in crate::cli) enum Command {
    /// Show usage by day
    #[command(after_help = EXAMPLES)]
    Daily(Periods),
    /// Show usage by week
    #[command(after_help = CODES)]
    Weekly(Weekly),
    /// Show usage by month
    #[command(after_help = CODES)]
    Monthly(Periods),
    /// Show usage by year
    #[command(after_help = CODES)]
    Yearly(Periods),
    /// Show usage by session, or one session
    #[command(after_help = CODES)]
    Session(Session),
    /// Show usage by project
    #[command(after_help = CODES)]
    Project(Common),
    /// Show usage by model
    #[command(after_help = CODES)]
    Model(Common),
    /// Show usage by git branch
    #[command(after_help = CODES)]
    Branch(Common),
    /// Show usage by type of subagent
    #[command(after_help = CODES)]
    Subagent(Common),
    /// Show usage by skill
    #[command(after_help = CODES)]
    Skill(Common),
    /// Show usage by plugin
    #[command(after_help = CODES)]
    Plugin(Common),
    /// Show usage by MCP server and tool
    #[command(after_help = CODES)]
    Mcp(Common),
    /// Show usage by effort
    #[command(after_help = CODES)]
    Effort(Common),
    /// Show usage by how Claude Code was started
    #[command(after_help = CODES)]
    Entrypoint(Common),
    /// Compare Claude Code's own session costs with the costs from transcripts
    #[command(
        long_about = "Compares Claude Code's own cost for each session with the cost of the requests in its \
                      transcripts, largest difference first. Part of the difference is spend that transcripts do not \
                      show: titles, prompt suggestions, compaction, and output whose final count was not recorded. No \
                      total includes it.",
        after_help = CODES
    )]
    Reconcile(Reconcile),
    /// Show usage in 5-hour blocks, the period of Claude's limits
    #[command(
        long_about = "Shows usage in 5-hour blocks, the period of Claude's limits. A block starts at the full hour \
                      (UTC) of its first request. A request more than five hours after that, or after the previous \
                      request, starts the next block. --project and --model select the usage to count; they do not \
                      move the blocks, which always follow all usage.",
        after_help = BLOCK_EXAMPLES
    )]
    Blocks(Blocks),
}

/// Options of reports by day, week, month and year.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Periods {
    #[command(flatten)]
    pub(super) common: Common,
    /// Show each project separately
    #[arg(long, short)]
    pub(super) instances: bool,
}

/// Options of `cco weekly`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Weekly {
    #[command(flatten)]
    pub(super) periods: Periods,
    /// First day of the week [default: week_start in the config file, else monday; sunday with --compat]
    #[arg(long, short = 'w', value_name = "DAY", hide_possible_values = true)]
    pub(super) start_of_week: Option<Day>,
}

/// Options of `cco session`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Session {
    #[command(flatten)]
    pub(super) common: Common,
    /// Show only this session, day by day: its id or the start of its id
    #[arg(long, short, value_name = "ID")]
    pub(super) id: Option<String>,
}

/// Options of `cco blocks`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Blocks {
    #[command(flatten)]
    pub(super) common: Common,
    /// Show only the current block, with its rate and projection
    #[arg(long, short)]
    pub(super) active: bool,
    /// Show only blocks from the last three days
    #[arg(long, short)]
    pub(super) recent: bool,
    /// Show each idle time in a row of its own, with its start
    #[arg(long, conflicts_with = "active")]
    pub(super) all: bool,
    #[command(flatten)]
    pub(super) blocks: BlockOptions,
}

/// Options of everything that shows blocks.
#[derive(Clone, Debug, clap::Args)]
pub(in crate::cli) struct BlockOptions {
    /// Token limit to compare blocks with: a number, or max for the largest earlier block
    #[arg(long, short, value_name = "N|max")]
    pub(in crate::cli) token_limit: Option<TokenLimit>,
    /// Block length in hours: at least 1, in quarter hours, such as 5 or 2.5
    #[arg(long, short = 'n', value_name = "HOURS", default_value = "5", value_parser = length_ms)]
    pub(in crate::cli) session_length: i64,
}

/// Options of `cco reconcile`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Reconcile {
    /// Only sessions last used on this day or later
    #[arg(long, short, value_name = "DATE", value_parser = date)]
    pub(super) since: Option<Date>,
    /// Only sessions last used on this day or earlier
    #[arg(long, short, value_name = "DATE", value_parser = date)]
    pub(super) until: Option<Date>,
    /// Only the N sessions with the largest differences
    #[arg(long, short, value_name = "N", value_parser = whole::<u32>(1..=1_000_000))]
    pub(super) limit: Option<u32>,
    /// What is one project: each working folder (project), or a git repository with its worktrees (worktree) [default: group
    /// in the config file, else project]
    #[arg(long, value_name = "GROUP", hide_possible_values = true)]
    pub(super) group: Option<Group>,
    /// Print JSON with exact amounts
    #[arg(long, short)]
    pub(super) json: bool,
    /// Do not scan for new usage first
    #[arg(long)]
    pub(super) no_update: bool,
    #[command(flatten)]
    pub(super) options: Options,
}

/// Options of every report.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Common {
    /// First day to include
    #[arg(long, short, value_name = "DATE", value_parser = date)]
    pub(super) since: Option<Date>,
    /// Last day to include
    #[arg(long, short, value_name = "DATE", value_parser = date)]
    pub(super) until: Option<Date>,
    /// Only the last N days, weeks, months or years up to today; in other reports, the last N rows
    #[arg(long, value_name = "N", conflicts_with_all = ["since", "until"],
          value_parser = whole::<u32>(1..=1_000_000))]
    pub(super) last: Option<u32>,
    /// Only this project: its folder or part of its name; can be repeated
    #[arg(long = "project", short, value_name = "PROJECT", allow_hyphen_values = true)]
    pub(super) projects: Vec<String>,
    /// Only models with this name or part of a name; can be repeated
    #[arg(long = "model", value_name = "MODEL")]
    pub(super) models: Vec<String>,
    /// What is one project: each working folder (project), or a git repository with its worktrees (worktree) [default: group
    /// in the config file, else project]
    #[arg(long, value_name = "GROUP", hide_possible_values = true)]
    pub(super) group: Option<Group>,
    /// Names to show for projects, such as engine=Engine,-home-ada-x=X; those in the config file too
    #[arg(long, value_name = "NAME=ALIAS,…", allow_hyphen_values = true)]
    pub(super) project_aliases: Option<ProjectAliases>,
    /// Show each model separately
    #[arg(long, short)]
    pub(super) breakdown: bool,
    /// asc: oldest or cheapest first; desc: newest or most expensive first
    #[arg(long, short, value_name = "ORDER")]
    pub(super) order: Option<Order>,
    /// Which cost to use
    #[arg(long, short, value_enum, value_name = "MODE", default_value_t = Mode::Auto)]
    pub(super) mode: Mode,
    /// Print JSON with exact amounts
    #[arg(long, short)]
    pub(super) json: bool,
    /// Print JSON in the format of another program
    #[arg(long, value_name = "PROGRAM", conflicts_with = "csv")]
    pub(super) compat: Option<Compat>,
    /// Print CSV, for spreadsheets
    #[arg(long, conflicts_with = "json")]
    pub(super) csv: bool,
    /// Print CSV with names as recorded: without escapes, and without ' before what a spreadsheet would run
    #[arg(long, conflicts_with_all = ["json", "compat"])]
    pub(super) csv_raw: bool,
    /// Show fewer columns
    #[arg(long)]
    pub(super) compact: bool,
    /// Hide costs
    #[arg(long)]
    pub(super) no_cost: bool,
    /// Do not scan for new usage first
    #[arg(long)]
    pub(super) no_update: bool,
    /// Say what was scanned
    #[arg(long, short)]
    pub(super) verbose: bool,
    #[command(flatten)]
    pub(super) dimensions: DimensionOptions,
    // The heading of those ends here.
    #[command(flatten, next_help_heading = None::<&'static str>)]
    pub(super) debug: DebugOptions,
    #[command(flatten)]
    pub(super) accepted: Accepted,
    #[command(flatten)]
    pub(super) options: Options,
}

/// Names of projects, and what to call them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct ProjectAliases(pub(super) Vec<(String, String)>);

impl std::str::FromStr for ProjectAliases {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let pair = |part: &str| match part.split_once('=').map(|(name, alias)| (name.trim(), alias.trim())) {
            Some((name, alias)) if !(name.is_empty() || alias.is_empty()) => Ok((name.into(), alias.into())),
            _ => Err("use pairs such as engine=Engine,-home-ada-x=X".to_owned()),
        };
        text.split(',').map(pair).collect::<Result<_, _>>().map(Self)
    }
}

/// How the costs in transcripts compare with list prices.
#[derive(Debug, clap::Args)]
pub(super) struct DebugOptions {
    /// Say what was scanned, and how costs in transcripts differ from list prices
    #[arg(long = "debug", short = 'd')]
    pub(super) is_wanted: bool,
    /// How many of these differences to list
    #[arg(long = "debug-samples", value_name = "N", default_value_t = 5, value_parser = whole::<usize>(0..=10_000))]
    pub(super) samples: usize,
}

/// Options of ccusage that are accepted because commands written for it have them.
#[derive(Debug, clap::Args)]
pub(super) struct Accepted {
    /// Nothing changes: cco never uses the network
    #[arg(long, short = 'O', hide = true, overrides_with = "no_offline")]
    offline: bool,
    /// Nothing changes: cco never uses the network
    #[arg(long, hide = true, overrides_with = "offline")]
    no_offline: bool,
    /// Nothing changes: only what is new is read
    #[arg(long, hide = true)]
    single_thread: bool,
}

impl Accepted {
    /// What to tell those who expect more than there is.
    pub(super) fn note(&self) -> Option<&'static str> {
        self.no_offline.then_some(
            "--no-offline changes nothing, because cco never uses the network; to use newer prices: [prices] file in the \
             config file",
        )
    }
}

/// The order of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(in crate::cli) enum Order {
    /// Oldest or cheapest first
    Asc,
    /// Newest or most expensive first
    Desc,
}

/// Which cost to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(in crate::cli) enum Mode {
    /// The cost in the transcript if it has one (old ones do), else computed
    Auto,
    /// Always computed from tokens and list prices
    Calculate,
    /// Always the cost in the transcript; zero if it has none
    Display,
}

/// A program whose format can be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(in crate::cli) enum Compat {
    /// The JSON of `ccusage claude … --json`
    Ccusage,
}

/// What is one project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(in crate::cli) enum Group {
    /// Each working folder
    Project,
    /// A git repository with its worktrees
    Worktree,
}

/// Whether worktrees are folded. Another program's format has its projects, unless the option says otherwise.
pub(super) fn folds_worktrees(group: Option<Group>, settings: &Settings, form: Form) -> bool {
    match group {
        Some(group) => group == Group::Worktree,
        None => form != Form::Compat && settings.report.group == config::Group::Worktree,
    }
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[allow(missing_docs)]
pub(in crate::cli) enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// The form of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A table with notes.
    Text,
    /// JSON in our own format.
    Json,
    /// JSON in ccusage's format.
    Compat,
    /// CSV.
    Csv,
}

impl Common {
    pub(super) fn form(&self) -> Form {
        match (self.compat, self.json, self.csv || self.csv_raw) {
            (Some(Compat::Ccusage), ..) => Form::Compat,
            (None, true, _) => Form::Json,
            (None, false, true) => Form::Csv,
            (None, false, false) => Form::Text,
        }
    }

    /// How names are written in CSV. A terminal never gets them as recorded.
    pub(super) fn names(&self) -> Names {
        match self.csv_raw {
            false => Names::AsText,
            true if std::io::stdout().is_terminal() => Names::Escaped,
            true => Names::Raw,
        }
    }

    pub(super) fn costs(&self) -> Costs {
        if self.no_cost { Costs::Hidden } else { Costs::Shown }
    }
}

/// Refuses a range without days.
pub(super) fn check_range(since: Option<Date>, until: Option<Date>) -> Result<(), Failure> {
    match (since, until) {
        (Some(since), Some(until)) if since > until => {
            Err(Failure::new(Exit::Usage, format!("--since {since} is after --until {until}: swap them")))
        }
        _ => Ok(()),
    }
}

/// Sorts rows in the requested order, or in the default one for their kind.
pub(super) fn put_in_order(report: &mut Report, order: Option<Order>, form: Form) {
    if form == Form::Compat && report.grouping == Grouping::Sessions {
        // ccusage ignores the order for sessions and lists the most expensive first.
        report.rows.sort_by_key(|row| std::cmp::Reverse(row.counters.cost));
    } else if let Some(order) = order {
        report.put_in_order(order == Order::Desc);
    }
}

impl From<Mode> for CostMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Auto => Self::Auto,
            Mode::Calculate => Self::Calculate,
            Mode::Display => Self::Display,
        }
    }
}

impl From<Day> for Weekday {
    fn from(day: Day) -> Self {
        match day {
            Day::Monday => Self::Monday,
            Day::Tuesday => Self::Tuesday,
            Day::Wednesday => Self::Wednesday,
            Day::Thursday => Self::Thursday,
            Day::Friday => Self::Friday,
            Day::Saturday => Self::Saturday,
            Day::Sunday => Self::Sunday,
        }
    }
}
