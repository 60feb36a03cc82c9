//! The JSON of `cco guard status`.
//!
//! Invariant (schema 1): members are added, never changed or removed. Amounts have every digit; an unknown value is null.

use serde::Serialize;
use serde_json::value::RawValue;

use super::judged::{Judged, Scope};
use crate::config::{Bounds, Guard};
use crate::report::figures::rfc3339;
use crate::report::parts::usd;
use crate::snapshot::Picodollars;

/// The document.
#[derive(Debug, Serialize)]
pub struct GuardDocument {
    schema: u32,
    strict: bool,
    /// Whether figures are current.
    is_current: bool,
    bounds: Vec<BoundsFigures>,
    figures: Vec<JudgedFigures>,
}

#[derive(Debug, Serialize)]
struct BoundsFigures {
    scope: &'static str,
    warn_usd: Option<Box<RawValue>>,
    stop_usd: Option<Box<RawValue>>,
}

#[derive(Debug, Serialize)]
struct JudgedFigures {
    scope: &'static str,
    subject: String,
    spent_usd: Box<RawValue>,
    unpriced_tokens: u64,
    provisional: bool,
    ends_at: Option<String>,
    standing: &'static str,
}

impl GuardDocument {
    /// The document of everything that is guarded.
    pub fn of(guard: &Guard, judged: &[Judged], is_current: bool) -> Self {
        let amount = |bound: Option<Picodollars>| bound.map(usd);
        let bounds = Scope::ALL.into_iter().map(|scope| {
            let Bounds { warn, stop } = scope.of(guard);
            BoundsFigures { scope: scope.name(), warn_usd: amount(warn), stop_usd: amount(stop) }
        });
        let figures = judged.iter().map(|Judged { figure, standing, .. }| JudgedFigures {
            scope: figure.scope.name(),
            subject: figure.subject.clone(),
            spent_usd: usd(figure.spent.amount),
            unpriced_tokens: figure.spent.unpriced_tokens,
            provisional: figure.spent.is_provisional,
            ends_at: figure.end_ms.and_then(rfc3339),
            standing: standing.name(),
        });
        Self {
            schema: 1,
            strict: guard.is_strict,
            is_current,
            bounds: bounds.collect(),
            figures: figures.collect(),
        }
    }
}
