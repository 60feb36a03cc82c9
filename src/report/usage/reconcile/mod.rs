//! Compares what sessions cost by their transcripts with Claude Code's own figures, by session and by model.
//!
//! Invariant: the two are only compared, never added. A session without a figure of its own is not compared, so it never
//! looks like one without a difference. Used by `cco reconcile` and `cco session --id`.

pub mod json;
mod theirs;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

pub use self::theirs::Theirs;
use super::named::{NameTables, Project, name};
use super::query::{Division, Grouping, Only, Query};
use super::rows::{Label, ModelSums, Report, Row};
use super::worktrees::Folding;
use crate::ledger::{CostStateRow, Ledger, LedgerError, NameKind};
use crate::report::figures::dollars;
use crate::snapshot::{Counters, Picodollars};

/// Sessions with both figures, and a summary of the others.
#[derive(Clone, Debug)]
pub struct Reconciliation {
    /// The largest difference first.
    pub sessions: Vec<Comparison>,
    /// Sessions without a figure from Claude Code.
    pub sessions_without: u64,
    /// Their usage.
    pub without: Counters,
    /// Compared sessions that [`Reconciliation::keep_largest`] left out.
    pub left_out: u64,
}

/// A session with both figures.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Its id.
    pub session: Arc<str>,
    /// Its project.
    pub project: Option<Project>,
    /// Its first and last request, ms UTC; `None` if transcripts show no request.
    pub span_ms: Option<(i64, i64)>,
    /// Its usage by transcripts.
    pub ours: Counters,
    /// Claude Code's own figure.
    pub state: CostStateRow,
    /// Both by model, the largest difference first.
    pub models: Vec<ModelComparison>,
}

/// A session's model with both figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelComparison {
    /// The model; `None` for what Claude Code's figure includes of no model in particular.
    pub model: Option<Arc<str>>,
    /// Its usage by transcripts.
    pub ours: Counters,
    /// Claude Code's figures.
    pub theirs: Theirs,
}

/// How far Claude Code's cost is above ours. The larger distance from zero is the larger difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Ours.
    pub ours: Picodollars,
    /// Claude Code's.
    pub theirs: Picodollars,
}

impl Reconciliation {
    /// The whole of one session beside Claude Code's own figures, whatever days `query` is about. `None` if Claude Code
    /// recorded none.
    pub fn of_session(
        ledger: &Ledger,
        query: &Query,
        session: i64,
    ) -> Result<Option<Comparison>, LedgerError> {
        let only = Only { session: Some(session), ..Only::default() };
        let query = Query { since: None, until: None, only, ..query.clone() };
        Ok(Self::read(ledger, &query)?.sessions.pop())
    }

    /// Compares whole sessions. The query's days select those that were last used on them.
    pub fn read(ledger: &Ledger, query: &Query) -> Result<Self, LedgerError> {
        let states = ledger.cost_states()?.into_iter();
        let mut states: HashMap<Arc<str>, CostStateRow> =
            states.map(|state| (Arc::clone(&state.session), state)).collect();
        let whole = Query { since: None, until: None, ..query.clone() };
        let report = Report::read(ledger, &whole, Grouping::Sessions, &Division::default())?;
        let mut calendar = query.calendar();
        let mut is_selected = |at_ms: i64| query.has_day(calendar.date(at_ms));
        let mut all =
            Self { sessions: Vec::new(), sessions_without: 0, without: Counters::default(), left_out: 0 };
        for row in report.rows {
            let Label::Session(session) = &row.label else { continue };
            let state = states.remove(session);
            match state {
                _ if !is_selected(row.last_ms) => {}
                Some(state) => all.sessions.push(Comparison::of(row, state)),
                None => {
                    all.sessions_without += 1;
                    all.without += row.counters;
                }
            }
        }
        // Whatever else has a figure has no request.
        if query.only.session.is_none() {
            let projects = folded_keys(ledger, query)?;
            let rest = states.into_values().filter(|state| is_selected(state.at_ms()));
            all.sessions.extend(rest.map(|state| Comparison::without_requests(state, &projects)));
        }
        all.sessions.sort_by(|a, b| {
            let width = |it: &Comparison| Reverse(it.difference().amount());
            width(a).cmp(&width(b)).then_with(|| a.session.cmp(&b.session))
        });
        Ok(all)
    }

    /// Keeps the sessions with the largest differences.
    pub fn keep_largest(&mut self, count: usize) {
        let left_out = self.sessions.len().saturating_sub(count);
        self.sessions.truncate(count);
        self.left_out += left_out as u64;
    }

    /// The sums of the sessions.
    pub fn totals(&self) -> Difference {
        self.sessions.iter().map(Comparison::difference).fold(Difference::NONE, Difference::plus)
    }

    /// The usage of the sessions by transcripts.
    pub fn ours(&self) -> Counters {
        self.sessions.iter().map(|session| session.ours).sum()
    }
}

