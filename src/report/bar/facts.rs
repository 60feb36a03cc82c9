//! The facts that a template can show, from the snapshot, the terminal's session, the account's limits and the
//! settings.
//!
//! Invariant: if a figure has two sources, this module chooses between them. A figure that may be stale carries a mark.
//! Used by `peek`, which fills it in, by the tables of fields and by `format`.

use super::around::Around;
use super::claude::Input;
use super::paint::{Colour, Style, Value};
use crate::config::statusline::Thresholds;
use crate::config::{Aliases, Budgets};
use crate::limits::{Reading, Report, standing};
use crate::report::View;
use crate::report::budget::{Spent, Standing, worst};
use crate::report::burn::Burn;
use crate::report::cost::{AT_LEAST, Cost};
use crate::report::figures::{dollars, short_number, short_percent, span};
use crate::report::five_hours::FiveHours;
use crate::snapshot::{Counters, Limit, Period, Picodollars, ProjectRow, ScanState, SessionRow, WriterState};

const MINUTE_MS: i64 = 60_000;
/// After a figure that may be stale: no publisher is running, or a program did not answer in time.
pub(super) const NOT_CURRENT: &str = "?";
/// After a figure that Claude Code computed itself.
const NOT_OURS: &str = "*";

/// The facts at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The snapshot, if there is one.
    pub view: Option<&'a View>,
    /// Why there is no snapshot, in a few words.
    pub trouble: Option<&'a str>,
    /// The terminal's session, if it is in the snapshot.
    pub session: Option<&'a SessionRow>,
    /// What Claude Code reports about the session.
    pub input: &'a Input,
    /// The budgets.
    pub budgets: &'a Budgets,
    /// What to call projects and models.
    pub aliases: &'a Aliases,
    /// When figures turn yellow and red.
    pub thresholds: &'a Thresholds,
    /// What is wrong with the settings, in a few words.
    pub broken: Option<&'a str>,
    /// What was looked up around the session.
    pub around: &'a Around,
    /// The current time, ms UTC.
    pub now: i64,
}

