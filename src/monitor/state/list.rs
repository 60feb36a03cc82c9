//! The lists: models, projects, sessions and days, as they are sorted and filtered.
//!
//! Invariant: a list borrows from the figures it is made of, so its rows always belong to one commit. Pure.

use std::borrow::Cow;
use std::cmp::{Ordering, Reverse};

use crate::config::Aliases;
use crate::report::cost::Cost;
use crate::report::figures::date;
use crate::report::provisional::{is_marked, is_notable};
use crate::report::usage::{Label, Report, Row, short_models};
use crate::snapshot::{Agent, Counters, DayRow, Frame, ModelRow, ProjectRow, SessionRow};

/// A list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    Models,
    Projects,
    Sessions,
    Days,
}

/// What a list is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Cost,
    Tokens,
    Requests,
    Today,
    Last,
    Name,
}

/// A row. Its names are as transcripts have them, so they are not safe to show.
#[derive(Clone, Debug)]
pub(crate) struct Item<'a> {
    /// The agent and the name that tells it from the others.
    pub(crate) key: (Agent, Cow<'a, str>),
    /// What it is called.
    pub(crate) name: Cow<'a, str>,
    /// What it belongs to or is made of: a session's project, a day's models.
    pub(crate) beside: Cow<'a, str>,
    pub(crate) counters: Counters,
    /// Today's usage, if known.
    pub(crate) today: Option<Counters>,
    /// Times of the first and last request, ms UTC, if known.
    pub(crate) times: Option<(i64, i64)>,
}

/// How a list is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ListState {
    sort: usize,
    pub(crate) is_reversed: bool,
    pub(crate) filter: String,
    /// The key of the selected row; `None` for the first, whichever it is.
    selected: Option<(Agent, String)>,
    /// Where that row was when it was selected, for when it is gone.
    place: usize,
}

impl List {
    pub(crate) const ALL: [Self; 4] = [Self::Models, Self::Projects, Self::Sessions, Self::Days];

    /// Its title, which is also what its rows are called.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Models => "Models",
            Self::Projects => "Projects",
            Self::Sessions => "Sessions",
            Self::Days => "Days",
        }
    }

    /// What it can be sorted by, the usual first.
    fn sorts(self) -> &'static [Sort] {
        match self {
            Self::Models => &[Sort::Cost, Sort::Tokens, Sort::Requests, Sort::Name],
            Self::Projects => {
                &[Sort::Cost, Sort::Today, Sort::Last, Sort::Tokens, Sort::Requests, Sort::Name]
            }
            Self::Sessions => &[Sort::Last, Sort::Cost, Sort::Tokens, Sort::Requests, Sort::Name],
            Self::Days => &[Sort::Last, Sort::Cost, Sort::Tokens, Sort::Requests],
        }
    }

    /// Its rows, in no particular order. Days are from the ledger if that was read, else from the snapshot.
    fn all<'a>(
        self,
        frame: Option<&'a Frame>,
        days: Option<&'a Report>,
        aliases: &'a Aliases,
    ) -> Vec<Item<'a>> {
        match (self, frame, days) {
            (Self::Days, _, Some(report)) => {
                report.rows.iter().filter_map(|row| day_of_ledger(row, aliases)).collect()
            }
            (_, None, _) => Vec::new(),
            (Self::Days, Some(frame), None) => frame.rows().map(day).collect(),
            (Self::Models, Some(frame), _) => frame.rows().map(|row| model(frame, &row, aliases)).collect(),
            (Self::Projects, Some(frame), _) => {
                frame.rows().map(|row| project(frame, &row, aliases)).collect()
            }
            (Self::Sessions, Some(frame), _) => {
                frame.rows().map(|row| session(frame, &row, aliases)).collect()
            }
        }
    }
}

fn model<'a>(frame: &'a Frame, row: &ModelRow, aliases: &'a Aliases) -> Item<'a> {
    let name = frame.name(row.name);
    Item {
        key: (row.agent, name.into()),
        name: aliases.model(name).unwrap_or(name).into(),
        beside: "".into(),
        counters: row.counters,
        today: None,
        times: None,
    }
}

fn project<'a>(frame: &'a Frame, row: &ProjectRow, aliases: &'a Aliases) -> Item<'a> {
    let (key, path) = (frame.name(row.project), frame.name(row.path));
    Item {
        key: (row.agent, key.into()),
        name: called(key, path, aliases).into(),
        beside: "".into(),
        counters: row.counters,
        today: Some(row.today),
        times: Some((row.first_at, row.last_at)),
    }
}

/// A project's alias, else its path, else its key.
fn called<'a>(key: &'a str, path: &'a str, aliases: &'a Aliases) -> &'a str {
    let path = Some(path).filter(|path| !path.is_empty());
    aliases.project(key, path).or(path).unwrap_or(key)
}

