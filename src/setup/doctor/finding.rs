//! What a check found, and how bad that is. Made by the checks, shown and followed by `cli`.
//!
//! Invariant: whatever is not as it should be comes with advice.

use std::path::PathBuf;

use super::advice::{Advice, Effect};
use crate::plain_text::plain;

/// The outcome of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Perhaps intended, perhaps not.
    Warn,
    /// Figures are wrong or missing.
    Fail,
}

impl Verdict {
    /// `ok`, `warn` or `fail`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// A result of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was checked, in one word.
    pub check: &'static str,
    /// The outcome.
    pub verdict: Verdict,
    /// Whether the check could be made.
    pub is_checked: bool,
    /// What the check found.
    pub says: String,
    /// What to do; what would be optional, if all is well.
    pub advice: Vec<Advice>,
}

impl Finding {
    /// The advice that makes this finding go away, if it is more than an option.
    pub fn mend(&self) -> Option<&Advice> {
        let mends = |advice: &&Advice| advice.effect == Effect::Mends;
        self.advice.iter().find(mends).filter(|_| self.verdict != Verdict::Ok)
    }

    /// All advice in one line.
    pub fn next(&self) -> Option<String> {
        let lines: Vec<_> = self.advice.iter().map(Advice::line).collect();
        (!lines.is_empty()).then(|| lines.join("; "))
    }
}

pub(super) fn ok(check: &'static str, says: impl Into<String>) -> Finding {
    Finding { check, verdict: Verdict::Ok, is_checked: true, says: says.into(), advice: Vec::new() }
}

pub(super) fn warn(check: &'static str, says: impl Into<String>, advice: Vec<Advice>) -> Finding {
    Finding { verdict: Verdict::Warn, advice, ..ok(check, says) }
}

pub(super) fn fail(check: &'static str, says: impl Into<String>, advice: Vec<Advice>) -> Finding {
    Finding { verdict: Verdict::Fail, ..warn(check, says, advice) }
}

pub(super) fn unchecked(check: &'static str, why: &str) -> Finding {
    let advice = vec![Advice::say("fix the problem listed above")];
    Finding { is_checked: false, ..warn(check, format!("not checked: {why}"), advice) }
}

pub(super) fn listed(paths: &[PathBuf]) -> String {
    let paths: Vec<_> = paths.iter().map(|path| plain(&path.to_string_lossy()).into_owned()).collect();
    paths.join(", ")
}
