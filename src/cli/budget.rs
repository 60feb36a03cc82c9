//! `cco budget`: how much of each budget is spent, as a table, as JSON, and as an exit code for scripts.
//!
//! Invariant: the exit code of `check` follows from exact amounts, never from rounded ones.

use anstyle::Style;

use super::catch_up::catch_up;
use super::open_ledger::to_read;
use super::options::Options;
use super::table::{width_to_fit, words as words_to_fit};
use super::{Exit, Failure, note, print, print_json};
use crate::config::Settings;
use crate::plain_text;
use crate::report::budget::{Spent, Standing, Status, worst};
use crate::report::budget_document::BudgetDocument;
use crate::report::figures::dollars;
use crate::report::grid::{Cell, Column, Grid};
use crate::report::styles::{BAD, WARN};
use crate::report::usage::{current_periods, spent};

/// The note on a budget whose spending is only partly known.
const UNJUDGED: &str = "cannot be judged, as used models have no price; to see them: cco prices --unpriced";

/// Options of `cco budget`.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    long_about = "Shows how much of each budget in the config file is spent in the current day, week or month, and \
                  the projected amount at its end, once a twelfth of it is over. To write a config file that explains budgets: cco config init; \
                  see [budgets] in it.",
    after_help = "Exit codes: 0 done; 1 any other error; 4 no budgets, or no ledger."
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    asked: QueryOptions,
}

/// Subcommands of `cco budget`.
#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Report by exit code whether all budgets are within limits, and list those that are not
    #[command(
        after_help = "Exit codes: 0 all within limits; 1 any other error; 4 no budgets, or no ledger; 7 one is near \
                      its limit; 8 one has reached its limit; 22 one cannot be judged, as used models have no price."
    )]
    Check(QueryOptions),
}

#[derive(Clone, Debug, clap::Args)]
struct QueryOptions {
    #[command(flatten)]
    options: Options,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Do not scan for new usage first
    #[arg(long)]
    no_update: bool,
}

/// Runs `cco budget`.
pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let (asked, is_check) = match &arguments.command {
        Some(Command::Check(asked)) => (asked, true),
        None => (&arguments.asked, false),
    };
    let settings = asked.options.settings()?;
    if settings.budgets.is_empty() {
        let words = "no budgets: add [budgets] with daily, weekly or monthly = \"20\" to the config file; to find \
                     it: cco config path";
        return Err(Failure::new(Exit::Missing, words));
    }
    if !asked.no_update {
        catch_up(&asked.options)?;
    }
    let now = jiff::Timestamp::now().as_millisecond();
    let periods = current_periods(&settings, now).map_err(|error| Failure::new(Exit::Failed, error))?;
    let spent = spent(&to_read(&settings)?, &periods)?;
    let statuses = spent.against(&settings.budgets, now);
    let standing = worst(&statuses).map_or(Standing::Within, |status| status.standing);
    if let Some(refusal) = &settings.budgets.command_refused {
        note(&format!("cco: {refusal}"));
    }
    if let Some(words) = settings.zone_note {
        note(&format!("cco: {words}"));
    }
    if asked.json {
        print_json(&BudgetDocument::of(&statuses, settings.budgets.warn_percent, now))?;
    } else if is_check {
        print(&words(&statuses))?;
    } else {
        print(&text(&statuses, &spent, &settings, now))?;
    }
    Ok(match standing {
        _ if !is_check => Exit::Done,
        Standing::Within => Exit::Done,
        Standing::Unpriced => Exit::Unpriced,
        Standing::Near => Exit::Near,
        Standing::Over => Exit::Over,
    })
}

/// A line for each budget that is near or over its limit or cannot be judged.
fn words(statuses: &[Status]) -> String {
    let line = |status: &Status| {
        let spent = status.spent.of_limit(status.limit);
        let (name, share) = (plain_text::name(&status.name()).into_owned(), status.share());
        match status.standing {
            Standing::Unpriced => format!("{name}: {spent}: {UNJUDGED}\n"),
            standing => format!("{name}: {spent}, {share}: {}\n", standing.name()),
        }
    };
    let lines: String =
        statuses.iter().filter(|status| status.standing != Standing::Within).map(line).collect();
    if lines.is_empty() { "all budgets are within their limits\n".into() } else { lines }
}

fn text(statuses: &[Status], spent: &Spent, settings: &Settings, now: i64) -> String {
    let mut drawn = Grid::new([
        Column::key("Budget"),
        Column::figures("Spent", 1),
        Column::figures("Limit", 2),
        Column::figures("Used", 3),
        Column::figures("Projected", 4),
        Column::text("", 1),
    ]);
    for status in statuses {
        let style = match status.standing {
            Standing::Over => BAD,
            Standing::Near | Standing::Unpriced => WARN,
            Standing::Within => Style::new(),
        };
        drawn.row([
            Cell::name(plain_text::name(&status.name())),
            Cell::cost(status.spent).styled(style),
            Cell::figure(dollars(status.limit)),
            Cell::figure(status.share()).styled(style),
            Cell::figure(
                status.projection(now).map_or_else(|| "too early".to_owned(), |cost| cost.to_string()),
            ),
            Cell::figure(mark(status, now)).styled(style),
        ]);
    }
    let mut text = String::new();
    for (pattern, _) in &settings.budgets.projects {
        let is_meant = |projects: &Vec<_>| {
            projects.iter().any(|project: &crate::report::budget::ProjectSpent| project.is_meant_by(pattern))
        };
        if !spent.projects.as_ref().is_some_and(is_meant) {
            text += &format!(
                "no usage this week or month in a project that matches {}\n",
                plain_text::name(pattern)
            );
        }
    }
    if statuses.iter().any(|status| status.standing == Standing::Unpriced) {
        text += &format!("unpriced: {UNJUDGED}\n");
    }
    text += &format!("costs are API-equivalent; days in {}\n", settings.zone_name);
    drawn.render(width_to_fit()) + &words_to_fit(&text)
}

/// A word or two for the last column.
fn mark(status: &Status, now: i64) -> &'static str {
    let leads_over = status.projection(now).is_some_and(|projected| projected.amount >= status.limit);
    match status.standing {
        Standing::Over => "over",
        Standing::Near => "near",
        Standing::Unpriced => "unpriced",
        Standing::Within if leads_over => "will exceed",
        Standing::Within => "",
    }
}
