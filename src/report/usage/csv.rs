//! Reports as CSV for spreadsheets, `--csv`: a line per row, or per model of a row.
//!
//! Invariant: columns are added at the end, never changed or removed. There is no total line, so summing a column
//! gives the total. No name becomes a formula, another cell or another row.

use super::blocks::Entry;
use super::costs::Costs;
use super::json::period_name;
use super::query::Grouping;
use super::rows::{Label, ModelSums, Report, Row};
use crate::plain_text::plain;
use crate::report::figures::rfc3339;
use crate::snapshot::Counters;

const FIGURES: [&str; 10] = [
    "requests",
    "messages",
    "input_tokens",
    "output_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "cache_read_tokens",
    "total_tokens",
    "web_search_requests",
    "unpriced_tokens",
];
/// Those that came later, after the cost.
const MORE_FIGURES: [&str; 4] =
    ["thinking_tokens", "web_fetch_requests", "provisional_messages", "provisional_output_tokens"];

/// How names are written. They come from transcripts, and spreadsheets run what looks like a formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// On one line with hostile characters escaped, and with `'` before what a spreadsheet would run.
    AsText,
    /// Only escaped.
    Escaped,
    /// As recorded.
    Raw,
}

/// What a CSV shows of a report.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// A line per model of each row.
    pub by_model: bool,
    /// Whether costs are shown.
    pub costs: Costs,
    /// How names are written.
    pub names: Names,
}

/// A report as CSV.
pub fn report(report: &Report, shape: Shape) -> Result<String, csv::Error> {
    let Shape { by_model, costs, names } = shape;
    let title = match report.grouping {
        Grouping::Days => Some("date"),
        Grouping::Weeks => Some("week"),
        Grouping::Months => Some("month"),
        Grouping::Years => Some("year"),
        Grouping::Sessions => Some("session"),
        Grouping::Models => Some("model"),
        Grouping::Projects | Grouping::Dimensions => None,
    };
    let has_project =
        report.division.by_project || matches!(report.grouping, Grouping::Sessions | Grouping::Projects);
    let by_model = by_model && report.grouping != Grouping::Models;
    let mut titles: Vec<&str> = title.into_iter().collect();
    titles.extend(has_project.then_some(["project", "path"]).into_iter().flatten());
    titles.extend(report.division.by.iter().map(|of| of.name()));
    titles.extend(by_model.then_some("model"));
    titles.extend(["first", "last"]);
    let mut table = Table::new(&titles, costs, names)?;
    for row in &report.rows {
        let mut start = Vec::new();
        match &row.label {
            Label::Period(date) => start.push(period_name(*date, report.grouping)),
            Label::Session(name) | Label::Model(name) => start.push(name.to_string()),
            Label::Project | Label::Dimensions => {}
        }
        if has_project {
            start.extend(project(row));
        }
        start.extend(row.values.iter().map(ToString::to_string));
        table.row(&start, by_model.then_some(&*row.models), (row.first_ms, row.last_ms), &row.counters)?;
    }
    table.end()
}

/// Blocks as CSV, without gaps.
pub fn blocks(entries: &[Entry], shape: Shape) -> Result<String, csv::Error> {
    let Shape { by_model, costs, names, .. } = shape;
    let mut titles = vec!["start", "end", "is_active"];
    titles.extend(by_model.then_some("model"));
    titles.extend(["first", "last"]);
    let mut table = Table::new(&titles, costs, names)?;
    for block in entries.iter().filter_map(Entry::block) {
        let time = |ms| rfc3339(ms).unwrap_or_default();
        let start = [time(block.start_ms), time(block.end_ms), block.is_active.to_string()];
        let models = by_model.then_some(&*block.models);
        table.row(&start, models, (block.first_ms, block.last_ms), &block.counters)?;
    }
    table.end()
}

fn project(row: &Row) -> [String; 2] {
    let project = row.project.as_ref();
    let path = project.and_then(|project| project.path.as_deref());
    [project.map_or("", |project| &project.key).into(), path.unwrap_or_default().into()]
}

struct Table {
    writer: csv::Writer<Vec<u8>>,
    costs: Costs,
    names: Names,
}

impl Names {
    fn cell(self, text: &str) -> String {
        match self {
            Self::AsText if is_formula(text) => format!("'{}", plain(text)),
            Self::AsText | Self::Escaped => plain(text).into_owned(),
            Self::Raw => text.to_owned(),
        }
    }
}

/// Whether a spreadsheet may run it, also after trimming it or in its wide form.
fn is_formula(text: &str) -> bool {
    text.starts_with(['\t', '\r'])
        || text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

impl Table {
    fn new(titles: &[&str], costs: Costs, names: Names) -> Result<Self, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let cost = costs.are_shown().then_some("cost_usd");
        writer.write_record(titles.iter().copied().chain(FIGURES).chain(cost).chain(MORE_FIGURES))?;
        Ok(Self { writer, costs, names })
    }

    /// Writes a line, or a line per model.
    fn row(
        &mut self,
        start: &[String],
        models: Option<&[ModelSums]>,
        span_ms: (i64, i64),
        counters: &Counters,
    ) -> Result<(), csv::Error> {
        let Some(models) = models else { return self.line(start, None, span_ms, counters) };
        models.iter().try_for_each(|sums| {
            self.line(start, Some(&sums.model), (sums.first_ms, sums.last_ms), &sums.counters)
        })
    }

    fn line(
        &mut self,
        start: &[String],
        model: Option<&str>,
        (first_ms, last_ms): (i64, i64),
        counters: &Counters,
    ) -> Result<(), csv::Error> {
        let times = [first_ms, last_ms].map(|ms| rfc3339(ms).unwrap_or_default());
        let words = start.iter().map(String::as_str).chain(model).chain(times.iter().map(String::as_str));
        let figures = [
            counters.requests,
            counters.messages,
            counters.input_tokens,
            counters.output_tokens,
            counters.cache_write_5m_tokens,
            counters.cache_write_1h_tokens,
            counters.cache_read_tokens,
            counters.total_tokens(),
            counters.web_search_requests,
            counters.unpriced_tokens,
        ];
        let cost = self.costs.are_shown().then(|| counters.cost.to_string());
        let more = [
            counters.thinking_tokens,
            counters.web_fetch_requests,
            counters.provisional_messages,
            counters.provisional_output_tokens,
        ];
        let text = |figures: &[u64]| figures.iter().map(ToString::to_string).collect::<Vec<_>>();
        let figures = text(&figures).into_iter().chain(cost).chain(text(&more));
        self.writer.write_record(words.map(|word| self.names.cell(word)).chain(figures))
    }

    fn end(self) -> Result<String, csv::Error> {
        let bytes = self.writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_a_spreadsheet_would_run_is_text() {
        for formula in ["=1+1", "+1", "-home-ada", "@sum", "\t=1", "\r=1", " =1", "＝1"] {
            let cell = Names::AsText.cell(formula);
            assert!(cell.starts_with('\'') && !cell.contains(['\t', '\r']), "{cell:?}");
            assert_eq!(Names::Raw.cell(formula), formula);
        }
        assert_eq!(Names::AsText.cell("claude-opus-4-6"), "claude-opus-4-6");
        assert_eq!(Names::AsText.cell("a\u{1b}b\u{202e}"), r"a\u{1b}b\u{202e}");
        assert_eq!(Names::Escaped.cell("-a\nb"), r"-a\nb");
    }
}
