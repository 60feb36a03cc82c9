//! Writes the text formats: Prometheus 0.0.4 and OpenMetrics 1.0.
//!
//! Invariant: each family is written once and whole, with its help and type before its samples. Label values are escaped
//! as both formats have it, after whatever is hostile in them was made visible.

use std::fmt::{Display, Write as _};

use crate::plain_text;
use crate::snapshot::{Histogram, layout::HISTOGRAM_BUCKETS};

/// The type of the text format 0.0.4.
pub const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";
/// The type of OpenMetrics.
pub const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// A text format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TextFormat {
    /// Prometheus 0.0.4.
    #[default]
    Prometheus,
    /// OpenMetrics 1.0.
    OpenMetrics,
}

/// What a family is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only rises, until it begins again.
    Counter,
    /// It rises and falls.
    Gauge,
    /// Counts by duration.
    Histogram,
    /// Facts, in labels.
    Info,
}

/// Text that families are added to.
#[derive(Debug, Default)]
pub struct Exposition {
    format: TextFormat,
    text: String,
}

/// A family whose samples are added.
#[derive(Debug)]
pub struct Family<'a> {
    exposition: &'a mut Exposition,
    /// Without the suffix that its kind demands.
    name: &'static str,
    kind: Kind,
}

/// Labels and their values.
pub(super) type Labels<'a> = &'a [(&'a str, &'a str)];

impl Exposition {
    /// An empty text.
    pub fn new(format: TextFormat) -> Self {
        Self { format, text: String::new() }
    }

    /// Begins a family. A counter is named without `_total`, an info without `_info`.
    pub fn family(&mut self, kind: Kind, name: &'static str, help: &str) -> Family<'_> {
        let (head, word) = match (self.format, kind) {
            (TextFormat::Prometheus, Kind::Counter) => (format!("{name}_total"), "counter"),
            (TextFormat::Prometheus, Kind::Info) => (format!("{name}_info"), "gauge"),
            (TextFormat::OpenMetrics, Kind::Counter) => (name.to_owned(), "counter"),
            (TextFormat::OpenMetrics, Kind::Info) => (name.to_owned(), "info"),
            (_, Kind::Gauge) => (name.to_owned(), "gauge"),
            (_, Kind::Histogram) => (name.to_owned(), "histogram"),
        };
        self.write(format_args!("# HELP {head} {help}\n# TYPE {head} {word}\n"));
        Family { exposition: self, name, kind }
    }

    /// A family with one sample.
    pub fn one(&mut self, kind: Kind, name: &'static str, help: &str, value: impl Display) {
        self.family(kind, name, help).sample(&[], value);
    }

    /// Adds families that were written before, in the same format.
    pub fn append(&mut self, families: &str) {
        self.text += families;
    }

    /// The families without an end, to be kept and appended.
    pub fn into_families(self) -> String {
        self.text
    }

    /// The whole text.
    pub fn finish(mut self) -> String {
        if self.format == TextFormat::OpenMetrics {
            self.text += "# EOF\n";
        }
        self.text
    }

    fn write(&mut self, text: impl Display) {
        // Writing to a string does not fail.
        let _ = write!(self.text, "{text}");
    }

    fn sample(&mut self, name: &str, suffix: &str, labels: Labels<'_>, value: impl Display) {
        self.write(format_args!("{name}{suffix}"));
        for (index, (label, text)) in labels.iter().enumerate() {
            let text = escaped(text);
            self.write(format_args!("{}{label}=\"{text}\"", if index == 0 { '{' } else { ',' }));
        }
        if !labels.is_empty() {
            self.text.push('}');
        }
        self.write(format_args!(" {value}\n"));
    }
}

impl Family<'_> {
    /// Adds a sample.
    pub fn sample(&mut self, labels: Labels<'_>, value: impl Display) {
        let suffix = match self.kind {
            Kind::Counter => "_total",
            Kind::Info => "_info",
            Kind::Gauge | Kind::Histogram => "",
        };
        self.exposition.sample(self.name, suffix, labels, value);
    }

    /// Says when the counter or histogram with these labels began, ms UTC. Only OpenMetrics has a place for it.
    pub fn created(&mut self, labels: Labels<'_>, at_ms: i64) {
        if self.exposition.format == TextFormat::OpenMetrics {
            self.exposition.sample(self.name, "_created", labels, seconds_of_ms(at_ms));
        }
    }

    /// Adds the samples of a histogram. Without the sum of all durations its mean is not known, and quantiles are.
    pub fn durations(&mut self, counts: &Histogram, sum_us: Option<u64>) {
        let mut count = 0_u64;
        for (bucket, counted) in counts.0.iter().enumerate().take(HISTOGRAM_BUCKETS) {
            count = count.saturating_add(*counted);
            let bound = Histogram::bound_us(bucket).map_or_else(|| "+Inf".to_owned(), seconds_of_us);
            self.exposition.sample(self.name, "_bucket", &[("le", &bound)], count);
        }
        match sum_us {
            Some(sum) => {
                self.exposition.sample(self.name, "_sum", &[], seconds_of_us(sum));
                self.exposition.sample(self.name, "_count", &[], count);
            }
            // OpenMetrics has both or neither.
            None if self.exposition.format == TextFormat::OpenMetrics => {}
            None => self.exposition.sample(self.name, "_count", &[], count),
        }
    }
}

/// Microseconds in seconds, exactly.
pub(super) fn seconds_of_us(us: u64) -> String {
    format!("{}.{:06}", us / 1_000_000, us % 1_000_000)
}

/// Milliseconds in seconds, exactly.
pub(super) fn seconds_of_ms(ms: i64) -> String {
    let sign = if ms < 0 { "-" } else { "" };
    format!("{sign}{}.{:03}", ms.unsigned_abs() / 1000, ms.unsigned_abs() % 1000)
}

/// Millionths as a ratio, exactly.
pub fn ratio(millionths: u128) -> String {
    format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
}

/// A label's value.
fn escaped(value: &str) -> String {
    let value = plain_text::name(value);
    let mut text = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '\\' => text += r"\\",
            '"' => text += "\\\"",
            '\n' => text += r"\n",
            c => text.push(c),
        }
    }
    text
}
