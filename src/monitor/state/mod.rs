//! What the monitor knows and shows at a moment: figures, view, lists, and what is open above them.
//!
//! Invariant: plain values without clock, terminal or files; [`update`](State::press) changes them, drawing only reads
//! them. Figures that were never read are `None`, never zero.

mod list;
mod press;
mod tab;
#[cfg(test)]
mod tests;

use jiff::tz::TimeZone;

pub(crate) use self::list::{Item, List, ListState, Sort};
pub(crate) use self::press::{Effect, Input};
pub(crate) use self::tab::Tab;
use crate::config::monitor::Keys;
use crate::config::{Aliases, Budgets};
use crate::report::View;
use crate::report::usage::{BlockReport, Costs, Report};
use crate::snapshot::{Freshness, Health};

/// What is open above the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layer {
    /// Nothing.
    Closed,
    /// The keys.
    Help,
    /// All figures of the selected row.
    Details,
    /// The filter is being typed.
    Typing,
}

/// Figures of the snapshot.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading {
    /// The newest that were read.
    pub(crate) view: Option<View>,
    /// Why there are none, or none newer.
    pub(crate) trouble: Option<String>,
}

/// News from the snapshot.
#[derive(Debug)]
pub(crate) enum News {
    /// Newer figures.
    View(Box<View>),
    /// The same figures, with a new state of the publisher.
    Beat(Freshness, Option<Box<Health>>),
    /// It cannot be read now.
    Trouble(String),
}

/// Something that the ledger is asked for.
#[derive(Clone, Debug)]
pub(crate) enum Answer<T> {
    /// It has not answered yet.
    Unknown,
    /// It could not.
    Failed(String),
    /// Its answer.
    Known(T),
}

/// What only the ledger knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    Days,
    Block,
}

/// An answer of the ledger.
#[derive(Debug)]
pub(crate) enum Reply {
    Days(Result<Report, String>),
    Block(Result<BlockReport, String>),
}

/// When the ledger was asked last, and of which figures.
#[derive(Clone, Copy, Debug, Default)]
struct LastQuestion {
    of: Option<(u64, u64)>,
    at_ms: i64,
    is_waiting: bool,
}

impl LastQuestion {
    /// It is answered. After a failure the same is asked again.
    fn take(&mut self, is_known: bool) {
        self.is_waiting = false;
        if !is_known {
            self.of = None;
        }
    }
}

/// What does not change while the monitor runs.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) zone: TimeZone,
    pub(crate) costs: Costs,
    pub(crate) budgets: Budgets,
    /// What to call projects and models.
    pub(crate) aliases: Aliases,
    pub(crate) keys: Keys,
    /// The view it begins with, to which Esc returns.
    pub(crate) home: Tab,
    /// Whether the block is the ledger's instead of the snapshot's.
    pub(crate) block_of_ledger: bool,
}

/// Everything that is drawn.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) options: Options,
    /// Now, ms UTC.
    pub(crate) now_ms: i64,
    /// Columns and lines of the terminal.
    pub(crate) size: (u16, u16),
    /// The newest figures.
    live: Reading,
    /// Figures that are held, since when, and how many newer ones there were.
    frozen: Option<(Reading, i64, u64)>,
    pub(crate) tab: Tab,
    pub(crate) layer: Layer,
    /// How many lines a view without a list is scrolled by; `scroll` holds it to those there are.
    pub(crate) scroll: usize,
    /// The selected list of the overview.
    pub(crate) focus: List,
    lists: [ListState; List::ALL.len()],
    pub(crate) days: Answer<Report>,
    pub(crate) block: Answer<BlockReport>,
    asked_days: LastQuestion,
    asked_block: LastQuestion,
    /// A word from this process, such as what it waits for.
    pub(crate) note: Option<String>,
}

/// The ledger is asked again no sooner than this, in milliseconds.
const ASK_EVERY_MS: i64 = 1000;

impl<T> Answer<T> {
    pub(crate) fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown | Self::Failed(_) => None,
        }
    }

    /// Takes a newer answer; one that failed does not take away an earlier one.
    fn take(&mut self, newer: Result<T, String>) {
        match newer {
            Ok(value) => *self = Self::Known(value),
            Err(words) if self.known().is_none() => *self = Self::Failed(words),
            Err(_) => {}
        }
    }
}

