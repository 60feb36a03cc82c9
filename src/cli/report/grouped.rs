//! Reports with a row for each day, week, month, year, session, project, model or dimension.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

use super::arguments::{self, Common, Form, Order, Periods};
use super::basis::{Basis, nothing};
use super::{differences, statistics, table};
use crate::cli::table::width_to_fit;
use crate::cli::{Exit, Failure, print, print_data, print_json};
use crate::config::Source;
use crate::report::usage::{Division, Grouping, Report, Statistics, compat, csv, first_of_last, json};
use crate::usage::Dimension;

/// A report by day, week, month or year.
pub(super) fn by_period(
    grouping: Grouping,
    arguments: &Periods,
    week_start: Option<Weekday>,
) -> Result<(), Failure> {
    let common = &arguments.common;
    let mut basis = Basis::of(common, grouping != Grouping::Years)?;
    let is_default = basis.settings.sources.week_start == Source::Default;
    basis.query.week_start = match week_start {
        Some(day) => day,
        // Without a chosen day, ccusage's format uses ccusage's.
        None if is_default && basis.form == Form::Compat => Weekday::Sunday,
        None => basis.settings.week_start,
    };
    if let Some(count) = common.last {
        let today = today(&basis.settings.zone);
        basis.query.since = first_of_last(grouping, count, today, basis.query.week_start);
        basis.query.until = Some(today);
    }
    // ccusage has a row for each project that was asked for, and only its report by day can be asked for some.
    let has_projects = grouping == Grouping::Days && !common.projects.is_empty();
    let by_project = arguments.instances || basis.form == Form::Compat && has_projects;
    let by = common.dimensions.by();
    let report = read(&basis, grouping, &Division { by_project, by })?;
    show(&basis, report, common, arguments.instances)
}

/// A report by session, project or model.
pub(super) fn plain(grouping: Grouping, common: &Common) -> Result<(), Failure> {
    divided(grouping, common.dimensions.by(), common)
}

/// A report by dimensions: these, and those of `--by`.
pub(super) fn by_dimensions(of: &[Dimension], common: &Common) -> Result<(), Failure> {
    let more = common.dimensions.by().into_iter().filter(|more| !of.contains(more));
    divided(Grouping::Dimensions, of.iter().copied().chain(more).collect(), common)
}

fn divided(grouping: Grouping, by: Vec<Dimension>, common: &Common) -> Result<(), Failure> {
    let basis = Basis::of(common, grouping == Grouping::Sessions)?;
    let mut report = read(&basis, grouping, &Division { by_project: false, by })?;
    if let Some(count) = common.last {
        report.keep_last(usize::try_from(count).unwrap_or(usize::MAX));
    }
    show(&basis, report, common, false)
}

/// The rows of a report.
pub(super) fn read(basis: &Basis, grouping: Grouping, division: &Division) -> Result<Report, Failure> {
    Report::read(&basis.ledger, &basis.query, grouping, division).map_err(Failure::from)
}

/// Prints a report in the requested form.
pub(super) fn show(
    basis: &Basis,
    mut report: Report,
    common: &Common,
    by_project: bool,
) -> Result<(), Failure> {
    differences::note_wanted(basis, common)?;
    arguments::put_in_order(&mut report, common.order, basis.form);
    let mut statistics = Statistics::read(&basis.ledger, &basis.query, report.grouping)?;
    if common.order == Some(Order::Desc) {
        statistics.rows.reverse();
    }
    match basis.form {
        Form::Json => {
            let head = basis.head(report_name(&report));
            let document = json::Document::of(head, &report, &basis.query, basis.costs, &basis.aliases);
            let title = match basis.query.only.session {
                Some(session) => basis.ledger.title(session)?,
                None => None,
            };
            print_json(&document.with_title(title).with_statistics(&statistics, report.grouping))
        }
        Form::Compat => {
            let projects = match (by_project, report.grouping) {
                (true, _) => compat::Projects::Grouped,
                (false, Grouping::Days) if !common.projects.is_empty() => compat::Projects::InRows,
                (false, _) => compat::Projects::None,
            };
            print_json(&compat::Rows::of(&report, projects, basis.costs))
        }
        Form::Csv => {
            let shape = csv::Shape { by_model: common.breakdown, costs: basis.costs, names: common.names() };
            let text = csv::report(&report, shape);
            print_data(&text.map_err(|error| Failure::new(Exit::Failed, error))?)
        }
        Form::Text if report.rows.is_empty() => {
            let apart = statistics::text(&statistics, report.grouping, &basis.aliases);
            print(&(nothing(basis)? + &apart))
        }
        Form::Text => {
            let shape = table::Shape {
                by_project,
                by_model: common.breakdown,
                is_compact: common.compact,
                costs: basis.costs,
            };
            let budget = budget(basis, report.grouping, &report.division);
            let marking = basis.marking(report.grouping);
            let drawn = table::report(&report, shape, basis, budget.as_ref(), &marking);
            let foot = table::foot(basis, &report.models, drawn.has_marks());
            let apart = statistics::text(&statistics, report.grouping, &basis.aliases);
            print(&(drawn.render(width_to_fit()) + &foot + &apart))
        }
    }
}

/// What each row of a report may cost. Budgets are for everything, so divided rows have none.
fn budget(basis: &Basis, grouping: Grouping, division: &Division) -> Option<table::Budget> {
    let limits = &basis.settings.budgets.overall;
    let limit = match grouping {
        _ if *division != Division::default() => None,
        Grouping::Days => limits.daily,
        Grouping::Weeks => limits.weekly,
        Grouping::Months => limits.monthly,
        Grouping::Years
        | Grouping::Sessions
        | Grouping::Projects
        | Grouping::Models
        | Grouping::Dimensions => None,
    };
    Some(table::Budget { limit: limit?, warn_percent: basis.settings.budgets.warn_percent })
}

fn report_name(report: &Report) -> &'static str {
    match report.grouping {
        Grouping::Days => "daily",
        Grouping::Weeks => "weekly",
        Grouping::Months => "monthly",
        Grouping::Years => "yearly",
        Grouping::Sessions => "session",
        Grouping::Projects => "project",
        Grouping::Models => "model",
        Grouping::Dimensions => match report.division.by.first() {
            // Servers and their tools are one report.
            Some(Dimension::McpServer) => "mcp",
            of => of.map_or("total", |of| of.name()),
        },
    }
}

fn today(zone: &TimeZone) -> Date {
    zone.to_datetime(jiff::Timestamp::now()).date()
}
