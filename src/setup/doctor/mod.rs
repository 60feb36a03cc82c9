//! The doctor: judges an installation from facts that `cli` gathers, and suggests fixes.
//!
//! Invariant: pure; it reads no file, clock or environment. Each check gives all its findings: one problem never hides
//! another. An unknown fact never passes a check. A check fails if figures are wrong or missing; it warns about things
//! that the user may have intended. What is not installed, or is a matter of taste, is no warning.

mod advice;
mod counting;
mod facts;
mod finding;
mod limits;
mod storage;
mod tools;

pub use advice::{Advice, Command, Effect};
pub use facts::{
    Facts, Found, LedgerFacts, LimitSource, Private, Publisher, Refused, SettingsFacts, SnapshotFacts,
    StateFacts, StateTrouble,
};
pub use finding::{Finding, Verdict};

/// Runs all checks.
pub fn examine(facts: &Facts) -> Vec<Finding> {
    type Check = fn(&Facts) -> Vec<Finding>;
    let checks: [Check; 12] = [
        storage::settings,
        counting::roots,
        storage::permissions,
        counting::publisher,
        storage::snapshot,
        storage::ledger,
        counting::clock,
        counting::prices,
        limits::limits,
        tools::setup,
        tools::retention,
        tools::programs,
    ];
    let mut findings: Vec<_> = checks.iter().flat_map(|check| check(facts)).collect();
    if !facts.settings.problems.is_empty() || !matches!(facts.state, StateFacts::Usable) {
        defer(&mut findings);
    }
    findings
}

/// Marks the advice that works only after the settings or the state folder are usable again: until then `cco` refuses.
fn defer(findings: &mut [Finding]) {
    let others = findings.iter_mut().filter(|finding| !["settings", "permissions"].contains(&finding.check));
    for advice in others.flat_map(|finding| &mut finding.advice) {
        if advice.commands.iter().any(|command| command.program == "cco") {
            const LATER: &str = "once the problem above is fixed";
            advice.effect = Effect::Helps;
            advice.words =
                if advice.words.is_empty() { LATER.to_owned() } else { format!("{}, {LATER}", advice.words) };
        }
    }
}

#[cfg(test)]
mod tests;