impl Comparison {
    fn of(row: Row, state: CostStateRow) -> Self {
        let Row { label, project, first_ms, last_ms, counters, models, values: _, title: _ } = row;
        let session = match label {
            Label::Session(session) => session,
            _ => Arc::clone(&state.session),
        };
        let models = by_model(&models, &state);
        Self { session, project, span_ms: Some((first_ms, last_ms)), ours: counters, state, models }
    }

    fn without_requests(state: CostStateRow, projects: &HashMap<Arc<str>, Project>) -> Self {
        let unfolded = || Project {
            key: Arc::clone(&state.project),
            path: None,
            repository: None,
            worktrees: Vec::new(),
        };
        Self {
            session: Arc::clone(&state.session),
            project: Some(projects.get(&state.project).cloned().unwrap_or_else(unfolded)),
            span_ms: None,
            ours: Counters::default(),
            models: by_model(&[], &state),
            state,
        }
    }

    /// Claude Code's cost beside ours.
    pub fn difference(&self) -> Difference {
        Difference { ours: self.ours.cost, theirs: self.state.cost }
    }

    /// Whether requests were made after Claude Code last wrote its figure.
    pub fn is_behind(&self) -> bool {
        let last_ms = self.span_ms.map(|(_, last_ms)| last_ms);
        self.written_ms().is_some_and(|written_ms| last_ms > Some(written_ms))
    }

    /// When Claude Code last wrote its figure, ms UTC; `None` if it does not say when the session started.
    pub fn written_ms(&self) -> Option<i64> {
        (self.state.start_ms != 0).then(|| self.state.at_ms())
    }
}

impl ModelComparison {
    /// Claude Code's cost beside ours.
    pub fn difference(&self) -> Difference {
        Difference { ours: self.ours.cost, theirs: self.theirs.cost }
    }
}

/// The projects that stand for worktrees, by the worktrees' keys; none if they are not folded.
fn folded_keys(ledger: &Ledger, query: &Query) -> Result<HashMap<Arc<str>, Project>, LedgerError> {
    if !query.folds_worktrees {
        return Ok(HashMap::new());
    }
    let own = ledger.names(NameKind::Projects)?;
    let mut names = NameTables::read(ledger, false)?;
    Folding::read(ledger, &mut names)?;
    let changed = |(id, key): (i64, Arc<str>)| {
        let whole = name(&names.projects, id);
        (whole != key).then(|| (key, names.project(whole)))
    };
    Ok(own.into_iter().filter_map(changed).collect())
}

/// Both figures for each model.
fn by_model(ours: &[ModelSums], state: &CostStateRow) -> Vec<ModelComparison> {
    let is_ours = |name: &str| ours.iter().any(|sums| *sums.model == *name);
    let mut theirs = theirs::by_model(&state.model_usage, is_ours);
    let of_models = theirs.values().map(|theirs| theirs.cost).fold(Picodollars::ZERO, |a, b| a + b);
    let mut models: Vec<ModelComparison> = ours
        .iter()
        .map(|sums| ModelComparison {
            model: Some(Arc::clone(&sums.model)),
            ours: sums.counters,
            theirs: theirs.remove(&*sums.model).unwrap_or_default(),
        })
        .collect();
    models.extend(theirs.into_iter().map(|(model, theirs)| ModelComparison {
        model: Some(model.into()),
        ours: Counters::default(),
        theirs,
    }));
    // Its sum and its parts are floating-point numbers, so they differ by less than a cent.
    let rest = Picodollars(state.cost.0.saturating_sub(of_models.0));
    if rest.cents() > 0 {
        let theirs = Theirs { cost: rest, output_tokens: None };
        models.push(ModelComparison { model: None, ours: Counters::default(), theirs });
    }
    models.sort_by(|a, b| {
        let width = |it: &ModelComparison| Reverse(it.difference().amount());
        width(a).cmp(&width(b)).then_with(|| a.model.cmp(&b.model))
    });
    models
}

impl Difference {
    const NONE: Self = Self { ours: Picodollars::ZERO, theirs: Picodollars::ZERO };

    fn plus(self, other: Self) -> Self {
        Self { ours: self.ours + other.ours, theirs: self.theirs + other.theirs }
    }

    /// Its distance from zero.
    pub fn amount(self) -> Picodollars {
        Picodollars(self.theirs.0.abs_diff(self.ours.0))
    }

    /// `-` if Claude Code's cost is the lower one.
    pub fn sign(self) -> &'static str {
        if self.theirs < self.ours { "-" } else { "" }
    }

    /// Claude Code's cost divided by ours, rounded half up: `1.05`; `None` if ours is zero.
    pub fn ratio(self) -> Option<String> {
        let twice = self.ours.0.checked_mul(2)?;
        let hundredths = self.theirs.0.checked_mul(200)?.checked_add(self.ours.0)?.checked_div(twice)?;
        Some(format!("{}.{:02}", hundredths / 100, hundredths % 100))
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}{}", self.sign(), dollars(self.amount())))
    }
}

#[cfg(test)]
mod tests;
