//! A snapshot in words, for a terminal: periods, models and how current it all is. Pure: text in, text out.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::document::by_cost;
use super::figures::{counted, dollars, grouped, span};
use super::view::View;
use crate::snapshot::{Counters, ScanState, WriterState};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// The summary that `cco-peek` prints, with styles; whoever prints it strips them where there is no terminal.
pub fn summary(view: &View) -> String {
    let mut text = String::new();
    let totals = &view.totals;
    line(&mut text, "today", &totals.today().counters, over(totals.today().is_over(view.now)));
    line(&mut text, "this week", &totals.this_week().counters, over(totals.this_week().is_over(view.now)));
    line(&mut text, "this month", &totals.this_month().counters, over(totals.this_month().is_over(view.now)));
    match view.block() {
        Some(block) => {
            let left = u64::try_from(block.end - view.now).unwrap_or(0);
            line(&mut text, "block", &block.counters, &format!("ends in {}", span(left)));
        }
        None => put(&mut text, format_args!("{DIM}{:<11}{:>12}{DIM:#}\n", "block", "none now")),
    }
    line(&mut text, "all time", &totals.all_time(), "");
    if let Some(frame) = &view.frame {
        put(&mut text, format_args!("\n"));
        for model in by_cost(frame) {
            let note = match model.counters.unpriced_tokens {
                0 => "",
                _ => "no price known",
            };
            line(&mut text, frame.name(model.name), &model.counters, note);
        }
    }
    put(&mut text, format_args!("\n{}", status(view)));
    text
}

/// One line for `--watch`: when, today's and all figures.
pub fn watch_line(view: &View) -> String {
    let today = view.totals.today().counters;
    let all = view.totals.all_time();
    let at = super::figures::rfc3339(view.totals.published_at()).unwrap_or_default();
    format!(
        "{DIM}{at}{DIM:#}  today {BOLD}{}{BOLD:#} {} tokens  all time {BOLD}{}{BOLD:#} {} tokens, {}",
        dollars(today.cost),
        grouped(today.total_tokens()),
        dollars(all.cost),
        grouped(all.total_tokens()),
        counted(all.requests, "request")
    )
}

fn over(is_over: bool) -> &'static str {
    if is_over { "over" } else { "" }
}

fn line(text: &mut String, label: &str, counters: &Counters, note: &str) {
    put(
        text,
        format_args!(
            "{label:<11}{BOLD}{:>12}{BOLD:#}{:>18} tokens {:>16}  {DIM}{note}{DIM:#}\n",
            dollars(counters.cost),
            grouped(counters.total_tokens()),
            counted(counters.requests, "request"),
        ),
    );
}

/// Who keeps the figures current, and how well.
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
    let age = span(u64::try_from(view.freshness.heartbeat_age.as_millis()).unwrap_or(u64::MAX));
    format!(
        "publisher {style}{word}{style:#}, last sign {age} ago{scan}; days in {}\n\
         {DIM}costs are API-equivalent, from list prices{DIM:#}\n",
        view.identity.zone
    )
}

fn put(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("writing to a String cannot fail");
}
