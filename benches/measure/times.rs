//! Durations of the same thing, many times over.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// What was measured, in the order of measuring.
#[derive(Clone, Debug, Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn push(&mut self, time: Duration) {
        self.0.push(time);
    }

    pub(crate) fn extend(&mut self, more: Self) {
        self.0.extend(more.0);
    }

    pub(crate) fn median(&self) -> Duration {
        self.at(500)
    }

    /// The time below which this many of a thousand lie: 500 is the median, 1000 the longest.
    pub(crate) fn at(&self, thousandths: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        sorted[(sorted.len() - 1) * thousandths / 1000]
    }
}

impl FromIterator<Duration> for Times {
    fn from_iter<I: IntoIterator<Item = Duration>>(times: I) -> Self {
        Self(times.into_iter().collect())
    }
}

/// The mean of many runs of something that takes nanoseconds.
pub(crate) fn mean<T>(runs: u32, mut run: impl FnMut() -> T) -> Duration {
    let began = Instant::now();
    for _ in 0..runs {
        black_box(run());
    }
    began.elapsed() / runs
}

/// How many times the one is the other.
pub(crate) fn ratio(time: Duration, beside: Duration) -> f64 {
    time.as_secs_f64() / beside.as_secs_f64()
}

/// Three digits or so, in a unit that suits.
pub(crate) fn shown(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    let (value, unit) = match seconds {
        1.0.. => (seconds, "s"),
        0.000_1.. => (seconds * 1e3, "ms"),
        0.000_001.. => (seconds * 1e6, "µs"),
        _ => (seconds * 1e9, "ns"),
    };
    match value {
        100.0.. => format!("{value:.0} {unit}"),
        10.0.. if unit != "ns" => format!("{value:.1} {unit}"),
        _ if unit == "ns" => format!("{value:.0} {unit}"),
        _ => format!("{value:.2} {unit}"),
    }
}
