//! A counted transcript record, the merge of two records with the same key, and the requests a record
//! represents.
//!
//! A record is small (144 bytes), because a cold scan holds one for every request ever made. Values that
//! repeat from record to record (home, model, terms, dimensions) are shared; rare values are boxed.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Dimensions, Key, Tokens};
use crate::snapshot::Picodollars;

/// The model name that a request without a model is listed under. It has no price.
pub const UNKNOWN_MODEL: &str = "unknown";

/// Where a request belongs. The derived order is part of the merge rule: the lowest of several homes is kept,
/// so a fork or a replayed sidechain never takes a request from the session that made it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Home {
    /// Whether the record was copied from another session: it has `forkedFrom`, or its session is a
    /// background session.
    pub copied: bool,
    /// Whether the record belongs to a sidechain.
    pub sidechain: bool,
    /// Session id.
    pub session: Arc<str>,
    /// Project key: the folder's name below `projects/`, or `-` for a file directly in it.
    pub project: Arc<str>,
}

/// What affects the price besides model and tokens. Absent members are empty. The derived order is part of
/// the merge rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Terms {
    /// `usage.speed`, such as `fast`.
    pub speed: Box<str>,
    /// `usage.service_tier`, such as `batch`.
    pub tier: Box<str>,
    /// `usage.inference_geo`, such as `us`.
    pub geo: Box<str>,
}

/// One entry of `usage.iterations` that is billed as a separate request: an advisor's answer, a compaction,
/// or an attempt that a fallback replaced. The derived order is part of the merge rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Iteration {
    /// The model it names, otherwise the record's; empty if neither names one.
    pub model: Arc<str>,
    /// The counters.
    pub tokens: Tokens,
}

/// Values that few records have.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rare {
    /// The billed iterations, in the order they were written.
    pub iterations: Vec<Iteration>,
    /// `costUSD`, which Claude Code 1.0 wrote.
    pub recorded_cost: Option<Picodollars>,
}

/// One record with usage: what a transcript says about one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The request that the record describes.
    pub key: Key,
    /// Its time, in milliseconds UTC.
    pub at_ms: i64,
    /// Where it belongs.
    pub home: Arc<Home>,
    /// The model as written; empty if the transcript names no model.
    pub model: Arc<str>,
    /// Speed, tier and geography.
    pub terms: Arc<Terms>,
    /// The counters.
    pub tokens: Tokens,
    /// What it was for.
    pub dimensions: Arc<Dimensions>,
    /// Whether one of its lines has a stop reason. Without one, the record is provisional: its output is a
    /// lower bound.
    pub is_final: bool,
    /// Iterations and recorded cost. `None` if there are neither; the box is never empty.
    pub rare: Option<Box<Rare>>,
}

/// One request of a record: the record itself, or one of its counted iterations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// Whether it is the record itself, not one of its iterations.
    pub is_message: bool,
    /// Whether it is a message whose final usage never reached the disk. Its output is then a lower bound.
    pub is_provisional: bool,
    /// The model that answered; [`UNKNOWN_MODEL`] if the transcript names no model.
    pub model: &'a str,
    /// The counters.
    pub tokens: Tokens,
    /// The cost that the transcript gives for it.
    pub recorded_cost: Option<Picodollars>,
}

impl Record {
    /// Merges another record with the same key into this one.
    ///
    /// The higher usage is kept whole. The earlier time and the lower home are kept, and the record is final
    /// if either is.
    pub fn merge(&mut self, other: &Self) {
        debug_assert_eq!(self.key, other.key, "only records of one request merge");
        if other.usage_order(self) == Ordering::Greater {
            self.model.clone_from(&other.model);
            self.terms.clone_from(&other.terms);
            self.tokens = other.tokens;
            self.rare.clone_from(&other.rare);
            self.dimensions.clone_from(&other.dimensions);
        }
        self.is_final |= other.is_final;
        self.at_ms = self.at_ms.min(other.at_ms);
        if compare(&other.home, &self.home) == Ordering::Less {
            self.home.clone_from(&other.home);
        }
    }

    /// The order of two usages; a merge keeps the higher. It compares output, then total tokens, then every
    /// member in turn, so only equal usages compare as equal.
    pub fn usage_order(&self, other: &Self) -> Ordering {
        static NOTHING: Rare = Rare { iterations: Vec::new(), recorded_cost: None };
        (self.tokens.output.cmp(&other.tokens.output))
            .then_with(|| self.tokens.total().cmp(&other.tokens.total()))
            .then_with(|| self.tokens.cmp(&other.tokens))
            .then_with(|| compare(&self.model, &other.model))
            .then_with(|| compare(&self.terms, &other.terms))
            .then_with(|| {
                let [ours, theirs] = [self, other].map(|record| record.rare.as_deref().unwrap_or(&NOTHING));
                ours.cmp(theirs)
            })
            .then_with(|| compare(&self.dimensions, &other.dimensions))
    }

    /// The requests that the record represents: itself, then its counted iterations.
    pub fn requests(&self) -> impl Iterator<Item = Request<'_>> {
        let rare = self.rare.as_deref();
        let message = Request {
            is_message: true,
            is_provisional: !self.is_final,
            model: named(&self.model),
            tokens: self.tokens,
            recorded_cost: rare.and_then(|rare| rare.recorded_cost),
        };
        let iterations = rare.map_or(&[][..], |rare| &rare.iterations);
        std::iter::once(message).chain(iterations.iter().map(|iteration| Request {
            is_message: false,
            is_provisional: false,
            model: named(&iteration.model),
            tokens: iteration.tokens,
            recorded_cost: None,
        }))
    }
}

fn named(model: &str) -> &str {
    if model.is_empty() { UNKNOWN_MODEL } else { model }
}

/// Compares shared values. Those of neighbouring records are mostly one and the same, whose many empty texts need no
/// comparison.
fn compare<T: Ord + ?Sized>(one: &Arc<T>, other: &Arc<T>) -> Ordering {
    if Arc::ptr_eq(one, other) { Ordering::Equal } else { one.cmp(other) }
}

const _: () = assert!(size_of::<Record>() <= 144, "a cold scan holds a record for each request");
