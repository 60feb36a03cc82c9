//! `cco doctor`: has the facts about this installation judged, and suggests fixes.
//!
//! Invariant: it changes nothing, and prints every check, also those that could not be made.

use std::process::ExitCode;

use serde::Serialize;

use super::installation::facts;
use super::options::Options;
use super::table::width_to_fit;
use super::{Exit, Failure, print, print_json};
use crate::plain_text::plain;
use crate::report::grid::{Cell, Column, Grid};
use crate::report::styles::{BAD, GOOD, WARN};
use crate::setup::doctor::{Advice, Command, Effect, Finding, Verdict, examine};

/// Options of `cco doctor`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Each → is an advice; to follow them one by one: cco fix\n\
                  Exit codes: 0 no check failed (warnings are possible); 1 a check failed.")]
pub(super) struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
}

/// What `--json` prints: schema 1, members are added, never changed.
#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: u32,
    /// The worst of all: `ok`, `warn` or `fail`.
    verdict: &'static str,
    findings: Vec<FindingRow<'a>>,
}

/// A finding in JSON.
#[derive(Debug, Serialize)]
pub(super) struct FindingRow<'a> {
    check: &'static str,
    verdict: &'static str,
    /// Whether the check could be made.
    is_checked: bool,
    says: &'a str,
    /// All advice in one line.
    next: Option<String>,
    advice: Vec<AdviceRow<'a>>,
}

#[derive(Debug, Serialize)]
struct AdviceRow<'a> {
    words: &'a str,
    /// To be run in this order, each if the one before it succeeded.
    commands: Vec<CommandRow>,
    /// Whether the finding is gone once they have run.
    mends: bool,
}

#[derive(Debug, Serialize)]
struct CommandRow {
    /// The program and its arguments.
    words: Vec<String>,
    /// Whether it asks first, unless it gets `--yes`.
    asks: bool,
    /// Whether only root can run it.
    is_for_root: bool,
}

impl<'a> FindingRow<'a> {
    pub(super) fn of(finding: &'a Finding) -> Self {
        let Finding { check, verdict, is_checked, says, advice } = finding;
        let advice = advice.iter().map(AdviceRow::of).collect();
        Self { check, verdict: verdict.word(), is_checked: *is_checked, says, next: finding.next(), advice }
    }
}

impl<'a> AdviceRow<'a> {
    fn of(advice: &'a Advice) -> Self {
        let row = |command: &Command| CommandRow {
            words: command.words().map(|word| word.to_string_lossy().into_owned()).collect(),
            asks: command.asks,
            is_for_root: command.is_for_root,
        };
        Self {
            words: &advice.words,
            commands: advice.commands.iter().map(row).collect(),
            mends: advice.effect == Effect::Mends,
        }
    }
}

/// Runs `cco doctor`.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let findings = examine(&facts(&arguments.options));
    let worst = worst(&findings);
    if arguments.json {
        let findings = findings.iter().map(FindingRow::of).collect();
        print_json(&Document { schema: 1, verdict: worst.word(), findings })?;
    } else {
        print(&text(&findings))?;
    }
    Ok(exit_code(worst))
}

/// The worst verdict of all.
pub(super) fn worst(findings: &[Finding]) -> Verdict {
    findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Ok)
}

/// Warnings are no failure.
pub(super) fn exit_code(worst: Verdict) -> ExitCode {
    if worst == Verdict::Fail { Exit::Failed.into() } else { ExitCode::SUCCESS }
}

/// The findings as a table.
pub(super) fn text(findings: &[Finding]) -> String {
    let mut table = Grid::new([Column::key(""), Column::key("Check"), Column::key("Found")]);
    for finding @ Finding { check, verdict, says, advice, .. } in findings {
        let advice = advice.iter().map(|advice| format!("\n→ {}", plain(&advice.line())));
        let found: String = [plain(says).into_owned()].into_iter().chain(advice).collect();
        let word = Cell::figure(verdict.word()).styled(style(finding));
        table.row([word, Cell::figure(*check), Cell::words(found)]);
    }
    table.render(width_to_fit())
}

fn style(finding: &Finding) -> anstyle::Style {
    match finding.verdict {
        Verdict::Ok => GOOD,
        Verdict::Warn => WARN,
        Verdict::Fail => BAD,
    }
}
