//! Sums by period, session, project, model or dimension.
//!
//! Invariant: the rows' counters add up to the report's totals, and a row's models add up to the row.

use std::cmp::Reverse;
use std::sync::Arc;

use foldhash::HashMap;
use jiff::civil::Date;

use super::dimensions::Divided;
use super::named::{NameTables, Project, name};
use super::periods::Periods;
use super::query::{Division, Grouping, Query};
use super::worktrees::Folding;
use crate::ledger::{Ledger, LedgerError, Tally};
use crate::snapshot::Counters;

/// What a row stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Label {
    /// A day, a week, a month or a year, by its first day.
    Period(Date),
    /// A session's id.
    Session(Arc<str>),
    /// The row's project.
    Project,
    /// A model, as transcripts name it.
    Model(Arc<str>),
    /// The row's values of the report's dimensions.
    Dimensions,
}

/// A model's usage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelSums {
    /// The model, as transcripts name it.
    pub model: Arc<str>,
    /// Its first request, ms UTC.
    pub first_ms: i64,
    /// Its last request.
    pub last_ms: i64,
    /// Its usage.
    pub counters: Counters,
}

/// A row of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it stands for.
    pub label: Label,
    /// Its project, if it has one. A session's project is that of its last request.
    pub project: Option<Project>,
    /// The title of its session, if it stands for one and titles are kept.
    pub title: Option<Arc<str>>,
    /// Its values of the report's dimensions, in their order; empty where transcripts do not name one.
    pub values: Vec<Arc<str>>,
    /// Its first request, ms UTC.
    pub first_ms: i64,
    /// Its last request.
    pub last_ms: i64,
    /// Its usage.
    pub counters: Counters,
    /// Its usage by model, most expensive first.
    pub models: Vec<ModelSums>,
}

/// Rows and their totals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What the rows stand for.
    pub grouping: Grouping,
    /// How rows are divided further.
    pub division: Division,
    /// Periods oldest first, each with its projects by key and its values; sessions by their last request; projects,
    /// models and dimensions most expensive first.
    pub rows: Vec<Row>,
    /// The sum of all rows.
    pub totals: Counters,
    /// The totals by model, most expensive first.
    pub models: Vec<ModelSums>,
}

impl Report {
    /// Sums the usage that `query` selects.
    pub fn read(
        ledger: &Ledger,
        query: &Query,
        grouping: Grouping,
        division: &Division,
    ) -> Result<Self, LedgerError> {
        ledger.at_one_moment(|| {
            let mut names = NameTables::read(ledger, grouping == Grouping::Sessions)?;
            let folding = match query.folds_worktrees {
                true => Folding::read(ledger, &mut names)?,
                false => Folding::default(),
            };
            let divided = Divided::read(ledger, &division.by)?;
            let mut sums = Sums::new(query, grouping, division.clone(), divided, folding);
            let selection = query.only.of(ledger)?;
            ledger.tallies(query.quarters_ms(), query.mode, |tally| {
                if selection.takes(tally) {
                    sums.add(tally);
                }
            })?;
            Ok(sums.named(&names))
        })
    }

    /// Puts rows in an order: newest or most expensive first, or the other way round.
    pub fn put_in_order(&mut self, is_descending: bool) {
        // Periods and sessions are oldest first, all others most expensive first.
        let is_by_time = self.grouping.is_by_period() || self.grouping == Grouping::Sessions;
        if is_descending == is_by_time {
            self.rows.reverse();
        }
    }

    /// Keeps the `count` most recently used rows, in their order.
    pub fn keep_last(&mut self, count: usize) {
        let mut times: Vec<i64> = self.rows.iter().map(|row| row.last_ms).collect();
        times.sort_unstable_by_key(|at| Reverse(*at));
        let Some(oldest) = times.get(count.saturating_sub(1)) else { return };
        self.rows.retain(|row| row.last_ms >= *oldest);
        self.rows.truncate(count);
        self.totals = self.rows.iter().map(|row| row.counters).sum();
        self.models = together(self.rows.iter().flat_map(|row| &row.models));
    }
}