impl State {
    pub(crate) fn new(options: Options, now_ms: i64, size: (u16, u16)) -> Self {
        Self {
            tab: options.home,
            options,
            now_ms,
            size,
            live: Reading::default(),
            frozen: None,
            layer: Layer::Closed,
            scroll: 0,
            focus: List::Models,
            lists: Default::default(),
            days: Answer::Unknown,
            block: Answer::Unknown,
            asked_days: LastQuestion::default(),
            asked_block: LastQuestion::default(),
            note: None,
        }
    }

    /// The figures to show.
    pub(crate) fn shown(&self) -> &Reading {
        self.frozen.as_ref().map_or(&self.live, |(reading, ..)| reading)
    }

    /// The snapshot to show, if one was ever read.
    pub(crate) fn view(&self) -> Option<&View> {
        self.shown().view.as_ref()
    }

    /// Since when figures are held, and how many newer ones there were.
    pub(crate) fn frozen_since(&self) -> Option<(i64, u64)> {
        self.frozen.as_ref().map(|(_, since_ms, newer)| (*since_ms, *newer))
    }

    /// The moment that the figures are shown for: now, or when they were frozen.
    pub(crate) fn moment_ms(&self) -> i64 {
        self.frozen_since().map_or(self.now_ms, |(since_ms, _)| since_ms)
    }

    /// The list that keys work on.
    pub(crate) fn list(&self) -> Option<List> {
        match self.tab {
            Tab::Overview => Some(self.focus),
            tab => tab.list(),
        }
    }

    pub(crate) fn list_state(&self, list: List) -> &ListState {
        &self.lists[list as usize]
    }

    /// The rows of a list, and how many there are without its filter.
    pub(crate) fn rows(&self, list: List) -> (Vec<Item<'_>>, usize) {
        let frame = self.view().and_then(|view| view.frame.as_ref());
        self.list_state(list).rows(list, frame, self.days.known(), &self.options.aliases)
    }

    /// Takes what the snapshot says.
    pub(crate) fn hear(&mut self, news: News) {
        match news {
            News::View(mut view) => {
                view.now = self.now_ms;
                if let Some((_, _, newer)) = &mut self.frozen {
                    *newer += 1;
                }
                self.live = Reading { view: Some(*view), trouble: None };
            }
            News::Beat(freshness, health) => {
                if let Some(view) = &mut self.live.view {
                    view.freshness = freshness;
                    view.health = health.map(|health| *health).or(view.health);
                    self.live.trouble = None;
                }
            }
            News::Trouble(words) => self.live.trouble = Some(words),
        }
    }

    /// Takes what the ledger said.
    pub(crate) fn learn(&mut self, reply: Reply) {
        match reply {
            Reply::Days(report) => {
                self.asked_days.take(report.is_ok());
                self.days.take(report);
            }
            Reply::Block(report) => {
                self.asked_block.take(report.is_ok());
                self.block.take(report);
            }
        }
    }

    /// Moves the clock.
    pub(crate) fn tick(&mut self, now_ms: i64) {
        self.now_ms = now_ms;
        if let Some(view) = &mut self.live.view {
            view.now = now_ms;
        }
        if let (Answer::Known(report), None) = (&mut self.block, &self.frozen) {
            report.now_ms = now_ms;
        }
    }

    /// What to ask the ledger now, if anything: what is shown of it is of older figures than the snapshot's.
    pub(crate) fn question(&mut self) -> Option<Question> {
        if self.frozen.is_some() {
            return None;
        }
        let of = self.live.view.as_ref().map(|view| (view.identity.epoch, view.totals.generation()))?;
        let now_ms = self.now_ms;
        let is_due = |asked: &LastQuestion| {
            let is_pause_over = (now_ms - asked.at_ms).abs() >= ASK_EVERY_MS;
            asked.of != Some(of) && !asked.is_waiting && is_pause_over
        };
        // The end of a block is no change of the snapshot.
        let is_block_over = self.block.known().is_some_and(|report| {
            report
                .entries
                .last()
                .and_then(|entry| entry.block())
                .is_some_and(|block| block.is_active && block.end_ms <= now_ms)
        });
        if is_block_over && !self.asked_block.is_waiting {
            self.asked_block.of = None;
        }
        let (question, asked) = match () {
            () if self.options.block_of_ledger && is_due(&self.asked_block) => {
                (Question::Block, &mut self.asked_block)
            }
            () if self.tab == Tab::Days && is_due(&self.asked_days) => (Question::Days, &mut self.asked_days),
            () => return None,
        };
        *asked = LastQuestion { of: Some(of), at_ms: now_ms, is_waiting: true };
        Some(question)
    }
}
