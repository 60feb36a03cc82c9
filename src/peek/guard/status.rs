//! `cco guard status`: what was spent and its bounds, for people and as JSON.
//!
//! Invariant: everything shown is from one commit. A bound without a figure says so.

use std::path::Path;

use anstyle::Style;

use super::figures::{of_project, of_session, of_totals};
use super::hook::key_of;
use super::options::StatusOptions;
use crate::config::{Aliases, Guard};
use crate::peek::arguments::width;
use crate::peek::failure::{Failure, note_staleness};
use crate::peek::show::print;
use crate::plain_text;
use crate::report::budget::Standing;
use crate::report::figures::{dollars, span};
use crate::report::grid::{Cell, Column, Grid, wrapped};
use crate::report::guard::{Figure, GuardDocument, Judged, Scope};
use crate::report::styles::{BAD, WARN};
use crate::report::{View, Want, names};
use crate::snapshot::{Code, Picodollars, ProjectRow, SessionRow, wall_clock_ms_once};

/// Shows everything that is guarded.
pub(super) fn show(
    options: &StatusOptions,
    guard: &Guard,
    aliases: &Aliases,
    path: &Path,
) -> Result<Code, Failure> {
    let view = View::once(path, Want::Tables, wall_clock_ms_once())?;
    let figures = figures(&view, options.session.as_deref(), aliases);
    let judged: Vec<_> =
        figures.into_iter().filter_map(|figure| Judged::of(figure, guard, Picodollars::ZERO)).collect();
    if options.json {
        let document = GuardDocument::of(guard, &judged, view.staleness().is_none());
        let text = serde_json::to_string_pretty(&document).map_err(std::io::Error::from)?;
        print(&(plain_text::json(text) + "\n"))?;
    } else {
        print(&text(guard, &judged, view.now))?;
    }
    Ok(note_staleness(&view))
}

/// Those of the given or newest session, the day, the block, and the project of the current folder.
fn figures(view: &View, session: Option<&str>, aliases: &Aliases) -> Vec<Figure> {
    let Some(frame) = &view.frame else { return Vec::new() };
    let is_meant = |row: &SessionRow| session.is_none_or(|id| frame.name(row.session) == id);
    let newest = frame.rows::<SessionRow>().filter(is_meant).max_by_key(|row| row.last_at);
    let session = newest.map(|row| {
        let name = plain_text::name(frame.name(row.session)).into_owned();
        of_session(&row, name, view.now)
    });
    let folder = std::env::current_dir().ok().map(|folder| key_of(&folder.to_string_lossy()));
    let here = frame.rows::<ProjectRow>().find(|row| Some(frame.name(row.project)) == folder.as_deref());
    let project = here.and_then(|row| {
        let path = Some(frame.name(row.path)).filter(|path| !path.is_empty());
        of_project(&row, names::project(frame.name(row.project), path, aliases).into_owned(), view)
    });
    session.into_iter().chain(of_totals(view)).chain(project).collect()
}

fn text(guard: &Guard, judged: &[Judged], now: i64) -> String {
    let lines = |words| wrapped(words, width().unwrap_or(usize::MAX)).join("\n") + "\n";
    let strict = match guard.is_strict {
        true => lines("strict: everything is stopped while no publisher keeps the figures current"),
        false => String::new(),
    };
    if guard.is_empty() {
        return lines("nothing is guarded: add [guard] to the config file; to find it: cco config path")
            + &strict;
    }
    let mut grid = Grid::new([
        Column::key("Guarded"),
        Column::figures("Spent", 1),
        Column::figures("Warns at", 2),
        Column::figures("Stops at", 1),
        Column::text("", 1),
        Column::figures("Left", 3),
        Column::text("Of", 4),
    ]);
    for scope in Scope::ALL {
        let bounds = scope.of(guard);
        if bounds.is_empty() {
            continue;
        }
        let amount = |bound: Option<Picodollars>| Cell::figure(bound.map_or_else(|| "-".to_owned(), dollars));
        let [warn, stop] = [bounds.warn, bounds.stop].map(amount);
        let Some(Judged { figure, standing, .. }) = judged.iter().find(|it| it.figure.scope == scope) else {
            let [none, dash, no_end] = ["no usage", "-", ""].map(Cell::figure);
            grid.row([Cell::name(scope.name()), dash, warn, stop, none, no_end, Cell::words("")]);
            continue;
        };
        let (style, word) = match standing {
            Standing::Over => (BAD, "stops"),
            Standing::Near => (WARN, "warns"),
            Standing::Unpriced => (WARN, "unpriced"),
            Standing::Within => (Style::new(), "within"),
        };
        let left = figure.end_ms.map(|end| span(u64::try_from(end.saturating_sub(now)).unwrap_or(0)));
        grid.row([
            Cell::name(scope.name()),
            Cell::cost(figure.spent).styled(style),
            warn,
            stop,
            Cell::figure(word).styled(style),
            Cell::figure(left.unwrap_or_default()),
            Cell::words(figure.subject.clone()),
        ]);
    }
    grid.render(width()) + &strict
}
