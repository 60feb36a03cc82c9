//! The checks of what shows the figures and what feeds them: integrations, how long transcripts stay, programs in `PATH`.
//!
//! Invariant: an integration that was never set up is no problem. What is advised about it is an option.

use std::collections::BTreeSet;

use super::advice::Advice;
use super::facts::{Facts, Found};
use super::finding::{Finding, fail, listed, ok, unchecked, warn};
use crate::plain_text::plain;
use crate::report::figures::span;
use crate::setup::called::LostCall;
use crate::setup::claude::{ClaudeSettings, DAYS_BY_DEFAULT, DAYS_TO_WARN};

/// How long the advice makes Claude Code keep transcripts, in days.
const LONG: &str = "3650";

pub(super) fn setup(facts: &Facts) -> Vec<Finding> {
    const CHECK: &str = "setup";
    let mut found = Vec::new();
    match &facts.lost_calls {
        Some(Err(why)) => {
            found.push(fail(CHECK, plain(why), vec![Advice::say("check the permissions of this file")]));
        }
        Some(Ok(lost)) if !lost.is_empty() => found.push(lost_calls(facts, lost)),
        _ => {}
    }
    match &facts.claude {
        Found::Unknown(why) => found.push(unchecked(CHECK, why)),
        Found::Broken(why) => {
            let next = "fix this file: Claude Code cannot read it either";
            found.push(fail(CHECK, plain(why), vec![Advice::say(next)]));
        }
        Found::Missing => found.push(ok(CHECK, "Claude Code has no folder here")),
        Found::There(settings) if found.is_empty() => found.push(claude(facts, settings)),
        Found::There(_) => {}
    }
    if let Found::There(settings) = &facts.claude {
        found.extend(guard(facts, settings));
    }
    found
}

/// The hooks of the spend guard, if it has any.
fn guard(facts: &Facts, settings: &ClaudeSettings) -> Option<Finding> {
    const CHECK: &str = "setup";
    let missing = settings.unguarded.as_deref()?;
    Some(match missing {
        _ if settings.is_disabled => {
            let next = vec![Advice::say("remove it from Claude Code's settings")];
            warn(CHECK, "disableAllHooks is set: the spend guard does not run", next)
        }
        [] if !facts.settings.has_guard_limits => {
            let next = "add [guard] to the config file, whose path cco config path prints";
            warn(CHECK, "the spend guard has no limits, so it stops nothing", vec![Advice::say(next)])
        }
        [] => ok(CHECK, "the spend guard runs before prompts and tool calls"),
        missing => {
            let next = vec![Advice::mend_by("to add it", [facts.setup(&["guard"])])];
            warn(CHECK, format!("the spend guard's hook is missing at {}", missing.join(", ")), next)
        }
    })
}

fn claude(facts: &Facts, settings: &ClaudeSettings) -> Finding {
    const CHECK: &str = "setup";
    let option = |says: String, words: &str, arguments: &[&str]| Finding {
        advice: vec![Advice::mend_by(words, [facts.setup(arguments)])],
        ..ok(CHECK, says)
    };
    let is_running = facts.publisher.there().is_some_and(|publisher| publisher.is_running);
    match (&settings.status_line, settings.is_ours, settings.has_hook) {
        (_, true, _) | (_, _, true) if settings.is_disabled => {
            let says = "disableAllHooks is set: Claude Code shows no status line and runs no hook";
            warn(CHECK, says, vec![Advice::say("remove it from Claude Code's settings")])
        }
        (_, true, false) if !is_running => {
            let next = vec![Advice::mend_by("to add it", [facts.setup(&["claude"])])];
            warn(CHECK, "no hook starts the publisher with a session", next)
        }
        (Some(command), true, _) => ok(CHECK, format!("Claude Code runs {}", plain(command))),
        (Some(command), false, _) => option(
            format!("Claude Code runs another status line: {}", plain(command)),
            "to show both",
            &["claude", "--wrap"],
        ),
        _ => option("Claude Code has no status line".to_owned(), "to add it", &["claude"]),
    }
}

fn lost_calls(facts: &Facts, lost: &[LostCall]) -> Finding {
    let says = lost.iter().map(|LostCall { file, program, .. }| {
        let [file, program] = [file, program].map(|path| plain(&path.to_string_lossy()).into_owned());
        format!("{file} calls {program}, which does not exist")
    });
    let names: BTreeSet<_> = lost.iter().map(|lost| &*lost.integration).collect();
    let again = names.iter().flat_map(|name| [facts.setup(&[name, "--undo"]), facts.setup(&[name])]);
    fail("setup", says.collect::<Vec<_>>().join("; "), vec![Advice::mend_by("", again)])
}

pub(super) fn retention(facts: &Facts) -> Vec<Finding> {
    const CHECK: &str = "retention";
    let settings = match &facts.claude {
        Found::There(settings) => settings,
        Found::Missing => return vec![ok(CHECK, "Claude Code has no folder here")],
        Found::Unknown(why) => return vec![unchecked(CHECK, why)],
        Found::Broken(_) => return vec![unchecked(CHECK, "Claude Code's settings cannot be read")],
    };
    let oldest = facts
        .transcripts
        .map(|(oldest, _)| format!("; oldest: {} ago", span(u64::try_from(facts.now - oldest).unwrap_or(0))));
    let days = settings.cleanup_days.unwrap_or(DAYS_BY_DEFAULT);
    let says = format!("Claude Code keeps transcripts for {days} days{}", oldest.unwrap_or_default());
    if days >= DAYS_TO_WARN {
        return vec![ok(CHECK, says)];
    }
    let keep =
        |words: &str| vec![Advice::mend_by(words, [facts.setup(&["claude", "--keep-transcripts", LONG])])];
    let is_running = facts.publisher.there().is_some_and(|publisher| publisher.is_running);
    vec![if days == 0 {
        warn(
            CHECK,
            "Claude Code writes no transcripts (cleanupPeriodDays is 0)",
            keep("to let it write them"),
        )
    } else if is_running {
        let words = "totals are kept either way; to keep the transcripts";
        Finding { advice: keep(words), ..ok(CHECK, says) }
    } else {
        let says = says + "; what it deletes before a publisher has counted it is lost";
        warn(CHECK, says, keep("to keep the transcripts"))
    }]
}

pub(super) fn programs(facts: &Facts) -> Vec<Finding> {
    const CHECK: &str = "programs";
    vec![match &*facts.programs {
        [] => {
            let next = "add its folder to PATH: hooks and bars call it by name";
            warn(CHECK, "cco is not in PATH", vec![Advice::say(next)])
        }
        [one] => ok(CHECK, listed(std::slice::from_ref(one))),
        several => {
            let says = format!("{} in PATH: {}", several.len(), listed(several));
            warn(CHECK, says, vec![Advice::say("remove all but one: an old version might run")])
        }
    }]
}
