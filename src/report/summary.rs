//! A snapshot as text for a terminal: periods, models and how current they are. Pure: text in, text out.
//!
//! Invariant: no name from a transcript reaches the terminal raw.

use std::borrow::Cow;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::burn::Burn;
use super::cost::Cost;
use super::figures::{counted, grouped, span};
use super::five_hours::FiveHours;
use super::following::polling;
use super::names;
use super::provisional::{footnote, is_marked};
use super::tables::by_cost;
use super::view::View;
use crate::config::Aliases;
use crate::snapshot::{Counters, ProjectRow, ScanState, WriterState};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// The summary that `cco-peek` prints, with styles. The caller strips them if the output is not a terminal.
pub fn summary(view: &View, aliases: &Aliases) -> String {
    let totals = &view.totals;
    let mut lines: Vec<Line<'_>> =
        [("today", totals.today()), ("this week", totals.this_week()), ("this month", totals.this_month())]
            .map(|(label, period)| {
                let note = if period.is_over(view.now) { "over" } else { "" };
                (label.into(), Some(Shown::of(period.counters, period.end, view.now)), note.into())
            })
            .into();
    lines.push(match view.block() {
        Some(block) => {
            let end = FiveHours::of(block.end, totals.five_hour_limit(), view.now);
            let rate = Burn::of_block(totals).filter(Burn::is_telling);
            let shown = Shown::of(block.counters, block.end, view.now);
            let is_provisional = shown.cost.is_provisional;
            let rate = rate.and_then(|burn| burn.cost_per_hour().provisional(is_provisional).per("h"));
            let rate = rate.map_or_else(String::new, |rate| format!(", {rate}"));
            ("block".into(), Some(shown), end.note(view.now) + &rate)
        }
        None => ("block".into(), None, String::new()),
    });
    let last_used_ms = last_used_ms(view);
    let of_all_time = |counters| Some(Shown::of(counters, last_used_ms, view.now));
    lines.push(("all time".into(), of_all_time(totals.all_time()), String::new()));
    let periods = lines.len();
    let models = view.frame.as_ref().map(by_cost).unwrap_or_default();
    // When a model was last used is known only if there is no other.
    let model_used_ms = if models.len() == 1 { last_used_ms } else { i64::MIN };
    for model in &models {
        let name =
            view.frame.as_ref().map_or("".into(), |frame| names::model(frame.name(model.name), aliases));
        let note = match model.counters.unpriced_tokens {
            0 => String::new(),
            tokens => format!("{} tokens have no price", grouped(tokens)),
        };
        lines.push((name, Some(Shown::of(model.counters, model_used_ms, view.now)), note));
    }

    let width =
        lines.iter().map(|(label, ..)| unicode_width::UnicodeWidthStr::width(&**label)).max().unwrap_or(0);
    let mut text = String::new();
    for (index, (label, shown, note)) in lines.iter().enumerate() {
        if index == periods {
            text.push('\n');
        }
        put(&mut text, format_args!("{}\n", line(label, width, shown.as_ref(), note).trim_end()));
    }
    let has_marks = lines.iter().any(|(_, shown, _)| shown.is_some_and(|shown| shown.cost.is_marked()));
    put(&mut text, format_args!("\n{}{}", footnote(has_marks), status(view)));
    text
}

/// A line: its label, its figures, and a note.
type Line<'a> = (Cow<'a, str>, Option<Shown>, String);

/// The figures of a line.
#[derive(Clone, Copy)]
struct Shown {
    counters: Counters,
    /// Their cost, with its marks.
    cost: Cost,
}

impl Shown {
    /// Usage in a period that ends, or was last used, at `end_ms`.
    fn of(counters: Counters, end_ms: i64, now_ms: i64) -> Self {
        let is_marked = is_marked(&counters, end_ms, now_ms);
        Self { counters, cost: Cost::from(&counters).provisional(is_marked) }
    }
}

/// When anything was last used, ms UTC. If that is not known, all time is a running period.
fn last_used_ms(view: &View) -> i64 {
    let projects = view.frame.iter().flat_map(|frame| frame.rows::<ProjectRow>());
    projects.map(|project| project.last_at).max().unwrap_or(i64::MAX)
}

/// One line for `--watch`: the time of the commit, today's usage and the usage of all time.
pub fn watch_line(view: &View) -> String {
    let today = view.totals.today();
    let today = Shown::of(today.counters, today.end, view.now);
    let all = Shown::of(view.totals.all_time(), last_used_ms(view), view.now);
    let at = super::figures::rfc3339(view.totals.published_at()).unwrap_or_default();
    format!(
        "{DIM}{at}{DIM:#}  today {BOLD}{}{BOLD:#} {} tokens  all time {BOLD}{}{BOLD:#} {} tokens, {}",
        today.cost,
        grouped(today.counters.total_tokens()),
        all.cost,
        grouped(all.counters.total_tokens()),
        counted(all.counters.requests, "request")
    )
}

fn line(label: &str, width: usize, shown: Option<&Shown>, note: &str) -> String {
    let pad = " ".repeat(width - unicode_width::UnicodeWidthStr::width(label).min(width));
    let Some(Shown { counters, cost }) = shown else {
        return format!("{DIM}{label}{pad}  {:>12}{DIM:#}", "none active");
    };
    let note = if note.is_empty() { String::new() } else { format!("  {DIM}{note}{DIM:#}") };
    format!(
        "{label}{pad}  {BOLD}{:>12}{BOLD:#}{:>18} tokens {:>18}{note}",
        cost,
        grouped(counters.total_tokens()),
        counted(counters.requests, "request"),
    )
}

/// The state of the publisher, and how current the figures are.
fn status(view: &View) -> String {
    let (colour, word) = match view.freshness.writer {
        WriterState::Live => (AnsiColor::Green, "live"),
        WriterState::Stopped => (AnsiColor::Yellow, "stopped"),
        WriterState::Dead => (AnsiColor::Red, "dead"),
    };
    let style = colour.on_default();
    let scan = match view.totals.scan_state() {
        ScanState::Complete => "",
        ScanState::CatchingUp => ", still catching up: figures are a lower bound",
    };
    let is_live = view.freshness.writer == WriterState::Live;
    let polling = view.health.as_ref().filter(|_| is_live).and_then(polling);
    let polling = polling.map_or_else(String::new, |words| format!(", {words}"));
    let age = span(u64::try_from(view.freshness.heartbeat_age.as_millis()).unwrap_or(u64::MAX));
    format!(
        "publisher {style}{word}{style:#}, last heartbeat {age} ago{polling}{scan}; days in {}\n\
         {DIM}costs are API-equivalent, from list prices{DIM:#}\n",
        view.identity.zone
    )
}

fn put(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("writing to a String cannot fail");
}
