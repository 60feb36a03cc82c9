//! How the costs that transcripts give differ from list prices. Used by reports with `--debug`.
//!
//! Invariant: a request is compared only if it has both costs. Amounts are exact; nothing is rounded before it is compared.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::dimensions::DimensionFilter;
use super::named::NameTables;
use super::query::Query;
use crate::ledger::{Ledger, LedgerError};
use crate::pricing::{CostMode, PriceTable};
use crate::snapshot::Picodollars;

/// Two costs differ if they are further apart than this part of the larger one: a thousandth.
const TOLERANCE: u128 = 1_000;

/// The comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// By model, in the order of their names.
    pub models: BTreeMap<Arc<str>, ModelDifferences>,
    /// The requests whose costs differ, the largest difference first.
    pub requests: Vec<Difference>,
}

/// The requests of one model whose transcripts give a cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ModelDifferences {
    /// How many.
    pub requests: u64,
    /// How many of them have no list price.
    pub unpriced: u64,
    /// How many differ.
    pub differing: u64,
    /// The sum of the costs in transcripts, of requests with a list price.
    pub recorded: Picodollars,
    /// The sum of their list prices.
    pub computed: Picodollars,
}

/// A request whose costs differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// When it was made, ms UTC.
    pub at_ms: i64,
    /// Its session.
    pub session: Arc<str>,
    /// Its model.
    pub model: Arc<str>,
    /// The cost in the transcript.
    pub recorded: Picodollars,
    /// The cost by list prices.
    pub computed: Picodollars,
}

impl Differences {
    /// Compares the requests that `query` selects with `prices`.
    pub fn read(ledger: &Ledger, query: &Query, prices: &PriceTable) -> Result<Self, LedgerError> {
        let names = NameTables::read(ledger, query.only.session.is_some())?;
        let projects = named(query.only.projects.as_ref(), &names.projects);
        let models = named(query.only.models.as_ref(), &names.models);
        let session = query.only.session.and_then(|id| names.sessions.get(&id).cloned());
        let is_in =
            |set: &Option<HashSet<Arc<str>>>, name: &str| set.as_ref().is_none_or(|set| set.contains(name));
        let mut differences = Self::default();
        ledger.records_with_cost(query.quarters_ms(), |record| {
            // Only the message itself has a recorded cost, not its iterations.
            let Some((request, recorded)) =
                record.requests().find_map(|request| Some((request, request.recorded_cost?)))
            else {
                return;
            };
            let is_of_session = session.as_ref().is_none_or(|session| *session == record.home.session);
            let is_wanted = |filter: &DimensionFilter| filter.takes_named(&record.dimensions);
            let is_for_it = query.only.dimensions.as_ref().is_none_or(is_wanted);
            if !(is_of_session
                && is_for_it
                && is_in(&projects, &record.home.project)
                && is_in(&models, request.model))
            {
                return;
            }
            let computed = prices.price(&request, &record.terms, record.at_ms, CostMode::Calculate);
            differences.add(
                computed.unpriced_tokens == 0,
                Difference {
                    at_ms: record.at_ms,
                    session: Arc::clone(&record.home.session),
                    model: request.model.into(),
                    recorded,
                    computed: computed.cost,
                },
            );
        })?;
        differences.requests.sort_by_key(|difference| (Reverse(difference.amount()), difference.at_ms));
        Ok(differences)
    }

    fn add(&mut self, is_priced: bool, request: Difference) {
        let model = self.models.entry(Arc::clone(&request.model)).or_default();
        model.requests += 1;
        if !is_priced {
            model.unpriced += 1;
            return;
        }
        model.recorded = model.recorded + request.recorded;
        model.computed = model.computed + request.computed;
        if request.is_notable() {
            model.differing += 1;
            self.requests.push(request);
        }
    }
}

impl Difference {
    /// How far apart the costs are.
    pub fn amount(&self) -> Picodollars {
        Picodollars(self.recorded.0.abs_diff(self.computed.0))
    }

    fn is_notable(&self) -> bool {
        self.amount().0.saturating_mul(TOLERANCE) > self.recorded.0.max(self.computed.0)
    }
}

/// The names of these ids.
fn named(ids: Option<&HashSet<i64>>, names: &HashMap<i64, Arc<str>>) -> Option<HashSet<Arc<str>>> {
    ids.map(|ids| ids.iter().filter_map(|id| names.get(id).cloned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_differ_from_a_thousandth_on() {
        let differs = |recorded, computed| {
            let (session, model) = ("s".into(), "m".into());
            let (recorded, computed) = (Picodollars(recorded), Picodollars(computed));
            Difference { at_ms: 0, session, model, recorded, computed }.is_notable()
        };
        assert!(!differs(1_000_000, 1_000_000) && !differs(1_000_000, 999_000) && !differs(0, 0));
        assert!(differs(1_000_000, 998_999) && differs(998_999, 1_000_000) && differs(0, 1));
    }
}