fn session<'a>(frame: &'a Frame, row: &SessionRow, aliases: &'a Aliases) -> Item<'a> {
    let id = frame.name(row.session);
    Item {
        key: (row.agent, id.into()),
        name: id.into(),
        beside: aliases.project(frame.name(row.project), None).unwrap_or(frame.name(row.project)).into(),
        counters: row.counters,
        today: None,
        times: Some((row.first_at, row.last_at)),
    }
}

fn day(row: DayRow) -> Item<'static> {
    let name = date(row.date);
    Item {
        key: (Agent::default(), name.clone().into()),
        name: name.into(),
        beside: "".into(),
        counters: row.counters,
        today: None,
        times: None,
    }
}

fn day_of_ledger<'a>(row: &'a Row, aliases: &Aliases) -> Option<Item<'a>> {
    let Label::Period(date) = &row.label else { return None };
    let name = date.to_string();
    Some(Item {
        key: (Agent::default(), name.clone().into()),
        name: name.into(),
        beside: short_models(&row.models, aliases).into(),
        counters: row.counters,
        today: None,
        times: Some((row.first_ms, row.last_ms)),
    })
}

impl Item<'_> {
    /// Its cost, marked if it is a lower bound. What no time is known of goes on.
    pub(crate) fn cost(&self, now_ms: i64) -> Cost {
        let end_ms = self.times.map_or(now_ms, |(_, last)| last);
        Cost::from(&self.counters).provisional(is_marked(&self.counters, end_ms, now_ms))
    }

    /// Today's cost, marked as well.
    pub(crate) fn cost_today(&self) -> Option<Cost> {
        self.today.map(|today| Cost::from(&today).provisional(is_notable(&today)))
    }
}

impl Sort {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Cost => "cost",
            Self::Tokens => "tokens",
            Self::Requests => "requests",
            Self::Today => "today's cost",
            Self::Last => "last use",
            Self::Name => "name",
        }
    }

    /// The largest or newest first, names from A to Z.
    fn order(self, a: &Item<'_>, b: &Item<'_>) -> Ordering {
        let size = |item: &Item<'_>| match self {
            Self::Cost => item.counters.cost.0,
            Self::Tokens => item.counters.total_tokens().into(),
            Self::Requests => item.counters.requests.into(),
            Self::Today => item.today.map_or(0, |today| today.cost.0),
            Self::Last | Self::Name => 0,
        };
        match self {
            Self::Name => a.name.cmp(&b.name),
            // A day that no time is known of has its date.
            Self::Last => {
                let last = |item: &Item<'_>| item.times.map(|(_, last)| last);
                last(b).cmp(&last(a)).then_with(|| b.name.cmp(&a.name))
            }
            _ => Reverse(size(a)).cmp(&Reverse(size(b))),
        }
    }
}

impl ListState {
    pub(crate) fn sort_of(&self, list: List) -> Sort {
        let sorts = list.sorts();
        sorts[self.sort % sorts.len()]
    }

    /// Sorts by the next column.
    pub(crate) fn sort_by_next(&mut self, list: List) {
        self.sort = (self.sort + 1) % list.sorts().len();
        self.is_reversed = false;
    }

    /// The rows to show, in order, and how many there are without the filter.
    pub(crate) fn rows<'a>(
        &self,
        list: List,
        frame: Option<&'a Frame>,
        days: Option<&'a Report>,
        aliases: &'a Aliases,
    ) -> (Vec<Item<'a>>, usize) {
        let mut rows = list.all(frame, days, aliases);
        let all = rows.len();
        if !self.filter.is_empty() {
            let wanted = self.filter.to_lowercase();
            let has = |text: &str| text.to_lowercase().contains(&wanted);
            rows.retain(|row| has(&row.name) || has(&row.beside));
        }
        let sort = self.sort_of(list);
        rows.sort_by(|a, b| {
            let order = sort.order(a, b);
            let order = if self.is_reversed { order.reverse() } else { order };
            order.then_with(|| a.key.cmp(&b.key))
        });
        (rows, all)
    }

    /// The place of the selected row among these.
    pub(crate) fn cursor(&self, rows: &[Item<'_>]) -> usize {
        let Some((agent, key)) = &self.selected else { return 0 };
        let is_it = |row: &Item<'_>| row.key.0 == *agent && row.key.1 == *key;
        rows.iter().position(is_it).unwrap_or(self.place).min(rows.len().saturating_sub(1))
    }

    /// Selects the row at a place among these, or the nearest there is.
    pub(crate) fn select(&mut self, rows: &[Item<'_>], place: usize) {
        self.place = place.min(rows.len().saturating_sub(1));
        self.selected = rows.get(self.place).map(|row| (row.key.0, row.key.1.clone().into_owned()));
    }

    /// Selects the first row, whichever it is.
    pub(crate) fn select_first(&mut self) {
        (self.selected, self.place) = (None, 0);
    }
}
