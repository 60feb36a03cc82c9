//! Reports as tables that fit the terminal.
//!
//! Invariant: the fullest layout that fits is used; cells wrap only if none fits. No name from a transcript reaches the
//! terminal raw.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, Table};
use jiff::tz::TimeZone;

use super::basis::Basis;
use crate::cli::table::{FIGURES, figures, titled, width_to_fit};
use crate::plain_text;
use crate::pricing::CostMode;
use crate::report::budget::{Spent, Standing, Status};
use crate::report::figures::{dollars, grouped};
use crate::report::usage::json::period_name;
use crate::report::usage::{Costs, Grouping, Label, ModelSums, Report, Row, moment, short_models};
use crate::report::{View, Want};
use crate::snapshot::Counters;

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

/// The columns of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// A column with the models of each row.
    pub(super) models: bool,
    /// Names in full.
    pub(super) whole: bool,
    /// Indices into [`FIGURES`].
    pub(super) figures: &'static [usize],
}

const ALL: &[usize] = &[0, 1, 2, 3, 4, 5, 6];
const FEW: &[usize] = &[1, 2, 5, 6];
const LEAST: &[usize] = &[5, 6];
const COST: usize = 6;

/// All layouts, from the fullest to the narrowest.
pub(super) const LAYOUTS: [Layout; 5] = [
    Layout { models: true, whole: true, figures: ALL },
    Layout { models: false, whole: true, figures: ALL },
    Layout { models: false, whole: false, figures: ALL },
    Layout { models: false, whole: false, figures: FEW },
    Layout { models: false, whole: false, figures: LEAST },
];
/// The first layout with fewer columns.
const COMPACT: usize = 3;

/// A report as a table.
pub(super) fn report(report: &Report, shape: Shape, zone: &TimeZone) -> String {
    fitting(shape.is_compact, |layout| draw(report, shape, layout, zone))
}

/// The fullest table that fits.
pub(super) fn fitting(is_compact: bool, draw: impl Fn(Layout) -> Table) -> String {
    let layouts = if is_compact { &LAYOUTS[COMPACT..] } else { &LAYOUTS[..] };
    let width = width_to_fit();
    let fits = |text: &String| {
        let widest = text.lines().map(unicode_width::UnicodeWidthStr::width).max().unwrap_or(0);
        width.is_none_or(|width| widest <= width)
    };
    // Styles have no width.
    let bare = |layout: &Layout| {
        let mut table = draw(*layout);
        table.set_content_arrangement(ContentArrangement::Disabled).force_no_tty();
        table.to_string()
    };
    let fitting = layouts.iter().find(|layout| fits(&bare(layout)));
    let mut table = draw(*fitting.unwrap_or(&layouts[layouts.len() - 1]));
    match (fitting, width.and_then(|width| u16::try_from(width).ok())) {
        (None, Some(width)) => table.set_width(width),
        _ => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    format!("{table}\n")
}

fn draw(report: &Report, shape: Shape, layout: Layout, zone: &TimeZone) -> Table {
    let has_project = shape.by_project || report.grouping == Grouping::Sessions;
    let has_last = !matches!(report.grouping, Grouping::Days | Grouping::Weeks | Grouping::Months);
    let is_narrow = layout.figures.len() == LEAST.len();
    let by_model = shape.by_model && report.grouping != Grouping::Models;
    let has_models = layout.models && !by_model && report.grouping != Grouping::Models;
    let mut titles = vec![title(report.grouping)];
    titles.extend((has_project && !is_narrow).then_some("Project"));
    titles.extend((has_last && !is_narrow).then_some("Last used"));
    titles.extend(has_models.then_some("Models"));
    let words = titles.len();
    let columns: Vec<usize> =
        layout.figures.iter().copied().filter(|figure| *figure != COST || shape.costs.are_shown()).collect();
    titles.extend(columns.iter().map(|figure| FIGURES[*figure]));
    let mut table = titled(&titles);
    let row = |mut cells: Vec<String>, counters: &Counters| {
        cells.resize(words, String::new());
        let figures = figures(counters);
        cells.extend(columns.iter().map(|figure| figures[*figure].clone()));
        cells
    };
    let folders = short_names(report.rows.iter().map(project));
    let labels: Vec<String> = report.rows.iter().map(|row| label(row, report.grouping)).collect();
    let id_length = id_length(&labels);
    for line in &report.rows {
        let (label, project) = (label(line, report.grouping), project(line));
        let (label, project) = match report.grouping {
            _ if layout.whole => (label, project),
            Grouping::Sessions => (label.chars().take(id_length).collect(), folders[&project].clone()),
            Grouping::Projects => (folders[&label].clone(), String::new()),
            _ => (label, folders[&project].clone()),
        };
        let mut cells = vec![label];
        cells.extend((has_project && !is_narrow).then_some(project));
        cells.extend((has_last && !is_narrow).then(|| moment(line.last_ms, zone)));
        cells.extend(has_models.then(|| short_models(&line.models)));
        table.add_row(row(cells, &line.counters));
        for sums in line.models.iter().filter(|_| by_model) {
            table.add_row(row(vec![format!("  {}", plain_text::name(&sums.model))], &sums.counters));
        }
    }
    let all = row(vec!["Total".into()], &report.totals);
    table.add_row(all.iter().map(|cell| Cell::new(cell).add_attribute(Attribute::Bold)));
    for column in table.column_iter_mut().skip(words) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn title(grouping: Grouping) -> &'static str {
    match grouping {
        Grouping::Days => "Day",
        Grouping::Weeks => "Week of",
        Grouping::Months => "Month",
        Grouping::Sessions => "Session",
        Grouping::Projects => "Project",
        Grouping::Models => "Model",
    }
}

/// The full label of a row.
pub(super) fn label(row: &Row, grouping: Grouping) -> String {
    match &row.label {
        Label::Period(first_day) => period_name(*first_day, grouping),
        Label::Session(name) | Label::Model(name) => plain_text::name(name).into_owned(),
        Label::Project => project(row),
    }
}

/// The length at which all session ids differ: at least eight characters.
fn id_length(ids: &[String]) -> usize {
    const LEAST: usize = 8;
    let longest = ids.iter().map(|id| id.chars().count()).max().unwrap_or(LEAST);
    let distinct = |length: usize| {
        let starts: BTreeSet<String> = ids.iter().map(|id| id.chars().take(length).collect()).collect();
        starts.len()
    };
    let all = distinct(longest);
    (LEAST..longest).find(|length| distinct(*length) == all).unwrap_or(longest)
}

/// A project's working folder, or its key if the folder is unknown.
pub(super) fn project(row: &Row) -> String {
    let project = row.project.as_ref();
    let name = project.map_or("", |project| project.path.as_ref().unwrap_or(&project.key));
    plain_text::name(name).into_owned()
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
pub(super) fn foot(basis: &Basis, models: &[ModelSums]) -> String {
    let mut text = String::new();
    let mut put = |line: String| text.write_str(&line).expect("writing to a String cannot fail");
    if basis.costs.are_shown() {
        for sums in models.iter().filter(|sums| sums.counters.unpriced_tokens > 0) {
            let (model, tokens) = (plain_text::name(&sums.model), grouped(sums.counters.unpriced_tokens));
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
            let (spent, limit) = (dollars(status.spent), dollars(status.limit));
            put(format!("budget, {}: {} spent, {spent} of {limit}\n", status.name(), status.share()));
        }
    }
    put(format!("{costs}days in {}\n", basis.settings.zone_name));
    text
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
