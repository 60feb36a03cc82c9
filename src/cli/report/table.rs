//! Reports as tables that fit the terminal.
//!
//! Invariant: what tells rows apart is always shown ([`Grid`]); names from transcripts never reach the terminal raw.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

use anstyle::Style;

use super::basis::Basis;
use crate::cli::table::{COMPACT, FIGURES, figures, width_to_fit, words};
use crate::config::Aliases;
use crate::plain_text;
use crate::pricing::CostMode;
use crate::report::budget::{Spent, Standing, Status};
use crate::report::figures::grouped;
use crate::report::grid::{Cell, Column, Grid};
use crate::report::names;
use crate::report::provisional::footnote;
use crate::report::styles::{ACCENT, BAD, DIM, STRONG, WARN};
use crate::report::usage::json::period_name;
use crate::report::usage::{
    Costs, Grouping, Label, Marking, ModelSums, Project, Report, Row, moment, short_models,
};
use crate::report::{View, Want};
use crate::snapshot::{Counters, Picodollars};
use crate::usage::Dimension;

/// Where the cost is in a row of figures.
const COST: usize = 6;

/// What a table shows of a report.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// Rows are also by project.
    pub(super) by_project: bool,
    /// Each model has its own row below.
    pub(super) by_model: bool,
    /// Show fewer columns.
    pub(super) is_compact: bool,
    /// Whether costs are shown.
    pub(super) costs: Costs,
}

/// Cells of the bar beside a cost.
const BAR: usize = 8;

/// A report as a table, to be rendered.
pub(super) fn report(
    report: &Report,
    shape: Shape,
    basis: &Basis,
    budget: Option<&Budget>,
    marking: &Marking,
) -> Grid {
    let (zone, aliases) = (&basis.settings.zone, &basis.aliases);
    let has_project = shape.by_project || report.grouping == Grouping::Sessions;
    let has_last = !report.grouping.is_by_period();
    let has_models = !shape.by_model && report.grouping != Grouping::Models;
    // Text that goes elsewhere than to a terminal is searched and cut, where a picture is in the way.
    let has_bar = shape.costs.are_shown() && report.rows.len() > 1 && width_to_fit().is_some();
    let by_dimensions = report.grouping == Grouping::Dimensions;
    let mut columns: Vec<Column> = title(report.grouping).map(Column::key).into_iter().collect();
    // With a row for each project of a day, both tell rows apart.
    columns.extend(
        has_project
            .then(|| if shape.by_project { Column::key("Project") } else { Column::text("Project", 3) }),
    );
    let has_titles = report.rows.iter().any(|row| row.title.is_some());
    columns.extend(has_titles.then(|| Column::text("Title", 4)));
    columns.extend(report.division.by.iter().map(|of| Column::key(dimension_title(*of))));
    columns.extend(has_last.then_some(Column::text("Last used", 5)));
    columns.extend(has_models.then_some(Column::text("Models", 7)));
    let words = columns.len();
    let shown = |figure: &usize| *figure != COST || shape.costs.are_shown();
    columns.extend((0..FIGURES.len()).filter(shown).map(|figure| FIGURES[figure]));
    columns.extend(has_bar.then_some(Column::text("", 9)));
    let highest = report.rows.iter().map(|row| row.counters.cost).max().unwrap_or_default();
    let row = |mut cells: Vec<Cell>, counters: &Counters, is_marked: bool, has_row_bar: bool| {
        cells.resize(words, Cell::default());
        cells.extend(
            figures(counters, is_marked)
                .into_iter()
                .enumerate()
                .filter(|(at, _)| shown(at))
                .map(|(_, cell)| cell),
        );
        let bar = if has_row_bar { bar(counters.cost, highest) } else { String::new() };
        cells.extend(has_bar.then(|| Cell::figure(bar).styled(ACCENT)));
        cells
    };
    let mut table = Grid::new(columns);
    let folders = short_folders(report.rows.iter().map(|row| row.project.as_ref()), aliases);
    let labels: Vec<String> = report.rows.iter().map(|row| label(row, report.grouping, aliases)).collect();
    let id_length = id_length(&labels);
    for line in &report.rows {
        let (label, project) = (label(line, report.grouping, aliases), project(line, aliases));
        let short = |name: &String| Cell::name_or(name, folders.get(name).unwrap_or(name));
        let mut cells = Vec::new();
        cells.extend((!by_dimensions).then(|| match report.grouping {
            Grouping::Sessions => Cell::name_or(&label, label.chars().take(id_length).collect::<String>()),
            Grouping::Projects => short(&label),
            Grouping::Days | Grouping::Weeks | Grouping::Months | Grouping::Years => Cell::figure(label),
            Grouping::Models | Grouping::Dimensions => Cell::name(label),
        }));
        cells.extend(has_project.then(|| short(&project)));
        cells.extend(has_titles.then(|| {
            let title = line.title.as_deref().map(|title| plain_text::name(title).into_owned());
            Cell::name(title.unwrap_or_default())
        }));
        cells.extend(line.values.iter().map(|value| value_cell(value)));
        cells.extend(has_last.then(|| Cell::figure(moment(line.last_ms, zone))));
        cells.extend(has_models.then(|| Cell::name(short_models(&line.models, aliases))));
        let mut cells = row(cells, &line.counters, marking.row(line, &line.counters), true);
        if let Some(style) = budget.and_then(|budget| budget.style_of(line.counters.cost))
            && shape.costs.are_shown()
        {
            let at = words + COST;
            cells[at] = cells[at].clone().styled(style);
        }
        table.row(cells);
        for sums in line.models.iter().filter(|_| shape.by_model && report.grouping != Grouping::Models) {
            let name = Cell::name(format!("  {}", names::model(&sums.model, aliases))).styled(DIM);
            table.row(row(vec![name], &sums.counters, marking.row(line, &sums.counters), false));
        }
    }
    let all = row(vec![Cell::figure("Total")], &report.totals, marking.totals(report), false);
    table.row(all.into_iter().map(|cell| cell.styled(STRONG)));
    if shape.is_compact {
        table.keep_up_to(COMPACT);
    }
    table
}

