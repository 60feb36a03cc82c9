//! What people ask for first: today, the block, the account's limits, this week and month, today's models, and whether
//! the figures are current. Pure: figures in, text out.
//!
//! Invariant: what is unknown, unpriced or over says so, and no name from a transcript reaches the terminal raw. Used by
//! `cco` alone and the monitor.

use anstyle::Style;

use super::budget::{Length, Standing, Status};
use super::burn::Burn;
use super::cost::Cost;
use super::figures::{counted, dollars, grouped, short_tokens};
use super::five_hours::FiveHours;
use super::following::polling;
use super::grid::{Cell, Column, Grid, wrapped};
use super::limit_table::limits;
use super::names;
use super::provisional::{footnote, is_marked};
use super::styles::{BAD, DIM, GOOD, STRONG, WARN};
use super::usage::ModelSums;
use super::view::View;
use crate::config::Aliases;
use crate::plain_text;
use crate::snapshot::{Period, ScanState, WriterState};

/// Which rows the periods have besides today, this week and this month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Besides {
    /// The current block.
    Block,
    /// All time.
    AllTime,
}

/// What is shown.
#[derive(Debug)]
pub struct Overview<'a> {
    /// The snapshot, with its tables.
    pub view: &'a View,
    /// The budgets and how they stand.
    pub budgets: Vec<Status>,
    /// What each model used today, the most expensive first.
    pub models: Vec<ModelSums>,
    /// What to call them.
    pub aliases: &'a Aliases,
}

impl Overview<'_> {
    /// As text with styles, at most this many columns wide.
    pub fn render(&self, width: Option<usize>) -> String {
        let periods = self.periods(Besides::Block);
        let by_model = self.today_by_model();
        let mut text = periods.render(width);
        text.push('\n');
        text += &limits(self.view, width);
        if !self.models.is_empty() {
            text.push('\n');
            text += &by_model.render(width);
        }
        let mut foot = String::new();
        for status in self
            .budgets
            .iter()
            .filter(|status| status.project.is_some() && status.standing != Standing::Within)
        {
            let name = plain_text::name(&status.name()).into_owned();
            let spent = status.spent.of_limit(status.limit);
            foot += &format!(
                "budget, {name}: {spent}, {}: {}
",
                status.share(),
                status.standing.name()
            );
        }
        foot += footnote(periods.has_marks() || by_model.has_marks());
        foot += &unpriced(self.view);
        foot += &publisher(self.view);
        text.push('\n');
        text + &wrapped(foot.trim_end(), width.unwrap_or(usize::MAX)).join("\n") + "\n"
    }

    /// Usage by period.
    pub fn periods(&self, besides: Besides) -> Grid {
        let mut grid = Grid::new([
            Column::key(""),
            Column::figures("", 1),
            Column::figures("", 2),
            Column::figures("", 4),
            Column::text("", 3),
        ]);
        let totals = &self.view.totals;
        let now = self.view.now;
        let cost = |period: &Period| {
            Cost::from(&period.counters).provisional(is_marked(&period.counters, period.end, now))
        };
        let mut row = |name: &str, period: Option<&Period>, note: String, style: Style| {
            let figures = period.map_or_else(Default::default, |period| {
                let (counters, cost) = (&period.counters, cost(period));
                let tokens = counters.total_tokens();
                let in_short = format!("{} tokens", short_tokens(tokens));
                [
                    cost_in(cost, style),
                    Cell::figure_or(format!("{} tokens", grouped(tokens)), in_short),
                    Cell::figure(counted(counters.requests, "request")),
                ]
            });
            let note = Cell::words(note).styled(if style.is_plain() { DIM } else { style });
            grid.row([Cell::figure(name)].into_iter().chain(figures).chain([note]));
        };
        let note_of = |length: Length, is_over: bool| match self.budget(length) {
            _ if is_over => ("over: nothing counted since".to_owned(), Style::new()),
            Some(status) => {
                (format!("{} of {}", status.share(), dollars(status.limit)), style_of(status.standing))
            }
            None => (String::new(), Style::new()),
        };
        let today = totals.today();
        let (note, style) = note_of(Length::Day, today.is_over(now));
        row("today", Some(&today), note, style);
        match self.view.block() {
            _ if besides != Besides::Block => {}
            Some(block) => {
                let end = FiveHours::of(block.end, totals.five_hour_limit(), now);
                let burn = Burn::of_block(totals).filter(Burn::is_telling);
                let is_provisional = cost(&block).is_provisional;
                let rate = burn.map_or_else(String::new, |burn| {
                    let projected = burn.projection(end.left_ms(now)).cost.provisional(is_provisional);
                    burn.cost_per_hour()
                        .provisional(is_provisional)
                        .per("h")
                        .map_or_else(String::new, |rate| format!("{rate}, {projected}"))
                });
                // The limit's own row, just below, has the time.
                let note = match end {
                    FiveHours::Account(_) if rate.is_empty() => "until the 5-hour limit resets".to_owned(),
                    FiveHours::Account(_) => rate + " by the reset",
                    FiveHours::Block(_) if rate.is_empty() => end.note(now),
                    FiveHours::Block(_) => format!("{rate} projected, {}", end.note(now)),
                };
                row("block", Some(&block), note, Style::new());
            }
            None => row("block", None, "none active".into(), Style::new()),
        }
        for (name, length, period) in [
            ("this week", Length::Week, totals.this_week()),
            ("this month", Length::Month, totals.this_month()),
        ] {
            let (note, style) = note_of(length, period.is_over(now));
            row(name, Some(&period), note, style);
        }
        if besides == Besides::AllTime {
            let all_time = Period { start: i64::MIN, end: i64::MAX, counters: totals.all_time() };
            row("all time", Some(&all_time), String::new(), Style::new());
        }
        grid
    }

    /// The overall budget of this length.
    fn budget(&self, length: Length) -> Option<&Status> {
        self.budgets.iter().find(|status| status.project.is_none() && status.length == length)
    }

    fn today_by_model(&self) -> Grid {
        let mut grid = Grid::new([
            Column::key("Today by model"),
            Column::figures("Requests", 3),
            Column::figures("Tokens", 2),
            Column::figures("Cost", 1),
        ]);
        let end_ms = self.view.totals.today().end;
        for model in &self.models {
            let is_marked = is_marked(&model.counters, end_ms, self.view.now);
            grid.row([
                Cell::name(names::model(&model.model, self.aliases)),
                Cell::figure(grouped(model.counters.requests)),
                Cell::tokens(model.counters.total_tokens()),
                Cell::cost(Cost::from(&model.counters).provisional(is_marked)),
            ]);
        }
        grid
    }
}