/// A row being summed.
struct Open {
    first_ms: i64,
    last_ms: i64,
    /// Projects of the last request. There are several if several requests share its millisecond.
    projects: Vec<i64>,
    models: Vec<OpenModel>,
}

/// A model's usage being summed, under its id.
pub(super) struct OpenModel {
    id: i64,
    first_ms: i64,
    last_ms: i64,
    counters: Counters,
}

impl Open {
    fn new(tally: &Tally) -> Self {
        Self { first_ms: tally.first_ms, last_ms: tally.last_ms, projects: Vec::new(), models: Vec::new() }
    }

    fn add(&mut self, tally: &Tally) {
        self.first_ms = self.first_ms.min(tally.first_ms);
        if tally.last_ms > self.last_ms {
            self.last_ms = tally.last_ms;
            self.projects.clear();
        }
        if tally.last_ms == self.last_ms && !self.projects.contains(&tally.project) {
            self.projects.push(tally.project);
        }
        add_model(&mut self.models, tally);
    }
}

/// Adds a tally to sums by model. A row has few models, so a linear search is fastest.
pub(super) fn add_model(models: &mut Vec<OpenModel>, tally: &Tally) {
    match models.iter_mut().find(|model| model.id == tally.model) {
        Some(model) => {
            model.first_ms = model.first_ms.min(tally.first_ms);
            model.last_ms = model.last_ms.max(tally.last_ms);
            model.counters += tally.counters;
        }
        None => {
            let Tally { model: id, first_ms, last_ms, counters, .. } = *tally;
            models.push(OpenModel { id, first_ms, last_ms, counters });
        }
    }
}

/// Sums by model with their names, most expensive first.
pub(super) fn named_models(models: Vec<OpenModel>, names: &NameTables) -> Vec<ModelSums> {
    let named = |OpenModel { id, first_ms, last_ms, counters }| ModelSums {
        model: name(&names.models, id),
        first_ms,
        last_ms,
        counters,
    };
    by_cost(models.into_iter().map(named).collect())
}

fn by_cost(mut models: Vec<ModelSums>) -> Vec<ModelSums> {
    models.sort_by(|a, b| dearer(&a.counters, &b.counters).then_with(|| a.model.cmp(&b.model)));
    models
}

fn dearer(a: &Counters, b: &Counters) -> std::cmp::Ordering {
    (b.cost, b.total_tokens()).cmp(&(a.cost, a.total_tokens()))
}

/// Sums of several rows by model, most expensive first.
pub fn together<'a>(models: impl Iterator<Item = &'a ModelSums>) -> Vec<ModelSums> {
    let mut sums: HashMap<Arc<str>, ModelSums> = HashMap::default();
    for sum in models {
        match sums.get_mut(&sum.model) {
            Some(known) => {
                known.first_ms = known.first_ms.min(sum.first_ms);
                known.last_ms = known.last_ms.max(sum.last_ms);
                known.counters += sum.counters;
            }
            None => {
                sums.insert(Arc::clone(&sum.model), sum.clone());
            }
        }
    }
    by_cost(sums.into_values().collect())
}

/// What a row being summed stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum About {
    /// The period that begins on this day.
    Period(Date),
    /// The session, project or model with this id.
    Id(i64),
    /// Nothing but its part.
    Part,
}

/// The key of a row being summed: what it stands for, its project's id if rows are by project, and its part.
type Key = (About, Option<i64>, usize);

/// Rows being summed.
struct Sums {
    grouping: Grouping,
    division: Division,
    divided: Divided,
    folding: Folding,
    periods: Periods,
    rows: Vec<Open>,
    places: HashMap<Key, usize>,
    /// The row of the previous tally. The next tally usually belongs to the same row.
    last: Option<(Key, usize)>,
}

impl Sums {
    fn new(
        query: &Query,
        grouping: Grouping,
        division: Division,
        divided: Divided,
        folding: Folding,
    ) -> Self {
        Self {
            grouping,
            division,
            divided,
            folding,
            periods: Periods::new(query, grouping),
            rows: Vec::new(),
            places: HashMap::default(),
            last: None,
        }
    }

