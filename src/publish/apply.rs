//! Applies the changes of a ledger's batch to the sums.
//!
//! Invariant: afterwards the sums equal those of the ledger's requests, including times. After an error they must be
//! [loaded](load) again. Used by [`super::counter`].

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::aggregate::{Aggregates, Contribution, quarter_of};
use super::error::PublishError;
use crate::ledger::{Change, Ledger, LedgerError, Rollup};

/// Applies changes. Asks the ledger for the times of every row that lost a request.
pub(super) fn apply(sums: &mut Aggregates, changes: &[Change], ledger: &Ledger) -> Result<(), PublishError> {
    // Adding first keeps rows that are about to lose a request: an answer that is still streaming is removed and
    // added again with the same time, session and project.
    changes.iter().filter(|change| change.added).for_each(|change| sums.add(&contribution(change)));
    for change in changes.iter().filter(|change| !change.added) {
        sums.subtract(&contribution(change)).map_err(PublishError::Sums)?;
    }

    let place = |change: &Change| (change.at_ms, Arc::clone(&change.session), Arc::clone(&change.project));
    let stayed: HashSet<_> = changes.iter().filter(|change| change.added).map(place).collect();
    let mut moved = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for change in changes.iter().filter(|change| !change.added && !stayed.contains(&place(change))) {
        moved.0.insert(&change.session);
        moved.1.insert(&change.project);
        moved.2.insert(quarter_of(change.at_ms));
    }
    for session in moved.0 {
        if let Some((bounds, project)) = ledger.session_bounds(session)? {
            sums.set_session_bounds(session, bounds.first_ms, bounds.last_ms, &project);
        }
    }
    for project in moved.1 {
        if let Some(bounds) = ledger.project_bounds(project)? {
            sums.set_project_bounds(project, bounds.first_ms, bounds.last_ms);
        }
    }
    for quarter in moved.2 {
        if let Some(bounds) = ledger.quarter_bounds(quarter)? {
            let first_after_ms = ledger.first_in_quarter_after_its_start(quarter)?.unwrap_or(i64::MAX);
            sums.set_quarter_bounds(quarter, bounds.first_ms, first_after_ms, bounds.last_ms);
        }
    }
    Ok(())
}

/// The sums of everything the ledger holds.
pub(super) fn load(ledger: &Ledger) -> Result<Aggregates, LedgerError> {
    let mut sums = Aggregates::default();
    ledger.rollups(i64::MIN..i64::MAX, |rollup: Rollup| {
        sums.add(&Contribution {
            first_ms: rollup.first_ms,
            last_ms: rollup.last_ms,
            session: &rollup.session,
            project: &rollup.project,
            model: &rollup.model,
            counters: rollup.figures.auto,
        });
    })?;
    Ok(sums)
}

fn contribution(change: &Change) -> Contribution<'_> {
    Contribution {
        first_ms: change.at_ms,
        last_ms: change.at_ms,
        session: &change.session,
        project: &change.project,
        model: &change.model,
        counters: change.counters,
    }
}

#[cfg(test)]
mod tests;