/// What a row's period may cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    pub(super) limit: Picodollars,
    pub(super) warn_percent: u8,
}

impl Budget {
    /// How a cost stands out: near the limit, or over it.
    fn style_of(&self, cost: Picodollars) -> Option<Style> {
        let near = self.limit.0 / 100 * u128::from(self.warn_percent);
        match () {
            () if cost >= self.limit => Some(BAD),
            () if cost.0 >= near => Some(WARN),
            () => None,
        }
    }
}

/// A cost as a bar, in eighths of a cell; a cost that is not zero shows.
fn bar(cost: Picodollars, highest: Picodollars) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    if cost.0 == 0 || highest.0 == 0 {
        return String::new();
    }
    let eighths = cost.0.saturating_mul(BAR as u128 * 8) / highest.0;
    let eighths = usize::try_from(eighths).unwrap_or(0).clamp(1, BAR * 8);
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}

/// A value of a dimension. One that is not recorded says so.
fn value_cell(value: &str) -> Cell {
    match value {
        "" => Cell::name_or("not recorded", "–").styled(DIM),
        value => Cell::name(plain_text::name(value).into_owned()),
    }
}

fn dimension_title(of: Dimension) -> &'static str {
    match of {
        Dimension::Branch => "Branch",
        Dimension::Subagent => "Subagent",
        Dimension::Skill => "Skill",
        Dimension::Plugin => "Plugin",
        Dimension::McpServer => "MCP server",
        Dimension::McpTool => "MCP tool",
        Dimension::Effort => "Effort",
        Dimension::Entrypoint => "Entrypoint",
        Dimension::AgentId => "Agent id",
    }
}

/// What the first column is, if it is not a dimension.
fn title(grouping: Grouping) -> Option<&'static str> {
    Some(match grouping {
        Grouping::Days => "Day",
        Grouping::Weeks => "Week of",
        Grouping::Months => "Month",
        Grouping::Years => "Year",
        Grouping::Sessions => "Session",
        Grouping::Projects => "Project",
        Grouping::Models => "Model",
        Grouping::Dimensions => return None,
    })
}

/// The full label of a row.
pub(super) fn label(row: &Row, grouping: Grouping, aliases: &Aliases) -> String {
    match &row.label {
        Label::Period(first_day) => period_name(*first_day, grouping),
        Label::Session(name) => plain_text::name(name).into_owned(),
        Label::Model(name) => names::model(name, aliases).into_owned(),
        Label::Project => project(row, aliases),
        Label::Dimensions => String::new(),
    }
}

/// The length at which all session ids differ: at least eight characters.
pub(super) fn id_length(ids: &[String]) -> usize {
    const LEAST: usize = 8;
    let longest = ids.iter().map(|id| id.chars().count()).max().unwrap_or(LEAST);
    let distinct = |length: usize| {
        let starts: BTreeSet<String> = ids.iter().map(|id| id.chars().take(length).collect()).collect();
        starts.len()
    };
    let all = distinct(longest);
    (LEAST..longest).find(|length| distinct(*length) == all).unwrap_or(longest)
}

/// The name of a row's project.
pub(super) fn project(row: &Row, aliases: &Aliases) -> String {
    project_name(row.project.as_ref(), aliases)
}

