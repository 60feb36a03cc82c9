//! The common basis of reports: settings, an up-to-date ledger and a query.

use super::arguments::{Common, Form, check_range, folds_worktrees};
use crate::cli::catch_up::catch_up;
use crate::cli::once::note_update;
use crate::cli::open_ledger::to_read;
use crate::cli::options::Options;
use crate::cli::{Exit, Failure, note};
use crate::config::{Aliases, Settings};
use crate::ledger::Ledger;
use crate::report::usage::choose::{self, Wanted};
use crate::report::usage::{self, Costs, Division, Grouping, Marking, Query, Report, json};

/// The basis of a report.
#[derive(Debug)]
pub(super) struct Basis {
    pub(super) settings: Settings,
    pub(super) ledger: Ledger,
    pub(super) query: Query,
    pub(super) form: Form,
    pub(super) costs: Costs,
    pub(super) aliases: Aliases,
}

impl Basis {
    /// Updates the ledger and resolves the query.
    pub(super) fn of(common: &Common, has_compat: bool) -> Result<Self, Failure> {
        let form = common.form();
        if form == Form::Compat && !has_compat {
            let words = "ccusage does not have this report: omit --compat, or use daily, weekly, monthly, session or \
                         blocks";
            return Err(Failure::new(Exit::Usage, words));
        }
        check_range(common.since, common.until)?;
        if let Some(words) = common.accepted.note() {
            note(&format!("cco: {words}"));
        }
        let first = match () {
            () if common.no_update => First::Nothing,
            () if common.verbose || common.debug.is_wanted => First::UpdateAndTell,
            () => First::Update,
        };
        let (settings, ledger) = up_to_date(&common.options, first)?;
        let mut aliases = settings.aliases.clone();
        aliases.add_projects(common.project_aliases.iter().flat_map(|list| list.0.iter().cloned()));
        let folds_worktrees = folds_worktrees(common.group, &settings, form);
        let wanted = Wanted {
            folds_worktrees,
            projects: common.projects.clone(),
            models: common.models.clone(),
            dimensions: common.dimensions.wanted(),
        };
        let query = Query {
            since: common.since,
            until: common.until,
            zone: settings.zone.clone(),
            week_start: settings.week_start,
            mode: common.mode.into(),
            only: choose::only(&ledger, &wanted, &aliases)?,
            folds_worktrees,
        };
        Ok(Self { settings, ledger, query, form, costs: common.costs(), aliases })
    }

    /// Marks figures of a report as of now.
    pub(super) fn marking(&self, grouping: Grouping) -> Marking {
        Marking::new(&self.query, grouping, jiff::Timestamp::now().as_millisecond())
    }

    pub(super) fn head(&self, report: &'static str) -> json::Head {
        json::Head::of(report, &self.query, &self.settings.zone_name)
    }
}

/// What happens before a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum First {
    /// The ledger is read without an update.
    Nothing,
    /// The ledger is updated.
    Update,
    /// Update the ledger, and print what was scanned.
    UpdateAndTell,
}

/// The settings, and the ledger, updated first if that is wanted.
pub(super) fn up_to_date(options: &Options, first: First) -> Result<(Settings, Ledger), Failure> {
    let settings = options.settings()?;
    if first != First::Nothing {
        let update = catch_up(options)?;
        if first == First::UpdateAndTell {
            note_update(&update, &settings)?;
        }
    }
    let ledger = to_read(&settings)?;
    if let Some(words) = settings.zone_note {
        note(&format!("cco: {words}"));
    }
    Ok((settings, ledger))
}

/// The message for an empty report, with the range that has usage.
pub(super) fn nothing(basis: &Basis) -> Result<String, Failure> {
    let everything = Query { since: None, until: None, only: usage::Only::default(), ..basis.query.clone() };
    let all = Report::read(&basis.ledger, &everything, Grouping::Days, &Division::default())?;
    let (Some(first), Some(last)) = (all.rows.first(), all.rows.last()) else {
        return Ok("no usage yet: use Claude Code, then run this again\n".into());
    };
    let name = |row: &usage::Row| match row.label {
        usage::Label::Period(date) => date.to_string(),
        _ => String::new(),
    };
    let range = match (basis.query.since, basis.query.until) {
        (None, None) => String::new(),
        (Some(since), None) => format!(" since {since}"),
        (None, Some(until)) => format!(" until {until}"),
        (Some(since), Some(until)) if since == until => format!(" on {since}"),
        (Some(since), Some(until)) => format!(" from {since} to {until}"),
    };
    let only = &basis.query.only;
    let what = if only.has_filters() { "matching " } else { "" };
    Ok(format!(
        "no {what}usage{range} (days in {}); there is usage from {} to {}\n",
        basis.settings.zone_name,
        name(first),
        name(last)
    ))
}
