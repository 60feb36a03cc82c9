//! `cco daily`, `weekly`, `monthly`, `session`, `project`, `model` and `blocks`: reports of usage over time.
//!
//! Invariant: a report shows at least what the transcripts held when it was asked for, unless it says otherwise:
//! the ledger is brought up to date first. A report in another zone publishes nothing in that zone.

mod arguments;
mod blocks;
mod choose;
mod session;
mod table;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use self::arguments::{Common, Form};
use super::catch_up::catch_up;
use super::open_ledger::to_read;
use super::{Exit, Failure, note, print, print_json};
use crate::config::Settings;
use crate::ledger::Ledger;
use crate::report::usage::{self, Costs, Grouping, Query, Report, compat, csv, first_of_last, json};

pub(super) use self::arguments::{BlockOptions, Command, Mode};
pub(super) use self::blocks::{Seen, lines};

/// Runs a report.
pub(super) fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Daily(arguments) => by_period(Grouping::Days, arguments, None),
        Command::Weekly(arguments) => {
            by_period(Grouping::Weeks, &arguments.periods, arguments.start_of_week.map(Into::into))
        }
        Command::Monthly(arguments) => by_period(Grouping::Months, arguments, None),
        Command::Session(arguments) => match &arguments.id {
            Some(id) => session::run(id, &arguments.common),
            None => plain(Grouping::Sessions, &arguments.common),
        },
        Command::Project(common) => plain(Grouping::Projects, common),
        Command::Model(common) => plain(Grouping::Models, common),
        Command::Blocks(arguments) => blocks::run(arguments),
    }
}

/// What every report begins with.
struct Asked {
    settings: Settings,
    ledger: Ledger,
    query: Query,
    form: Form,
    costs: Costs,
}

impl Asked {
    /// Brings the ledger up to date and settles what the report is about.
    fn of(common: &Common, has_compat: bool) -> Result<Self, Failure> {
        let form = common.form();
        if form == Form::Compat && !has_compat {
            let words = "ccusage does not have this report: omit --compat, or use daily, weekly, monthly, session or \
                         blocks";
            return Err(Failure::new(Exit::Usage, words));
        }
        common.check_range()?;
        let settings = common.options.settings()?;
        if !common.no_update {
            catch_up(&common.options)?;
        }
        let ledger = to_read(&settings)?;
        let query = Query {
            since: common.since,
            until: common.until,
            zone: settings.zone.clone(),
            week_start: settings.week_start,
            mode: common.mode.into(),
            only: choose::only(&ledger, &common.projects, &common.models)?,
        };
        if let Some(words) = settings.zone_note {
            note(&format!("cco: {words}"));
        }
        Ok(Self { settings, ledger, query, form, costs: common.costs() })
    }

    fn head(&self, report: &'static str) -> json::Head {
        json::Head::of(report, &self.query, &self.settings.zone_name)
    }
}

fn by_period(
    grouping: Grouping,
    arguments: &arguments::Periods,
    week_start: Option<jiff::civil::Weekday>,
) -> Result<(), Failure> {
    let common = &arguments.common;
    let mut asked = Asked::of(common, true)?;
    let is_default = asked.settings.sources.week_start == crate::config::Source::Default;
    asked.query.week_start = match week_start {
        Some(day) => day,
        // Whoever chose no day gets ccusage's in ccusage's report.
        None if is_default && asked.form == Form::Compat => jiff::civil::Weekday::Sunday,
        None => asked.settings.week_start,
    };
    if let Some(count) = common.last {
        let today = today(&asked.settings.zone);
        asked.query.since = first_of_last(grouping, count, today, asked.query.week_start);
        asked.query.until = Some(today);
    }
    let report = read(&asked, grouping, arguments.instances)?;
    show(&asked, report, common, arguments.instances)
}

fn plain(grouping: Grouping, common: &Common) -> Result<(), Failure> {
    let asked = Asked::of(common, grouping == Grouping::Sessions)?;
    let mut report = read(&asked, grouping, false)?;
    if let Some(count) = common.last {
        report.keep_last(usize::try_from(count).unwrap_or(usize::MAX));
    }
    show(&asked, report, common, false)
}

fn read(asked: &Asked, grouping: Grouping, by_project: bool) -> Result<Report, Failure> {
    Report::read(&asked.ledger, &asked.query, grouping, by_project).map_err(Failure::from)
}

/// Prints a report in the form that was asked for.
fn show(asked: &Asked, mut report: Report, common: &Common, by_project: bool) -> Result<(), Failure> {
    arguments::put_in_order(&mut report, common.order, asked.form);
    match asked.form {
        Form::Json => {
            let head = asked.head(report_name(report.grouping));
            print_json(&json::Document::of(head, &report, &asked.query, asked.costs))
        }
        Form::Compat => print_json(&compat::Rows::of(&report, by_project, asked.costs)),
        Form::Csv => {
            let text = csv::report(&report, by_project, common.breakdown, asked.costs);
            print(&text.map_err(|error| Failure::new(Exit::Failed, error))?)
        }
        Form::Text if report.rows.is_empty() => print(&nothing(asked)?),
        Form::Text => {
            let shape = table::Shape {
                by_project,
                by_model: common.breakdown,
                is_compact: common.compact,
                costs: asked.costs,
            };
            print(
                &(table::report(&report, shape, &asked.settings.zone) + &table::foot(asked, &report.models)),
            )
        }
    }
}

fn report_name(grouping: Grouping) -> &'static str {
    match grouping {
        Grouping::Days => "daily",
        Grouping::Weeks => "weekly",
        Grouping::Months => "monthly",
        Grouping::Sessions => "session",
        Grouping::Projects => "project",
        Grouping::Models => "model",
    }
}

/// Says that there is nothing to show, and what there would be.
fn nothing(asked: &Asked) -> Result<String, Failure> {
    let everything = Query { since: None, until: None, only: usage::Only::default(), ..asked.query.clone() };
    let all = Report::read(&asked.ledger, &everything, Grouping::Days, false)?;
    let (Some(first), Some(last)) = (all.rows.first(), all.rows.last()) else {
        return Ok("no usage yet: use Claude Code, then run this again\n".into());
    };
    let name = |row: &usage::Row| match row.label {
        usage::Label::Period(date) => date.to_string(),
        _ => String::new(),
    };
    let range = match (asked.query.since, asked.query.until) {
        (None, None) => String::new(),
        (Some(since), None) => format!(" since {since}"),
        (None, Some(until)) => format!(" until {until}"),
        (Some(since), Some(until)) if since == until => format!(" on {since}"),
        (Some(since), Some(until)) => format!(" from {since} to {until}"),
    };
    let only = &asked.query.only;
    let what = if only.projects.is_some() || only.models.is_some() { "matching " } else { "" };
    Ok(format!(
        "no {what}usage{range} (days in {}); there is usage from {} to {}\n",
        asked.settings.zone_name,
        name(first),
        name(last)
    ))
}

fn today(zone: &TimeZone) -> Date {
    zone.to_datetime(jiff::Timestamp::now()).date()
}