/// A cost in the style of its budget, else as a sum.
fn cost_in(cost: Cost, style: Style) -> Cell {
    match (cost.is_partial(), style.is_plain()) {
        (false, true) => Cell::cost(cost).styled(STRONG),
        (true, true) => Cell::cost(cost),
        (_, false) => Cell::cost(cost).styled(style),
    }
}

fn style_of(standing: Standing) -> Style {
    match standing {
        Standing::Over => BAD,
        Standing::Near | Standing::Unpriced => WARN,
        Standing::Within => Style::new(),
    }
}

/// Says that the figures of this month leave out tokens, if they do.
fn unpriced(view: &View) -> String {
    match view.totals.this_month().counters.unpriced_tokens {
        0 => String::new(),
        tokens => format!(
            "{WARN}{} of this month have no price and are not in the costs{WARN:#}: cco prices --unpriced\n",
            counted(tokens, "token")
        ),
    }
}

/// One line on the publisher: whether it runs, and how current the figures are.
fn publisher(view: &View) -> String {
    let (style, word) = match view.freshness.writer {
        WriterState::Live => (GOOD, "live"),
        WriterState::Stopped => (WARN, "stopped"),
        WriterState::Dead => (BAD, "dead"),
    };
    let mut text = match view.freshness.writer {
        WriterState::Live => {
            format!("publisher {style}{word}{style:#} (process {})", view.identity.writer_pid)
        }
        _ => format!("publisher {style}{word}{style:#}: to keep figures current: cco daemon start"),
    };
    if view.freshness.writer == WriterState::Live
        && let Some(polling) = view.health.as_ref().and_then(polling)
    {
        text += &format!(", {polling}");
    }
    if view.totals.scan_state() == ScanState::CatchingUp {
        text += ", still catching up: figures are a lower bound";
    }
    format!("{text}; costs are API-equivalent; days in {}\n", view.identity.zone)
}
