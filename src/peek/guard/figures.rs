//! The figures that a guard judges, from the snapshot alone.
//!
//! Invariant: what a snapshot does not have, such as a session without a request or a block that is over, has no figure, not
//! a figure of zero.

use std::path::{Path, PathBuf};

use super::hook::{Told, key_of};
use crate::config::{Aliases, Guard};
use crate::report::cost::Cost;
use crate::report::guard::{Figure, Scope};
use crate::report::{View, Want, names, provisional};
use crate::snapshot::{
    Agent, Counters, PeekError, Period, ProjectRow, Reader, ScanState, SessionRow, default_path,
};

/// What a snapshot says.
pub(super) struct Seen {
    pub(super) figures: Vec<Figure>,
    /// Why figures may be too low, if so.
    pub(super) trouble: Option<String>,
    /// Whether the publisher is still counting old transcripts.
    pub(super) is_catching_up: bool,
}

/// Reads the figures that are guarded for this session and its project.
pub(super) fn of_hook(
    path: &Path,
    guard: &Guard,
    told: &Told,
    aliases: &Aliases,
    now: i64,
) -> Result<Seen, PeekError> {
    let mut reader = Reader::open(path).map_err(PeekError::Open)?;
    let view = View::of(&mut reader, Want::Totals, now).map_err(PeekError::Read)?;
    let mut figures = of_totals(&view);
    if !guard.session.is_empty() && !told.session.is_empty() {
        let row = reader.session(Agent::CLAUDE_CODE, &told.session).map_err(PeekError::Read)?;
        figures.extend(row.map(|row| of_session(&row, String::new(), now)));
    }
    if let (false, Some(key)) = (guard.project.is_empty(), &told.project) {
        let row = reader.project(Agent::CLAUDE_CODE, key).map_err(PeekError::Read)?;
        let path = told.cwd.as_deref().filter(|cwd| key_of(cwd) == *key);
        let name = || names::project(key, path, aliases).into_owned();
        figures.extend(row.and_then(|row| of_project(&row, name(), &view)));
    }
    let is_live = view.freshness.is_live();
    Ok(Seen {
        figures,
        trouble: view.staleness().filter(|_| !is_live),
        is_catching_up: view.totals.scan_state() == ScanState::CatchingUp,
    })
}

/// The day and the block, if they are not over.
pub(super) fn of_totals(view: &View) -> Vec<Figure> {
    let day = Some(view.totals.today()).filter(|day| !day.is_over(view.now));
    let of = |scope, period: Period| Figure {
        scope,
        subject: String::new(),
        spent: cost(&period.counters, period.end, view.now),
        start_ms: period.start,
        end_ms: Some(period.end),
    };
    let day = day.map(|day| of(Scope::Day, day));
    day.into_iter().chain(view.block().map(|block| of(Scope::Block, block))).collect()
}

pub(super) fn of_session(row: &SessionRow, subject: String, now: i64) -> Figure {
    let spent = cost(&row.counters, row.last_at, now);
    Figure { scope: Scope::Session, subject, spent, start_ms: 0, end_ms: None }
}

/// The project's day, if it is not over.
pub(super) fn of_project(row: &ProjectRow, subject: String, view: &View) -> Option<Figure> {
    let day = Some(view.totals.today()).filter(|day| !day.is_over(view.now))?;
    let spent = cost(&row.today, day.end, view.now);
    Some(Figure { scope: Scope::Project, subject, spent, start_ms: day.start, end_ms: Some(day.end) })
}

fn cost(counters: &Counters, end_ms: i64, now: i64) -> Cost {
    Cost::from(counters).provisional(provisional::is_marked(counters, end_ms, now))
}

/// The snapshot to read.
pub(super) fn snapshot(named: Option<PathBuf>) -> Option<PathBuf> {
    named.or_else(default_path)
}
