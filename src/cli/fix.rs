//! `cco fix`: follows the doctor's advice, one by one, and shows what is left.
//!
//! Invariant: only commands that the doctor advises are run, each is shown and agreed to first. One that fails is tried
//! again only after another has succeeded, so that it ends. What is
//! left is judged again after each, so that one fix makes others needless. Commands for root are never run.

use std::io::{IsTerminal as _, stderr, stdin};
use std::os::fd::AsFd as _;
use std::process::{self, ExitCode, Stdio};

use serde::Serialize;

use super::confirm::agreed;
use super::doctor::{FindingRow, exit_code, text, worst};
use super::installation::facts;
use super::options::Options;
use super::paths::own_program;
use super::table::words;
use super::{Exit, Failure, note, print, print_json};
use crate::plain_text::plain;
use crate::report::styles::STRONG;
use crate::setup::doctor::{Advice, Command, Finding, Verdict, examine};

/// More than there are findings: whatever comes back after each fix is left.
const STEPS_MAX: usize = 40;
/// The message if there is no terminal to ask on.
const NOBODY: &str = "nothing was changed: no terminal to ask for confirmation; use --yes";

/// Options of `cco fix`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Runs the commands that cco doctor advises for warnings and failures, each after a question. \
                  Changes by cco setup show their diff, and cco setup NAME --undo reverts them.\n\
                  Exit codes, also with --dry-run: 0 no check fails now; 1 a check still fails, or any other error; \
                  2 nothing was changed: no terminal to ask for confirmation (use --yes), or wrong usage."
)]
pub(super) struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
    /// Only show what would be run
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Print what was done and what is left as JSON
    #[arg(long)]
    json: bool,
}

/// What `--json` prints: schema 1, members are added, never changed.
#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: u32,
    steps: Vec<StepRow>,
    /// The worst of what is left: `ok`, `warn` or `fail`.
    verdict: &'static str,
    /// What is left.
    findings: Vec<FindingRow<'a>>,
}

#[derive(Debug, Serialize)]
struct StepRow {
    check: &'static str,
    says: String,
    /// The commands as people type them.
    commands: Vec<String>,
    outcome: Outcome,
}

/// How an advice was followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    /// It was only shown.
    Planned,
    /// Nobody agreed.
    Declined,
    /// Its commands succeeded.
    Done,
    /// A command failed.
    Failed,
}

/// Runs `cco fix`.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let examined = || examine(&facts(&arguments.options));
    let mut findings = examined();
    let mut steps = Vec::new();
    let is_run = !arguments.dry_run && (arguments.yes || stdin().is_terminal());
    if is_run {
        let (mut tried, mut failed) = (Vec::<Vec<Command>>::new(), Vec::new());
        while steps.len() < STEPS_MAX
            && let Some((finding, advice)) = next(&findings, &[&*tried, &failed].concat())
        {
            let outcome = arguments.follow(finding, advice)?;
            let now = examined();
            let outcome = arguments.judged(outcome, advice, &now);
            if outcome == Outcome::Done {
                // What failed may work now.
                failed.clear();
            }
            if outcome == Outcome::Failed { &mut failed } else { &mut tried }.push(advice.commands.clone());
            steps.push(StepRow::of(finding, advice, outcome));
            findings = now;
        }
    } else {
        steps = arguments.plan(&findings)?;
        if !arguments.dry_run && !steps.is_empty() {
            return Err(Failure::new(Exit::Usage, NOBODY));
        }
    }
    let worst = worst(&findings);
    if arguments.json {
        let findings = findings.iter().map(FindingRow::of).collect();
        print_json(&Document { schema: 1, steps, verdict: worst.word(), findings })?;
    } else {
        print(&left(&findings, &steps, arguments.dry_run))?;
    }
    Ok(exit_code(worst))
}

/// The first finding with an advice that this user can follow and that was not followed yet.
fn next<'a>(findings: &'a [Finding], tried: &[Vec<Command>]) -> Option<(&'a Finding, &'a Advice)> {
    let is_for_root = |advice: &Advice| advice.commands.iter().any(|command| command.is_for_root);
    let mendable = findings.iter().filter_map(|finding| Some((finding, finding.mend()?)));
    let mut mendable = mendable.filter(|(_, advice)| !is_for_root(advice));
    mendable.find(|(_, advice)| !tried.contains(&advice.commands))
}

