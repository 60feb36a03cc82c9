//! `cco reconcile`: sessions by the difference between Claude Code's own cost and the cost from transcripts.
//!
//! Invariant: only sessions with both figures are rows; the others are counted below the table.

use super::arguments::{Form, Reconcile, check_range, folds_worktrees};
use super::basis::{First, up_to_date};
use super::own_figures::{costs, marks, notes};
use super::table::{id_length, project_name, short_folders};
use crate::cli::table::{width_to_fit, words};
use crate::cli::{Failure, print, print_json};
use crate::config::{Aliases, Settings};
use crate::plain_text;
use crate::report::cost::Cost;
use crate::report::figures::counted;
use crate::report::grid::{Cell, Column, Grid};
use crate::report::provisional::{footnote, is_marked};
use crate::report::styles::STRONG;
use crate::report::usage::Query;
use crate::report::usage::json::Head;
use crate::report::usage::reconcile::{Reconciliation, json};

/// Runs `cco reconcile`.
pub(super) fn run(arguments: &Reconcile) -> Result<(), Failure> {
    check_range(arguments.since, arguments.until)?;
    let first = if arguments.no_update { First::Nothing } else { First::Update };
    let (settings, ledger) = up_to_date(&arguments.options, first)?;
    let query = Query {
        since: arguments.since,
        until: arguments.until,
        folds_worktrees: folds_worktrees(arguments.group, &settings, Form::Text),
        ..Query::everything(settings.zone.clone(), settings.week_start)
    };
    let mut all = Reconciliation::read(&ledger, &query)?;
    if let Some(count) = arguments.limit {
        all.keep_largest(usize::try_from(count).unwrap_or(usize::MAX));
    }
    if arguments.json {
        let head = Head::of("reconcile", &query, &settings.zone_name);
        return print_json(&json::Document::of(head, &all, &settings.aliases));
    }
    let is_bounded = query.since.is_some() || query.until.is_some();
    print(&text(&all, is_bounded, &settings))
}

fn text(all: &Reconciliation, is_bounded: bool, settings: &Settings) -> String {
    let mut foot = String::new();
    let mut shown = String::new();
    if !all.sessions.is_empty() {
        let table = table(all, &settings.aliases);
        shown = table.render(width_to_fit());
        foot += footnote(table.has_marks());
        foot += &notes(&all.sessions);
    }
    if all.left_out > 0 {
        foot += &format!("{} with smaller differences not shown\n", counted(all.left_out, "session"));
    }
    if all.sessions_without > 0 {
        let (sessions, cost) = (counted(all.sessions_without, "session"), Cost::from(&all.without));
        foot += &format!("{sessions} ({cost}) without a figure from Claude Code: cannot be compared\n");
    }
    foot += match (all.sessions.is_empty(), all.sessions_without) {
        (false, _) => "the difference is spend that transcripts do not show; no total includes it\n",
        (true, 0) if is_bounded => "no session was last used on these days\n",
        (true, 0) => "no usage yet: use Claude Code, then run this again\n",
        (true, _) => "",
    };
    if is_bounded {
        foot += &format!("days in {}\n", settings.zone_name);
    }
    shown + &words(&foot)
}

fn table(all: &Reconciliation, aliases: &Aliases) -> Grid {
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let mut table = Grid::new([
        Column::key("Session"),
        Column::text("Project", 5),
        Column::figures("Transcripts", 3),
        Column::figures("Claude Code", 2),
        Column::figures("Difference", 1),
        Column::figures("Ratio", 4),
    ]);
    let names: Vec<String> =
        all.sessions.iter().map(|row| plain_text::name(&row.session).into_owned()).collect();
    let id_length = id_length(&names);
    let folders = short_folders(all.sessions.iter().map(|row| row.project.as_ref()), aliases);
    let cost = |ours, last_ms| Cost::from(ours).provisional(is_marked(ours, last_ms, now_ms));
    for (row, name) in all.sessions.iter().zip(&names) {
        let marks = marks(row);
        let short = name.chars().take(id_length).collect::<String>() + marks;
        let project = project_name(row.project.as_ref(), aliases);
        let words = [
            Cell::name_or(format!("{name}{marks}"), short),
            Cell::name_or(&project, folders.get(&project).unwrap_or(&project)),
        ];
        let last_ms = row.span_ms.map_or(i64::MIN, |(_, last_ms)| last_ms);
        let figures = costs(cost(&row.ours, last_ms), row.difference());
        let ratio = Cell::figure(row.difference().ratio().unwrap_or_default());
        table.row(words.into_iter().chain(figures).chain([ratio]));
    }
    let last_ms = all.sessions.iter().filter_map(|row| row.span_ms).map(|(_, last_ms)| last_ms).max();
    let (ours, totals) = (all.ours(), all.totals());
    let figures = costs(cost(&ours, last_ms.unwrap_or(i64::MIN)), totals);
    let total = [Cell::figure("Total"), Cell::default()].into_iter().chain(figures);
    let ratio = Cell::figure(totals.ratio().unwrap_or_default());
    table.row(total.chain([ratio]).map(|cell| cell.styled(STRONG)));
    table
}
