//! The check of what is known of the account's limits, and from where.
//!
//! Invariant: limits that are unknown or old are no problem, since nothing else depends on them; how to get them is only
//! a suggestion.

use super::advice::Advice;
use super::facts::{Facts, Found};
use super::finding::{Finding, ok, unchecked, warn};
use crate::plain_text::plain;
use crate::report::figures::{counted, span};

const CHECK: &str = "limits";
/// From this age on, a way to have newer ones is shown.
const OLD_MS: i64 = 24 * 3_600_000;

pub(super) fn limits(facts: &Facts) -> Vec<Finding> {
    let sources = match &facts.limits {
        Found::Unknown(why) => return vec![unchecked(CHECK, why)],
        Found::Broken(why) => {
            let next = "check the permissions of this folder; it may also be removed";
            return vec![warn(CHECK, plain(why), vec![Advice::say(next)])];
        }
        Found::Missing => &[][..],
        Found::There(sources) => sources,
    };
    let ago = |at: i64| span(u64::try_from(facts.now.saturating_sub(at)).unwrap_or(0));
    let told = sources.iter().map(|source| {
        format!("{} from {}, {} ago", counted(source.limits, "limit"), source.from, ago(source.newest))
    });
    let told: Vec<_> = told.collect();
    let says = if told.is_empty() { "no account limits known yet".to_owned() } else { told.join("; ") };
    let newest = sources.iter().map(|source| source.newest).max();
    let is_current = newest.is_some_and(|at| facts.now.saturating_sub(at) < OLD_MS);
    let advice = match facts.claude.there() {
        _ if is_current => Vec::new(),
        Some(claude) if claude.is_ours => {
            vec![Advice::say("to get them: make a request in Claude Code, or open its /usage")]
        }
        _ => vec![
            Advice::help("to read them from its status line", facts.setup(&["claude"])),
            Advice::say("or open /usage in Claude Code"),
        ],
    };
    vec![Finding { advice, ..ok(CHECK, says) }]
}