impl Arguments {
    /// Shows what would be run, with the diffs of changes to files.
    fn plan(&self, findings: &[Finding]) -> Result<Vec<StepRow>, Failure> {
        let mut steps = Vec::<StepRow>::new();
        let mut planned = Vec::new();
        while let Some((finding, advice)) = next(findings, &planned) {
            planned.push(advice.commands.clone());
            self.show(finding, advice)?;
            for command in advice.commands.iter().filter(|command| command.asks && !self.json) {
                self.run(command, &["--dry-run"])?;
            }
            steps.push(StepRow::of(finding, advice, Outcome::Planned));
        }
        Ok(steps)
    }

    /// Asks, and runs the commands.
    fn follow(&self, finding: &Finding, advice: &Advice) -> Result<Outcome, Failure> {
        self.show(finding, advice)?;
        // Whoever asks for itself shows more than this could.
        let is_asked = self.yes || advice.commands.iter().all(|command| command.asks);
        if !is_asked && !agreed("Run this?", NOBODY)? {
            return Ok(Outcome::Declined);
        }
        for command in &advice.commands {
            let more: &[&str] = if command.asks && self.yes { &["--yes"] } else { &[] };
            if !self.run(command, more)? {
                return Ok(Outcome::Failed);
            }
        }
        Ok(Outcome::Done)
    }

    /// The outcome by what is found now: a command that asks also succeeds if the user declined everything.
    fn judged(&self, outcome: Outcome, advice: &Advice, now: &[Finding]) -> Outcome {
        let is_left = || now.iter().filter_map(Finding::mend).any(|left| left.commands == advice.commands);
        let asks = !self.yes && advice.commands.iter().any(|command| command.asks);
        if outcome == Outcome::Done && asks && is_left() { Outcome::Declined } else { outcome }
    }

    fn show(&self, finding: &Finding, advice: &Advice) -> Result<(), Failure> {
        let mut shown = format!("{STRONG}{}{STRONG:#}: {}\n", finding.check, plain(&finding.says));
        for command in &advice.commands {
            shown += &format!("→ {}\n", plain(&command.typed()));
        }
        if self.json {
            note(shown.trim_end());
            return Ok(());
        }
        print(&words(&shown))
    }

    /// Runs a command to its end. Whether it succeeded.
    fn run(&self, command: &Command, more: &[&str]) -> Result<bool, Failure> {
        let program = if command.program == "cco" { own_program()?.into() } else { command.program.clone() };
        let mut process = process::Command::new(program);
        process.args(&command.arguments).args(more);
        if self.json {
            let elsewhere =
                stderr().as_fd().try_clone_to_owned().map_err(Failure::io("cannot use stderr"))?;
            process.stdout(Stdio::from(elsewhere));
        }
        match process.status() {
            Ok(status) => Ok(status.success()),
            Err(error) => {
                note(&plain(&format!("cco: cannot run {}: {error}", command.typed())));
                Ok(false)
            }
        }
    }
}

impl StepRow {
    fn of(finding: &Finding, advice: &Advice, outcome: Outcome) -> Self {
        let commands = advice.commands.iter().map(Command::typed).collect();
        Self { check: finding.check, says: finding.says.clone(), commands, outcome }
    }
}

/// What is left to do.
fn left(findings: &[Finding], steps: &[StepRow], is_dry_run: bool) -> String {
    let left: Vec<_> = findings.iter().filter(|finding| finding.verdict != Verdict::Ok).cloned().collect();
    match (left.is_empty(), steps.is_empty()) {
        (true, true) => "nothing to fix\n".to_owned(),
        (true, false) => "all checks pass now\n".to_owned(),
        (false, false) if is_dry_run => String::new(),
        (false, _) => format!("\nleft for you:\n{}", text(&left)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::doctor::Effect;

    /// A finding that this command mends.
    fn finding(program: &str, is_for_root: bool) -> Finding {
        let command = Command { is_for_root, ..Command::new(program, ["x"]) };
        let advice = Advice { words: String::new(), commands: vec![command], effect: Effect::Mends };
        let (verdict, says) = (Verdict::Warn, String::new());
        Finding { check: "roots", verdict, is_checked: true, says, advice: vec![advice] }
    }

    #[test]
    fn what_only_root_can_do_is_never_next() {
        let findings = [finding("sysctl", true), finding("chmod", false)];
        let (_, advice) = next(&findings, &[]).unwrap();
        assert_eq!(advice.commands[0].program, "chmod");
        assert!(next(&findings[..1], &[]).is_none());
    }
}