    fn add(&mut self, tally: &Tally) {
        let about = match self.grouping {
            Grouping::Days | Grouping::Weeks | Grouping::Months | Grouping::Years => {
                About::Period(self.periods.of(tally.quarter_ms))
            }
            Grouping::Sessions => About::Id(tally.session),
            Grouping::Projects => About::Id(self.folding.of(tally.project)),
            Grouping::Models => About::Id(tally.model),
            Grouping::Dimensions => About::Part,
        };
        let project = self.division.by_project.then(|| self.folding.of(tally.project));
        let key = (about, project, self.divided.part(tally));
        let place = match self.last {
            Some((last, place)) if last == key => place,
            _ => *self.places.entry(key).or_insert_with(|| {
                self.rows.push(Open::new(tally));
                self.rows.len() - 1
            }),
        };
        self.last = Some((key, place));
        self.rows[place].add(tally);
    }

    fn named(self, names: &NameTables) -> Report {
        let mut keys: Vec<(usize, About, usize)> =
            self.places.into_iter().map(|((about, _, part), place)| (place, about, part)).collect();
        keys.sort_unstable_by_key(|(place, ..)| *place);
        let has_project =
            self.division.by_project || matches!(self.grouping, Grouping::Sessions | Grouping::Projects);
        let mut rows: Vec<Row> = Vec::with_capacity(self.rows.len());
        for ((_, about, part), open) in keys.into_iter().zip(self.rows) {
            let label = match (about, self.grouping) {
                (About::Period(date), _) => Label::Period(date),
                (About::Part, _) => Label::Dimensions,
                (About::Id(_), Grouping::Projects) => Label::Project,
                (About::Id(id), Grouping::Sessions) => Label::Session(name(&names.sessions, id)),
                (About::Id(id), _) => Label::Model(name(&names.models, id)),
            };
            let project = open.projects.iter().map(|id| name(&names.projects, *id)).min();
            let project = project.filter(|_| has_project);
            let project = project.map(|key| names.project(key));
            let models = named_models(open.models, names);
            let counters = models.iter().map(|sums| sums.counters).sum();
            let (first_ms, last_ms) = (open.first_ms, open.last_ms);
            let values = self.divided.values(part);
            let title = match about {
                About::Id(id) if self.grouping == Grouping::Sessions => names.titles.get(&id).map(Arc::clone),
                _ => None,
            };
            rows.push(Row { label, project, title, values, first_ms, last_ms, counters, models });
        }
        // Compared in place: copying what rows are ordered by costs more than all the rest where there are many.
        rows.sort_unstable_by(|a, b| {
            let parts = || (project(a), &a.values).cmp(&(project(b), &b.values));
            match self.grouping {
                Grouping::Days | Grouping::Weeks | Grouping::Months | Grouping::Years => {
                    period(&a.label).cmp(&period(&b.label)).then_with(parts)
                }
                Grouping::Sessions => {
                    let named = || (session(&a.label), &a.values).cmp(&(session(&b.label), &b.values));
                    a.last_ms.cmp(&b.last_ms).then_with(named)
                }
                Grouping::Projects | Grouping::Models | Grouping::Dimensions => {
                    let named = || model(&a.label).cmp(&model(&b.label)).then_with(parts);
                    dearer(&a.counters, &b.counters).then_with(named)
                }
            }
        });
        let totals = rows.iter().map(|row| row.counters).sum();
        let models = together(rows.iter().flat_map(|row| &row.models));
        Report { grouping: self.grouping, division: self.division, rows, totals, models }
    }
}

fn project(row: &Row) -> Option<&str> {
    row.project.as_ref().map(|project| &*project.key)
}

fn period(label: &Label) -> Option<Date> {
    match label {
        Label::Period(date) => Some(*date),
        _ => None,
    }
}

fn session(label: &Label) -> Option<&str> {
    match label {
        Label::Session(session) => Some(session),
        _ => None,
    }
}

fn model(label: &Label) -> Option<&str> {
    match label {
        Label::Model(model) => Some(model),
        _ => None,
    }
}