/// A project's alias, else its working folder, or its key if the folder is unknown.
pub(super) fn project_name(project: Option<&Project>, aliases: &Aliases) -> String {
    let name =
        |project: &Project| names::project(&project.key, project.path.as_deref(), aliases).into_owned();
    project.map(name).unwrap_or_default()
}

/// The shortest clear ends of the folders of projects without an alias.
pub(super) fn short_folders<'a>(
    projects: impl Iterator<Item = Option<&'a Project>>,
    aliases: &Aliases,
) -> HashMap<String, String> {
    let has_alias = |project: &Project| aliases.project(&project.key, project.path.as_deref()).is_some();
    let unnamed = projects.filter(|project| !project.is_some_and(has_alias));
    short_names(unnamed.map(|project| project_name(project, aliases)))
}

/// Each folder's shortest ending that no other folder has.
fn short_names(folders: impl Iterator<Item = String>) -> HashMap<String, String> {
    let folders: BTreeSet<String> = folders.collect();
    let end = |folder: &str, parts: usize| {
        let cut = folder.rmatch_indices('/').nth(parts - 1).map(|(at, _)| at + 1);
        cut.map_or_else(|| folder.to_owned(), |at| folder[at..].to_owned())
    };
    let is_clear = |folder: &String, parts: usize| {
        let short = end(folder, parts);
        let is_shared = || folders.iter().any(|other| other != folder && end(other, parts) == short);
        short == *folder || !(short.is_empty() || is_shared())
    };
    let shorten = |folder: &String| {
        let parts = (1..=folder.matches('/').count()).find(|parts| is_clear(folder, *parts));
        (folder.clone(), parts.map_or_else(|| folder.clone(), |parts| end(folder, parts)))
    };
    folders.iter().map(shorten).collect()
}

/// The overall budgets that are near or over their limits, according to the snapshot; none if there is no snapshot.
/// Project budgets are shown by `cco budget`.
fn budgets_at_stake(basis: &Basis) -> Vec<Status> {
    let now = jiff::Timestamp::now().as_millisecond();
    let Ok(view) = View::once(&basis.settings.snapshot, Want::Totals, now) else { return Vec::new() };
    let mut statuses = Spent::of_totals(&view.totals).against(&basis.settings.budgets, now);
    statuses.retain(|status| status.standing != Standing::Within);
    statuses
}

/// Notes on the figures above.
pub(super) fn foot(basis: &Basis, models: &[ModelSums], has_marks: bool) -> String {
    let mut text = footnote(has_marks).to_owned();
    let mut put = |line: String| text.write_str(&line).expect("writing to a String cannot fail");
    if basis.costs.are_shown() {
        for sums in models.iter().filter(|sums| sums.counters.unpriced_tokens > 0) {
            let (model, tokens) =
                (names::model(&sums.model, &basis.aliases), grouped(sums.counters.unpriced_tokens));
            put(format!("no price for {model}: the cost excludes its {tokens} tokens\n"));
        }
    }
    let costs = match basis.query.mode {
        _ if !basis.costs.are_shown() => String::new(),
        CostMode::Display => "costs come from transcripts; new transcripts have none; ".into(),
        CostMode::Auto | CostMode::Calculate => "costs are API-equivalent, from list prices; ".into(),
    };
    if basis.costs.are_shown() {
        for status in budgets_at_stake(basis) {
            let (name, spent) = (status.name(), status.spent.of_limit(status.limit));
            put(match status.standing {
                Standing::Unpriced => format!("budget, {name}: {spent}; used models have no price\n"),
                _ => format!("budget, {name}: {} spent, {spent}\n", status.share()),
            });
        }
    }
    put(format!("{costs}days in {}\n", basis.settings.zone_name));
    words(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_as_long_as_it_takes_to_tell_them_apart() {
        let length = |ids: &[&str]| id_length(&ids.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(length(&["0123456789", "1123456789"]), 8);
        assert_eq!(length(&["5a3c8f10-1", "5a3c8f10-2", "77"]), 10);
        assert_eq!(length(&["s-1", "s-2"]), 3);
        assert_eq!(length(&[]), 8);
    }

    #[test]
    fn a_folder_is_called_by_what_tells_it_from_the_others() {
        let folders = ["/home/ada/engine", "/home/bob/engine", "/srv/loom", "-home-x", "/", ""];
        let short = short_names(folders.iter().map(ToString::to_string));
        let expected = ["ada/engine", "bob/engine", "loom", "-home-x", "/", ""];
        assert_eq!(folders.map(|folder| &*short[folder]), expected);
    }
}
