//! The last lines: whether figures are current, what is typed, and the most important keys.
//!
//! Invariant: figures that may be stale say so here in every view, in words.

use anstyle::Style;
use jiff::Timestamp;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use crate::config::monitor::Action;
use crate::monitor::state::{Layer, State};
use crate::monitor::styled::style;
use crate::report::figures::grouped;
use crate::report::following::polling;
use crate::report::grid::wrapped;
use crate::report::styles::{ACCENT, BAD, DIM, GOOD, WARN};
use crate::snapshot::{ScanState, WriterState};

/// The most lines that it takes.
const LINES_MAX: usize = 3;

pub(crate) fn lines(state: &State, columns: usize) -> Vec<Line<'static>> {
    if state.layer == Layer::Typing
        && let Some(list) = state.list()
    {
        let typed = format!("/{}▏", state.list_state(list).filter);
        let hint = "  enter keeps, esc clears";
        return vec![Line::from(vec![Span::styled(typed, style(ACCENT)), Span::styled(hint, style(DIM))])];
    }
    let (mark, words) = state_words(state);
    let mut lines: Vec<Line<'static>> =
        wrapped(&words, columns).into_iter().map(|line| Line::styled(line, style(mark))).collect();
    lines.truncate(LINES_MAX);
    let keys = keys(state);
    if let Some(last) = lines.last_mut() {
        let room = columns.saturating_sub(last.width());
        if room > keys.width() {
            last.push_span(Span::raw(" ".repeat(room - keys.width())));
            last.push_span(Span::styled(keys, style(DIM)));
        }
    }
    lines
}

/// `? help  q quit`.
fn keys(state: &State) -> String {
    let key = |action, words| {
        let key = state.options.keys.of(action).first().map(ToString::to_string).unwrap_or_default();
        format!("{key} {words}")
    };
    format!("{}  {}", key(Action::Help, "help"), key(Action::Quit, "quit"))
}

/// How current the figures are, the worst first.
fn state_words(state: &State) -> (Style, String) {
    let held = state.frozen_since().map(|(since_ms, newer)| {
        let at = Timestamp::from_millisecond(since_ms).map(|at| state.options.zone.to_datetime(at));
        let at = at.map(|at| at.strftime("%H:%M:%S").to_string()).unwrap_or_default();
        let newer = if newer > 0 { format!(", {} newer", grouped(newer)) } else { String::new() };
        let key = state.options.keys.of(Action::Freeze).first().map(ToString::to_string).unwrap_or_default();
        format!("▲ frozen at {at}{newer}; {key} lets figures go on")
    });
    if let Some(words) = held {
        return (ACCENT, words);
    }
    let note = state.note.as_ref().map(|note| format!("; {note}")).unwrap_or_default();
    let shown = state.shown();
    if let Some(trouble) = &shown.trouble {
        return (BAD, format!("▲ {trouble}{note}"));
    }
    let Some(view) = &shown.view else { return (DIM, format!("reading the snapshot{note}")) };
    if view.freshness.writer != WriterState::Live {
        let style = if view.freshness.writer == WriterState::Dead { BAD } else { WARN };
        let words = view.staleness().unwrap_or_default();
        return (style, format!("▲ {words}: figures are not updated; to start it: cco daemon start{note}"));
    }
    if let Some(words) = view.staleness() {
        return (WARN, format!("▲ {words}: the publisher has not counted in it yet{note}"));
    }
    let mut words = "● live".to_owned();
    let mut mark = GOOD;
    if view.totals.scan_state() == ScanState::CatchingUp {
        words += ", catching up: figures are a lower bound";
        mark = WARN;
    }
    if let Some(polling) = view.health.as_ref().and_then(polling) {
        words += &format!(", {polling}");
    }
    (mark, words + &note)
}
