//! Figures as metrics for Prometheus: what a snapshot holds, in the text format 0.0.4 or in OpenMetrics.
//!
//! Invariant: an unknown value has no sample, and is never zero. A publisher that is gone is reported by
//! `cco_publisher_up` and the snapshot's age; its counters keep their last values, and gauges that only hold for a
//! process that runs are left out. Two rows that are shown under the same labels are one sample. Pure: no I/O, no clock.
//! Used by `serve` and `peek`.

mod claude_code;
mod exposition;
mod labels;
mod publisher;
mod standing;
mod usage;

pub use exposition::{Exposition, Kind, OPEN_METRICS, PROMETHEUS, TextFormat, ratio};
pub use publisher::{publisher, publisher_is_unknown};
#[cfg(feature = "publisher")]
pub use standing::alerts;
pub use standing::{budgets, limits};
pub use usage::usage;

use crate::config::MetricNames;

/// The most projects that can have labels of their own.
pub const PROJECTS_MAX: usize = 1000;

/// What is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct MetricOptions {
    /// How figures of usage are named.
    pub names: MetricNames,
    /// The projects with labels of their own; with none there are no figures by project.
    pub projects: usize,
}

#[cfg(test)]
mod tests;
