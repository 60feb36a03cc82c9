//! Writes a line in the syntax of the tool that shows it. Used by `peek`.
//!
//! Invariant: no tool can take text for markup (see [`super::markup`]). The output of every format is whole lines.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::Serialize;

use super::facts::{Facts, Urgency};
use super::markup::{I3BLOCKS, PANGO, POLYBAR, STARSHIP, TMUX, XBAR};
use super::paint::{Colour, Line};
use super::terminal::Terminal;
use crate::plain_text;
use crate::report::figures::{counted, grouped};

/// A tool, or plain text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Text without styles.
    Plain,
    /// Text with a terminal's colours.
    Ansi,
    /// waybar's custom module: a JSON object a line.
    Waybar,
    /// i3bar's protocol: a header and an endless list.
    I3bar,
    /// i3blocks: full text, short text, colour.
    I3blocks,
    /// polybar's formatting tags.
    Polybar,
    /// tmux's styles.
    Tmux,
    /// starship: plain text, which it styles itself.
    Starship,
    /// xbar and SwiftBar: a line for the menu bar, and the menu.
    Xbar,
}

/// The input of a format: the line, and the facts behind it for tooltips, menus and colours.
#[derive(Clone, Copy, Debug)]
pub struct BarContent<'a> {
    /// The line.
    pub line: &'a Line,
    /// A shorter line, for tools that use one.
    pub short: &'a Line,
    /// The facts it shows.
    pub facts: &'a Facts<'a>,
    /// What the terminal can show, for [`Format::Ansi`].
    pub terminal: Terminal,
}

#[derive(Serialize)]
struct Waybar<'a> {
    text: String,
    tooltip: String,
    class: &'a str,
    percentage: u64,
}

#[derive(Serialize)]
struct I3Block<'a> {
    name: &'a str,
    full_text: String,
    short_text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    color: Option<Cow<'static, str>>,
    urgent: bool,
    markup: &'a str,
}

impl Format {
    /// The complete output, with line breaks.
    pub fn spell(self, content: BarContent<'_>) -> String {
        let line = content.line;
        match self {
            Self::Plain => line.text() + "\n",
            Self::Ansi => self.paint(line, content.terminal) + "\n",
            Self::Waybar => waybar(content),
            Self::I3bar => i3bar(content),
            Self::I3blocks => {
                let colour = colour_of(content.facts).unwrap_or("#ffffff".into());
                format!("{}\n{}\n{colour}\n", I3BLOCKS.line(line), I3BLOCKS.line(content.short))
            }
            Self::Polybar => POLYBAR.line(line) + "\n",
            Self::Tmux => TMUX.line(line) + "\n",
            Self::Starship => STARSHIP.line(line) + "\n",
            Self::Xbar => xbar(content),
        }
    }
}

impl Format {
    /// Only the line, for a terminal, without a line break at the end.
    pub fn paint(self, line: &Line, terminal: Terminal) -> String {
        match self {
            Self::Ansi => line.spans().iter().map(|span| terminal.paint(span)).collect(),
            _ => line.text(),
        }
    }

    /// The text before the first output of a run, and after the last.
    pub fn enclosing(self) -> (&'static str, &'static str) {
        if self == Self::I3bar { ("{\"version\":1}\n[\n", "]\n") } else { ("", "") }
    }

    /// The text between two outputs.
    pub fn between(self) -> &'static str {
        if self == Self::I3bar { "," } else { "" }
    }
}

fn waybar(content: BarContent<'_>) -> String {
    let facts = content.facts;
    let percentage = facts.five_hour().filter(|limit| !limit.is_over(facts.now));
    json(&Waybar {
        text: PANGO.line(content.line),
        tooltip: PANGO.text(&details(facts).join("\n")),
        class: class(facts),
        percentage: percentage.map_or(0, |limit| (limit.used_millionths / 10_000).min(100)),
    }) + "\n"
}

/// The class for waybar's style sheet.
fn class(facts: &Facts<'_>) -> &'static str {
    match facts.urgency() {
        _ if facts.stale().is_some() => "stale",
        Urgency::Critical => "critical",
        Urgency::Warning => "warning",
        Urgency::Normal => "normal",
    }
}

fn colour_of(facts: &Facts<'_>) -> Option<Cow<'static, str>> {
    match facts.urgency() {
        Urgency::Critical => Some(Colour::Red.hex()),
        Urgency::Warning => Some(Colour::Yellow.hex()),
        Urgency::Normal => facts.stale().map(|_| Colour::Yellow.hex()),
    }
}

fn i3bar(content: BarContent<'_>) -> String {
    json(&[I3Block {
        name: "cco",
        full_text: PANGO.line(content.line),
        short_text: PANGO.line(content.short),
        color: colour_of(content.facts),
        urgent: content.facts.urgency() == Urgency::Critical,
        markup: "pango",
    }]) + "\n"
}

fn json(value: &impl Serialize) -> String {
    plain_text::json(serde_json::to_string(value).expect("texts and numbers cannot fail"))
}

fn xbar(content: BarContent<'_>) -> String {
    let colour = colour_of(content.facts).map(|hex| format!(" color={hex}")).unwrap_or_default();
    let mut text = format!("{} | trim=false{colour}\n---\n", XBAR.line(content.line));
    for line in details(content.facts) {
        text += &format!("{} | font=Menlo\n", XBAR.text(&line));
    }
    text += "---\nRefresh | refresh=true\n";
    text
}

/// Periods, limits and the state of the publisher, a line each.
fn details(facts: &Facts<'_>) -> Vec<String> {
    let Some(view) = facts.view else {
        return vec!["no figures yet; to start the publisher: cco daemon start".into()];
    };
    let totals = &view.totals;
    let periods = [
        ("Today", facts.period(|_| Some(totals.today()))),
        ("This week", facts.period(|_| Some(totals.this_week()))),
        ("This month", facts.period(|_| Some(totals.this_month()))),
        ("Block", facts.block()),
    ];
    let periods = periods.map(|(label, period)| (label, period.map(|period| period.counters)));
    let mut lines = Vec::new();
    for (label, counters) in periods.into_iter().chain([("All time", Some(totals.all_time()))]) {
        let Some(counters) = counters else { continue };
        let mut line = String::new();
        write!(
            line,
            "{label}: {}, {} tokens, {}",
            facts.cost(&counters, None).text,
            grouped(counters.total_tokens()),
            counted(counters.requests, "request")
        )
        .expect("writing to a String cannot fail");
        lines.push(line);
    }
    let limits = [("5-hour limit", facts.five_hour()), ("7-day limit", facts.seven_day())];
    for (label, limit) in limits {
        let Some(used) = facts.limit(limit) else { continue };
        let age = facts.limit_age(limit).map_or(String::new(), |age| format!(", reported {} ago", age.text));
        lines.push(format!("{label}: {}{age}", used.text));
    }
    lines.push(view.staleness().unwrap_or_else(|| "current".into()));
    lines
}

#[cfg(test)]
mod tests;
