//! What people ask for first: today, the block, the account's limits, this week and month, today's models, and whether
//! the figures are current. Pure: figures in, text out.
//!
//! Invariant: what is unknown, unpriced or over says so, and no name from a transcript reaches the terminal raw. Used by
//! `cco` alone, `cco limits` and the monitor.

use anstyle::Style;

use super::budget::{Length, Standing, Status};
use super::burn::Burn;
use super::cost::Cost;
use super::figures::{counted, dollars, grouped, percent, short_tokens, span};
use super::five_hours::FiveHours;
use super::following::polling;
use super::grid::{Cell, Column, Grid, wrapped};
use super::limit_pace::used_up_at;
use super::names;
use super::provisional::{footnote, is_marked};
use super::styles::{BAD, DIM, GOOD, STRONG, WARN};
use super::usage::ModelSums;
use super::view::View;
use crate::config::Aliases;
use crate::plain_text;
use crate::snapshot::{LimitKind, LimitRow, Period, Picodollars, ScanState, WriterState};

/// Cells of a limit's bar.
const BAR: u64 = 20;
/// From this part on a limit stands out, in millionths.
const LIMIT_NEAR: u64 = 800_000;
const MILLION: u64 = 1_000_000;
/// A limit that was reported longer ago than this says so, in milliseconds.
const SEEN_LONG_AGO_MS: i64 = 10 * 60_000;

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

/// The account's limits as bars with their reset times; a line of words if none is known.
pub fn limits(view: &View, width: Option<usize>) -> String {
    let rows: Vec<LimitRow> = view.frame.iter().flat_map(|frame| frame.rows::<LimitRow>()).collect();
    if rows.is_empty() {
        let words = "the account's limits are not known: Claude Code reports them to its status line; to set it up: cco \
                     setup claude";
        let lines = wrapped(words, width.unwrap_or(usize::MAX)).join("\n");
        return format!("{DIM}{lines}{DIM:#}\n");
    }
    let mut grid =
        Grid::new([Column::key(""), Column::text("", 3), Column::figures("", 1), Column::text("", 2)]);
    for row in &rows {
        let scope = view.frame.as_ref().map_or("", |frame| frame.name(row.scope));
        let is_over = row.resets_at != 0 && view.now >= row.resets_at;
        let style = match row.used_millionths {
            _ if is_over => DIM,
            used if used >= MILLION => BAD,
            used if used >= LIMIT_NEAR => WARN,
            _ => GOOD,
        };
        let bar = if is_over { String::new() } else { bar(row.used_millionths) };
        let used = if is_over { "unknown".to_owned() } else { percent(row.used_millionths, MILLION) };
        grid.row([
            Cell::name(limit_name(row.kind, scope)),
            Cell::figure(bar).styled(style),
            Cell::figure(used).styled(style),
            Cell::words(limit_note(row, view.now, is_over)).styled(DIM),
        ]);
        if let Some(at) = used_up_at(row).filter(|at| !is_over && *at > view.now) {
            let left = span(u64::try_from(at - view.now).unwrap_or(0));
            grid.across(Cell::words(format!("  used up in {left} at this pace")).styled(WARN));
        }
    }
    grid.render(width)
}

fn limit_name(kind: LimitKind, scope: &str) -> String {
    let scope = plain_text::name(scope);
    match kind {
        LimitKind::FiveHour => "5-hour limit".into(),
        LimitKind::SevenDay => "7-day limit".into(),
        LimitKind::SevenDayModel => format!("7-day limit, {scope}"),
        LimitKind::Spend => "spend limit".into(),
        _ => format!("limit {scope}"),
    }
}

fn limit_note(row: &LimitRow, now: i64, is_over: bool) -> String {
    let mut notes = Vec::new();
    if row.allowed != Picodollars::ZERO {
        notes.push(format!("{} of {}", dollars(row.spent), dollars(row.allowed)));
    }
    if is_over {
        notes.push("was reset; no report since".to_owned());
    } else if row.resets_at != 0 {
        notes.push(format!("resets in {}", span((row.resets_at - now).unsigned_abs())));
    }
    if !is_over && now - row.seen_at > SEEN_LONG_AGO_MS {
        notes.push(format!("reported {} ago", span((now - row.seen_at).unsigned_abs())));
    }
    notes.join(", ")
}

/// `██████░░░░`: full cells for what is used; a use that is not zero shows.
fn bar(used_millionths: u64) -> String {
    let full = (used_millionths.min(MILLION) * BAR + MILLION / 2) / MILLION;
    let full = full.max(u64::from(used_millionths > 0));
    let cells = |count: u64, cell: &str| cell.repeat(usize::try_from(count).unwrap_or(0));
    cells(full, "█") + &cells(BAR - full, "░")
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