impl Facts<'_> {
    /// A period from the snapshot, unless it is over.
    pub(super) fn period(&self, of: impl Fn(&View) -> Option<Period>) -> Option<Period> {
        self.view.and_then(of).filter(|period| !period.is_over(self.now))
    }

    /// A project's working folder, if it is in the snapshot's tables.
    pub(super) fn path_of(&self, project: &str) -> Option<&str> {
        let frame = self.view?.frame.as_ref()?;
        let mut rows = frame.rows::<ProjectRow>();
        let row = rows.find(|row| frame.name(row.project) == project && !frame.name(row.path).is_empty())?;
        Some(frame.name(row.path))
    }

    /// The current block.
    pub(super) fn block(&self) -> Option<Period> {
        self.period(|view| view.totals.block())
    }

    /// A figure from the snapshot, with the mark it needs.
    pub(super) fn figure(&self, text: String, style: Style) -> Value {
        let state = self.view.map(|view| (view.freshness.writer, view.totals.scan_state()));
        let mark = match state {
            Some((WriterState::Live, ScanState::Complete)) | None => "",
            Some((WriterState::Live, ScanState::CatchingUp)) => AT_LEAST,
            Some(_) => NOT_CURRENT,
        };
        // One mark is enough to say that it is this or more.
        let mark = if text.ends_with(mark) { "" } else { mark };
        Value { text: text + mark, style, ..Value::default() }
    }

    pub(super) fn cost(&self, counters: &Counters, threshold: Option<[u64; 2]>) -> Value {
        self.figure(Cost::from(counters).to_string(), cost_style(counters.cost, threshold))
    }

    /// The most used-up overall budget, if it is near or over its limit or cannot be judged. The snapshot has no project budgets.
    pub(super) fn budget(&self) -> Option<Value> {
        let statuses = Spent::of_totals(&self.view?.totals).against(self.budgets, self.now);
        let worst = worst(&statuses)?;
        let colour = match worst.standing {
            Standing::Within => return None,
            Standing::Unpriced | Standing::Near => Colour::Yellow,
            Standing::Over => Colour::Red,
        };
        let text = format!("{}{} of {} budget", short_percent(worst.percent()), worst.mark(), worst.name());
        let share = u64::try_from(worst.percent().saturating_mul(10_000)).ok();
        Some(Value { share, ..self.figure(text, Style::of(colour)) })
    }

    pub(super) fn tokens(&self, counters: &Counters) -> Value {
        self.figure(short_number(counters.total_tokens()), Style::default())
    }

    /// The session's cost: ours, else Claude Code's with its mark.
    pub(super) fn session_cost(&self) -> Option<Value> {
        let threshold = self.thresholds.session_cost;
        match (self.session, self.input.cost) {
            (Some(session), _) => Some(self.cost(&session.counters, threshold)),
            (None, Some(cost)) => {
                let text = dollars(cost) + NOT_OURS;
                Some(Value { text, style: cost_style(cost, threshold), ..Value::default() })
            }
            (None, None) => None,
        }
    }

    /// The block's rate, if its requests span long enough for one.
    fn rate(&self) -> Option<Burn> {
        self.block()?;
        Burn::of_block(&self.view?.totals).filter(Burn::is_telling)
    }

    /// Cost per hour at the block's rate.
    pub(super) fn burn(&self) -> Option<Value> {
        Some(self.figure(self.rate()?.cost_per_hour().per("h")?, Style::default()))
    }

    /// Tokens per minute at the block's rate.
    pub(super) fn burn_tokens(&self) -> Option<Value> {
        Some(self.figure(short_number(self.rate()?.tokens_in(MINUTE_MS)) + "/min", Style::default()))
    }

    /// When the block's five hours end.
    fn five_hours(&self) -> Option<FiveHours> {
        Some(FiveHours::of(self.block()?.end, self.five_hour(), self.now))
    }

    /// The time left in the block's five hours.
    pub(super) fn block_left(&self) -> Option<Value> {
        Some(plain(span(self.five_hours()?.left_ms(self.now).unsigned_abs())))
    }

    /// The same, unless the account's limit shows it.
    pub(super) fn block_ends(&self) -> Option<Value> {
        matches!(self.five_hours()?, FiveHours::Block(_)).then(|| self.block_left())?
    }

    /// The block's cost at its end, at the same rate.
    pub(super) fn projection(&self) -> Option<Value> {
        let left_ms = self.five_hours()?.left_ms(self.now);
        Some(self.figure(self.rate()?.projection(left_ms).cost.to_string(), Style::default()))
    }

    /// The account's 5-hour limit.
    pub fn five_hour(&self) -> Option<Limit> {
        self.standing(self.view.and_then(|view| view.totals.five_hour_limit()), self.input.five_hour)
    }

    /// The account's 7-day limit.
    pub fn seven_day(&self) -> Option<Limit> {
        self.standing(self.view.and_then(|view| view.totals.seven_day_limit()), self.input.seven_day)
    }

    /// What stands of a published limit and the terminal's own report.
    fn standing(&self, published: Option<Limit>, heard: Option<Limit>) -> Option<Limit> {
        let reports: Vec<Report> =
            published.into_iter().chain(heard).map(Reading::from).map(Report::from).collect();
        standing(&reports, self.now).map(|reading| reading.limit)
    }

    /// The used share of a limit, or `reset` if it has been reset since.
    pub(super) fn limit(&self, limit: Option<Limit>) -> Option<Value> {
        let limit = limit?;
        if limit.is_over(self.now) {
            let style = Style { dim: true, ..Style::default() };
            return Some(Value { text: "reset".into(), style, ..Value::default() });
        }
        Some(share(limit.used_millionths, self.thresholds.limits))
    }

    /// Time until a limit is reset.
    pub(super) fn limit_left(&self, limit: Option<Limit>) -> Option<Value> {
        let limit = limit.filter(|limit| limit.resets_at != 0 && !limit.is_over(self.now))?;
        Some(plain(span(u64::try_from(limit.resets_at.saturating_sub(self.now)).ok()?)))
    }

    /// Time since the limit was last reported.
    pub(super) fn limit_age(&self, limit: Option<Limit>) -> Option<Value> {
        let age = self.now.saturating_sub(limit?.seen_at).max(0);
        Some(plain(span(u64::try_from(age).ok()?)))
    }

    /// The used share of the context window.
    pub(super) fn context(&self) -> Option<Value> {
        Some(share(self.input.context_millionths?, self.thresholds.context))
    }

    /// A short mark if the snapshot's figures may be stale, with the time since the publisher's last sign of life.
    pub(super) fn stale(&self) -> Option<Value> {
        let style = Style::of(Colour::Yellow);
        let Some(view) = self.view else {
            let text = format!("cco: {}", self.trouble.unwrap_or("no snapshot"));
            return Some(Value { text, style, ..Value::default() });
        };
        if view.freshness.writer == WriterState::Live {
            return None;
        }
        let age = u64::try_from(view.freshness.heartbeat_age.as_millis()).unwrap_or(u64::MAX);
        Some(Value { text: format!("stale {}", span(age)), style, ..Value::default() })
    }

    /// The highest urgency among all figures with thresholds.
    pub(super) fn urgency(&self) -> Urgency {
        let limits = [self.limit(self.five_hour()), self.limit(self.seven_day())];
        let cost = |period: Option<Period>, threshold| Some(self.cost(&period?.counters, threshold));
        let costs = [
            cost(self.period(|view| Some(view.totals.today())), self.thresholds.today_cost),
            cost(self.block(), self.thresholds.block_cost),
            self.session_cost(),
        ];
        let all = limits.into_iter().chain(costs).chain([self.context()]).flatten();
        let of = |value: Value| match value.style.colour {
            Some(Colour::Red) => Urgency::Critical,
            Some(Colour::Yellow) => Urgency::Warning,
            _ => Urgency::Normal,
        };
        all.map(of).max().unwrap_or(Urgency::Normal)
    }
}

/// How urgent a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Urgency {
    Normal,
    Warning,
    Critical,
}

/// Text in the surrounding style.
pub(super) fn plain(text: impl Into<String>) -> Value {
    Value { text: text.into(), ..Value::default() }
}

/// A share in millionths: whole percent, cut off, in the colour of its threshold.
pub(super) fn share(millionths: u64, threshold: Option<[u64; 2]>) -> Value {
    let percent = millionths / 10_000;
    let style = threshold_style(u128::from(percent), threshold);
    Value { text: short_percent(percent), style, share: Some(millionths), ..Value::default() }
}

fn cost_style(cost: Picodollars, threshold: Option<[u64; 2]>) -> Style {
    threshold_style(cost.0 / 1_000_000_000_000, threshold)
}

pub(super) fn threshold_style(amount: u128, threshold: Option<[u64; 2]>) -> Style {
    match threshold {
        Some([_, red]) if amount >= u128::from(red) => Style::of(Colour::Red),
        Some([yellow, _]) if amount >= u128::from(yellow) => Style::of(Colour::Yellow),
        _ => Style::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_turns_yellow_at_the_first_threshold_and_red_at_the_second() {
        let colour = |amount| threshold_style(amount, Some([60, 80])).colour;
        assert_eq!(
            [59, 60, 79, 80].map(colour),
            [None, Some(Colour::Yellow), Some(Colour::Yellow), Some(Colour::Red)]
        );
        assert_eq!(threshold_style(1000, None), Style::default());
    }
}
