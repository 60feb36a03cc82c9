//! How the costs that transcripts give differ from list prices. Used by reports with `--debug`.
//!
//! Invariant: a request is compared only if it has both costs. Amounts are exact; nothing is rounded before it is compared.
//! However many differ, only as many are kept as will be shown.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::dimensions::DimensionTable;
use super::named::NameTables;
use super::query::Query;
use crate::ledger::{Ledger, LedgerError, NameKind};
use crate::pricing::{CostMode, PriceTable};
use crate::snapshot::Picodollars;
use crate::usage::Key;

/// Two costs differ if they are further apart than this part of the larger one: a thousandth.
const TOLERANCE: u128 = 1_000;

/// The comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// By model, in the order of their names.
    pub models: BTreeMap<Arc<str>, ModelDifferences>,
    /// Requests whose costs differ, the largest difference first; of two that are equal the earlier one.
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
    /// Compares the requests that `query` selects with `prices`, and keeps this many of those that differ most.
    pub fn read(
        ledger: &Ledger,
        query: &Query,
        prices: &PriceTable,
        most: usize,
    ) -> Result<Self, LedgerError> {
        let names = NameTables::read(ledger, query.only.session.is_some())?;
        let projects = named(query.only.projects.as_ref(), &names.projects);
        let wanted_models = named(query.only.models.as_ref(), &names.models);
        let session = query.only.session.and_then(|id| names.sessions.get(&id).cloned());
        let is_in =
            |set: &Option<HashSet<Arc<str>>>, name: &str| set.as_ref().is_none_or(|set| set.contains(name));
        let for_what = match &query.only.dimensions {
            None => None,
            Some(filter) => {
                let ids = ledger.names(NameKind::Sessions)?.into_iter().map(|(id, name)| (name, id));
                Some((filter, DimensionTable::read(ledger)?, ids.collect::<HashMap<_, _>>()))
            }
        };
        let mut models: BTreeMap<Arc<str>, ModelDifferences> = BTreeMap::new();
        let mut largest = Largest { most, kept: BTreeMap::new() };
        ledger.records_with_cost(query.quarters_ms(), |record| {
            // Only the message itself has a recorded cost, not its iterations.
            let Some((request, recorded)) =
                record.requests().find_map(|request| Some((request, request.recorded_cost?)))
            else {
                return;
            };
            let is_of_session = session.as_ref().is_none_or(|session| *session == record.home.session);
            let is_for_it = for_what.as_ref().is_none_or(|(filter, table, ids)| {
                let session = ids.get(&record.home.session).copied();
                filter.takes_record(table, &record.dimensions, session)
            });
            if !(is_of_session
                && is_for_it
                && is_in(&projects, &record.home.project)
                && is_in(&wanted_models, request.model))
            {
                return;
            }
            let price = prices.price(&request, &record.terms, record.at_ms, CostMode::Calculate);
            let (computed, is_priced) = (price.cost, price.unpriced_tokens == 0);
            let name = models.get_key_value(request.model).map(|(name, _)| Arc::clone(name));
            let model = name.unwrap_or_else(|| request.model.into());
            models.entry(Arc::clone(&model)).or_default().add(recorded, computed, is_priced);
            let session = Arc::clone(&record.home.session);
            let difference = Difference { at_ms: record.at_ms, session, model, recorded, computed };
            if is_priced && differ(recorded, computed) {
                largest.add(difference, record.key);
            }
        })?;
        Ok(Self { models, requests: largest.into_sorted() })
    }
}

impl ModelDifferences {
    fn add(&mut self, recorded: Picodollars, computed: Picodollars, is_priced: bool) {
        self.requests += 1;
        if !is_priced {
            self.unpriced += 1;
            return;
        }
        self.recorded = self.recorded + recorded;
        self.computed = self.computed + computed;
        self.differing += u64::from(differ(recorded, computed));
    }
}

/// The largest differences so far, the smallest first, of two that are equal the later one.
struct Largest {
    most: usize,
    kept: BTreeMap<Rank, Difference>,
}

/// The amount, when the request was made, and its key, so that no two are the same.
type Rank = (Picodollars, Reverse<i64>, Reverse<Key>);

impl Largest {
    fn add(&mut self, difference: Difference, key: Key) {
        self.kept.insert((difference.amount(), Reverse(difference.at_ms), Reverse(key)), difference);
        if self.kept.len() > self.most {
            self.kept.pop_first();
        }
    }

    fn into_sorted(self) -> Vec<Difference> {
        self.kept.into_values().rev().collect()
    }
}

impl Difference {
    /// How far apart the costs are.
    pub fn amount(&self) -> Picodollars {
        Picodollars(self.recorded.0.abs_diff(self.computed.0))
    }
}

/// Whether two costs differ by more than the tolerance.
fn differ(a: Picodollars, b: Picodollars) -> bool {
    a.0.abs_diff(b.0).saturating_mul(TOLERANCE) > a.0.max(b.0)
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
        let differs = |recorded, computed| differ(Picodollars(recorded), Picodollars(computed));
        assert!(!differs(1_000_000, 1_000_000) && !differs(1_000_000, 999_000) && !differs(0, 0));
        assert!(differs(1_000_000, 998_999) && differs(998_999, 1_000_000) && differs(0, 1));
    }

    #[test]
    fn only_the_largest_are_kept_and_of_equal_ones_the_earlier_whatever_their_order() {
        let difference = |recorded, at_ms| Difference {
            at_ms,
            session: "s".into(),
            model: "m".into(),
            recorded: Picodollars(recorded),
            computed: Picodollars(0),
        };
        let kept = |order: &[(u128, i64)]| {
            let mut largest = Largest { most: 2, kept: BTreeMap::new() };
            for (at, (recorded, at_ms)) in order.iter().enumerate() {
                largest.add(difference(*recorded, *at_ms), Key(at as u128));
                assert!(largest.kept.len() <= 2);
            }
            largest.into_sorted()
        };
        let expected = [difference(9, 4), difference(5, 1)];
        assert_eq!(kept(&[(5, 1), (9, 4), (5, 2), (1, 0)]), expected);
        assert_eq!(kept(&[(1, 0), (5, 2), (5, 1), (9, 4)]), expected);
        let mut none = Largest { most: 0, kept: BTreeMap::new() };
        none.add(difference(1, 1), Key(1));
        assert!(none.into_sorted().is_empty());
    }
}
