//! Collects a transaction's changes to rollups, so each row is read and written once.
//!
//! Invariant: what is subtracted was added before, with the same prices. A row without requests is removed. A sum that
//! would fall below zero is an error: it never included what is subtracted from it.

use std::sync::Arc;

use foldhash::HashMap;

use super::names::Names;
use super::prices::Pricing;
use super::rollups::{self, About, RollupKey, Sums};
use super::{Change, Figures, LedgerError, requests};
use crate::period::QUARTER_MS;
use crate::usage::Record;

/// What a transaction does to one row.
#[derive(Default)]
struct Delta {
    added: Part,
    removed: Part,
}

/// The sums of the requests that are added or subtracted.
#[derive(Default)]
struct Part {
    figures: Figures,
    /// When the first and the last were made.
    span: Option<(i64, i64)>,
}

/// What a transaction does to rollups.
#[derive(Default)]
pub(super) struct Deltas(HashMap<RollupKey, Delta>);

impl Deltas {
    /// Adds a record's requests (`added`) or subtracts them, and lists each in `changes` if given.
    pub(super) fn note(
        &mut self,
        added: bool,
        record: &Record,
        names: &mut Names<'_>,
        pricing: &mut Pricing<'_>,
        mut changes: Option<&mut Vec<Change>>,
    ) -> Result<(), LedgerError> {
        let session = names.session_id(&record.home.session)?;
        let project = names.project_id(&record.home.project)?;
        let dimensions = names.dimensions_id(&record.dimensions)?;
        let at_ms = record.at_ms;
        for request in record.requests() {
            let (model_name, model) = pricing.model(names, request.model)?;
            let figures = pricing.figures(model, &request, &record.terms, at_ms);
            self.add(added, at_ms, About { session, project, model: model.id, dimensions }, figures);
            if let Some(changes) = &mut changes {
                changes.push(Change {
                    added,
                    at_ms,
                    session: Arc::clone(&record.home.session),
                    project: Arc::clone(&record.home.project),
                    model: model_name,
                    counters: figures.auto,
                });
            }
        }
        Ok(())
    }

    /// The same for one request, by ids.
    pub(super) fn add(&mut self, added: bool, at_ms: i64, about: About, figures: Figures) {
        let quarter_ms = at_ms.div_euclid(QUARTER_MS).saturating_mul(QUARTER_MS);
        let key = RollupKey { quarter_ms, after_start: at_ms != quarter_ms, about };
        let delta = self.0.entry(key).or_default();
        let part = if added { &mut delta.added } else { &mut delta.removed };
        let (first, last) = part.span.unwrap_or((at_ms, at_ms));
        part.span = Some((first.min(at_ms), last.max(at_ms)));
        part.figures += figures;
    }

    /// Writes all of it, after the requests themselves were written.
    pub(super) fn write(self, names: &mut Names<'_>) -> Result<(), LedgerError> {
        for (key, delta) in self.in_order() {
            let old = rollups::find(names.connection, &key)?;
            let mut figures = old.map(|sums| sums.figures).unwrap_or_default();
            figures += delta.added.figures;
            figures = figures.less(&delta.removed.figures).ok_or(LedgerError::WrongSums)?;
            if figures.auto.requests == 0 {
                if figures != Figures::default() {
                    return Err(LedgerError::WrongSums);
                }
                rollups::remove(names.connection, &key)?;
                continue;
            }
            let (mut first_ms, mut last_ms) = match (old, delta.added.span) {
                (Some(old), Some((first, last))) => (old.first_ms.min(first), old.last_ms.max(last)),
                (Some(old), None) => (old.first_ms, old.last_ms),
                (None, Some(span)) => span,
                (None, None) => return Err(LedgerError::WrongSums),
            };
            // If the earliest or latest request was subtracted and none as early or as late was added, look among the
            // requests for the next one.
            let added = delta.added.span.unwrap_or((i64::MAX, i64::MIN));
            let lost_an_end = delta.removed.span.is_some_and(|(first, last)| {
                (first <= first_ms && added.0 > first) || (last >= last_ms && added.1 < last)
            });
            if lost_an_end {
                (first_ms, last_ms) = span_of_requests(names, &key)?;
            }
            let sums = Sums { first_ms, last_ms, figures };
            if old != Some(sums) {
                rollups::put(names.connection, &key, &sums)?;
            }
        }
        Ok(())
    }

    /// In the order of the table, so neighbouring rows are written together.
    fn in_order(self) -> Vec<(RollupKey, Delta)> {
        let mut deltas: Vec<_> = self.0.into_iter().collect();
        deltas.sort_unstable_by_key(|&(key, _)| key);
        deltas
    }

    /// The rows that the additions give in an empty table.
    pub(super) fn into_rows(self) -> impl Iterator<Item = (RollupKey, Sums)> {
        self.in_order().into_iter().filter_map(|(key, delta)| {
            let (first_ms, last_ms) = delta.added.span?;
            Some((key, Sums { first_ms, last_ms, figures: delta.added.figures }))
        })
    }
}

/// The earliest and latest of the requests that a row stands for.
fn span_of_requests(names: &mut Names<'_>, key: &RollupKey) -> Result<(i64, i64), LedgerError> {
    let start = key.quarter_ms + i64::from(key.after_start);
    let last = if key.after_start { key.quarter_ms.saturating_add(QUARTER_MS - 1) } else { start };
    let (project, model) = (names.project(key.about.project)?, names.model(key.about.model)?);
    let dimensions = names.dimensions(key.about.dimensions)?;
    let mut span: Option<(i64, i64)> = None;
    requests::each(names, requests::OF_SESSION, (key.about.session, start, last), |_, record| {
        let is_like = record.home.project == project && record.dimensions == dimensions;
        if is_like && record.requests().any(|request| *request.model == *model) {
            let (first, last) = span.unwrap_or((record.at_ms, record.at_ms));
            span = Some((first.min(record.at_ms), last.max(record.at_ms)));
        }
        Ok(())
    })?;
    span.ok_or(LedgerError::WrongSums)
}
