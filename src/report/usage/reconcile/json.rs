//! The JSON of comparisons with Claude Code's own figures: the types that are serialised.
//!
//! Invariant (schema 1): members are added, never changed or removed. Amounts are exact.

use std::sync::Arc;

use serde::Serialize;
use serde_json::value::RawValue;

use super::{Comparison, Difference, ModelComparison, Reconciliation};
use crate::config::Aliases;
use crate::report::figures::rfc3339;
use crate::report::parts::usd;
use crate::report::usage::json::{self, Head};
use crate::snapshot::Counters;

/// `cco reconcile --json`.
#[derive(Debug, Serialize)]
pub struct Document {
    #[serde(flatten)]
    head: Head,
    rows: Vec<Session>,
    totals: Costs,
    left_out: u64,
    without_figure: Without,
}

/// A report on one session, `cco session --id --json`.
#[derive(Debug, Serialize)]
pub struct OneSession {
    #[serde(flatten)]
    report: json::Document,
    /// For the whole session, whatever days the report is about; null if Claude Code recorded none.
    claude_code: Option<Figures>,
}

#[derive(Debug, Serialize)]
struct Session {
    session: Arc<str>,
    project: Option<Arc<str>>,
    path: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project_alias: Option<String>,
    first: Option<String>,
    last: Option<String>,
    messages: u64,
    provisional_messages: u64,
    #[serde(flatten)]
    figures: Figures,
}

/// Claude Code's own figures for a session, beside those from transcripts.
#[derive(Debug, Serialize)]
struct Figures {
    #[serde(flatten)]
    costs: Costs,
    /// When Claude Code wrote its figure.
    as_of: Option<String>,
    /// Requests were made after that.
    is_behind: bool,
    has_unknown_model_cost: bool,
    models: Vec<Model>,
}

#[derive(Debug, Serialize)]
struct Model {
    model: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_alias: Option<String>,
    #[serde(flatten)]
    costs: Costs,
    transcripts_output_tokens: u64,
    claude_code_output_tokens: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Costs {
    transcripts_usd: Box<RawValue>,
    claude_code_usd: Box<RawValue>,
    /// Claude Code's cost less the transcripts'; may be negative.
    difference_usd: Box<RawValue>,
    /// Claude Code's cost divided by the transcripts'.
    ratio: Option<Box<RawValue>>,
    /// Tokens that the transcripts' cost leaves out.
    unpriced_tokens: u64,
}

#[derive(Debug, Serialize)]
struct Without {
    sessions: u64,
    transcripts_usd: Box<RawValue>,
    unpriced_tokens: u64,
}

impl Document {
    /// The document of a comparison.
    pub fn of(head: Head, all: &Reconciliation, aliases: &Aliases) -> Self {
        Self {
            head,
            rows: all.sessions.iter().map(|row| Session::of(row, aliases)).collect(),
            totals: Costs::of(all.totals(), &all.ours()),
            left_out: all.left_out,
            without_figure: Without {
                sessions: all.sessions_without,
                transcripts_usd: usd(all.without.cost),
                unpriced_tokens: all.without.unpriced_tokens,
            },
        }
    }
}

impl OneSession {
    /// A report with the session's figures.
    pub fn of(report: json::Document, own: Option<&Comparison>, aliases: &Aliases) -> Self {
        Self { report, claude_code: own.map(|row| Figures::of(row, aliases)) }
    }
}

impl Session {
    fn of(row: &Comparison, aliases: &Aliases) -> Self {
        let project = row.project.as_ref();
        Self {
            session: Arc::clone(&row.session),
            project: project.map(|project| Arc::clone(&project.key)),
            path: project.and_then(|project| project.path.clone()),
            project_alias: project
                .and_then(|project| aliases.project(&project.key, project.path.as_deref()))
                .map(str::to_owned),
            first: row.span_ms.and_then(|(first_ms, _)| rfc3339(first_ms)),
            last: row.span_ms.and_then(|(_, last_ms)| rfc3339(last_ms)),
            messages: row.ours.messages,
            provisional_messages: row.ours.provisional_messages,
            figures: Figures::of(row, aliases),
        }
    }
}

impl Figures {
    fn of(row: &Comparison, aliases: &Aliases) -> Self {
        Self {
            costs: Costs::of(row.difference(), &row.ours),
            as_of: row.written_ms().and_then(rfc3339),
            is_behind: row.is_behind(),
            has_unknown_model_cost: row.state.has_unknown_model_cost,
            models: row.models.iter().map(|row| Model::of(row, aliases)).collect(),
        }
    }
}

impl Model {
    fn of(row: &ModelComparison, aliases: &Aliases) -> Self {
        Self {
            model: row.model.clone(),
            model_alias: row.model.as_ref().and_then(|model| aliases.model(model)).map(str::to_owned),
            costs: Costs::of(row.difference(), &row.ours),
            transcripts_output_tokens: row.ours.output_tokens,
            claude_code_output_tokens: row.theirs.output_tokens,
        }
    }
}

impl Costs {
    fn of(difference: Difference, ours: &Counters) -> Self {
        let number = |text: String| RawValue::from_string(text).expect("a decimal is a JSON number");
        Self {
            transcripts_usd: usd(difference.ours),
            claude_code_usd: usd(difference.theirs),
            difference_usd: number(format!("{}{}", difference.sign(), difference.amount())),
            ratio: difference.ratio().map(number),
            unpriced_tokens: ours.unpriced_tokens,
        }
    }
}
