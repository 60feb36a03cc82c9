//! Versions of Claude Code, and how the format changed between them.
//!
//! Invariant: the differences are those that a reader must handle: key order, nesting of files, members of
//! `usage`, and what the main transcript repeats from subagents.

use fastrand::Rng;

/// A family of formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Era {
    /// 1.0: session first, usage last, cache writes as one number, sometimes `costUSD`.
    First,
    /// 2.0 to early 2.1: the same with split cache writes; progress lines copy the records of subagents.
    Second,
    /// Later 2.1: message first, session last; `usage` has server tools, speed, geography and iterations.
    Third,
}

/// A version and its format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) text: &'static str,
    pub(crate) era: Era,
    /// Whether `usage.iterations` has entries.
    pub(crate) iterations: bool,
    /// Whether the main transcript has `cost-state` lines.
    pub(crate) cost_state: bool,
}

const fn version(text: &'static str, era: Era, iterations: bool, cost_state: bool) -> Version {
    Version { text, era, iterations, cost_state }
}

/// Oldest first.
const VERSIONS: [Version; 9] = [
    version("1.0.83", Era::First, false, false),
    version("1.0.128", Era::First, false, false),
    version("2.0.14", Era::Second, false, false),
    version("2.0.76", Era::Second, false, false),
    version("2.1.39", Era::Second, false, false),
    version("2.1.104", Era::Third, false, false),
    version("2.1.187", Era::Third, false, false),
    version("2.1.222", Era::Third, true, false),
    version("2.1.243", Era::Third, true, true),
];

impl Version {
    /// The version of a session at `progress` (0 to 1) of the time range. Later sessions tend to have later
    /// versions, but people update at different times.
    pub(crate) fn at(progress: f64, rng: &mut Rng) -> Self {
        let index = (0.75 * progress + 0.25 * rng.f64()).powf(0.7) * VERSIONS.len() as f64;
        VERSIONS[usize::try_from(crate::random::whole(index)).unwrap_or(usize::MAX).min(VERSIONS.len() - 1)]
    }

    /// The newest version.
    pub(crate) fn newest() -> Self {
        VERSIONS[VERSIONS.len() - 1]
    }
}
